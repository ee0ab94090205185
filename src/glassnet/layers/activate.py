"""How a layer applies an activation to its arrays: the formula over pieces of rows, forward and backward."""

import numpy as np

from glassnet.formulas.activations import Activation
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Constant
from glassnet.layers.layer import Parameter, Shape, Slices

PIECE = 16384  # numbers: 64 kB of float32, so that the temporaries of a formula stay small and in the cache


def row_pieces(Z: Array) -> list[slice]:
    """Row ranges of Z of about `PIECE` numbers each."""
    rows = max(1, PIECE * len(Z) // max(1, Z.size))
    return [slice(start, start + rows) for start in range(0, len(Z), rows)]


def learned_parameters(f: Activation, shape: Shape) -> dict[str, Parameter]:
    """One parameter a unit for every field that f learns."""
    return {name: Parameter(shape, Constant(getattr(f, name))) for name in f.learned}


def activate(f: Activation, s: Slices) -> None:
    """A = f(Z)."""
    learned = [getattr(s, name) for name in f.learned]
    if s.Z.size <= PIECE:
        s.A[...] = f.value(s.Z, *learned)
        return
    for rows in row_pieces(s.Z):
        s.A[rows] = f.value(s.Z[rows], *learned)


def pull_back(f: Activation, s: Slices) -> None:
    """dZ = dA ⊙ f'(Z), and the gradient of what f learns."""
    learned = [getattr(s, name) for name in f.learned]
    for rows in row_pieces(s.Z):
        s.dZ[rows] = f.pull_back(s.dA[rows], s.Z[rows], s.A[rows], *learned)
    if learned:
        learn(f, s, learned)


def learn(f: Activation, s: Slices, learned: list[Array]) -> None:
    """dα = 1ᵀ (dA ⊙ ∂f/∂α) for every learned α."""
    gradients = [getattr(s, "d" + name) for name in f.learned]
    for d in gradients:
        d[...] = 0.0
    for rows in row_pieces(s.Z):
        slopes = f.learned_slopes(s.Z[rows], s.A[rows], *learned)
        for d, slope in zip(gradients, slopes, strict=True):
            d += np.tensordot(s.ones[rows], s.dA[rows] * slope, 1)
