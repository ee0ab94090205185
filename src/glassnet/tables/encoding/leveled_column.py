"""A number whose single values are levels as well."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.tables.encoding.column_encoders import ColumnEncoder, NumberColumn, Outputs
from glassnet.tables.values.frames import Floats

if TYPE_CHECKING:
    import narwhals as nw


def as_written(numbers: Floats) -> Floats:
    """Numbers that were kept in single precision as they are written: 0.1 in place of 0.10000000149.

    >>> as_written(np.array([0.1, 2.5], np.float32))
    array([0.1, 2.5])
    """
    values, places = np.unique(np.asarray(numbers, np.float32), return_inverse=True)
    return np.array([float(str(value)) for value in values], np.float64)[places]


@dataclass(frozen=True)
class LeveledColumn(NumberColumn, kind="number with levels"):
    """A number, and last a code for `Embedding`: 1, 2, … for its `levels` in their order, 0 for any other number.

    The levels are the numbers that stand in two training rows or more; further rows add none. A missing value has
    code 0.
    """

    levels: tuple[float, ...]
    least_rows: ClassVar[int] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        levels = np.array(self.levels, np.float64)
        if not len(levels) or not np.isfinite(levels).all() or not (np.diff(levels) > 0).all():
            raise InvalidInput(f"column {self.name!r} needs finite numbers in ascending order as levels.")

    @staticmethod
    def in_numbers(series: "nw.Series[Any]") -> Floats:
        """Values in float64; those of single precision as they are written, so that they meet the same levels."""
        numbers = NumberColumn.in_numbers(series)
        return as_written(numbers) if str(series.dtype) == "Float32" else numbers

    @classmethod
    def of(cls, number: NumberColumn, values: "nw.Series[Any]") -> ColumnEncoder:
        """A number with the levels that recur in the training rows; the number alone where none does."""
        numbers = cls.in_numbers(values)
        levels, counts = np.unique(numbers[~np.isnan(numbers)], return_counts=True)
        found = tuple(levels[counts >= cls.least_rows].tolist())
        return cls(number.name, number.missing, number.format, number.median, number.scale, found) if found else number

    def encoded(self, measured: Floats) -> Outputs:
        """The clipped numbers, where learned which ones are missing, and the codes: shape (n, 2) or (n, 3)."""
        levels = np.array(self.levels)
        place = np.minimum(np.searchsorted(levels, measured), len(levels) - 1)
        codes = np.where(levels[place] == measured, place + 1, 0)
        return np.column_stack([super().encoded(measured), codes.astype(np.float32)])

    @property
    def n_codes(self) -> int:
        """Number of codes."""
        return 1 + len(self.levels)

    @property
    def names(self) -> tuple[str, ...]:
        """The column's name, "… missing" where learned, and "… as a level"."""
        return (*super().names, f"{self.name} as a level")
