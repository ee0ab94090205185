"""How a layer applies an activation to its arrays: the formula over pieces of rows, forward and backward."""

from collections.abc import Iterable

import numpy as np

from glassnet.formulas.activations import Activation
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Constant
from glassnet.layers.layer import Parameter, Shape, Slices

PIECE = 32768  # numbers: 128 kB of float32, so that the temporaries of a formula stay small and in the cache


class ScoreSlices(Slices):
    """Those of a layer that ends with an activation: the scores Z, and what the passes go through, piece by piece."""

    Z: Array
    dZ: Array
    learned: list[Array]
    forward_pieces: list[tuple[Array, ...]]
    backward_pieces: list[tuple[Array, ...]]


def pieces(*arrays: Array) -> Iterable[tuple[Array, ...]]:
    """The arrays in ranges of their rows, the first of about `PIECE` numbers a range."""
    first = arrays[0]
    if first.size <= PIECE:
        return [arrays]
    rows = max(1, PIECE * len(first) // first.size)
    return (tuple([a[start : start + rows] for a in arrays]) for start in range(0, len(first), rows))


def learned_parameters(f: Activation, shape: Shape) -> dict[str, Parameter]:
    """One parameter a unit for every field that f learns."""
    return {
        name: Parameter(shape, Constant(getattr(f, name)), learning_rate_factor=f.learning_rate_factor)
        for name in f.learned
    }


def connect(f: Activation, s: ScoreSlices) -> None:
    """Name what f learns `s.learned`, and the pieces of (Z, A) and of (dZ, dA, Z, A) that the passes go through."""
    s.learned = [getattr(s, name) for name in f.learned]
    s.forward_pieces = list(pieces(s.Z, s.A))
    s.backward_pieces = list(pieces(s.dZ, s.dA, s.Z, s.A)) if s.dA is not None else []


def activate(f: Activation, s: ScoreSlices) -> None:
    """A = f(Z)."""
    for Z, A in s.forward_pieces:
        A[...] = f.value(Z, *s.learned)


def pull_back(f: Activation, s: ScoreSlices) -> None:
    """dZ = dA ⊙ f'(Z), and the gradient of what f learns."""
    pull_back_to_scores(f, s)
    if f.learned:
        learn(f, s)


def pull_back_to_scores(f: Activation, s: ScoreSlices) -> None:
    """dZ = dA ⊙ f'(Z) alone."""
    entry_by_entry = type(f).pull_back is Activation.pull_back
    for dZ, dA, Z, A in s.backward_pieces:
        if entry_by_entry:
            np.multiply(dA, f.slope(Z, A, *s.learned), out=dZ)  # a temporary less, a quarter of the time
        else:
            dZ[...] = f.pull_back(dA, Z, A, *s.learned)


def learn(f: Activation, s: ScoreSlices) -> None:
    """dα = 1ᵀ (dA ⊙ ∂f/∂α) for every learned α."""
    gradients = [getattr(s, "d" + name) for name in f.learned]
    for d in gradients:
        d[...] = 0.0
    for Z, A, dA, ones in pieces(s.Z, s.A, s.dA, s.ones):
        for d, slope in zip(gradients, f.learned_slopes(Z, A, *s.learned), strict=True):
            d += np.tensordot(ones, dA * slope, 1).reshape(-1, *d.shape).sum(axis=0)
