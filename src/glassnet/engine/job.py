"""What an engine needs for training: the plan, the data, the formulas, and the memory of the update rule."""

from collections.abc import Hashable, Iterator
from typing import Any

from glassnet.engine.accumulation import Accumulation
from glassnet.engine.changing import Changing
from glassnet.engine.machine.memory import aligned, allocate
from glassnet.engine.mixture import Mixture
from glassnet.engine.objective import Objective, Total
from glassnet.engine.plan import Plan, ranges
from glassnet.engine.ranks.reduction import Ranks
from glassnet.formulas.averages import Average
from glassnet.formulas.clipping import Clip, MaxNorm
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.update_rules import UpdateRule
from glassnet.layers.layer import Parameter


class Samples:
    """Checked data in the network's dtype: X (n, …), Y (n, outputs) as the loss reads it, and weights (n,) or None.

    Where there are outputs for each step, Y is (n, steps, outputs) and weights are (n, steps).
    """

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
        return Samples(*(allocate((n, *a.shape[1:]), a.dtype) for a in self.arrays()))


class Piece:
    """A stretch of the parameter vector that fits the cache, with its gradient and the rule's memory of it."""

    __slots__ = ("average", "decay_source", "g", "learning_rate_factor", "memory", "multiplier", "p", "penalty")

    def __init__(
        self,
        p: Array,
        g: Array,
        memory: list[Array],
        average: Array,
        penalty: Penalty | None,
        decay_source: Any,
        learning_rate_factor: float,
        multiplier: float,
    ):
        self.p, self.g, self.memory, self.average, self.penalty = p, g, memory, average, penalty
        self.decay_source, self.learning_rate_factor, self.multiplier = decay_source, learning_rate_factor, multiplier

    def fading(self) -> list[Array]:
        """What may fall below every bound where a gradient or a parameter stays 0."""
        return [*self.memory, self.average]


class Job:
    """One training run as an engine sees it. `step` counts the updates made; `memory` is the update rule's own.

    `outputs` (n, outputs), where given, receives the outputs of every row as its batch was trained; `changing` holds
    what follows schedules, `accumulation` sums up `accumulate` batches for each update, `average` is that of the
    parameters by `averaging`, and `mixture`, where there is one, is drawn before each epoch.
    `ranks` are the processes that share its batches, None where there is one, or where each computes all of them.
    """

    def __init__(
        self,
        plan: Plan,
        data: Samples,
        loss: Loss,
        rule: UpdateRule,
        *,
        penalty: Penalty | None = None,
        clip: Clip | None = None,
        outputs: Array | None = None,
        changing: Changing | None = None,
        accumulate: int = 1,
        averaging: Average | None = None,
        mixup: float | None = None,
        ranks: Ranks | None = None,
    ):
        self.plan = plan
        self.data = data
        self.rule = rule
        self.penalty = penalty
        self.clip = clip
        self.outputs = outputs
        self.changing = Changing() if changing is None else changing
        self.objective = Objective.of(loss, data.Y, plan.parameters.dtype)
        self.step, self.total = 0, Total(loss)  # of the last pass
        self.ranks = ranks
        self.capacity = len(data)  # the most rows that it holds
        self.accumulate, self.averaging = accumulate, averaging
        self.average = aligned(plan.parameters.size if averaging else 0, plan.parameters.dtype)
        self.accumulation = self._accumulation() if accumulate > 1 else None
        self.memory = [aligned(plan.parameters.size, plan.parameters.dtype) for _ in rule.memory]
        self.pieces = [self._piece(part, of) for part, of in plan.layout.pieces(self.penalizes_any())]
        bounds = ((place.parameter.bound, place) for place in plan.layout.places.values())
        self.bounded = [(MaxNorm(c), place.of(plan.parameters)) for c, place in bounds if c is not None]
        self.made: dict[Hashable, Any] = {}  # what engines made of it
        self.buffer = data.empty(min(plan.n_rows, len(data)))
        self.mixture = None if mixup is None else Mixture(mixup, plan.n_rows, data.arrays(), plan.layout.codes)

    def _accumulation(self) -> Accumulation:
        data, plan = self.data, self.plan
        return Accumulation(self.accumulate, plan.n_rows, data.weights, self.objective, plan.gradients)

    def _piece(self, part: slice, of: Parameter) -> Piece:
        p, g, memory = self.plan.parameters[part], self.plan.gradients[part], [m[part] for m in self.memory]
        return Piece(p, g, memory, self.average[part], *self.penalties_of(of), of.learning_rate_factor, of.multiplier)

    def hold(self, data: Samples) -> None:
        """Take other rows, as many at most as at the beginning, and of the same shapes."""
        self.data = data
        if self.accumulation is not None:
            self.accumulation.weights = data.weights

    def exchange_average(self) -> None:
        """Let parameters and their average, where there is one, change places: between epochs the network has it."""
        if self.averaging is not None:
            parameters = self.plan.parameters.copy()
            self.plan.parameters[...] = self.average
            self.average[...] = parameters

    def start_total(self) -> Total:
        """The loss of a new pass, which is added up batch by batch."""
        self.total = Total(self.objective.loss)
        return self.total

    def n_rows(self, order: Array | None) -> int:
        """How many rows an order has; None has all of them."""
        return len(self.data) if order is None else len(order)

    def penalizes_any(self) -> bool:
        """Whether a penalty or weight decay acts on any parameter."""
        own = any(place.parameter.penalty or place.parameter.decay_source for place in self.plan.layout.places.values())
        return own or self.penalty is not None or hasattr(self.rule, "weight_decay")

    def penalties_of(self, parameter: Parameter) -> tuple[Penalty | None, Any]:
        """(the penalty, the object whose `weight_decay` holds) of a parameter; None for one that has neither."""
        if not parameter.is_penalized:
            return None, None
        decay = self.rule if hasattr(self.rule, "weight_decay") else None
        return parameter.penalty or self.penalty, parameter.decay_source or decay

    def start_step(self, step: int, rate: float) -> float:
        """Put the numbers of a step of this epoch where they are read; gives its learning rate."""
        if not self.changing.fields:
            return rate
        self.changing.write(step)
        return self.rule.learning_rate if self.changing.holds(self.rule, "learning_rate") else rate

    def batches(self, order: Array | None) -> Iterator[tuple[slice | Array, Samples]]:
        """(row numbers, rows) of each batch: in the given order, or as the data lies."""
        for number, rows in enumerate(ranges(self.n_rows(order), self.plan.n_rows)):
            chosen, batch = self._batch(rows, order)
            yield chosen, batch if self.mixture is None else Samples(*self.mixture.mix(number, batch.arrays()))

    def _batch(self, places: slice, order: Array | None) -> tuple[slice | Array, Samples]:
        if order is not None:
            return (chosen := order[places]), self.data.take(chosen, self.buffer)
        return places, self.data if len(self.data) <= self.plan.n_rows else self.data.rows(places)
