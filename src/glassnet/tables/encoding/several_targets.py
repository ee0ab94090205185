"""Several columns that one network predicts together: all numbers, or all classes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import CrossEntropies, CrossEntropy, Loss
from glassnet.tables.encoding.target import ClassTarget, NumberTarget, Target
from glassnet.tables.values.frames import Floats


class SeveralTargets:
    """What several targets have in common: each has some of the outputs, side by side."""

    columns: "tuple[ClassTarget, ...] | tuple[NumberTarget, ...]"

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many outputs each of them has."""
        return tuple(map(n_outputs, self.columns))

    def outputs_of(self, place: int) -> slice:
        """Which outputs one of them has."""
        start = sum(self.sizes[:place])
        return slice(start, start + self.sizes[place])

    @property
    def loss(self) -> Loss | None:
        """The loss of all of them together; None for that of one, averaged over the outputs."""
        return None

    @property
    def loss_of_one(self) -> Loss | None:
        """The loss of each of them by itself; None where it is that of all."""
        return None


@dataclass(frozen=True)
class NumberTargets(SeveralTargets):
    """Several columns of numbers to predict, (n, columns), each standardised and kept in its range by itself.

    >>> targets = NumberTargets.learn(np.array([[1.0, 100.0], [3.0, 300.0]]))
    >>> targets.encode(np.array([[2.0, 300.0]])), targets.within(np.array([[9.0, 250.0]]))
    (array([[0., 1.]]), array([[ 3., 250.]]))
    """

    columns: tuple[NumberTarget, ...]
    task: ClassVar[str] = "regression"

    @classmethod
    def learn(cls, values: Floats) -> Self:
        """Find the mean and the scale of each column, as `NumberTarget.learn_any` does."""
        return cls(tuple(map(NumberTarget.learn_any, values.T)))

    def encode(self, values: Floats) -> Floats:
        """The standardised numbers, float64, shape as given."""
        return self._each(NumberTarget.encode, values)

    def decode(self, standardised: Floats) -> Floats:
        """The numbers in the unit of each column, float64, shape as given."""
        return self._each(NumberTarget.decode, standardised)

    def within(self, values: Floats) -> Floats:
        """Values limited to the range of their column in training, shape as given."""
        return self._each(NumberTarget.within, values)

    def _each(self, change: Callable[[NumberTarget, Floats], Floats], values: Floats) -> Floats:
        return np.column_stack([change(target, column) for target, column in zip(self.columns, values.T, strict=True)])


@dataclass(frozen=True)
class ClassTargets(SeveralTargets):
    """Several columns of classes to predict; the network has a score for each class of each column.

    >>> targets = ClassTargets((ClassTarget(("no", "yes")), ClassTarget(("a", "b", "c"))))
    >>> targets.sizes, targets.outputs_of(1)
    ((2, 3), slice(2, 5, None))
    """

    columns: tuple[ClassTarget, ...]
    task: ClassVar[str] = "classification"

    @property
    def loss(self) -> Loss:
        """The mean of the cross-entropies."""
        return CrossEntropies(self.sizes)

    @property
    def loss_of_one(self) -> Loss:
        """The cross-entropy."""
        return CrossEntropy()

    def parts(self, outputs: Array) -> list[Array]:
        """The outputs (n, all of them) of each column."""
        return [outputs[:, self.outputs_of(place)] for place in range(len(self.columns))]


Targets = Target | NumberTargets | ClassTargets


def n_outputs(target: Targets) -> int:
    """Number of outputs for the target: one per class, or one per column of numbers."""
    if isinstance(target, SeveralTargets):
        return sum(target.sizes)
    return len(target.classes) if isinstance(target, ClassTarget) else 1


def together(targets: "tuple[Target, ...]") -> Targets:
    """The targets as one: all numbers or all classes."""
    if len(targets) == 1:
        return targets[0]
    numbers = tuple(each for each in targets if isinstance(each, NumberTarget))
    classes = tuple(each for each in targets if isinstance(each, ClassTarget))
    return NumberTargets(numbers) if numbers else ClassTargets(classes)
