"""How a column of each kind becomes numbers that a network can learn from."""

import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from glassnet.errors import InvalidInput, UnknownName
from glassnet.files.schema import checked
from glassnet.formulas.prediction.scaling import smoothly_clipped
from glassnet.tables.values.frames import Floats, to_days, to_numbers, to_texts
from glassnet.tables.values.levels import in_levels
from glassnet.tables.values.text_format import TextFormat

if TYPE_CHECKING:
    import narwhals as nw

TEXT, NUMBER = TextFormat(), TextFormat("number")
Outputs = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ColumnEncoder(ABC):
    """A column as it was learned from the training rows; `missing` says whether some of them had no value.

    `format` is what texts in the column mean, in later tables too.
    """

    name: str
    missing: bool
    format: TextFormat
    kind: ClassVar[str]
    registry: ClassVar[dict[str, type["ColumnEncoder"]]] = {}

    def __init_subclass__(cls, kind: str = "") -> None:
        if kind:
            cls.kind = kind
            cls.registry[kind] = cls

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not isinstance(self.missing, bool):
            raise InvalidInput(f"a column needs a name and missing=True or False, got {self.name!r}, {self.missing!r}.")
        if not isinstance(self.format, TextFormat):
            raise InvalidInput(f"column {self.name!r} needs a text format, got {str(self.format)[:100]}.")

    @classmethod
    @abstractmethod
    def learn(cls, values: "nw.Series[Any]", form: TextFormat = TEXT) -> Self:
        """Learn from the training rows (a narwhals series), as this format reads them."""

    @abstractmethod
    def grown(self, values: "nw.Series[Any]") -> Self:
        """The encoder with what further rows have besides: levels, which come last, and missing values."""

    def transform(self, series: "nw.Series[Any]") -> Outputs:
        """The outputs for new rows: float32, shape (n, len(self.names))."""
        return self.encode(self.format.read(series))

    def encode(self, values: "nw.Series[Any]") -> Outputs:
        """The outputs for rows that the format has read."""
        return self.encoded(self.measure(values))

    @abstractmethod
    def measure(self, values: "nw.Series[Any]") -> npt.NDArray[Any]:
        """What each row holds, (n,): a number, NaN where it is missing; or the place of its level."""

    @abstractmethod
    def encoded(self, measured: npt.NDArray[Any]) -> Outputs:
        """The outputs for what `measure` gives."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """One name for each output."""

    def describe(self) -> dict[str, Any]:
        """What was learned, as JSON values."""
        return {"kind": self.kind, **{k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}}

    @property
    def _missing_name(self) -> tuple[str, ...]:
        return (f"{self.name} missing",) if self.missing else ()


def column_from_description(description: Mapping[str, Any], where: str = "") -> ColumnEncoder:
    """The column encoder from its description; unknown kinds and wrong fields raise InvalidInput."""
    kind = description.get("kind")
    if not isinstance(kind, str) or kind not in ColumnEncoder.registry:
        raise UnknownName("kind of column", kind, ColumnEncoder.registry)
    fields = {name: value for name, value in description.items() if name != "kind"}
    return checked(fields, ColumnEncoder.registry[kind], where)


@dataclass(frozen=True)
class NumberColumn(ColumnEncoder, kind="number"):
    """Scaled numbers, softly kept within ±3.

    z = (x − median) / scale,    input = z / √(1 + (z / 3)²).

    Near 0 the input of the network is z, and it never leaves ±3. The scale is the range between the quartiles; if
    that is 0, half the range of all values; if that is 0, 1 (robust scaling and smooth clipping after Holzmüller et
    al. 2024, RealMLP). A missing value becomes the median, and a second output says so (1, else 0) when the
    training rows had missing values. `holds` says what a value is: a number, or a date.
    """

    median: float
    scale: float
    holds: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        super().__post_init__()
        numbers = all(isinstance(value, (int, float)) and math.isfinite(value) for value in (self.median, self.scale))
        if not numbers or self.scale <= 0:
            got = f"{self.median!r} and {self.scale!r}"
            raise InvalidInput(f"column {self.name!r} needs a finite median and a scale above 0, got {got}.")

    def values(self, series: "nw.Series[Any]") -> Floats:
        """The column in float64, NaN where a value is missing."""
        return self.in_numbers(self.format.read(series))

    @staticmethod
    def in_numbers(series: "nw.Series[Any]") -> Floats:
        """Values of the column's own type in float64."""
        return to_numbers(series)

    @classmethod
    def learn(cls, values: "nw.Series[Any]", form: TextFormat = NUMBER) -> Self:
        """Find the median and the scale of the present values; there must be at least one."""
        numbers = cls.in_numbers(values)
        present = numbers[~np.isnan(numbers)]
        low, q1, median, q3, high = (float(q) for q in np.quantile(present, [0, 0.25, 0.5, 0.75, 1]))
        return cls(values.name, len(present) < len(numbers), form, median, (q3 - q1) or (high - low) / 2 or 1.0)

    def grown(self, values: "nw.Series[Any]") -> Self:
        """With an output for missing values where there are some; median and scale stay."""
        return replace(self, missing=self.missing or bool(np.isnan(self.in_numbers(values)).any()))

    def measure(self, values: "nw.Series[Any]") -> Floats:
        """The numbers, NaN where one is missing."""
        return self.in_numbers(values)

    def encoded(self, measured: Floats) -> Outputs:
        """The clipped numbers and, where learned, which ones are missing: shape (n, 1) or (n, 2)."""
        gone = np.isnan(measured)
        with np.errstate(over="ignore"):
            scaled = smoothly_clipped(np.where(gone, self.median, measured), self.median, self.scale)
        outputs = [scaled, gone]
        return np.column_stack(outputs[: 1 + self.missing]).astype(np.float32)

    @property
    def names(self) -> tuple[str, ...]:
        """The column's name, and "… missing" where learned."""
        return (self.name, *self._missing_name)


@dataclass(frozen=True)
class DateColumn(NumberColumn, kind="date"):
    """Days since 1970-01-01 (durations: days; times: parts of a day), then as numbers."""

    holds: ClassVar[str] = "date"

    @staticmethod
    def in_numbers(series: "nw.Series[Any]") -> Floats:
        """Dates in days."""
        return to_days(series)


@dataclass(frozen=True)
class Levels(ColumnEncoder):
    """Distinct texts: 1, 1.0 and "1" are the same level. One in fewer than `least_rows` training rows is none."""

    levels: tuple[str, ...]
    least_rows: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        texts = isinstance(self.levels, tuple) and all(isinstance(level, str) for level in self.levels)
        if not texts or len(set(self.levels)) < len(self.levels):
            raise InvalidInput(f"column {self.name!r} needs distinct texts as levels, got {self.levels!r}.")

    def grown(self, values: "nw.Series[Any]") -> Self:
        """With the levels that are new and occur often enough, in alphabetical order after the known ones."""
        counts = Counter(in_levels(values, self.levels))
        n_gone = counts.pop(None, 0)
        new = (str(level) for level, n in counts.items() if n >= self.least_rows and level not in self.levels)
        return replace(self, missing=self.missing or n_gone > 0, levels=(*self.levels, *sorted(new)))

    def places(self, values: "nw.Series[Any]") -> npt.NDArray[np.intp]:
        """Each row's index among the levels: −1 for an unknown level, one past the last for a missing value."""
        known = {level: place for place, level in enumerate(self.levels)}
        texts = in_levels(values, self.levels)
        return np.array([len(known) if text is None else known.get(text, -1) for text in texts], np.intp)

    def measure(self, values: "nw.Series[Any]") -> npt.NDArray[np.intp]:
        """The places of the rows' levels."""
        return self.places(values)

    def texts(self, series: "nw.Series[Any]") -> list[str | None]:
        """The column as learned levels where it has one of them; None where a value is missing."""
        return in_levels(self.format.read(series), self.levels)


@dataclass(frozen=True)
class CategoryColumn(Levels, kind="category"):
    """One output for each level, in alphabetical order; a level not seen in training gives zeros."""

    @classmethod
    def learn(cls, values: "nw.Series[Any]", form: TextFormat = TEXT) -> Self:
        """Collect the levels."""
        levels = set(to_texts(values))
        return cls(values.name, None in levels, form, tuple(sorted(level for level in levels if level is not None)))

    def encoded(self, measured: npt.NDArray[np.intp]) -> Outputs:
        """1 in the column of each row's level, 0 elsewhere; shape (n, number of outputs)."""
        # without an output for missing values, none has their place
        return (measured[:, None] == np.arange(len(self.names))).astype(np.float32)

    @property
    def names(self) -> tuple[str, ...]:
        """Like "city=Rome", and "city missing" where learned."""
        return (*(f"{self.name}={level}" for level in self.levels), *self._missing_name)


@dataclass(frozen=True)
class CodedColumn(Levels, kind="coded"):
    """One output, a code for `Embedding`: 0 for a level that was rare or not seen in training, 1, 2, … for the others.

    A level is rare when it stands in a single training row; from these the vector of what was never seen is learned. A
    missing value has the last code, or 0 where none was missing in training.
    """

    least_rows: ClassVar[int] = 2

    @classmethod
    def learn(cls, values: "nw.Series[Any]", form: TextFormat = TEXT) -> Self:
        """Collect the levels that occur in two rows or more."""
        counts = Counter(to_texts(values))
        missing = counts.pop(None, 0) > 0
        levels = (str(level) for level, n in counts.items() if n >= cls.least_rows)
        return cls(values.name, missing, form, tuple(sorted(levels)))

    def encoded(self, measured: npt.NDArray[np.intp]) -> Outputs:
        """The code of each row, shape (n, 1)."""
        codes = np.array([self.code(place) for place in range(-1, len(self.levels) + 1)], np.float32)
        return codes[measured + 1, None]

    def code(self, place: int) -> int:
        """The code of the level at a place (see `places`)."""
        return place + 1 if place + 1 < self.n_codes else 0

    @property
    def n_codes(self) -> int:
        """Number of codes."""
        return 1 + len(self.levels) + self.missing

    @property
    def names(self) -> tuple[str, ...]:
        """The column's name."""
        return (self.name,)
