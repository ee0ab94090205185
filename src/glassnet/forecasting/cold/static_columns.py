"""Columns that never change within a series, such as a region: as numbers that series can be compared by."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.forecasting.dated.series_table import frame_of, numbered
from glassnet.formulas.elementary import Array
from glassnet.tables.values.frames import check_column, family
from glassnet.tables.values.objects import plain

Values = Mapping[Any, tuple[Any, ...]]  # of each series, by its name: a value for each column


def static_values(table: Any, series: str, columns: Sequence[str]) -> Values:
    """The values of the static columns of each series in a table; refused where one changes, or is not there."""
    frame = frame_of(table)
    check_column(frame, series, "series column")
    names, numbers = numbered(frame, series)
    found: dict[Any, list[Any]] = {name: [] for name in names}
    for column in columns:
        check_column(frame, column, "static column")
        values = plain(frame.get_column(column))
        as_number = family(values) == "number"
        first: dict[int, Any] = {}
        for number, value in zip(numbers.tolist(), values.to_list(), strict=True):
            if value is not None and value == value and first.setdefault(number, value) != value:
                raise InvalidInput(
                    f"static column {column!r} must have one value for each series; {names[number]!r} has "
                    f"{brief(first[number])} and {brief(value)}."
                )
        for number, name in enumerate(names):
            if number not in first:
                raise InvalidInput(f"static column {column!r} has no value for series {name!r}.")
            found[name].append(float(first[number]) if as_number else str(first[number]))
    return {name: tuple(values) for name, values in found.items()}


@dataclass(frozen=True)
class StaticColumn:
    """How a column becomes numbers: less its mean in units of its spread, or 0 and 1 for each of its texts."""

    name: str
    levels: tuple[str, ...] = ()
    mean: float = 0.0
    spread: float = 1.0

    @classmethod
    def of(cls, name: str, values: Sequence[Any]) -> "StaticColumn":
        """What is found in the values of the known series."""
        if any(isinstance(each, str) for each in values):
            return cls(name, tuple(sorted({str(each) for each in values})))
        spread = float(np.std(values))
        return cls(name, (), float(np.mean(values)), spread if spread > 0 else 1.0)

    def numbers(self, values: Sequence[Any]) -> Array:
        """The values as numbers (series, inputs); NaN for a text that was not there."""
        if self.levels:
            there = np.array([[float(str(each) == level) for level in self.levels] for each in values])
            return np.where(there.any(axis=1, keepdims=True), there, np.nan)
        if wrong := next((each for each in values if isinstance(each, str)), None):
            raise InvalidInput(f"static column {self.name!r} must hold numbers, as in the table of fit, got {wrong!r}.")
        return (np.array(values, np.float64)[:, None] - self.mean) / self.spread


@dataclass(frozen=True, eq=False)
class Statics:
    """The static columns of the series that were learned from."""

    series: str
    columns: tuple[StaticColumn, ...]
    values: Values

    @classmethod
    def of(cls, table: Any, series: str | None, names: Sequence[str]) -> "Statics":
        """Those of a table."""
        if series is None:
            raise InvalidInput("static columns tell several series apart: name the column of series with series=.")
        values = static_values(table, series, names)
        columns = [StaticColumn.of(name, [each[j] for each in values.values()]) for j, name in enumerate(names)]
        return cls(series, tuple(columns), values)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(each.name for each in self.columns)

    def inputs(self, rows: Sequence[tuple[Any, ...]]) -> Array:
        """Values as numbers (series, inputs)."""
        parts = [each.numbers([row[j] for row in rows]) for j, each in enumerate(self.columns)]
        return np.concatenate(parts, axis=1)

    @property
    def numbers(self) -> dict[Any, Array]:
        """The numbers of each known series, by its name."""
        return dict(zip(self.values, self.inputs([*self.values.values()]), strict=True))

    def new(self, table: Any, known: Sequence[Any]) -> Values:
        """The values of the series of a table that are not known."""
        found = {name: row for name, row in static_values(table, self.series, self.names).items() if name not in known}
        if not found:
            raise InvalidInput(
                "new= holds no series that is new: each of its series has a past, which predict() knows."
            )
        kinds = {type(name) for name in known}
        if (wrong := next((name for name in found if type(name) not in kinds), None)) is not None:
            raise InvalidInput(
                f"the series column {self.series!r} of new= holds {brief(wrong)}, where a name such as "
                f"{brief(known[0])} is expected, as in the table of fit."
            )
        return found

    def describe(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "series": self.series,
            "columns": [asdict(each) for each in self.columns],
            "values": [[name, [*row]] for name, row in self.values.items()],
        }

    @classmethod
    def from_description(cls, about: Mapping[str, Any]) -> "Statics":
        """What `describe` gave."""
        columns = [StaticColumn(**{**each, "levels": tuple(each["levels"])}) for each in about["columns"]]
        return cls(about["series"], tuple(columns), {name: tuple(row) for name, row in about["values"]})
