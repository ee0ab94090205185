"""Numbers as broken lines: each column becomes several, each a line from edge to edge over bins of its values."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Initializer, Zeros
from glassnet.formulas.of_layers.piecewise_linear import fraction, fraction_slope, interpolated
from glassnet.formulas.registry import require_number, require_whole
from glassnet.layers.layer import Layer, Parameter, Shape, Slices

MOST = 2**16  # bins
ASIDE = 1 / 1024  # of a bin, by which edges lie beside the values that they come from

Edges = tuple[float, ...]


class PiecewiseLinearSlices(Slices):
    """Those of broken lines: bin m and fraction f of each number, C and G sums over the bins below and in each bin."""

    edges: Array
    V: Array
    m: Array
    f: Array
    C: Array
    G: Array
    dV: Array


class PiecewiseLinearEmbedding(Layer, name="piecewise_linear_embedding"):
    """Each number embedded by learned piecewise-linear functions.

    P = min(max((X − low) / (high − low), 0), 1),  L = P V,  A = [X, L];     dA = [dA₀, dL],  dV = Pᵀ dL,
    dP = dL Vᵀ,  dX = dA₀ + Σₖ dPₖ sₖ.

    This holds for each column X (n, 1) by itself. low and high (bins) are the edges of its bins, so that the code P (n,
    bins) of a number is 1 for the bins below it, 0 for those above it, and for its own the fraction f that lies below
    it; s is 1 / (high − low) in its own bin and 0 in the others. A row of V is what L rises by in a bin. It is computed
    from the number m of the bin and f alone, L = Cₘ + f Vₘ with Cₘ = Σ Vₜ over t < m. X (n, columns) becomes A (n,
    columns · dimensions), the outputs of a column side by side, its own value first. Every column has its own V (bins,
    dimensions − 1), which is 0 at first, and edges, which stay as they are. Beyond the outer edges L is constant.

    It is a linear layer on the piecewise-linear encoding of Gorishniy et al. 2022 (arXiv 2203.05556, section 3.2),
    which goes on in a straight line there. It belongs at the front of a network, where columns keep their range.

    Parameters
    ----------
    bins
        The number of bins per column, 48 by default: the edges are quantiles of the training rows. Or the edges
        themselves, in rising order: a list for all columns, or one of the same length for each.
    dimensions
        The number of outputs per column, at least 2; 4 by default.
    learning_rate_factor
        A factor of the learning rate; 1 by default. Weight decay acts on V.

    Raises InvalidInput for settings out of range, and for edges that do not rise.

    >>> PiecewiseLinearEmbedding(), PiecewiseLinearEmbedding([-1, 0, 1], dimensions=3).output_shape((7,))
    (PiecewiseLinearEmbedding(), (21,))
    """

    bins: Converted[int | Edges | tuple[Edges, ...], int | Sequence[float] | Sequence[Sequence[float]] | Array] = field(
        default=48
    )
    dimensions: int = 4
    learning_rate_factor: float = 1.0
    slices = PiecewiseLinearSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "bins", bins_of(self.bins))
        require_whole(self, "dimensions", 2)
        require_number(self, "learning_rate_factor", 0, open_low=False)

    @property
    def n_bins(self) -> int:
        """The number of bins per column."""
        if isinstance(self.bins, int):
            return self.bins
        first = self.bins[0]
        return len(first if isinstance(first, tuple) else self.bins) - 1

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise InvalidInput(
                f"PiecewiseLinearEmbedding needs one-dimensional samples (rows of numbers), got shape {shape}."
            )
        each = isinstance(self.bins, tuple) and isinstance(self.bins[0], tuple)
        if isinstance(self.bins, tuple) and each and len(self.bins) != shape[0]:
            raise InvalidInput(
                f"PiecewiseLinearEmbedding: `bins` holds the edges of {len(self.bins)} columns, but X has {shape[0]}."
            )
        return (shape[0] * self.dimensions,)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        rises = (*shape, self.n_bins, self.dimensions - 1)
        return {
            "V": Parameter(rises, Zeros(), is_penalized=True, learning_rate_factor=self.learning_rate_factor),
        }

    def state(self, shape: Shape) -> dict[str, Parameter]:
        drawn = Quantiles() if isinstance(self.bins, int) else GivenEdges(self.bins)
        return {"edges": Parameter((*shape, self.n_bins + 1), drawn)}

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {"m": shape, "f": shape, "A": self.output_shape(shape)}

    def connect(self, s: PiecewiseLinearSlices) -> None:
        s.C, s.G = np.zeros_like(s.V), np.zeros_like(s.V)

    def _parts(self, A: Array) -> tuple[Array, Array]:
        """Of A the values themselves (n, columns), and the rest (n, columns, dimensions − 1)."""
        by_column = A.reshape(len(A), -1, self.dimensions)
        return by_column[:, :, 0], by_column[:, :, 1:]

    def _own_bins(self, s: PiecewiseLinearSlices) -> tuple[Array, Array, Array]:
        """For each number the place of its bin among those of all columns, and the edges of the bin."""
        m, columns = s.m.astype(np.intp), np.arange(s.X.shape[1])
        at, edges = m + columns * (self.n_bins + 1), s.edges.reshape(-1)
        return m + columns * self.n_bins, edges[at], edges[at + 1]

    def forward(self, s: PiecewiseLinearSlices) -> None:
        np.cumsum(s.V[:, :-1], axis=1, out=s.C[:, 1:])
        for k, edges in enumerate(s.edges):
            s.m[:, k] = np.searchsorted(edges[1:-1], s.X[:, k], side="right")
        bins, low, high = self._own_bins(s)
        s.f[...] = fraction(s.X, low, high)
        values, lines = self._parts(s.A)
        values[...] = s.X
        C, V = (table.reshape(-1, self.dimensions - 1)[bins] for table in (s.C, s.V))
        lines[...] = interpolated(C, s.f[:, :, np.newaxis], V)

    def backward(self, s: PiecewiseLinearSlices) -> None:
        bins, low, high = self._own_bins(s)
        dvalues, dlines = self._parts(s.dA)
        places, table = bins.reshape(-1), s.V.shape[:2]
        for k in range(self.dimensions - 1):
            d = dlines[:, :, k]
            for sums, each in ((s.G, d), (s.dV, d * s.f)):
                sums[:, :, k] = np.bincount(places, each.reshape(-1), s.edges.shape[0] * self.n_bins).reshape(table)
        s.dV[:, :-1] += np.cumsum(s.G[:, :0:-1], axis=1)[:, ::-1]
        if s.dX is not None:
            V = s.V.reshape(-1, self.dimensions - 1)[bins]
            np.einsum("nce,nce->nc", dlines, V, out=s.dX)
            s.dX *= fraction_slope(s.X, low, high)
            s.dX += dvalues

    def named_values_of_columns(self, s: Any) -> list[dict[str, Array]]:
        return [self._named_values_of_column(s, k) for k in range(s.X.shape[1])]

    def _named_values_of_column(self, s: Any, k: int) -> dict[str, Array]:
        at, own = (slice(None), slice(k, k + 1)), slice(k * self.dimensions, (k + 1) * self.dimensions)
        low, high, X, A = s.edges[k, :-1], s.edges[k, 1:], s.X[at], s.A[:, own]
        inside = (np.arange(self.n_bins) == s.m[at]) * fraction_slope(X, low, high)
        found = {"X": X, "A": A, "L": A[:, 1:], "low": low, "high": high, "P": fraction(X, low, high), "s": inside}
        found |= {"m": s.m[at], "f": s.f[at]} | {name: getattr(s, name)[k] for name in ("V", "C", "edges")}
        if getattr(s, "dA", None) is not None:
            dA, V = s.dA[:, own], s.V[k]
            found |= {"dA": dA, "dA₀": dA[:, :1], "dL": dA[:, 1:], "dP": dA[:, 1:] @ V.T}
            found |= {"dV": s.dV[k], "G": s.G[k]}
        return found | ({} if getattr(s, "dX", None) is None else {"dX": s.dX[at]})


class Quantiles(Initializer, listed=False):
    """Edges between which about as many rows lie; where that would be no bins, about as many different values."""

    of_data: ClassVar[str] = "edges"

    def __repr__(self) -> str:
        return "PiecewiseLinearEmbedding, whose edges are quantiles,"

    def draw_from(self, X: Array, W: Array, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return np.stack([quantiles(x, shape[1] - 1) for x in X.T.astype(np.float64)])


class GivenEdges(Initializer, listed=False):
    """Edges as they are given: for all columns, or for each."""

    edges: Edges | tuple[Edges, ...]

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return np.broadcast_to(np.array(self.edges), shape)


def quantiles(x: Array, n_bins: int) -> Array:
    """Rising edges from below the least value to above the largest, a little beside the values: no row is on a kink."""
    shares = np.linspace(0, 1, n_bins + 1)
    edges = np.quantile(x, shares)
    if not (np.diff(edges) > 0).all():
        values = np.unique(x)
        edges = np.quantile(values if len(values) > 1 else values + np.array([-0.5, 0.5]), shares)
    gaps = np.diff(edges) * ASIDE
    edges[0] -= gaps[0]
    edges[1:] += np.append(gaps[1:], gaps[-1])
    return edges


def bins_of(given: Any) -> int | Edges | tuple[Edges, ...]:
    """A number of bins, or edges: a tuple for all columns, or one for each."""
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MOST:
        return given
    try:
        edges = np.array(given)
    except (ValueError, TypeError):  # of different lengths
        edges = np.array(None)
    if (
        edges.dtype.kind not in "iuf"
        or edges.ndim not in (1, 2)
        or not 2 <= edges.shape[-1] <= MOST + 1
        or not edges.size
    ):
        raise InvalidInput(
            f"PiecewiseLinearEmbedding: `bins` must be a whole number from 1 to {MOST:,}, or edges such as [-1, 0, 1] "
            f"for all columns, or a list of as many for each column, got {brief(given)}."
        )
    for column in edges.reshape(-1, edges.shape[-1]):
        if not (np.isfinite(column).all() and (np.diff(column) > 0).all()):
            raise InvalidInput(
                f"PiecewiseLinearEmbedding: edges must be finite numbers that rise, got {brief(column.tolist())}."
            )
    return tuple(map(tuple, edges.astype(float).tolist())) if edges.ndim == 2 else tuple(edges.astype(float).tolist())
