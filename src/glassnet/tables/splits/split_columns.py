"""The groups or the times of rows, read from the column that a person named."""

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.number_format import counted
from glassnet.tables.values.frames import EPOCH, as_series, family, to_days, to_numbers, to_texts
from glassnet.tables.values.text_format import TextFormat

if TYPE_CHECKING:
    import narwhals as nw

LEAST = 3  # groups or times: for training, validation and the result


@dataclass
class GroupReader:
    """Numbers the groups of a column, of which `add` is given part after part; a missing value is a group alone.

    >>> reader = GroupReader("patient", TextFormat())
    >>> reader.add(["b", "a", None, "b", "7"])
    >>> reader.add([7.0])
    >>> reader.values(), reader.n_missing
    (array([1, 2, 0, 1, 3, 3]), 1)
    """

    what: ClassVar = "group"
    unit: ClassVar = "groups"

    name: str
    form: TextFormat
    n_missing: int = 0
    known: dict[str, int] = field(default_factory=dict)
    found: list[Array] = field(default_factory=list)

    def add(self, column: Any) -> None:
        """Look at the next rows."""
        texts = to_texts(self.form.read(as_series(column)))
        self.found.append(np.array([self._number(text) for text in texts], np.int64))

    def _number(self, text: str | None) -> int:
        if text is None:
            self.n_missing += 1
            return -self.n_missing
        return self.known.setdefault(text, len(self.known))

    def values(self) -> Array:
        """The group number of each row."""
        return np.unique(np.concatenate(self.found), return_inverse=True)[1]

    def check(self, rows: Array) -> None:
        """Refuse a column that cannot divide these rows (a mask)."""
        numbers = self.values()[rows]
        n_groups, n_rows = len(np.unique(numbers)), len(numbers)
        if n_groups == 1:
            raise InvalidInput(f"the group column {self.name!r} has one value in all {n_rows} rows: name another one.")
        check_enough(self.name, n_groups, "group", n_rows)

    def notes(self) -> list[str]:
        """What is told about missing values."""
        if not self.n_missing:
            return []
        return [f"{self.name}: {counted(self.n_missing, 'row')} without a value, each a group of its own"]


@dataclass
class TimeReader:
    """The times of a column as numbers: dates in days, numbers as they are.

    >>> reader = TimeReader("day", TextFormat())
    >>> reader.add([datetime.date(1970, 1, 2), datetime.date(1970, 1, 1)])
    >>> reader.values(), reader.in_words(1.5)
    (array([1., 0.]), '1970-01-02 12:00')
    """

    what: ClassVar = "time"
    unit: ClassVar = "different times"

    name: str
    form: TextFormat
    dates: bool = False
    found: list[Array] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)  # some that are not times, by row

    def add(self, column: Any) -> None:
        """Look at the next rows."""
        series = self.form.read(given := as_series(column))
        kind = family(series)
        if kind not in ("number", "date") or type(series.dtype).__name__ in ("Boolean", "Time"):
            raise InvalidInput(
                f"the time column {self.name!r} must hold dates or numbers, such as 2024-12-31; {example_of(series)}."
            )
        self.dates = self.dates or kind == "date"
        values = to_days(series) if kind == "date" else to_numbers(series)
        gone = np.flatnonzero(np.isnan(values))[:1]
        before = sum(map(len, self.found))
        self.texts |= {before + int(row): text for row in gone if (text := to_texts(given[[int(row)]])[0])}
        self.found.append(values)

    def values(self) -> Array:
        """The time of each row."""
        return np.concatenate(self.found)

    def check(self, rows: Array) -> None:
        """Refuse a column that cannot order these rows (a mask)."""
        times = self.values()
        if (gone := np.isnan(times) & rows).any():
            first = int(gone.argmax())
            text = f", which holds {self.texts[first]!r}" if first in self.texts else ""
            raise InvalidInput(
                f"the time column {self.name!r} has no date or number in {int(gone.sum())} of {int(rows.sum())} rows "
                f"(the first is row {first + 1}{text}): fill them, or remove these rows."
            )
        check_enough(self.name, len(np.unique(times[rows])), "different time", int(rows.sum()))

    def notes(self) -> list[str]:
        """What is told about missing values: nothing, as there are none."""
        return []

    def in_words(self, value: float) -> str:
        """A time as it is written."""
        if not self.dates:
            return f"{value:.15g}"
        moment = EPOCH + datetime.timedelta(seconds=round(value * 86_400))
        return moment.strftime("%Y-%m-%d" if moment.time() == datetime.time() else "%Y-%m-%d %H:%M")


SplitReader = GroupReader | TimeReader


def check_enough(name: str, n: int, noun: str, n_rows: int) -> None:
    """Refuse a column with too few groups or times to divide rows into three."""
    if n < LEAST:
        raise InvalidInput(
            f"{name!r} has {counted(n, noun)} in {n_rows} rows, but {LEAST} or more are needed: for training, for "
            f"validation and for the result."
        )


def example_of(series: "nw.Series[Any]") -> str:
    """A value of a column, in a sentence."""
    texts = [text for text in to_texts(series) if text is not None][:1]
    return f"it holds {texts[0]!r}" if texts else "it has no values"
