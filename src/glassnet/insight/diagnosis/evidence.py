"""What all checks look at: one step of training on some of the rows, laid open, and the rows themselves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.calls import cached_property
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss, LossLike
from glassnet.formulas.update_rules import LBFGS, OptimizerLike, UpdateRule
from glassnet.insight.diagnosis.constant import each_row, loss_of_constant
from glassnet.insight.diagnosis.held_out import HeldOut, measured_on
from glassnet.insight.diagnosis.retrained import dead_by_rate
from glassnet.insight.diagnosis.scores import scores_of
from glassnet.insight.layer_trace import TracedLayer, all_layers, traced
from glassnet.insight.one_step import OneStep
from glassnet.insight.traced_update import update
from glassnet.network import Network
from glassnet.training.inputs.class_weights import count
from glassnet.training.loop.schedule_values import live

MOST_ROWS = 2000  # that are looked at together: enough for shares of a percent, and fast
MOST_VALUES = 1 << 23  # of all layers: the fewer rows of wide networks, down to
LEAST_ROWS = 300
FEWEST_ROWS = 10  # in which units must be off: in fewer they may be by chance, and no gradient comes back
NOTHING_LEARNED = 0.98  # of the best constant's loss: closer to it, chance alone may be what was learned
LEARNED = 0.5  # of the best constant's loss: so much was learned through units that are saturated by now
SOLVED = 0.1  # of the best constant's loss: below it a network may be as saturated and as still as it likes


@dataclass(frozen=True)
class Columns:
    """The values of columns as they were measured, (n, columns), with their names; NaN where one is missing.

    `target` are the numbers to predict in their own unit, where the network is trained on others.
    """

    values: Array
    names: Sequence[str] | None = None
    target: Array | None = None

    def name_of(self, column: int) -> str:
        """The name of a column, or its number."""
        return f"column {column}" if self.names is None else repr(str(self.names[column]))


class Evidence:
    """A network with rows that it is (to be) trained on, and rows held out from that, if there are any."""

    def __init__(
        self,
        net: Network,
        X: Array,
        y: Array,
        loss: LossLike | None,
        optimizer: OptimizerLike | None,
        sample_weight: Array | None,
        held_out: tuple[Array, Any] | None,
        names: Sequence[str] | None,
        seed: int,
        measured: Columns | None = None,
    ):
        self.net, self.seed = net, seed
        self.measured = Columns(X, names) if measured is None and X.ndim == 2 else measured
        self.names = names
        self.held_out = held_out
        self.X, self.y = X, y
        self.rows = np.sort(np.random.default_rng(seed).permutation(len(X))[: rows_of(net)])
        check_finite_parameters(net)
        alike = loss is None or (net.loss is not None and Loss.of(loss).targets == net.loss.targets)
        self.weights: dict[str, Any] = {
            "sample_weight": None if sample_weight is None else sample_weight[self.rows],
            "class_weight": net.trained_with.get("class_weight") if alike else None,
        }
        self.step = OneStep(net, X[self.rows], y[self.rows], loss, dtype=net.dtype, seed=seed, **self.weights)
        self.loss: Loss = self.step.loss
        given = optimizer if optimizer is not None else net.trained_with.get("optimizer")
        self.rule = None if given is None else live(UpdateRule.of(given))

    @cached_property
    def generalization(self) -> HeldOut | None:
        """The losses on held-out rows; None without such rows, or without their targets."""
        if self.held_out is None or self.held_out[1] is None:
            return None
        return measured_on(self.net, self.loss, self.step, *self.held_out, self.weights["class_weight"], self.seed)

    @cached_property
    def tried_rates(self) -> tuple[float, float] | None:
        """The shares of units that die by the rule of the last training, and by a tenth of its rate."""
        if not self.was_trained:
            return None
        return dead_by_rate(self.net, self.X[self.rows], self.y[self.rows], self.loss, self.weights)

    @property
    def was_trained(self) -> bool:
        """Whether the network has been trained: one with its first parameters predicts nothing yet."""
        return bool(self.net.trained_with)

    @cached_property
    def layers(self) -> list[TracedLayer]:
        """Every layer with its arrays and gradients, the inner ones among them."""
        self.step.forward()
        self.step.backward()
        return list(all_layers(traced(self.step.plan.layout.nodes, self.step.plan.steps(len(self.rows)))))

    @cached_property
    def first_sizes(self) -> dict[str, float]:
        """The root mean square of the scores Z of each layer with first parameters; empty before any training."""
        if not self.was_trained:
            return {}
        X, built = self.X[self.rows], self.net.built()[0]
        first = Network(self.net.layers, self.net.dtype).build(built.input_shape, self.net.seed or 0, X)
        step = OneStep(first, X, self.y[self.rows], self.loss, dtype=self.net.dtype, **self.weights)
        step.forward()
        layers = all_layers(traced(step.plan.layout.nodes, step.plan.steps(len(X))))
        found = {layer.path: scores_of(layer) for layer in layers}
        return {path: size_of(scores.Z) for path, scores in found.items() if scores is not None}

    def growth(self, layer: TracedLayer) -> float:
        """How many times as large the scores of a layer are as with first parameters; 1 where that is not known."""
        first, scores = self.first_sizes.get(layer.path, 0.0), scores_of(layer)
        return size_of(scores.Z) / first if first and scores is not None else 1.0

    @cached_property
    def predicted(self) -> float:
        """The loss as in prediction."""
        rows = self.X[self.rows], self.y[self.rows]
        return self.net.evaluate(*rows, loss=self.loss, metrics=[], **self.weights)["loss"]

    @cached_property
    def constant(self) -> float:
        """The least loss of a prediction that is the same for all rows."""
        return loss_of_constant(self.loss, self.step.data.Y, self.step.data.weights)

    @cached_property
    def varied(self) -> bool:
        """Whether there is anything to learn: targets that differ from row to row."""
        Y = self.counted(self.step.data.Y)
        return bool((Y[0] != Y).any())

    def counted(self, Y: Array) -> Array:
        """Targets as rows, one for each sample or step; those that do not count are left out."""
        rows, weights = each_row(Y, self.step.data.weights)
        return rows[weights[:, 0] > 0]

    def below(self, share: float) -> bool:
        """Whether the loss is below a share of that of the best constant, or there is nothing to learn."""
        return not self.varied or self.predicted < share * self.constant

    @property
    def solved(self) -> bool:
        """Whether the loss is near 0 already."""
        return self.below(SOLVED)

    @property
    def hopeless(self) -> bool:
        """Whether the loss is no better than that of a constant, or not even a number."""
        return not self.below(NOTHING_LEARNED)

    @cached_property
    def updates(self) -> dict[str, Any]:
        """What one step of the update rule does to each parameter; empty where the rule is not known."""
        if self.rule is None or isinstance(self.rule, LBFGS):
            return {}
        if not self.layers:  # which copies the arrays before the update
            return {}
        return update(self.step, self.rule)

    @cached_property
    def class_counts(self) -> Array | None:
        """How many rows each class has; None where classes are not what is predicted."""
        Y = self.step.data.Y
        n_outputs = Y.shape[-1]
        if Y.ndim > 2:
            return self.step_counts(n_outputs)
        if self.loss.targets == "classes":
            return count(self.loss, self.y, n_outputs)
        return count(self.loss, self.y, 2) if self.loss.targets == "binary" and n_outputs == 1 else None

    def step_counts(self, n_outputs: int) -> Array | None:
        """The same for targets of steps, of those that count."""
        if self.loss.targets not in ("classes", "binary") or (self.loss.targets == "binary" and n_outputs > 1):
            return None
        y = self.counted(self.step.unsmoothed())
        ones: Array = y.sum(axis=0)
        return ones if self.loss.targets == "classes" else np.array([len(y) - ones[0], ones[0]])

    def name_of(self, column: int) -> str:
        """The name of an input, or its number; of inputs with several axes, its place in X."""
        if self.names is not None:
            return repr(str(self.names[column]))
        if self.X.ndim == 2:
            return f"column {column}"
        return f"X[:, {', '.join(map(str, np.unravel_index(column, self.X.shape[1:])))}]"


def size_of(Z: Array) -> float:
    """The root mean square."""
    return float(np.sqrt(np.mean(np.square(Z, dtype=np.float64))))


def check_finite_parameters(net: Network) -> None:
    """Refuse a network whose parameters are no longer numbers: nothing else can be said of it."""
    for name, array in net.arrays.items():
        if not np.isfinite(array).all():
            raise InvalidInput(f"{name} of the network is not finite, so it cannot predict: build or load it again.")


def rows_of(net: Network) -> int:
    """How many rows are looked at: so many that the values of all layers take little memory."""
    nodes = net.built()[0].walk()
    width = sum(math.prod(shape) for node in nodes for shape in node.layer.arrays(node.input_shape).values())
    return max(LEAST_ROWS, min(MOST_ROWS, MOST_VALUES // max(1, width)))
