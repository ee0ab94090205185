"""A trace: every array of one training step, by its name on paper."""

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from glassnet.calls import answered
from glassnet.engine.objective import n_members
from glassnet.errors import InvalidInput
from glassnet.formulas.clipping import Clip, ClipLike
from glassnet.formulas.losses import LossLike
from glassnet.formulas.penalties import Penalty, PenaltyLike
from glassnet.formulas.update_rules import LBFGS, OptimizerLike, UpdateRule
from glassnet.insight.gradient_check import GradientCheck, checked
from glassnet.insight.layer_trace import TracedLayer, loss_layer, traced
from glassnet.insight.one_step import OneStep, check_network
from glassnet.insight.pages.pieces import Piece
from glassnet.insight.pages.shown import Shown
from glassnet.insight.traced_step import Measured
from glassnet.insight.traced_update import Updated, update
from glassnet.layers.layer import rows_of
from glassnet.network import Network
from glassnet.training.inputs.arrays import as_array
from glassnet.training.inputs.checks import check_dtype
from glassnet.training.keywords import ClassWeight
from glassnet.training.loop.schedule_values import Follower, live

if TYPE_CHECKING:
    from glassnet.insight.why import Why

__all__ = ["Trace", "TracedLayer", "trace"]


@answered
class Trace(Shown):
    """One training step of a network, with every array it computed.

    Made by `trace`. `print(trace)` shows the step with its formulas, `trace.why(layer=0, weight=(0, 2))` the chain rule
    for one weight, and `trace.check()` compares each gradient with a finite difference. A notebook typesets the
    formulas.

    Attributes
    ----------
    layers
        The layers in order, each with its arrays by their names on paper: `trace.layers[0].Z`, `.dW`, with one row per
        sample; `inner` holds the layers inside a layer.
    loss
        The loss, including penalties.
    measured
        What the loss was computed from: ℓ of every entry (n, n_outputs), the targets, the weights, and the divisor.
    updates
        For each parameter ("0.W"), what the update did; empty without an optimizer.
    penalty, rule, clip, followers
        The penalty, the update rule and the clipping of the step, None where there was none; and the settings that
        follow a schedule.

    >>> net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)]).build(2, seed=0)
    >>> step = gn.trace(net, [[1, 2], [3, 4]], [0, 1], loss="squared_error")
    >>> step.layers[0].Z.shape, step.layers[1].dW.shape, step.updates
    ((2, 3), (3, 1), {})
    """

    def __init__(
        self,
        layers: list[TracedLayer],
        loss: float,
        measured: Measured,
        penalty: Penalty | None,
        rule: UpdateRule | None,
        clip: Clip | None,
        followers: Sequence[Follower],
        updates: dict[str, Updated],
        again: Callable[[Any], OneStep],
    ):
        self.layers = layers
        self.loss = loss
        self.measured = measured
        self.penalty = penalty
        self.rule = rule
        self.clip = clip
        self.followers = followers
        self.updates = updates
        self._again = again

    def __repr__(self) -> str:
        return "\n".join([f"loss {self.loss:.6g}", *(f"{k}  {layer!r}" for k, layer in enumerate(self.layers))])

    def pieces(self) -> Sequence[Piece]:
        """The text and formulas that `print` and a notebook show."""
        from glassnet.insight.blackboard.step import page_of  # not before: arrays alone need no words
        from glassnet.insight.notation.docstrings import check_docstrings

        check_docstrings()
        return page_of(self)

    def step(self, dtype: DTypeLike = "float64") -> OneStep:
        """Compute the same step again, from the parameters as they were, in a dtype of choice."""
        return self._again(np.dtype(check_dtype(dtype)))

    def check(self, dtype: DTypeLike = "float64", max_entries: int = 2000) -> GradientCheck:
        """Compare each gradient of the step with central differences in float64, as `check_gradient` does.

        >>> import glassnet as gn
        >>> net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)]).build(2, seed=0)
        >>> gn.trace(net, [[1, 2], [3, 4]], [0, 1], loss="squared_error").check().max_error < 1e-6
        True
        """
        return checked(self.step(dtype), max_entries)

    def why(self, layer: int | str, **entry: Any) -> "Why":
        """Explain the gradient of one parameter: `why(layer=1, weight=(0, 2))`, `why(layer=0, bias=3)`, `gamma=1`, ….

        `layer` counts from 0; one inside another is "1.0". The entry is the parameter's place in its array.

        >>> import glassnet as gn
        >>> net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)]).build(2, seed=0)
        >>> why = gn.trace(net, [[1, 2], [3, 4]], [0, 1], loss="squared_error").why(layer=0, weight=(1, 2))
        >>> abs(why.gradient - why.numeric) < 1e-6
        True
        """
        from glassnet.insight.why import why

        return why(self, layer, entry)


@answered
def trace(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: LossLike | None = None,
    optimizer: OptimizerLike | None = None,
    sample_weight: ArrayLike | None = None,
    class_weight: ClassWeight | None = None,
    penalty: PenaltyLike | None = None,
    clip: ClipLike | None = None,
    seed: int = 0,
    noise: bool = True,
) -> Trace:
    """Compute every array of one training step on the given rows; the network is not changed.

    Parameters
    ----------
    net
        A network with parameters; the arrays have its dtype.
    X, y, sample_weight, class_weight
        As in `fit`: (n, n_features), (n,) or (n, n_outputs), (n,), and "balanced" or weights. All rows are one batch,
        over which "balanced" classes are counted.
    loss
        By name or as an object; by default that of the network's last training.
    optimizer
        By name or as an object; shows the update too: its first step, with empty memory and schedules at their first
        values. Without one (default), the step ends with the gradients.
    penalty, clip
        By name or as objects, None by default: added to the loss and the gradients; applied to the gradients before the
        update.
    seed, noise
        Seed for dropout and noise, 0 by default; `noise=False` turns them off, as in prediction.

    For an output layer that is differentiated together with its loss (softmax and cross-entropy, sigmoid and binary
    cross-entropy) the backward pass begins with dZ = A − Y, divided as the loss says; its dA stays 0.

    Raises InvalidInput for data that do not fit, and for L-BFGS, which has no update of a single step.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> step = gn.trace(net, iris.X[:4], iris.y[:4], loss="cross_entropy", optimizer=gn.SGD(0.1))
    >>> step.layers[0].Z.shape, step.layers[0].dW.shape, sorted(step.updates)
    ((4, 6), (4, 6), ['0.W', '0.b', '1.W', '1.b'])
    """
    followers: list[Follower] = []
    rule = None if optimizer is None else check_steps(live(UpdateRule.of(optimizer), "", followers))
    clipping = None if clip is None else live(Clip.of(clip), "", followers)
    if rule is None and clip is not None:
        raise InvalidInput("clip is a part of the update: trace it with an optimizer, such as optimizer='sgd'.")
    check_network(net)
    X, y = as_array(X, "X"), as_array(y, "y")
    net, X, y, sample_weight = copy.deepcopy((net, X, y, sample_weight))  # as they are now, for checks later

    def again(dtype: DTypeLike) -> OneStep:
        step = OneStep(net, X, y, loss, sample_weight, penalty, dtype, seed, noise, class_weight)
        step.data.X = step.data.X.copy()  # a check moves its entries
        return step

    step = again(net.dtype)
    value = step.forward()
    step.backward()
    layers = traced(step.nodes, step.plan.steps(len(step.data)))
    measured = measure(step, loss_layer(layers))
    updates = {} if rule is None else update(step, rule, clipping)
    return Trace(layers, value, measured, step.penalty, rule, clipping, followers, updates, again)


def check_steps(rule: UpdateRule) -> UpdateRule:
    """Refuse the rule that has no update of a single step."""
    if isinstance(rule, LBFGS):
        raise InvalidInput(
            "L-BFGS searches along a line over the whole data: a single step has no update to show. Use another "
            "optimizer, or none to see only the gradients."
        )
    return rule


def measure(step: OneStep, last: TracedLayer) -> Measured:
    """The loss entry by entry; of an ensemble for each member, which is compared with the target of its row."""
    loss, weights, outputs = step.loss, step.data.weights, last.Z if step.loss.output_activation else last.A
    Y, given, members = step.data.Y.copy(), step.unsmoothed(), n_members(outputs, step.data.Y)
    if outputs.ndim > Y.ndim:
        Y, given = (np.repeat(each[:, np.newaxis], members, axis=1) for each in (Y, given))
        weights = None if weights is None else np.repeat(weights[:, np.newaxis], members, axis=1)
    values = loss.value(rows_of(outputs), rows_of(Y), *step.objective.columns).reshape(*Y.shape[:-1], -1)
    divisor = members * ((step.divisor or 1.0) if loss.reduction != "sum" else 1.0)
    return Measured(loss, Y, given, weights, values, divisor, step.penalties())
