"""The learning-rate range test: the loss while the rate grows from step to step, and the rate that this suggests."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered, with_settings
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.engine.engine import NonFinite
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import LossLike
from glassnet.formulas.registry import is_number
from glassnet.formulas.update_rules import LBFGS, UpdateRule
from glassnet.insight.one_step import check_network
from glassnet.network import Network
from glassnet.training.initialization import draw
from glassnet.training.inputs.checks import check_whole
from glassnet.training.inputs.prepared import Checked
from glassnet.training.keywords import DEFAULTS, StepSettings
from glassnet.training.loop.assembly import job_of
from glassnet.training.loop.validated_run import ValidatedRun

EXPLODED = 4.0  # times the least smoothed loss
LONG = 10**6  # epochs: schedules of other numbers stay at their beginning


@answered
@dataclass(frozen=True)
class LearningRateRange:
    """The losses of a training whose learning rate grew at each step.

    Made by `learning_rate_range`.

    Attributes
    ----------
    rates, losses
        The learning rate of each step, (steps,), and the loss of its batch just before the step, (steps,).

    `smoothed` is the mean over neighbouring steps. `suggestion` is the rate at which, before its minimum, the smoothed
    loss falls most steeply against the logarithm of the rate.

    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
    >>> found = gn.learning_rate_range(net, iris.X, iris.y, loss="cross_entropy", steps=50, seed=0)
    >>> found.rates.shape == found.losses.shape == found.smoothed.shape
    True
    """

    rates: Array
    losses: Array

    @property
    def smoothed(self) -> Array:
        """The loss, averaged over a tenth of the steps around each."""
        window = np.ones(max(1, len(self.losses) // 10) | 1)
        return np.convolve(self.losses, window, "same") / np.convolve(np.ones(len(self.losses)), window, "same")

    @property
    def suggestion(self) -> float:
        """A learning rate to start with, or the peak of a one-cycle schedule."""
        smoothed = self.smoothed
        slopes = np.gradient(smoothed, np.log(self.rates))
        return float(self.rates[np.argmin(slopes[: int(np.argmin(smoothed)) + 1])])

    def __repr__(self) -> str:
        return f"LearningRateRange({len(self.rates)} steps, suggestion {self.suggestion:.3g})"

    def plot(self, theme: str | Theme = "light") -> Any:
        """Draw the loss over the learning rate, with the suggestion marked; `theme` is "light" or "dark"."""
        with drawn_in(theme, "plot()") as look:
            figure, axes = new_figure(5.2, 3.6)
            axes.plot(self.rates, self.losses, color=look.cycle[0], alpha=0.3, label="loss of each step")
            axes.plot(self.rates, self.smoothed, color=look.cycle[0], label="smoothed")
            axes.axvline(
                self.suggestion, color=look.cycle[1], linestyle="--", label=f"suggestion {self.suggestion:.2g}"
            )
            axes.set(xscale="log", xlabel="learning rate", ylabel="loss")
            axes.grid()
            axes.legend()
            return figure


@answered
@with_settings(StepSettings, DEFAULTS)
def learning_rate_range(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: LossLike,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    **settings: Unpack[StepSettings],
) -> LearningRateRange:
    """Train a copy of a network while the learning rate grows from `low` to `high`, to find a good rate.

    The rate grows by the same factor at each step. The run ends before the loss explodes: before it is not finite, or
    smoothed four times its least (Smith 2017, arXiv 1506.01186, section 3.3, with a rate that grows exponentially; the
    suggestion is where the loss falls most steeply). The network itself is not changed. The optimizer's own rate is not
    used, schedules of other settings stay at their first value, and rows come in a random order again and again.

    Parameters
    ----------
    net
        The network; without parameters yet, the copy is given its first ones.
    X, y, sample_weight
        Training rows, with shapes as in `fit`: (n, n_features), (n,) or (n, n_outputs), and (n,).
    loss, optimizer, class_weight, penalty, clip
        As in `fit`: by name or as objects; the optimizer is "adam" by default, the last three None.
    low, high
        The first and the last learning rate; 1e-6 and 10 by default.
    steps
        The number of updates; 100 by default.
    batch_size
        Rows per update; 32 by default.
    seed
        Seed for the first parameters, the order of the rows, dropout and noise; None (default) draws one.

    Raises InvalidInput for settings that cannot work, as `fit` does, and where the loss explodes within three steps.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")])
    >>> found = gn.learning_rate_range(net, iris.X, iris.y, loss="cross_entropy", seed=0)
    >>> 1e-4 < found.suggestion < 1
    True
    """
    check_network(net)
    if isinstance(rule := UpdateRule.of(settings.pop("optimizer", DEFAULTS["optimizer"])), LBFGS):
        raise InvalidInput("L-BFGS chooses its own steps: there is no learning rate to find.")
    if not (is_number(low) and is_number(high) and 0 < low < high):
        raise InvalidInput(f"low and high must be positive numbers with low < high, got {brief(low)} and {high!r}.")
    check_whole(steps, "steps", 10)
    asked = {"loss": loss, "optimizer": rule, "epochs": LONG, **settings}
    validated = net.validate_run(X, y, asked, Checked())
    rates = np.geomspace(low, high, steps)
    losses = np.array([*until_it_explodes(losses_of(net, validated, rates))])
    if len(losses) < 3:
        raise InvalidInput(f"the loss explodes within {len(losses)} steps, at a rate of {low:g}: use a lower `low`.")
    return LearningRateRange(rates[: len(losses)], losses)


def losses_of(net: Network, validated: ValidatedRun, rates: Array) -> Iterator[float]:
    """The loss of a batch at each step, before the step is made."""
    samples, _ = validated.train.data()
    if samples.weights is not None and not samples.weights.any():
        raise InvalidInput("nothing in the first array of the blocks counts, and only that one is looked at.")
    fresh = net.layout is None
    drawn = draw(validated.layout, validated.draws, net.dtype, samples.X) if fresh else (net.parameters, net.state)
    parameters, state = drawn if fresh else (vector.copy() for vector in drawn)
    n_rows = min(validated.settings.batch_size, len(samples))
    job, scheduled = job_of(
        (validated.layout, parameters, state), validated.settings, samples.empty(n_rows), n_rows, validated.rng
    )
    engine, order = net.engine_for(validated.settings.loss), np.empty(0, np.intp)
    for rate in rates.tolist():
        if len(order) < n_rows:
            order = validated.rng.permutation(len(samples))
        order, rows = order[n_rows:], order[:n_rows]
        samples.take(rows, job.data)
        scheduled.by_hand = rate
        try:
            yield engine.epoch(job, None, scheduled.begin(1, 1, rate))
        except NonFinite:
            return


def until_it_explodes(losses: Iterator[float]) -> Iterator[float]:
    """The losses, up to where their running average is four times its least."""
    average, least = 0.0, math.inf
    for step, loss in enumerate(losses, start=1):
        average = 0.8 * average + 0.2 * loss
        smoothed = average / (1 - 0.8**step)
        least = min(least, smoothed)
        if smoothed > EXPLODED * least and smoothed > 0:
            return
        yield loss
