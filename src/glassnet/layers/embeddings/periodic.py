"""Numbers as waves: each column becomes several, from which straight lines make bumps and steps."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Initializer, Normal, SpreadNormal, Uniform
from glassnet.formulas.of_layers.periodic import angle, angle_slope, wave, wave_slope
from glassnet.formulas.registry import is_number, require_number, require_whole
from glassnet.layers.activate import pieces
from glassnet.layers.layer import Layer, Parameter, Shape, Slices

PI = 3.141592653589793


def pair_of_spreads(sigma: Any) -> tuple[float, float]:
    """Those of the first and of the last frequency."""
    if len(sigma) != 2 or not all(is_number(each) and each > 0 for each in sigma):
        raise InvalidInput(
            "PeriodicEmbedding: `sigma` must be a positive number, or a pair of them such as (0.1, 2.0), "
            f"got {brief(sigma)}."
        )
    return float(sigma[0]), float(sigma[1])


def spread_by(sigma: float | tuple[float, float]) -> Initializer:
    """How the frequencies of a column are drawn."""
    return SpreadNormal(*sigma) if isinstance(sigma, tuple) else Normal(0.0, sigma)


class PeriodicSlices(Slices):
    """Those of waves."""

    w: Array
    c: Array
    V: Array
    d: Array
    Z: Array
    S: Array
    dw: Array
    dc: Array
    dV: Array
    dd: Array
    dZ: Array
    dS: Array


class PeriodicEmbedding(Layer, name="periodic_embedding"):
    """Each number embedded by learned waves.

    Z = 2 π X w + c,  S = cos Z,  L = S V + d,  A = [X, L];     dA = [dA₀, dL],  dV = Sᵀ dL,  dd = 1ᵀ dL,
    dS = dL Vᵀ,  dZ = dS ⊙ (−sin Z),  dw = 1ᵀ (2 π dZ ⊙ X),  dc = 1ᵀ dZ,  dX = dA₀ + 2 π Σₖ dZₖ wₖ.

    This holds for each column X (n, 1) by itself. X (n, columns) becomes A (n, columns · dimensions), the outputs of a
    column side by side, its own value first. Every column has its own w and c (columns, frequencies), V (columns,
    frequencies, dimensions − 1) and d (columns, dimensions − 1). It is PBLD (periodic, bias, linear, densely connected)
    of Holzmüller et al. 2024 (arXiv 2407.04491, section 3), after Gorishniy et al. 2022 (arXiv 2203.05556). Columns
    should be scaled to a spread of about 1. On the compiled engine in float32 an angle Z beyond 100,000 counts as 0.

    Parameters
    ----------
    frequencies, dimensions
        The number of waves per column, and of outputs per column, at least 2; 16 and 4 by default.
    sigma
        Standard deviation of the frequencies, 0.1 by default: w is drawn from N(0, sigma²), c from U(−π, π), V and d
        from U(±1/√frequencies). A pair such as `(0.1, 2.0)` is that of the first and of the last frequency, those
        between in geometric progression (`SpreadNormal`): slow waves beside quick ones.
    learning_rate_factor
        A factor of the learning rate for all four; 1 by default. Weight decay acts on V only.

    Raises InvalidInput for settings out of range.

    >>> PeriodicEmbedding(), PeriodicEmbedding(sigma=0.5).output_shape((7,))
    (PeriodicEmbedding(), (28,))
    """

    frequencies: int = 16
    dimensions: int = 4
    sigma: float | tuple[float, float] = 0.1
    learning_rate_factor: float = 1.0
    slices = PeriodicSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        for field, least in (("frequencies", 1), ("dimensions", 2)):
            require_whole(self, field, least)
        if isinstance(self.sigma, (list, tuple)):
            object.__setattr__(self, "sigma", pair_of_spreads(self.sigma))
        else:
            require_number(self, "sigma", 0)
        require_number(self, "learning_rate_factor", 0, open_low=False)

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise InvalidInput(f"PeriodicEmbedding needs one-dimensional samples (rows of numbers), got shape {shape}.")
        return (shape[0] * self.dimensions,)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        waves, limit = (*shape, self.frequencies), self.frequencies**-0.5
        lines, factor = Uniform(-limit, limit), self.learning_rate_factor
        return {
            "w": Parameter(waves, spread_by(self.sigma), learning_rate_factor=factor),
            "c": Parameter(waves, Uniform(-PI, PI), learning_rate_factor=factor),
            "V": Parameter((*waves, self.dimensions - 1), lines, is_penalized=True, learning_rate_factor=factor),
            "d": Parameter((*shape, self.dimensions - 1), lines, learning_rate_factor=factor),
        }

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        waves = (*shape, self.frequencies)
        return {"Z": waves, "S": waves, "A": self.output_shape(shape)}

    def _parts(self, A: Array) -> tuple[Array, Array]:
        """Of A the values themselves (n, columns), and the rest (columns, n, dimensions − 1)."""
        by_column = A.reshape(len(A), -1, self.dimensions)
        return by_column[:, :, 0], by_column[:, :, 1:].transpose(1, 0, 2)

    def forward(self, s: PeriodicSlices) -> None:
        for Z, S, X in pieces(s.Z, s.S, s.X):
            Z[...] = angle(X[:, :, np.newaxis], s.w, s.c)
            S[...] = wave(Z)
        values, lines = self._parts(s.A)
        values[...] = s.X
        np.matmul(s.S.transpose(1, 0, 2), s.V, out=lines)
        lines += s.d[:, np.newaxis]

    def named_values_of_columns(self, s: Any) -> list[dict[str, Array]]:
        return [self._named_values_of_column(s, k) for k in range(s.X.shape[1])]

    def _named_values_of_column(self, s: Any, k: int) -> dict[str, Array]:
        at = (slice(None), slice(k, k + 1))
        found = {"X": s.X[at], "A": self._of_column(s.A, k), "L": self._of_column(s.A, k)[:, 1:]}
        found |= {name: getattr(s, name)[:, k] for name in ("Z", "S")}
        found |= {name: getattr(s, name)[k] for name in ("w", "c", "V", "d")}
        if getattr(s, "dA", None) is not None:
            of_all = self._of_column(s.dA, k)
            found |= {"dA": of_all, "dA₀": of_all[:, :1], "dL": of_all[:, 1:]}
            found |= {name: getattr(s, name)[:, k] for name in ("dZ", "dS")}
            found |= {name: getattr(s, name)[k] for name in ("dw", "dc", "dV", "dd")}
        return found | ({} if getattr(s, "dX", None) is None else {"dX": s.dX[at]})

    def _of_column(self, A: Array, k: int) -> Array:
        return A[:, k * self.dimensions : (k + 1) * self.dimensions]

    def backward(self, s: PeriodicSlices) -> None:
        dvalues, dlines = self._parts(s.dA)
        np.matmul(s.S.transpose(1, 2, 0), dlines, out=s.dV)
        np.sum(dlines, axis=1, out=s.dd)
        self._to_inputs(s, dvalues, dlines)
        np.sum(s.dZ, axis=0, out=s.dc)
        np.einsum("ncf,nc->cf", s.dZ, angle_slope(s.X), out=s.dw)

    def backward_to_inputs(self, s: PeriodicSlices) -> None:
        self._to_inputs(s, *self._parts(s.dA))

    def _to_inputs(self, s: PeriodicSlices, dvalues: Array, dlines: Array) -> None:
        np.matmul(dlines, s.V.transpose(0, 2, 1), out=s.dS.transpose(1, 0, 2))
        for dZ, dS, Z in pieces(s.dZ, s.dS, s.Z):
            dZ[...] = dS * wave_slope(Z)
        if s.dX is not None:
            np.einsum("ncf,cf->nc", s.dZ, angle_slope(s.w), out=s.dX)
            s.dX += dvalues
