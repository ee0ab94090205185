"""The target: the column to predict, as class numbers or standardised numbers, and back."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from glassnet.errors import InvalidInput, UnknownName, WrongRow
from glassnet.files.schema import checked
from glassnet.formulas.prediction.scaling import kept_within, unscaled
from glassnet.tables.encoding.column_kinds import find_formats, looks_like_names
from glassnet.tables.encoding.task import find_task, task_in_words, words_in_words
from glassnet.tables.number_format import counted
from glassnet.tables.values.frames import (
    Floats,
    as_frame,
    as_series,
    check_column,
    family,
    listed,
    nameless,
    to_numbers,
    to_texts,
)
from glassnet.tables.values.levels import in_levels
from glassnet.tables.values.number_styles import COMMON
from glassnet.tables.values.objects import as_text
from glassnet.tables.values.text_format import TextFormat

if TYPE_CHECKING:
    import narwhals as nw
    from narwhals.typing import IntoDataFrame

TEXT, NUMBER = TextFormat(missing="no words"), TextFormat("number")
LARGEST_TARGET = 1e100  # squares of larger numbers overflow
NUMBER_WITHIN = re.compile(r"\D{0,4}\d[\d.,']*\D{0,6}")  # a number with a few signs at each end


def like_numbers(texts: Sequence[str | None]) -> str:
    """What keeps texts that begin as numbers do from being numbers; nothing for names.

    >>> like_numbers(["5 kg", "300 g"]), like_numbers(["name 1", "name 2"])
    (" (if they are numbers, write all alike: '5 kg', '300 g')", '')
    """
    odd = [text for text in texts if text and NUMBER_WITHIN.fullmatch(text)]
    forms = {re.sub(r"\d[\d.,]*", "0", text): text for text in odd[::-1]}
    if len(odd) < COMMON * len(texts) or len(forms) < 2:
        return ""
    return f" (if they are numbers, write all alike: {listed([*forms.values()][::-1], 3)})"


@dataclass(frozen=True)
class ClassTarget:
    """Classes in their order; each is a text, a number or a boolean, as it stood in the table.

    Classes are compared as texts: 1, 1.0 and "1" are the same class. `format` is what texts in the column mean.

    >>> target = ClassTarget.learn(["no", "yes", "no"])
    >>> target.classes, target.encode(["yes", "no"]), target.decode([1, 1])
    (('no', 'yes'), array([1, 0]), array(['yes', 'yes'], dtype='<U3'))
    """

    classes: tuple[str | int | float | bool, ...]
    format: TextFormat = TEXT
    task: ClassVar[str] = "classification"

    def __post_init__(self) -> None:
        plain = all(isinstance(c, (str, int, float)) for c in self.classes)
        if not plain or not len(set(self.names)) == len(self.classes) > 1:
            raise InvalidInput(f"a target needs two or more different classes, got {listed(self.classes)}.")

    @property
    def names(self) -> tuple[str, ...]:
        """The classes as texts."""
        return tuple(str(as_text(c)) for c in self.classes)

    @classmethod
    def learn(cls, column: Any, form: TextFormat = TEXT) -> Self:
        """Find the classes of a column (a series, an array or a list).

        Raises InvalidInput when values are missing, when all are the same, and when nearly every row is its own class.
        """
        series = _complete(form.read(as_series(column)))
        texts = to_texts(series)
        distinct = len(set(texts))
        if distinct == 1:
            raise InvalidInput(f"the target {series.name!r} has only one class, {texts[0]!r}; at least two are needed.")
        if looks_like_names(texts) or (series.dtype.is_float() and distinct > len(texts) / 2):
            got = f"{distinct} different values in {len(texts)} rows"
            words = f" ({form.note})" if form.note else like_numbers(texts)
            raise InvalidInput(f"the target {series.name!r} has {got}: too many for classes{words}.")
        return cls(_in_order(dict(zip(texts, series.to_list(), strict=True))), form)

    def encode(self, column: Any) -> npt.NDArray[np.intp]:
        """Each row's class number, shape (n,). Raises InvalidInput for missing values and classes not learned."""
        series = _complete(self.format.read(as_series(column)))
        places = {name: number for number, name in enumerate(self.names)}
        texts = in_levels(series, self.names)
        unseen = {text for text in texts if text not in places}
        if unseen:
            names = f"{listed(sorted(map(str, unseen)))}; known classes: {listed(self.names)}"
            raise InvalidInput(f"the target {series.name!r} has classes that were not in training: {names}.")
        return np.array([places[str(text)] for text in texts], np.intp)

    def decode(self, numbers: npt.ArrayLike) -> npt.NDArray[Any]:
        """The classes with these numbers, in the type they had in the table, shape as given."""
        return np.array(self.classes)[np.asarray(numbers)]

    def describe(self) -> dict[str, Any]:
        """The classes, as JSON values."""
        return {"task": self.task, "classes": list(self.classes), "format": self.format.describe()}


def _in_order(by_text: dict[str | None, Any]) -> tuple[Any, ...]:
    values = [float(value) if isinstance(value, Decimal) else value for value in by_text.values()]
    kinds = {type(value) for value in values}
    if kinds == {float} and all(value.is_integer() for value in values):
        values = [int(value) for value in values]  # as where no value was missing
    return tuple(sorted(values if len(kinds) == 1 and kinds <= {str, int, float, bool} else map(str, by_text)))


@dataclass(frozen=True)
class NumberTarget:
    """Numbers to predict, standardised.

    t = (y − mean) / scale,    y = mean + scale t.

    Numbers to predict, standardised; the scale is their standard deviation.

    `low` and `high` are the least and the largest number in training; predictions are kept between them.

    >>> target = NumberTarget.learn([1.0, 2.0, 3.0, 2.0])
    >>> target.mean, target.encode([2.0]), target.decode([0.0])
    (2.0, array([0.]), array([2.]))
    """

    mean: float
    scale: float
    low: float
    high: float
    format: TextFormat = NUMBER
    task: ClassVar[str] = "regression"

    def __post_init__(self) -> None:
        values = (self.mean, self.scale, self.low, self.high)
        numbers = all(isinstance(v, (int, float)) and math.isfinite(v) for v in values)
        if not numbers or self.scale <= 0 or self.low > self.high:
            raise InvalidInput(f"a target needs a finite mean, a scale above 0, and low ≤ high, got {values}.")

    @classmethod
    def learn(cls, column: Any, form: TextFormat = NUMBER) -> Self:
        """Find the mean and the standard deviation of a column (a series, an array or a list).

        Raises InvalidInput when values are missing, infinite or no numbers, and when all are the same.
        """
        series = _complete(form.read(as_series(column)))
        values = _moderate(series)
        largest = float(np.abs(values).max()) or 1.0
        shares = values / largest  # so that no sum and no square overflows
        mean, scale = largest * float(shares.mean()), largest * float(shares.std())
        if scale == 0 or (values == values[0]).all():
            raise InvalidInput(
                f"the target {series.name!r} is {values[0]:g} in every row: there is nothing to predict."
            )
        return cls(mean, scale, float(values.min()), float(values.max()), form)

    @classmethod
    def learn_any(cls, values: Floats) -> Self:
        """As `learn`, but accepts a constant column too: then that constant is predicted."""
        one = float(values[0])
        return cls(one, 1.0, one, one) if (values == one).all() else cls.learn(values)

    def encode(self, column: Any) -> Floats:
        """The standardised numbers, float64, shape (n,). Raises InvalidInput as `learn` does; equal values pass."""
        return (_moderate(_complete(self.format.read(as_series(column)))) - self.mean) / self.scale

    def decode(self, standardised: npt.ArrayLike) -> Floats:
        """The numbers on the scale of the table, float64, shape as given."""
        return unscaled(np.asarray(standardised, np.float64), self.scale, self.mean)

    def within(self, values: Floats) -> Floats:
        """Values limited to the range of the numbers in training, shape as given."""
        return kept_within(values, self.low, self.high)

    def describe(self) -> dict[str, Any]:
        """What was learned, as JSON values."""
        learned = {"mean": self.mean, "scale": self.scale, "low": self.low, "high": self.high}
        return {"task": self.task, **learned, "format": self.format.describe()}


Target = ClassTarget | NumberTarget
TARGETS: dict[str, type[ClassTarget] | type[NumberTarget]] = {t.task: t for t in (ClassTarget, NumberTarget)}


def learn_target(data: "IntoDataFrame", name: str, task: str | None = None, form: TextFormat | None = None) -> Target:
    """Learn the target from the column `name` of a data frame; `task` and format are found unless given.

    Raises InvalidInput when there is no such column (the nearest is named), and as `ClassTarget.learn` and
    `NumberTarget.learn` do.
    """
    check_column(data, name, "target column")
    given = as_series(as_frame(data)[name])
    form = find_formats(as_frame(data), target=name)[name] if form is None else form
    series = _complete(form.read(given))
    task = find_task(series, task, form)
    said = [form.note, task_in_words(series, task, form), words_in_words(series, form)]
    return TARGETS[task].learn(series, replace(form, note="; ".join(filter(None, said))))


def has_value(column: "nw.Series[Any]", form: TextFormat) -> npt.NDArray[np.bool_]:
    """Which rows of a target have a value (an infinite one counts as one), shape (n,)."""
    series = form.read(as_series(column))
    gone = np.array(nameless(series).is_null().to_list(), bool)
    return ~(gone | np.isnan(series.to_numpy())) if series.dtype.is_float() else ~gone


def with_target(frame: Any, name: str, form: TextFormat) -> tuple[Any, int]:
    """(the rows of a narwhals frame whose target has a value, how many have none); refused if none has."""
    there = has_value(frame[name], form)
    if not there.any():
        raise InvalidInput(f"the target {name!r} has no value in any of {counted(len(frame), 'row')}.")
    n = int((~there).sum())
    return (frame[np.flatnonzero(there)] if n else frame), n


def with_targets(frame: Any, forms: Mapping[str, TextFormat]) -> tuple[Any, npt.NDArray[np.bool_]]:
    """(the rows of a narwhals frame in which all targets have a value, a mask of these); refused if there are none."""
    known = np.logical_and.reduce([has_value(frame[name], form) for name, form in forms.items()])
    if not known.any():
        for name, form in forms.items():
            with_target(frame, name, form)  # it says which has none at all
        raise InvalidInput(f"no row has a value of each target: {listed(list(forms))}.")
    return (frame if known.all() else frame[np.flatnonzero(known)]), known


def target_from_description(description: Mapping[str, Any]) -> Target:
    """The target from its description; InvalidInput for anything else."""
    task = description.get("task")
    if not isinstance(task, str) or task not in TARGETS:
        raise UnknownName("task", task, TARGETS)
    fields = {name: value for name, value in description.items() if name != "task"}
    return checked(fields, TARGETS[task], "table.target")


def _moderate(series: "nw.Series[Any]") -> Floats:
    """The numbers of a complete column, unless one is too large to predict."""
    values = to_numbers(series)
    large = np.abs(values) > LARGEST_TARGET
    if large.any():
        first = int(large.argmax())
        found = f"the target {series.name!r} is {values[first]:g}"
        raise WrongRow(found, first + 1, ": numbers to predict must lie within ±1e100.")
    return values


def _complete(series: "nw.Series[Any]") -> Any:
    """The column, unless it has no rows or a row without a value."""
    if len(series) == 0:
        raise InvalidInput(f"the target {series.name!r} has no rows.")
    numeric = family(series) == "number"
    missing = np.isnan(to_numbers(series)) if numeric else np.array(nameless(series).is_null().to_list())
    if missing.any():
        what = "missing or infinite" if numeric else "missing"
        more = int(missing.sum()) - 1
        later = f" and in {counted(more, 'later row')}" if more else ""
        found = f"the target {series.name!r} is {what}"
        raise WrongRow(found, int(missing.argmax()) + 1, f"{later}: remove such rows or fill them.")
    return series
