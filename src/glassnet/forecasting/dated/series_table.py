"""From a table with a column of time to series: sorted, without gaps, each on the same axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.forecasting.dated.frequency import Frequency, Ticks, found_frequency
from glassnet.forecasting.dated.gaps import check_gaps, filled, gaps_in_words
from glassnet.forecasting.dated.panel import Axis, Panel, said_place
from glassnet.forecasting.dated.stamps import Clock, read_stamps
from glassnet.formulas.elementary import Array
from glassnet.tables.number_format import counted
from glassnet.tables.values.frames import as_frame, as_series, check_column, family, to_numbers
from glassnet.tables.values.objects import plain
from glassnet.tables.values.plain_tables import of_mapping


class Reading(NamedTuple):
    """How the time of a table is to be read, as far as that was said."""

    frequency: str | None = None
    zone: str | None = None
    fill: str | None = None


NOTHING_SAID = Reading()
INFINITE = {"inf", "infinity"}  # as texts, whatever their case and sign


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are, and how its time is to be read."""

    time: str
    target: str
    series: str | None = None
    future: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    reading: Reading = NOTHING_SAID

    def __post_init__(self) -> None:
        named = [self.time, self.target, *([] if self.series is None else [self.series]), *self.beside]
        if twice := next((name for name in named if named.count(name) > 1), None):
            raise InvalidInput(f"column {twice!r} is named twice: each has one part to play.")

    @property
    def beside(self) -> tuple[str, ...]:
        """The columns beside the target."""
        return (*self.future, *self.past)


class Rows(NamedTuple):
    """The rows of a table, each with the number of its series and its stamp, in order of both."""

    names: tuple[Any, ...]
    series: Ticks
    clock: Clock
    ticks: Ticks
    numbers: dict[str, Array]
    in_order: bool


def frame_of(table: Any) -> Any:
    """A data frame of polars, pandas or Arrow, or a mapping of columns, as narwhals sees it."""
    if isinstance(table, Mapping):
        polars = require("polars", "tables", "a table")
        table = polars.DataFrame({name: as_series(column).to_native() for name, column in of_mapping(table).items()})
    frame = as_frame(table)
    if not len(frame):
        raise InvalidInput("the table has no rows.")
    return frame


def read_rows(table: Any, columns: Columns, numbers: Sequence[str]) -> Rows:
    """The rows of a table in the order of series and time, with some of its columns as numbers."""
    frame = frame_of(table)
    for name, what in ((columns.time, "time column"), (columns.series, "series column")):
        if name is not None:
            check_column(frame, name, what)
    for name in numbers:
        check_column(frame, name)
    names, series = numbered(frame, columns.series)
    clock, ticks = read_stamps(frame.get_column(columns.time), columns.time, columns.reading.zone, series)
    order = np.lexsort((ticks, series))
    found = {name: numbers_of(frame.get_column(name), name)[order] for name in numbers}
    rows = Rows(names, series[order], clock, ticks[order], found, in_order_of_time(series, ticks))
    check_once(rows, columns)
    return rows


def in_order_of_time(series: Ticks, ticks: Ticks) -> bool:
    """Whether the rows of each series follow each other in time, whatever lies between them."""
    order = np.argsort(series, kind="stable")
    return bool(((np.diff(ticks[order]) >= 0) | (np.diff(series[order]) > 0)).all())


def numbered(frame: Any, series: str | None) -> tuple[tuple[Any, ...], Ticks]:
    """The names of the series, sorted, and the number of that of each row."""
    if series is None:
        return (None,), np.zeros(len(frame), np.int64)
    values = frame.get_column(series).to_list()
    if None in values:
        raise InvalidInput(f"the series column {series!r} has no value in row {values.index(None) + 1}.")
    names = sorted(set(values), key=lambda name: (str(type(name)), name))
    number = {name: k for k, name in enumerate(names)}
    return tuple(names), np.array([number[each] for each in values], np.int64)


def numbers_of(column: Any, name: str) -> Array:
    """A column as numbers, NaN where one is missing; infinite ones are refused."""
    column = plain(column)
    if family(column) in ("number", "text"):
        if (wrong := np.flatnonzero(np.isinf(to_raw(column)))).size:
            row = int(wrong[0]) + 1
            raise InvalidInput(f"column {name!r} is infinite in row {row}: leave missing values empty.")
        return to_numbers(column)
    raise InvalidInput(f"column {name!r} must hold numbers, got {type(column.dtype).__name__}.")


def to_raw(column: Any) -> Array:
    """Numbers as they are, with infinite ones; of texts, those that spell infinity."""
    if family(column) == "text":
        texts = (str(text).strip().lower().lstrip("+-") for text in column.to_list())
        return np.array([np.inf if text in INFINITE else 0.0 for text in texts])
    return np.asarray(column.to_numpy(), np.float64)


def check_once(rows: Rows, columns: Columns) -> None:
    """Refuse two rows of one series and one stamp."""
    twice = np.flatnonzero((np.diff(rows.ticks) == 0) & (np.diff(rows.series) == 0))
    if twice.size:
        k = twice[0]
        place = said_place(rows.names[rows.series[k]], rows.clock.text(int(rows.ticks[k])))
        more = f", and {counted(len(twice) - 1, 'more stamp')} too" if len(twice) > 1 else ""
        hint = "" if columns.series else "; if the table holds several series, name their column with series="
        if may_skip(rows.clock):
            hint += "; if the clocks were put back there, name the time zone with zone="
        raise InvalidInput(f"{place} comes twice{more}: a series has one row for each stamp{hint}.")


def may_skip(clock: Clock) -> bool:
    """Whether stamps may be those of a clock that is put forward and back."""
    return clock.kind == "timestamp" and clock.zone is None


def read_panel(table: Any, columns: Columns, notes: list[str], axis: Axis | None = None) -> Panel:
    """The series of a table; on the axis of an earlier one if that is given."""
    rows = read_rows(table, columns, [columns.target, *columns.beside])
    if not rows.in_order:
        notes.append("rows were not in order of time: they were sorted")
    axis = axis or axis_of(rows, columns)
    check_clock(rows.clock, axis, columns.time)
    positions = on_steps(rows, axis)
    parts = parts_of(rows)
    starts = [int(positions[part][0]) for part in parts]
    names = [columns.target, *columns.beside]
    hint = "; where clocks were put forward, name the time zone with zone=" if may_skip(rows.clock) else ""
    gaps = gaps_in_words(rows.names, axis, positions, parts)
    check_gaps(gaps, len(positions), columns.reading.fill, hint)
    grids = [on_grid(positions[part], np.stack([rows.numbers[n][part] for n in names], axis=1)) for part in parts]
    grids = filled(grids, gaps, columns.reading.fill, notes)
    future = tuple(grid[:, 1:] for grid in grids) if columns.beside else ()
    values = tuple(np.ascontiguousarray(grid[:, 0]) for grid in grids)
    return Panel(rows.names, tuple(starts), values, axis, future)


def parts_of(rows: Rows) -> list[slice]:
    """The rows of each series, which lie together."""
    return [slice(*edge) for edge in pairwise(np.searchsorted(rows.series, np.arange(len(rows.names) + 1)))]


def axis_of(rows: Rows, columns: Columns) -> Axis:
    """The axis of time that a person named, or that the stamps lie on."""
    clock, origin = rows.clock, int(rows.ticks[0])
    if columns.reading.frequency is not None:
        frequency = Frequency.named(columns.reading.frequency)
        if (frequency.unit == "step") != (clock.kind == "step"):
            raise InvalidInput(f"frequency={columns.reading.frequency!r} does not fit a time column of {clock.kind}s.")
        wall = clock.on_wall(rows.ticks[:1]) if frequency.of_wall_clock else rows.ticks[:1]
        return Axis(clock, frequency.counted_from(int(wall[0])))
    wall = clock.on_wall(rows.ticks)
    of_each = parts_of(rows)
    frequency = found_frequency([wall[each] for each in of_each], clock.kind == "step")
    if not frequency.of_wall_clock and clock.zone is not None:
        frequency = found_frequency([rows.ticks[each] for each in of_each], False)
        if frequency.of_wall_clock:
            frequency = Frequency("hour", 24 * frequency.n, origin)
    return Axis(clock, frequency)


def check_clock(clock: Clock, axis: Axis, time: str) -> None:
    """Refuse stamps of another kind than those of the first table."""
    kinds = {clock.kind, axis.clock.kind}
    if "step" in kinds and len(kinds) > 1:
        raise InvalidInput(f"the time column {time!r} holds {clock.kind}s, where {axis.clock.kind}s are expected.")


def on_steps(rows: Rows, axis: Axis) -> Ticks:
    """The numbers of the stamps; one that lies between two steps is refused."""
    positions, on_step = axis.positions(rows.ticks)
    if on_step.all():
        return positions
    wrong = np.flatnonzero(~on_step)
    first = wrong[0]
    place = said_place(rows.names[rows.series[first]], rows.clock.text(int(rows.ticks[first])))
    raise InvalidInput(
        f"stamps are irregular: most are {axis.frequency}, but {counted(len(wrong), 'stamp')} "
        f"{'lies' if len(wrong) == 1 else 'lie'} between two steps, the first of them {place}. Sum or "
        "average the rows over steps of one length first, or name another with frequency=."
    )


def on_grid(positions: Ticks, numbers: Array) -> Array:
    """Rows (steps, columns) for each step from the first to the last; NaN where the table has none."""
    grid = np.full((int(positions[-1] - positions[0]) + 1, numbers.shape[1]), np.nan)
    grid[positions - positions[0]] = numbers
    return grid
