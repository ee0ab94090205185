"""What is asked of a training on a table, whether the table lies in memory or in a file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, Self, TypedDict, Unpack, cast

from glassnet.errors import InvalidInput, brief
from glassnet.tables.calibration.intervals import check_coverage
from glassnet.tables.calibration.threshold import Threshold, check_chosen, check_threshold
from glassnet.tables.distributions.head import DistributionName
from glassnet.tables.distributions.heads import check_distribution
from glassnet.tables.distributions.score_metric import check_metric
from glassnet.tables.encoding.target import ClassTarget, Target
from glassnet.tables.fitting.recipe import LOSSES, Recipe
from glassnet.tables.fitting.weights import ClassWeight, check_class_weight
from glassnet.tables.reading.read_options import ReadOptions
from glassnet.tables.values.column_options import ColumnOptions, text_in
from glassnet.tables.values.frames import check_column, listed
from glassnet.training.inputs.checks import check_flag, check_whole


class TableSettings(TypedDict, total=False):
    """The settings of a training on a table besides target, task and recipe; `TableTraining` explains them."""

    columns: ColumnOptions | Mapping[str, Any] | None
    n_ensemble: int | None
    calibrate: bool
    interval: float | None
    threshold: float | str | None
    weight: str | None
    class_weight: str | Mapping[Any, float] | None
    group: str | None
    time: str | None
    distribution: str | None
    skip_last: int | None


@dataclass(frozen=True)
class TableRequest:
    """What is to be predicted, and by what network; each setting of `TableTraining` beside the table itself.

    target       the name of the column to predict
    task         "classification" or "regression"; None guesses it from the target
    recipe       the network and its training
    columns      what is known of the columns
    n_ensemble   how many networks are trained, whose outputs are averaged; None for four, or one where rows are few
    calibrate    whether probabilities are calibrated on the validation rows
    interval     a coverage, for which more networks learn both ends; None for intervals of the validation errors
    threshold    the probability from which the second of two classes is predicted; "auto" for the best by the metric
    weight       the column that says how much each row counts, which is not learned; None for equal rows
    class_weight "balanced", or how much the rows of classes count, by name; None for all alike
    group        the column whose groups of rows lie on one side of every split; None for rows drawn one by one
    time         the column by which the held-out rows are the latest; None as well
    reading      how the file was said to be laid out, for later tables
    test, validation
                 files with rows for the result, and to choose the epoch; None for shares of the table
    distribution what is predicted of numbers beside their mean; None for the mean alone
    also         further targets, which are learned together with it
    skip_last    how many rows at the end of the table are none to learn from; None to find totals there
    """

    target: str
    task: str | None = None
    recipe: Recipe = field(default_factory=Recipe)
    columns: ColumnOptions = field(default_factory=ColumnOptions)
    n_ensemble: int | None = None
    calibrate: bool = True
    interval: float | None = None
    threshold: Threshold | None = None
    weight: str | None = None
    class_weight: ClassWeight | None = None
    group: str | None = None
    time: str | None = None
    reading: ReadOptions = field(default_factory=ReadOptions)
    test: str | None = None
    validation: str | None = None
    distribution: DistributionName | None = None
    also: Sequence[str] = ()
    skip_last: int | None = None

    def __post_init__(self) -> None:
        if self.n_ensemble is not None:
            check_whole(self.n_ensemble, "n_ensemble")
        check_flag(self.calibrate, "calibrate")
        if self.interval is not None:
            object.__setattr__(self, "interval", check_coverage("interval", self.interval))
        object.__setattr__(self, "threshold", check_threshold(self.threshold))
        object.__setattr__(self, "class_weight", check_class_weight(self.class_weight))
        check_distribution(self.distribution)
        if self.skip_last is not None:
            check_whole(self.skip_last, "skip_last", 0)
        check_metric(self.recipe.metric, self.distribution, LOSSES)
        if self.weight is not None and self.weight in (self.target, self.group):
            raise InvalidInput(f"the weight column {self.weight!r} is the target or the groups: name another one.")
        self._check_split()
        self._check_several()

    @property
    def targets(self) -> tuple[str, ...]:
        """All columns to predict."""
        return (self.target, *self.also)

    def on(self, names: Collection[str]) -> "TableRequest":
        """The request for a table with these columns, in which "a,b" is two targets unless a column is called so."""
        if not isinstance(self.target, str) or self.target in names:
            return self
        first, *also = [part for each in self.target.split(",") if (part := each.strip())] or [self.target]
        return replace(self, target=first, also=(*also, *self.also)) if also else self

    def check_one_target(self, names: Collection[str], what: str) -> None:
        """Refuse several targets where one is needed."""
        if several := self.on(names).also:
            raise InvalidInput(f"{what} takes one target, got {1 + len(several)}: train a model for each.")

    def _check_several(self) -> None:
        if not self.also:
            return
        if len(set(self.targets)) < len(self.targets):
            raise InvalidInput(f"each target can be named once, got {', '.join(self.targets)}.")
        for name in ("interval", "distribution", "threshold", "class_weight"):
            if (value := getattr(self, name)) is not None:
                raise InvalidInput(
                    f"{name}={value!r} works for one target, got {len(self.targets)}: leave it out, or train a model "
                    "for each."
                )

    def check_alike(self, targets: Sequence[Target]) -> None:
        """Refuse targets of numbers beside targets of classes, and a metric of classes for several targets."""
        by_task: dict[str, list[str]] = {}
        for name, target in zip(self.targets, targets, strict=True):
            by_task.setdefault(target.task, []).append(name)
        if len(by_task) > 1:
            numbers, classes = (listed(by_task[task]) for task in ("regression", "classification"))
            raise InvalidInput(
                f"several targets must all hold numbers or all hold classes, but numbers are in {numbers} and classes "
                f"in {classes}: train a model for each kind, or give the task, regression where classes count or "
                "measure, classification where numbers name classes."
            )
        if "classification" in by_task and self.recipe.metric not in (None, "log_loss"):
            raise InvalidInput(
                f"metric={self.recipe.metric!r} chooses the epoch for one target, got {len(self.targets)}: the mean of "
                "their log losses does for several, so leave it out, or train a model for each."
            )

    @classmethod
    def of(
        cls,
        target: "str | Sequence[str]",
        task: str | None = None,
        recipe: Recipe | None = None,
        **settings: Unpack[TableSettings],
    ) -> Self:
        """The request as a person writes it in Python."""
        asked: dict[str, Any] = {**settings, "columns": ColumnOptions.of(settings.get("columns"))}
        several = [text_in("target_name", each) for each in target] or [""] if isinstance(target, (list, tuple)) else []
        first, *also = several or [cast(str, target)]  # what is not text names no column, which is said later
        return cls(first, task, recipe_of(recipe), also=tuple(also), **asked)

    def check_task(self, task: str) -> None:
        """Refuse what does not suit the task, once that is known."""
        self.recipe.chosen_metric(task)
        if self.interval is not None and task == "classification":
            raise InvalidInput(
                f"interval={self.interval:g} is for numbers, but {self.target!r} holds classes, which have a "
                "probability each: leave it out."
            )
        if self.distribution is not None and task == "classification":
            raise InvalidInput(
                f"distribution={self.distribution!r} is for numbers, but {self.target!r} holds classes, which have a "
                "probability each: leave it out."
            )
        for name in ("threshold", "class_weight"):
            if task == "regression" and getattr(self, name) is not None:
                raise InvalidInput(
                    f"{name}={getattr(self, name)!r} is for classes, but {self.target!r} holds numbers: leave it out."
                )

    def check_classes(self, target: Target) -> None:
        """Refuse what does not suit the classes."""
        if isinstance(target, ClassTarget):
            check_chosen(self.threshold, self.recipe.chosen_metric(target.task), target.names)

    def check_whole_table(self) -> None:
        """Refuse what a table that is read in chunks cannot have."""
        if self.distribution == "histogram":
            raise InvalidInput(
                "distribution='histogram' needs the whole table in memory, but this file is read in chunks: use "
                "'mixture', 'quantiles' or 'gaussian', or allow more memory."
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
        """Refuse a column of groups, times or weights that a data frame does not have."""
        for what, name in (("group", self.group), ("time", self.time), ("weight", self.weight)):
            if name is not None:
                check_column(frame, name, f"{what} column")


DEFAULTS = {each.name: each.default for each in fields(TableRequest) if each.default is not MISSING}


def recipe_of(given: object) -> Recipe:
    """A recipe, or the default one for None."""
    if given is None:
        return Recipe()
    if not isinstance(given, Recipe):
        raise InvalidInput(f"recipe must be a gn.Recipe(…), got {brief(given)}.")
    return given
