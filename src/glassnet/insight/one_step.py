"""One training step laid open: a plan of its own in a chosen dtype, forward, loss, backward and, on a copy, update."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from glassnet.engine.job import Job
from glassnet.engine.layout import Layout, Place
from glassnet.engine.machine.blas import one_thread
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.engine.objective import Objective
from glassnet.engine.plan import Plan
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.clipping import Clip
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss, LossLike
from glassnet.formulas.penalties import Penalty, PenaltyLike
from glassnet.formulas.update_rules import UpdateRule
from glassnet.layers.layer import Layer
from glassnet.network import Network
from glassnet.training.inputs.checks import check_seed
from glassnet.training.inputs.class_weights import weigh
from glassnet.training.inputs.prepared import prepare
from glassnet.training.inputs.targets import encode_targets
from glassnet.training.keywords import ClassWeight
from glassnet.training.loop.compatibility import check_output
from glassnet.training.loop.schedule_values import at_start, live


def without_noise(layout: Layout) -> Layout:
    """The layout of layers that draw nothing at random."""
    return Layout([node.layer.without_noise() for node in layout.nodes], layout.input_shape)


def differs_in_training(layer: Layer) -> bool:
    """Whether a layer does in training what it does not do in prediction, noise aside."""
    return layer.whole_batch or (layer.random and layer.without_noise() is layer)


def check_network(net: object) -> Network:
    """The network that is to be looked into."""
    if not isinstance(net, Network):
        raise InvalidInput(f"expected a glassnet.Network, got {brief(net)}.")
    return net


class OneStep:
    """Loss and gradient of a network on all given rows at once; the network itself stays as it is.

    Without `noise`, dropout and the like rest, as in prediction.
    """

    def __init__(
        self,
        net: Network,
        X: ArrayLike,
        y: ArrayLike,
        loss: LossLike | None = None,
        sample_weight: ArrayLike | None = None,
        penalty: PenaltyLike | None = None,
        dtype: DTypeLike = np.float64,
        seed: int = 0,
        noise: bool = True,
        class_weight: ClassWeight | None = None,
    ):
        layout, parameters = check_network(net).built()
        layout = at_start(layout)
        self.nodes = layout.nodes  # of the layers as they are described, with their noise
        layout = layout if noise else without_noise(layout)
        if loss is None and net.loss is None:
            raise InvalidInput("this network was not trained, so name the loss: loss='cross_entropy', for example.")
        self.loss = Loss.of(net.loss if loss is None else loss)
        check_output(self.loss, layout)
        self.penalty = None if penalty is None else live(Penalty.of(penalty))
        data = prepare(layout, self.loss, np.dtype(dtype), X, y, sample_weight)
        self.data, self.y = weigh(data, self.loss, class_weight)
        self.rng = np.random.default_rng(check_seed(seed))
        self.random_state = self.rng.bit_generator.state
        vector, state = parameters.astype(dtype), net.state.astype(dtype)
        self.plan = Plan(layout, vector, len(self.data), rng=self.rng, input_gradient=True, state=state)
        self.objective = Objective.of(self.loss, self.data.Y, np.dtype(dtype))
        self.engine = NumpyEngine()

    def forward(self) -> float:
        """The loss, penalty included, with the same dropout at each call; the arrays lie in the plan."""
        self.rng.bit_generator.state = self.random_state
        with one_thread():
            total, self.divisor = self.engine.forward(self.plan, self.data, self.objective)
        value = total / (self.divisor or 1.0) if self.loss.reduction != "sum" else total
        return value + self.penalties()

    def backward(self) -> None:
        """All gradients, into the plan."""
        with one_thread():
            self.engine.backward(self.plan, self.data, self.objective, self.divisor)
        for place, penalty in self._penalized():
            slope = penalty.slope(place.of(self.plan.parameters))
            place.of(self.plan.gradients)[...] += penalty.factor(self._share) * slope

    def update(self, rule: UpdateRule, clip: Clip | None = None) -> tuple[Job, Array]:
        """One step of an update rule from memory 0, as training makes it.

        Gives the job, which holds the memory, and the parameters before any `max_norm`.
        """
        job = Job(self.plan, self.data, self.loss, rule, penalty=self.penalty, clip=clip)
        bounds, job.bounded = job.bounded, []
        with one_thread():
            self.engine.backward(self.plan, self.data, self.objective, self.divisor)  # `update` adds the penalty itself
            self.engine.update(job, rule.learning_rate, self._share)
        free = self.plan.parameters.copy()
        for bound, W in bounds:
            bound.apply(W)
        return job, free

    def unsmoothed(self) -> Array:
        """The targets as the loss reads them, but for its label smoothing."""
        Y = self.data.Y
        if not getattr(self.loss, "label_smoothing", 0.0):
            return Y.copy()
        plain = self.loss.from_description(self.loss.describe() | {"label_smoothing": 0.0})
        return encode_targets(plain, self.y, Y.shape[0], Y.shape[1:], Y.dtype)

    def penalties(self) -> float:
        """What the penalties of all weights add to the loss."""
        return sum(
            penalty.factor(self._share) * float(penalty.value(place.of(self.plan.parameters)).sum())
            for place, penalty in self._penalized()
        )

    @property
    def _share(self) -> float:
        return self.objective.share(self.divisor)

    def _penalized(self) -> list[tuple[Place, Penalty]]:
        penalized = [place for place in self.plan.layout.places.values() if place.parameter.is_penalized]
        pairs = [(place, place.parameter.penalty or self.penalty) for place in penalized]
        return [(place, penalty) for place, penalty in pairs if penalty is not None]
