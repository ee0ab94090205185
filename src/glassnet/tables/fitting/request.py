"""What is asked of a training on a table, whether the table lies in memory or in a file."""

from dataclasses import dataclass, field
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.tables.calibration.intervals import check_coverage
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.tables.values.frames import check_column
from glassnet.training.inputs.checks import check_flag, check_whole


@dataclass(frozen=True)
class TableRequest:
    """What is to be predicted, and by what network; each setting of `TableTraining` beside the table itself.

    target      the name of the column to predict
    task        "classification" or "regression"; None guesses it from the target
    recipe      the network and its training
    columns     what is known of the columns
    n_ensemble  how many networks are trained, whose outputs are averaged
    calibrate   whether probabilities are calibrated on the validation rows
    interval    a coverage, for which more networks learn both ends; None for intervals of the validation errors
    group       the column whose groups of rows lie on one side of every split; None for rows drawn one by one
    time        the column by which the held-out rows are the latest; None as well
    test, validation
                files with rows for the result, and to choose the epoch; None for shares of the table
    """

    target: str
    task: str | None = None
    recipe: Recipe = field(default_factory=Recipe)
    columns: ColumnOptions = field(default_factory=ColumnOptions)
    n_ensemble: int = 1
    calibrate: bool = True
    interval: float | None = None
    group: str | None = None
    time: str | None = None
    test: str | None = None
    validation: str | None = None

    def __post_init__(self) -> None:
        check_whole(self.n_ensemble, "n_ensemble")
        check_flag(self.calibrate, "calibrate")
        if self.interval is not None:
            object.__setattr__(self, "interval", check_coverage("interval", self.interval))
        self._check_split()

    def check_task(self, task: str) -> None:
        """Refuse what does not suit the task, once that is known."""
        self.recipe.chosen_metric(task)
        if self.interval is not None and task == "classification":
            raise InvalidInput(
                f"interval={self.interval:g} is for numbers, but {self.target!r} holds classes, which have a "
                "probability each: leave it out."
            )

    def _check_split(self) -> None:
        if self.group is not None and self.time is not None:
            raise InvalidInput(
                "group and time exclude each other: give group if the model meets new groups, such as new patients, or "
                "time if it predicts later rows of known ones."
            )
        for what, name in (("group", self.group), ("time", self.time)):
            if name is not None and name == self.target:
                raise InvalidInput(f"the {what} column {name!r} is the target: name another one.")

    def check_split_column(self, frame: Any) -> None:
        """Refuse a column of groups or times that a data frame does not have."""
        for what, name in (("group", self.group), ("time", self.time)):
            if name is not None:
                check_column(frame, name, f"{what} column")
