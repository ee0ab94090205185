"""What a changed row is to be predicted as: a class, another class, or a number on the other side of a value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.target import ClassTarget, NumberTarget
from glassnet.tables.insight.contributions import class_number
from glassnet.tables.number_format import readable
from glassnet.tables.pipeline import TablePipeline


class Goal(Protocol):
    """What is wished of outputs (n, n_outputs)."""

    @property
    def words(self) -> str:
        """What a change does that meets it."""
        ...

    def reached(self, outputs: Array) -> Array:
        """Which rows meet it, (n,)."""
        ...

    def closeness(self, outputs: Array) -> Array:
        """How near rows are to it, (n,): the larger, the nearer."""
        ...

    def told(self, outputs: Array) -> str:
        """What is predicted for a row, and how nearly it is what is wished."""
        ...


@dataclass(frozen=True, eq=False)
class ClassGoal:
    """A class by its number, or where that is None any but the present one."""

    model: TablePipeline
    names: Sequence[str]
    now: int
    wanted: int | None

    @property
    def words(self) -> str:
        """What a change does that meets it."""
        name = self.model.target_name
        if self.wanted is None:
            return f"makes the prediction of {name} other than {self.names[self.now]}"
        return f"makes the prediction of {name} {self.names[self.wanted]}"

    def reached(self, outputs: Array) -> Array:
        """Which rows have the class."""
        decided = self.model.decided(outputs)
        return decided != self.now if self.wanted is None else decided == self.wanted

    def closeness(self, outputs: Array) -> Array:
        """By how much the probability of the class leads, or that of the present one trails."""
        k = self.now if self.wanted is None else self.wanted
        lead = outputs[:, k] - np.delete(outputs, k, axis=1).max(axis=1)
        return -lead if self.wanted is None else lead

    def told(self, outputs: Array) -> str:
        """The predicted class, and the probability of the wished one, or of the present one."""
        decided = int(self.model.decided(outputs[np.newaxis])[0])
        k = decided if self.reached(outputs[np.newaxis])[0] else self.now if self.wanted is None else self.wanted
        of = "" if k == decided else f" of {self.names[k]}"
        return f"{self.names[decided]} (probability{of} {readable(float(outputs[k]))})"


@dataclass(frozen=True, eq=False)
class NumberGoal:
    """A value to reach from below, or from above."""

    target_name: str
    value: float
    above: bool

    @property
    def words(self) -> str:
        """What a change does that meets it."""
        beyond = "more" if self.above else "less"
        return f"moves the prediction of {self.target_name} to {readable(self.value)} or {beyond}"

    def reached(self, outputs: Array) -> Array:
        """Which rows are on the other side of the value, or at it."""
        return outputs[:, 0] >= self.value if self.above else outputs[:, 0] <= self.value

    def closeness(self, outputs: Array) -> Array:
        """The prediction, towards the value."""
        return outputs[:, 0] if self.above else -outputs[:, 0]

    def told(self, outputs: Array) -> str:
        """The predicted number."""
        return readable(float(outputs[0]))


def goal_of(model: TablePipeline, outputs: Array, to: Any) -> Goal:
    """The goal for a row with these outputs (n_outputs,); InvalidInput for what it has already, or never can have."""
    target = model.target
    if isinstance(target, ClassTarget):
        now = int(model.decided(outputs[np.newaxis])[0])
        wanted = None if to is None else class_number(to, target.names)
        if wanted == now:
            raise InvalidInput(f"{model.target_name} is already predicted to be {target.names[now]} for this row.")
        return ClassGoal(model, target.names, now, wanted)
    return number_goal(model.target_name, target, float(outputs[0]), to)


def number_goal(name: str, target: NumberTarget, now: float, to: Any) -> NumberGoal:
    """The side of the value that the prediction is not on."""
    said = f"say with to=… which value the prediction of {name} is to reach, from {readable(now)} now"
    if to is None:
        raise InvalidInput(f"{said}.")
    try:
        value = float(to)
    except (TypeError, ValueError):
        value = math.nan
    if isinstance(to, bool) or not math.isfinite(value):
        raise InvalidInput(f"{said}: a number, got {brief(to)}.")
    if not target.low <= value <= target.high:
        limits = f"{readable(target.low)}…{readable(target.high)}"
        raise InvalidInput(f"predictions of {name} stay within {limits}, the range of training; {value:g} is beyond.")
    if value == now:
        raise InvalidInput(f"{name} is already predicted to be {value:g} for this row.")
    return NumberGoal(name, value, value > now)
