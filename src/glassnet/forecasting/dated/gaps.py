"""Steps that a table leaves out: listed, and filled only as asked."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, UnknownName
from glassnet.forecasting.dated.frequency import Ticks
from glassnet.forecasting.dated.panel import Axis, said_place
from glassnet.formulas.elementary import Array
from glassnet.tables.number_format import counted

MOST = 3  # gaps that a message names
SPARE, FOR_EACH = 10**6, 100  # steps that a table may leave out, and more for each of its rows


def carried_on(values: Array) -> Array:
    """Each missing value as the last one before it; those before the first stay missing."""
    there = np.where(np.isnan(values), -1, np.arange(len(values)))
    last = np.maximum.accumulate(there)
    return np.where(last >= 0, values[last], np.nan)


def between(values: Array) -> Array:
    """Each missing value on the straight line between its neighbours."""
    there = np.flatnonzero(np.isfinite(values))
    if not there.size:
        return values
    return np.interp(np.arange(len(values)), there, values[there])


FILLS: dict[str, Callable[[Array], Array]] = {
    "missing": lambda values: values,
    "zero": lambda values: np.where(np.isnan(values), 0.0, values),
    "last": carried_on,
    "linear": between,
}


def check_fill(fill: str | None) -> None:
    """Refuse a way to fill gaps that is not known."""
    if fill is not None and fill not in FILLS:
        raise UnknownName("fill", fill, FILLS)


def gaps_in_words(names: Sequence[Any], axis: Axis, positions: Ticks, parts: Sequence[slice]) -> tuple[int, str]:
    """How many steps are left out, and the first of the gaps."""
    told: list[str] = []
    n_steps = n_gaps = 0
    for k, part in enumerate(parts):
        wide = np.flatnonzero(np.diff(positions[part]) > 1)
        for row in wide:
            before, after = positions[part][row], positions[part][row + 1]
            n_steps, n_gaps = n_steps + int(after - before - 1), n_gaps + 1
            if len(told) < MOST:
                first, last = axis.text(before + 1), axis.text(after - 1)
                told.append(said_place(names[k], first if first == last else f"{first} to {last}"))
    more = f" and {counted(n_gaps - MOST, 'more gap')}" if n_gaps > MOST else ""
    return n_steps, ", ".join(told) + more


def check_gaps(gaps: tuple[int, str], n_rows: int, fill: str | None, hint: str) -> None:
    """Refuse gaps where nothing was said about them, and those that are far larger than what is known."""
    n_steps, where = gaps
    said = f"{counted(n_steps, 'step')} {'is' if n_steps == 1 else 'are'} left out: {where}"
    if n_steps and fill is None:
        raise InvalidInput(
            f"{said}. Say what belongs there with fill='zero', 'last', 'linear', or 'missing' for values that are not "
            f"known{hint}."
        )
    if n_steps > (most := SPARE + FOR_EACH * n_rows):
        raise InvalidInput(f"{said}; {counted(n_rows, 'row')} may leave out {most:,} at most: are all stamps right?")


def filled(grids: Sequence[Array], gaps: tuple[int, str], fill: str | None, notes: list[str]) -> list[Array]:
    """The grids of all series with gaps as was asked."""
    n_steps, where = gaps
    if fill is None:
        return [*grids]
    if n_steps:
        notes.append(f"{counted(n_steps, 'step')} left out of the table, filled with fill={fill!r}: {where}")
    return [with_fill(grid, fill) for grid in grids]


def with_fill(grid: Array, fill: str) -> Array:
    """A grid with the missing values of each column as asked."""
    return np.stack([FILLS[fill](column) for column in grid.T], axis=1)
