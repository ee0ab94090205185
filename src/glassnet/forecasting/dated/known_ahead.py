"""Columns beside the target: those that are known ahead, those that act a horizon later, and those of the calendar."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.forecasting.dated.calendar import calendar_columns, calendar_names
from glassnet.forecasting.dated.fourier import Terms, fourier_columns, fourier_names
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.dated.series_table import Columns, on_steps, read_rows
from glassnet.forecasting.values import carried
from glassnet.formulas.elementary import Array
from glassnet.tables.number_format import counted
from glassnet.tables.values.frames import listed

MOST = 3  # missing values that a message names
HINTS = {None: ", or pass fill=", "missing": ", or pass another fill= than 'missing'"}  # by the fill that was asked for


@dataclass(frozen=True)
class Beside:
    """How the columns beside the target are made of those of a table, for a horizon.

    A column of `past` is known no further than the target: it enters with the value of a horizon before.
    """

    columns: Columns
    horizon: int
    calendar: tuple[str, ...] = ()
    holidays: str | None = None
    fourier: Terms = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        late = (f"{name}, {counted(self.horizon, 'step')} before" for name in self.columns.past)
        calendar = calendar_names(self.calendar, self.holidays)
        return (*self.columns.future, *late, *calendar, *fourier_names(self.fourier))

    def within(self, panel: Panel) -> Panel:
        """A panel as it was read, with the columns of its steps."""
        if not self.names:
            return replace(panel, future=())
        raw = [self.complete(panel, k) for k in range(len(panel))]
        found = tuple(self.made(panel, k, raw[k][:, : len(self.columns.future)], raw[k], 0) for k in range(len(panel)))
        return replace(panel, future=found)

    def ahead(self, panel: Panel, plan: Any, known: Collection[Any] = ()) -> tuple[Array, ...]:
        """The columns (horizon, columns) of the steps that follow each series of a panel as it was read.

        A plan may hold rows of other series, if these are `known`.
        """
        planned = self.planned(panel, plan, {*known} - {*panel.names})
        if not self.names:
            return ()
        raw = [self.complete(panel, k) for k in range(len(panel))]
        return tuple(self.made(panel, k, planned[k], raw[k], len(raw[k])) for k in range(len(panel)))

    def made(self, panel: Panel, k: int, future: Array, raw: Array, begin: int) -> Array:
        """The columns of some steps of series k, from step `begin` on."""
        steps = begin + np.arange(len(future))
        past = raw[np.maximum(steps - self.horizon, 0), len(self.columns.future) :]
        positions = panel.starts[k] + steps
        calendar = calendar_columns(self.calendar, self.holidays, panel.axis, positions)
        return np.concatenate([future, past, calendar, fourier_columns(self.fourier, positions)], axis=1)

    def complete(self, panel: Panel, k: int) -> Array:
        """The columns of series k as they were read; where the target is missing too, the last value goes on."""
        raw = panel.future[k] if panel.future else np.empty((len(panel.values[k]), 0))
        missing = np.isnan(raw) & np.isfinite(panel.values[k])[:, None]
        if missing.any():
            step, column = (int(each) for each in np.argwhere(missing)[0])
            name = (*self.columns.future, *self.columns.past)[column]
            raise InvalidInput(
                f"column {name!r} has no value for {panel.place(k, panel.starts[k] + step)} ({missing.sum()} missing "
                f"in this series), where the target has one: fill it first{HINTS.get(self.columns.reading.fill, '')}."
            )
        return np.stack([carried(column, 1) for column in raw.T], axis=1) if raw.shape[1] else raw

    def planned(self, panel: Panel, plan: Any, others: Collection[Any] = ()) -> tuple[Array, ...]:
        """The future columns (horizon, columns) of each series, from a table of what is planned."""
        names = self.columns.future
        if not names:
            if plan is not None:
                raise InvalidInput("future= is for columns that fit(future=[…]) named; it named none.")
            return tuple(np.empty((self.horizon, 0)) for _ in panel.names)
        if plan is None:
            raise InvalidInput(f"predict needs what is planned for {listed(names)}: predict(future=table).")
        rows = read_rows(plan, self.columns, names)
        found = [np.full((self.horizon, len(names)), np.nan) for _ in panel.names]
        positions = on_steps(rows, panel.axis)
        values = np.stack([rows.numbers[name] for name in names], axis=1)
        for number, name in enumerate(rows.names):
            if name in others:
                continue
            k = panel.number(name)
            own = rows.series == number
            steps = positions[own] - panel.ends[k]
            ahead = (steps >= 0) & (steps < self.horizon)
            found[k][steps[ahead]] = values[own][ahead]
        check_covered(panel, found)
        return tuple(found)


def check_covered(panel: Panel, found: Sequence[Array]) -> None:
    """Refuse a plan that does not cover the horizon, with the pairs of series and time that it lacks."""
    lacking = [(k, int(step)) for k, each in enumerate(found) for step in np.flatnonzero(np.isnan(each).any(axis=1))]
    if not lacking:
        return
    first = ", ".join(panel.place(k, panel.ends[k] + step) for k, step in lacking[:MOST])
    more = f" and {len(lacking) - MOST} more" if len(lacking) > MOST else ""
    raise InvalidInput(f"the future table does not cover the horizon: it has no value for {first}{more}.")
