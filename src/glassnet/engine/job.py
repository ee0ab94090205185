"""What an engine needs for training: the plan, the data, the formulas, and the memory of the update rule."""

from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np

from glassnet.engine.memory import aligned
from glassnet.engine.objective import Objective
from glassnet.engine.plan import Plan
from glassnet.formulas.clipping import Clip
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.formulas.max_norm import MaxNorm
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.update_rules import UpdateRule


class Samples:
    """Checked data in the network's dtype: X (n, …), Y (n, outputs) as the loss reads it, and weights (n,) or None."""

    def __init__(self, X: Array, Y: Array, weights: Array | None = None):
        self.X, self.Y, self.weights = X, Y, weights

    def __len__(self) -> int:
        return len(self.X)

    def arrays(self) -> list[Array]:
        """X, Y and, where there are any, the weights."""
        return [self.X, self.Y] if self.weights is None else [self.X, self.Y, self.weights]

    def rows(self, rows: slice) -> "Samples":
        """Views of consecutive rows."""
        return Samples(*(a[rows] for a in self.arrays()))

    def take(self, indices: Array, into: "Samples") -> "Samples":
        """The rows at the indices, copied into the first rows of `into`."""
        batch = into if len(indices) == len(into) else into.rows(slice(len(indices)))
        for source, target in zip(self.arrays(), batch.arrays(), strict=True):
            source.take(indices, axis=0, out=target, mode="clip")  # any other mode copies everything once more
        return batch

    def of(self, indices: Array) -> "Samples":
        """Copies of the rows at the indices."""
        return Samples(*(a[indices] for a in self.arrays()))

    def empty(self, n: int) -> "Samples":
        """Room for n rows like these."""
        return Samples(*(np.empty((n, *a.shape[1:]), a.dtype) for a in self.arrays()))


class Piece:
    """A stretch of the parameter vector that fits the cache, with its gradient and the rule's memory of it."""

    __slots__ = ("decays", "g", "memory", "p")

    def __init__(self, p: Array, g: Array, memory: list[Array], decays: bool):
        self.p, self.g, self.memory, self.decays = p, g, memory, decays


class Job:
    """One training run as an engine sees it. `step` counts the updates made; `memory` is the update rule's own.

    `outputs` (n, outputs), where given, receives the outputs of every row as its batch was trained.
    """

    def __init__(
        self,
        plan: Plan,
        data: Samples,
        loss: Loss,
        rule: UpdateRule,
        penalty: Penalty | None = None,
        clip: Clip | None = None,
        outputs: Array | None = None,
    ):
        self.plan, self.data, self.rule, self.penalty, self.clip, self.outputs = (
            plan,
            data,
            rule,
            penalty,
            clip,
            outputs,
        )
        self.objective = Objective(loss, data.Y.shape[1], plan.parameters.dtype)
        self.step = 0
        self.memory = [aligned(plan.parameters.size, plan.parameters.dtype) for _ in rule.memory]
        self.pieces = [
            Piece(plan.parameters[part], plan.gradients[part], [m[part] for m in self.memory], decays)
            for part, decays in plan.layout.pieces(apart=penalty is not None or hasattr(rule, "weight_decay"))
        ]
        bounds = ((place.parameter.max_norm, place) for place in plan.layout.places.values())
        self.bounded = [(MaxNorm(c), place.of(plan.parameters)) for c, place in bounds if c is not None]
        self.compiled: dict[Hashable, Any] = {}  # what the compiled engine made of it
        self.buffer = data.empty(min(plan.n_rows, len(data)))

    def batches(self, order: Array | None) -> Iterator[tuple[slice | Array, Samples]]:
        """(row numbers, rows) of each batch: in the given order, or as the data lies."""
        for rows in ranges(len(self.data), self.plan.n_rows):
            if order is not None:
                yield (chosen := order[rows]), self.data.take(chosen, self.buffer)
            else:
                yield rows, self.data if len(self.data) <= self.plan.n_rows else self.data.rows(rows)


def ranges(n: int, size: int) -> Iterator[slice]:
    """0…n cut into ranges of `size`, the last one shorter."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
