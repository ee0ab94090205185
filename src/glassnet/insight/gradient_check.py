"""The gradient check: every analytic gradient beside a finite difference of the loss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from glassnet.calls import answered
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import LossLike
from glassnet.formulas.penalties import PenaltyLike
from glassnet.insight.one_step import OneStep
from glassnet.insight.pages.pieces import Piece, Rows, Words
from glassnet.insight.pages.shown import Shown
from glassnet.network import Network
from glassnet.training.inputs.checks import check_dtype, check_whole

STEPS = {"float64": (1e-5, 1e-6, 1e-7), "float32": (3e-2, 1e-2, 3e-3)}  # tried in turn where one crosses a kink
ROUNDINGS = 8.0  # of the loss, by which a difference over the first step may be off
KINK = 1e-3  # of the largest gradient: slopes up and down that differ by more are those of a kink
NOISE = 32.0  # roundings of the loss, by which they may differ


@answered
@dataclass(frozen=True, repr=False)
class GradientCheck(Shown):
    """The result of a gradient check, for each parameter array and for the inputs ("X").

    Made by `check_gradient`.

    Attributes
    ----------
    errors
        The relative error of each array by its name ("0.W"): max |analytic − numeric| / max(|analytic|, |numeric|),
        with the maxima taken over the array. 0 where both are below what the rounding of the loss can show, as for a
        bias in front of `BatchNorm`.
    analytic, numeric
        The gradients by the same names: from the backward pass, and from central differences.
    kinks
        How many entries of each array lie on a kink, as a bias of 0 of ReLU on blank pixels does. There the slopes up
        and down differ, so none can be compared with.

    `vacuous` names the arrays whose gradient is 0 throughout, where a check proves nothing.

    >>> net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)]).build(2, seed=0)
    >>> checked = gn.check_gradient(net, [[1, 2], [3, 4]], [0, 1], loss="squared_error")
    >>> list(checked.errors), checked.max_error < 1e-6
    (['0.W', '0.b', '1.W', '1.b', 'X'], True)
    """

    errors: dict[str, float]
    analytic: dict[str, Array]
    numeric: dict[str, Array]
    kinks: dict[str, int] = field(default_factory=dict)

    @property
    def max_error(self) -> float:
        """The largest of all errors; below 1e-6 in float64 for a right gradient."""
        return float(np.max(list(self.errors.values())))  # `max` would pass over NaN

    @property
    def vacuous(self) -> list[str]:
        """Arrays whose gradient is 0 throughout."""
        return [name for name in self.errors if not self.analytic[name].any() and not self.numeric[name].any()]

    def __repr__(self) -> str:
        return f"GradientCheck(max_error={self.max_error:.1e}, {len(self.errors)} arrays)"

    def __str__(self) -> str:
        lines = [f"{name:<10} {error:.1e}" for name, error in self.errors.items()]
        return "\n".join(["array      relative error", *lines, *self._on_kinks()])

    def pieces(self) -> Sequence[Piece]:
        """A line for each array."""
        rows = [(name, f"{error:.1e}") for name, error in self.errors.items()]
        return [Rows((("array", "relative error"), *rows)), *map(Words, self._on_kinks())]

    def _on_kinks(self) -> list[str]:
        found = ", ".join(f"{n:,} of {name}" for name, n in self.kinks.items() if n)
        return [f"Left out, on a kink where the slopes up and down differ: {found}."] if found else []


@answered
def check_gradient(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: LossLike | None = None,
    sample_weight: ArrayLike | None = None,
    penalty: PenaltyLike | None = None,
    dtype: DTypeLike = "float64",
    max_entries: int = 2000,
    seed: int = 0,
) -> GradientCheck:
    """Compare the gradient of a network's loss with central differences (L(p + h) − L(p − h)) / 2h.

    Where p ± h lies on two sides of a kink (of ReLU, say), a smaller h decides; entries on the kink itself, where
    the slopes up and down differ for all h, are left out and counted. Padding of sequences, which `Masking`
    marks, is left as it is. The network is not changed.

    Parameters
    ----------
    net
        A network; without parameters yet, a copy is given its first ones.
    X, y, sample_weight
        Rows with shapes as in `fit`, all taken as one batch: (n, n_features), (n,) or (n, n_outputs), and (n,).
    loss, penalty
        By name or as objects, as in `fit`; by default the loss of the last training, and no penalty.
    dtype
        "float64" (default) or "float32": the precision of the check, whatever the network's own.
    max_entries
        Of arrays with more entries, this many are checked, drawn by `seed`; 2000 by default.
    seed
        Seed for the entries, and for dropout and noise; 0 by default.

    Raises InvalidInput for data that do not fit.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> gn.check_gradient(net, iris.X, iris.y, loss="cross_entropy").max_error < 1e-6
    True
    """
    check_whole(max_entries, "max_entries")
    return checked(OneStep(net, X, y, loss, sample_weight, penalty, check_dtype(dtype), seed), max_entries, seed)


def checked(step: OneStep, max_entries: int = 2000, seed: int = 0) -> GradientCheck:
    """The gradient check of a step laid open, in the dtype of its plan."""
    dtype = step.plan.parameters.dtype
    step.data.X = step.data.X.copy()  # its entries will be moved
    resolution = ROUNDINGS * float(np.finfo(dtype).eps) * abs(step.forward()) / STEPS[dtype.name][0]
    step.backward()
    plan = step.plan
    assert plan.input_gradient is not None
    pairs = {name: (p.of(plan.parameters), p.of(plan.gradients)) for name, p in plan.layout.places.items()}
    pairs["X"] = (step.data.X, plan.input_gradient)
    analytic = {name: gradient.copy() for name, (_, gradient) in pairs.items()}
    rng = np.random.default_rng(seed)
    errors, numeric, kinks = {}, {}, {}
    for name, (values, _) in pairs.items():
        entries = chosen_entries(values.size, max_entries, rng)
        if name == "X":
            entries = entries[counted(values, getattr(plan.layout.codes, "padding", None)).ravel()[entries]]
        analytic[name] = analytic[name].ravel()[entries]
        flat = values.reshape(-1)
        numeric[name] = numeric_gradient(step.forward, flat, entries, analytic[name])
        on_kinks = kinks_among(step.forward, flat, entries, analytic[name], numeric[name])
        kept, kinks[name] = np.delete(np.arange(len(entries)), on_kinks), len(on_kinks)
        errors[name] = relative_error(analytic[name][kept], numeric[name][kept], resolution) if len(kept) else 0.0
    return GradientCheck(errors, analytic, numeric, kinks)


def counted(X: Array, padding: float | None) -> Array:
    """Where X holds no padding of `Masking`: a step of it, when moved, would be one that counts."""
    if padding is None or X.ndim < 3:
        return np.ones(X.shape, bool)
    return np.broadcast_to((X.dtype.type(padding) != X).any(axis=-1, keepdims=True), X.shape)


def chosen_entries(size: int, limit: int, rng: "np.random.Generator") -> Array:
    """All positions, or `limit` of them."""
    return np.arange(size) if size <= limit else np.sort(rng.choice(size, limit, replace=False))


def numeric_gradient(loss: Callable[[], float], values: Array, entries: Array, analytic: Array) -> Array:
    """The central difference at each entry; the step size that agrees best where they differ by more than rounding."""
    steps = STEPS[values.dtype.name]
    found = np.array([central_difference(loss, values, i, steps[0]) for i in entries])
    for h in steps[1:]:
        for k in differing(found, analytic):
            again = central_difference(loss, values, entries[k], h)
            found[k] = min(found[k], again, key=lambda value: abs(value - analytic[k]))
    return found


def differing(found: Array, analytic: Array) -> Array:
    """The places at which two gradients differ by more than rounding."""
    return np.flatnonzero(np.abs(found - analytic) > 1e-7 * size_of(analytic))


def size_of(gradient: Array) -> float:
    """The largest number of a gradient, above 0."""
    return max(float(np.abs(gradient).max()), 1e-30)


def central_difference(loss: Callable[[], float], values: Array, i: int, h: float) -> float:
    """(L(p + h) − L(p − h)) / 2h at one entry, which is put back."""
    at = values[i]
    h = max(h, 2 * float(np.spacing(abs(at))))  # next to a huge number, a smaller step would be no step
    values[i] = at + h
    up, above = values[i], loss()
    values[i] = at - h
    difference = (above - loss()) / float(up - values[i])
    values[i] = at
    return difference


def kinks_among(loss: Callable[[], float], values: Array, entries: Array, analytic: Array, numeric: Array) -> list[int]:
    """The places of entries that differ because they lie on a kink.

    There the slopes up and down differ, and not the less the smaller h is. A gradient that is twice as steep as any
    slope found is wrong all the same.
    """
    wide, *_, narrow = STEPS[values.dtype.name]
    noise = NOISE * float(np.finfo(values.dtype).eps) * abs(loss()) / narrow
    least, steepest, found = max(KINK * size_of(analytic), noise), size_of(numeric), []
    for k in differing(numeric, analytic):
        (below, above), (left, right) = (slopes(loss, values, entries[k], h) for h in (narrow, wide))
        if abs(above - below) > max(least, abs(right - left) / 2):
            steepest = max(steepest, abs(below), abs(above))
            found.append(int(k))
    return [k for k in found if abs(analytic[k]) < 2 * steepest]


def slopes(loss: Callable[[], float], values: Array, i: int, h: float) -> tuple[float, float]:
    """(L(p) − L(p − h)) / h and (L(p + h) − L(p)) / h at one entry, which is put back."""
    at, here = values[i], loss()
    h = max(h, 2 * float(np.spacing(abs(at))))
    values[i] = at + h
    above = (loss() - here) / float(values[i] - at)
    values[i] = at - h
    below = (here - loss()) / float(at - values[i])
    values[i] = at
    return below, above


def relative_error(a: Array, b: Array, resolution: float = 0.0) -> float:
    """Max |a − b| / max(|a|, |b|), the maxima over the array; 0 where neither is above a resolution."""
    largest = max(float(np.abs(a).max()), float(np.abs(b).max()))
    return 0.0 if largest <= resolution else float(np.abs(a - b).max()) / largest
