"""Several series on one axis of time: where each begins, its values, and the columns beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.forecasting.dated.frequency import Frequency, Ticks
from glassnet.forecasting.dated.stamps import Clock
from glassnet.forecasting.values import Series
from glassnet.formulas.elementary import Array
from glassnet.tables.values.frames import listed, nearest


@dataclass(frozen=True, eq=False)
class Axis:
    """How stamps are written, and which lie how far apart."""

    clock: Clock
    frequency: Frequency

    def positions(self, ticks: Ticks) -> tuple[Ticks, Any]:
        """The numbers of stamps, and whether each lies on a step."""
        wall = self.clock.on_wall(ticks) if self.frequency.of_wall_clock else ticks
        return self.frequency.positions(wall)

    def ticks(self, positions: Ticks) -> Ticks:
        """The ticks of numbered steps."""
        found = self.frequency.stamps(positions)
        return self.clock.of_wall(found) if self.frequency.of_wall_clock else found

    def column(self, positions: Ticks) -> Any:
        """Numbered steps as a polars column of time."""
        return self.clock.column(self.ticks(positions))

    def text(self, position: int) -> str:
        """One step as messages show it."""
        return self.clock.text(int(self.ticks(np.array([position]))[0]))


@dataclass(frozen=True, eq=False)
class Panel:
    """Series with their names, the number of the first step of each, and values (steps,), NaN where one is missing.

    `future` holds, for each series, columns (steps, columns) that are also known for what lies ahead; `static`, by the
    name of the series, numbers that never change.
    """

    names: tuple[Any, ...]
    starts: tuple[int, ...]
    values: Series
    axis: Axis
    future: tuple[Array, ...] = ()
    static: Mapping[Any, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def lengths(self) -> Array:
        """How many steps each series has."""
        return np.array([len(each) for each in self.values])

    @property
    def ends(self) -> tuple[int, ...]:
        """The number of the step after the last of each series."""
        return tuple(start + len(each) for start, each in zip(self.starts, self.values, strict=True))

    @property
    def n_columns(self) -> int:
        """How many columns there are beside the values."""
        return self.future[0].shape[1] if self.future else 0

    def remains(self, z: Array, k: int, effects: Mapping[Any, Array]) -> Array:
        """Values of series k, on whatever scale, without what other columns add to them."""
        return z - self.future[k][: len(z)] @ effects[self.names[k]] if self.future else z

    def number(self, name: Any) -> int:
        """Which series has this name; without a name the only one."""
        if name is None and len(self) == 1:
            return 0
        if name not in self.names:
            hint = nearest(name, [each for each in self.names if isinstance(each, str)])
            what = "name a series" if name is None else f"there is no series {name!r}{hint}"
            raise InvalidInput(f"{what}; there are {listed(self.names, 5)}.")
        return self.names.index(name)

    def beyond(self, known: "Panel") -> "Panel":
        """What these series have after the ends of those that are known; all of a series that is not known."""
        ends = dict(zip(known.names, known.ends, strict=True))
        cut = [max(0, ends.get(name, start) - start) for name, start in zip(self.names, self.starts, strict=True)]
        kept = [k for k, n in enumerate(self.lengths) if cut[k] < n]
        found = replace(
            self,
            starts=tuple(start + n for start, n in zip(self.starts, cut, strict=True)),
            values=tuple(each[n:] for each, n in zip(self.values, cut, strict=True)),
            future=tuple(each[n:] for each, n in zip(self.future, cut, strict=True)) if self.future else (),
        )
        return found.of(kept)

    def continued(self, newer: "Panel") -> "Panel":
        """These series with the rows that follow each of them."""
        values, future = [*self.values], [*self.future]
        for j, name in enumerate(newer.names):
            k = self.number(name)
            gap = newer.starts[j] - self.ends[k]
            if gap:
                first, next_ = newer.place(j, newer.starts[j]), self.axis.text(self.ends[k])
                raise InvalidInput(f"new rows must follow the past: they begin with {first}, where {next_} comes next.")
            values[k] = np.concatenate([values[k], newer.values[j]])
            if future:
                future[k] = np.concatenate([future[k], newer.future[j]])
        return replace(self, values=tuple(values), future=tuple(future))

    def followed_by(self, columns: tuple[Array, ...]) -> "Panel":
        """The same series with the columns of what lies ahead after those of the past."""
        if not columns:
            return self
        return replace(self, future=tuple(np.concatenate(both) for both in zip(self.future, columns, strict=True)))

    def until(self, lengths: Sequence[int]) -> "Panel":
        """The first steps of each series, so many of each."""
        cut = tuple(each[:n] for each, n in zip(self.values, lengths, strict=True))
        known = tuple(each[:n] for each, n in zip(self.future, lengths, strict=True)) if self.future else ()
        return replace(self, values=cut, future=known)

    def of(self, kept: Sequence[int]) -> "Panel":
        """Some of the series."""
        return Panel(
            tuple(self.names[k] for k in kept),
            tuple(self.starts[k] for k in kept),
            tuple(self.values[k] for k in kept),
            self.axis,
            tuple(self.future[k] for k in kept) if self.future else (),
            self.static,
        )

    def static_of(self, k: int) -> Array:
        """The numbers of series k that never change; NaN for a series that they are not known of."""
        n = len(next(iter(self.static.values()), ()))
        return self.static.get(self.names[k], np.full(n, np.nan))

    def place(self, k: int, position: int) -> str:
        """A series and one of its steps in words."""
        return said_place(self.names[k], self.axis.text(position))


def said_place(name: object, stamp: str) -> str:
    """A series and a stamp in words; of a table with one series the stamp alone."""
    return stamp if name is None else f"{brief(name)} at {stamp}"


def check_lengths(panel: Panel) -> None:
    """Refuse a table in which no series has a value."""
    if not any(np.isfinite(each).any() for each in panel.values):
        raise InvalidInput("the target has no value in any row.")
