"""What is asked of a training on a table, whether the table lies in memory or in a file."""

from dataclasses import dataclass, field

from glassnet.errors import InvalidInput
from glassnet.tables.calibration.intervals import check_coverage
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.values.column_options import ColumnOptions
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
    """

    target: str
    task: str | None = None
    recipe: Recipe = field(default_factory=Recipe)
    columns: ColumnOptions = field(default_factory=ColumnOptions)
    n_ensemble: int = 1
    calibrate: bool = True
    interval: float | None = None

    def __post_init__(self) -> None:
        check_whole(self.n_ensemble, "n_ensemble")
        check_flag(self.calibrate, "calibrate")
        if self.interval is not None:
            object.__setattr__(self, "interval", check_coverage("interval", self.interval))

    def check_task(self, task: str) -> None:
        """Refuse what does not suit the task, once that is known."""
        self.recipe.chosen_metric(task)
        if self.interval is not None and task == "classification":
            raise InvalidInput(
                f"interval={self.interval:g} is for numbers, but {self.target!r} holds classes, which have a "
                "probability each: leave it out."
            )
