"""The schedules of a training: live copies of what holds them, and their numbers for each step of an epoch."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypedDict

import numpy as np

from glassnet.engine.changing import Changing
from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.files.schema import Within
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import Named
from glassnet.training.inputs.checks import check_rate

if TYPE_CHECKING:
    from glassnet.training.epoch import Epoch


TRIED = (0.0, 0.25, 1.0)  # positions at which a schedule is tried, in epochs


class Follower(NamedTuple):
    """A field that follows a schedule: the live object that it belongs to, and what the history calls it."""

    owner: Any
    field: str
    schedule: Any
    name: str

    @property
    def sets_rate(self) -> bool:
        """Whether it is the learning rate, which records of epochs have by itself."""
        return self.name == "learning_rate"


def live(given: object, name: str = "", found: list[Follower] | None = None) -> Any:
    """A copy in which numbers stand for schedules, also inside; or the object itself where it holds none.

    `name` goes in front of the names of the fields, which are added to `found`.
    """
    followers: list[Follower] = [] if found is None else found
    if isinstance(given, tuple):
        inside = tuple(live(each, f"{name}{k}.", followers) for k, each in enumerate(given))
        return inside if any(new is not old for new, old in zip(inside, given, strict=True)) else given
    if not isinstance(given, Named):
        return given
    made = None
    for field, value in given._values().items():
        new = first(value) if is_schedule(value) else live(value, inner_name(name, field, value), followers)
        if new is not value:
            made = made or copy.copy(given)
            vars(made)[field] = new
        if is_schedule(value):
            followers.append(Follower(made, field, value, f"{name}{field}"))
    return made or given


def is_schedule(value: object) -> bool:
    """Whether a value is a schedule; only one that is imported can be."""
    return isinstance(value, Named) and value.family == "schedule"


def first(schedule: Any) -> float:
    """The value at the start of a training."""
    return number_at(schedule, 0.0, (schedule.shortest() or 0.0) + 1.0)


def number_at(schedule: Any, position: float, n_epochs: float | None) -> float:
    """The value at a position of a training in which nothing was lowered; what is no number is refused."""
    given = schedule.at(position, n_epochs, 0)
    if isinstance(given, (list, tuple)) or np.ndim(given) or np.asarray(given).dtype.kind not in "fiu":
        raise InvalidInput(f"{schedule!r} must give a number for a number: for t={position:g}, {brief(given)} came.")
    return float(given)


def inner_name(name: str, field: str, value: object) -> str:
    """What goes in front of the fields of an object inside; layers inside are told apart by their number alone."""
    return name if isinstance(value, tuple) else f"{name}{field}."


def live_layout(layout: Layout, found: list[Follower]) -> Layout:
    """The layout of live layers, or the layout itself where no layer holds a schedule."""
    layers = tuple(node.layer for node in layout.nodes)
    made = live(layers, "", found)
    return layout if made is layers else Layout(made, layout.input_shape)


def at_start(layout: Layout) -> Layout:
    """The layout with the numbers at the beginning of a training in place of schedules."""
    return live_layout(layout, [])


class ScheduledState(TypedDict):
    """The `state` of `Scheduled` in a checkpoint; a watch is as `formulas/schedules.py` says."""

    by_hand: Annotated[float, Within(0)] | None
    watches: list[tuple[float | None, Annotated[int, Within(0)], Annotated[int, Within(0)]]]


class Scheduled:
    """The numbers of a run that follow schedules.

    `watches` is what each schedule remembers of the values that it observed, `by_hand` the learning rate that took the
    schedule's place; both are its `state`, beside the number of the epoch.
    """

    def __init__(self, followers: Sequence[Follower], n_epochs: int | None):
        from glassnet.formulas.schedules import NOTHING_YET  # imported late: a prediction does not need it

        self.followers, self.n_epochs = list(followers), n_epochs
        self.changing = Changing([(f.owner, f.field) for f in self.followers])
        self.watches = [NOTHING_YET for _ in self.followers]
        self.by_hand: float | None = None

    @property
    def state(self) -> dict[str, Any]:
        """What epochs change, as JSON values."""
        return {"by_hand": self.by_hand, "watches": [list(watch) for watch in self.watches]}

    @state.setter
    def state(self, state: Mapping[str, Any]) -> None:
        self.by_hand, self.watches = state["by_hand"], [tuple(watch) for watch in state["watches"]]

    def check(self, state: "ScheduledState") -> None:
        """Refuse a state of other schedules."""
        if len(state["watches"]) != len(self.watches):
            raise InvalidInput(f"it has {len(state['watches'])} schedules, this run has {len(self.watches)}")

    def begin(self, number: int, steps: int, rate: float) -> float:
        """Put the numbers of epoch 1, 2, … in the table, one row a step; gives the learning rate of its first step."""
        if self.followers:
            self.changing.table = self.tables(number, 1, steps)[0]
        return self.rate_of(self.changing.table, rate)

    def tables(self, number: int, n: int, steps: int) -> Array:
        """The numbers of n epochs from epoch 1, 2, … on: (epochs, steps, what follows schedules)."""
        positions = (np.arange(number - 1, number - 1 + n)[:, np.newaxis] + np.arange(steps) / steps).reshape(-1)
        found = np.empty((len(positions), len(self.followers)))
        for column, (one, watch) in enumerate(zip(self.followers, self.watches, strict=True)):
            found[:, column] = one.schedule.at(positions, self.n_epochs, watch[2])
            if not (finite := np.isfinite(found[:, column])).all():
                epoch = number + int(finite.argmin()) // steps
                raise InvalidInput(f"{one.schedule!r} set {one.name} to a value that is not finite in epoch {epoch}.")
            if one.sets_rate and self.by_hand is not None:
                found[:, column] = self.by_hand
        return found.reshape(n, steps, len(self.followers))

    def rate_of(self, table: Array, rate: float) -> float:
        """The learning rate of the first step of an epoch with this table: `rate` where it follows no schedule."""
        rates = [value for one, value in zip(self.followers, self._first(table), strict=True) if one.sets_rate]
        return rates[-1] if rates else rate

    def numbers_of(self, table: Array) -> dict[str, float]:
        """The numbers of the first step of an epoch with this table, by name, but for the learning rate."""
        named = zip(self.followers, self._first(table), strict=True)
        return {one.name: value for one, value in named if not one.sets_rate}

    def now(self) -> dict[str, float]:
        """Those of this epoch."""
        return self.numbers_of(self.changing.table)

    def _first(self, table: Array) -> list[float]:
        return table[0].tolist() if self.followers else []

    def end(self, epoch: "Epoch", rate: float) -> float:
        """Observe what was measured; gives the learning rate for the next epoch, which may have been set by hand."""
        chosen = check_rate(epoch.learning_rate) if epoch.learning_rate != rate else rate
        if chosen != rate:
            self.by_hand, epoch.learning_rate = chosen, rate  # the record keeps what its own epoch had
        for k, one in enumerate(self.followers):
            if (name := one.schedule.monitor) is not None:
                self.watches[k] = one.schedule.observe(self.watches[k], epoch.values[name])
        return chosen


def schedules_in(given: object) -> Iterator[Any]:
    """The schedules in a setting, a layer or a tuple of layers."""
    found: list[Follower] = []
    live(given, "", found)
    return (one.schedule for one in found)


def check_schedules(given: Sequence[Any], n_epochs: int | None, measured: Sequence[str]) -> None:
    """Refuse schedules that need a last epoch when there is none, or monitor what is not measured."""
    for schedule in (schedule for each in given for schedule in schedules_in(each)):
        shortest, monitor = schedule.shortest(), schedule.monitor
        if shortest is not None and n_epochs is None:
            raise InvalidInput(f"{schedule!r} needs to know when training ends: give epochs=….")
        if shortest is not None and n_epochs is not None and n_epochs <= shortest:
            raise InvalidInput(f"{schedule!r} needs more than {shortest:g} epochs, got epochs={n_epochs}.")
        if monitor is not None and monitor not in measured:
            if monitor.startswith("val_") and not any(name.startswith("val_") for name in measured):
                raise InvalidInput(f"{schedule!r} monitors {monitor!r}: pass validation data, or set monitor='loss'.")
            raise UnknownName("monitor", monitor, measured)
        check_formula(schedule, n_epochs)


def check_formula(schedule: Any, n_epochs: int | None) -> None:
    """Refuse a schedule that is no formula of the position: training asks for those of many steps at once."""
    each = [number_at(schedule, position, n_epochs) for position in TRIED]
    try:
        alike = np.allclose(schedule.at(np.array(TRIED), n_epochs, 0), each, equal_nan=True)
    except (TypeError, ValueError):  # of a condition, which an array is not
        alike = False
    if not alike:
        raise InvalidInput(
            f"{schedule!r} must be a formula of t that gives for an array what it gives for each number in it: write "
            "np.where(t < 5, a, b) for a condition, and keep nothing from one call to the next."
        )
