"""The lowerings of layers that tell columns apart: embeddings, waves, broken lines, and parts side by side."""

from glassnet.engine.compiled.codegen.gather import numbered
from glassnet.engine.compiled.codegen.lowering import LOWERINGS, Lowering, lower, step_of, width_of
from glassnet.engine.compiled.codegen.periodic import periodic, periodic_back
from glassnet.engine.compiled.codegen.piecewise_linear import piecewise_linear, piecewise_linear_back
from glassnet.engine.compiled.program import Program
from glassnet.layers.columns import Columns, ColumnsSlices
from glassnet.layers.embeddings.embedding import Embedding, EmbeddingSlices
from glassnet.layers.embeddings.periodic import PeriodicEmbedding, PeriodicSlices
from glassnet.layers.embeddings.piecewise_linear import PiecewiseLinearEmbedding, PiecewiseLinearSlices


class EmbeddingLowering(Lowering):
    """Rows looked up, and added to."""

    def can_stop_early(self, layer: Embedding) -> bool:
        return True

    def forward(self, p: Program, layer: Embedding, s: EmbeddingSlices) -> None:
        if s.present is not None:
            p.product("is_present", [s.X, s.present], width_of(s.X), settings=layer, step=1)
        sizes = {"flag": layer.dimensions, "inputs": layer.categories, "step": step_of(s.A)}
        p.product("look_up", [s.X, s.W, s.A], width_of(s.A), **sizes)

    def backward(self, p: Program, layer: Embedding, s: EmbeddingSlices) -> None:
        sizes = {"flag": layer.dimensions, "inputs": layer.categories, "step": step_of(s.A)}
        p.product("add_to_rows", [s.X, s.dA, s.dW], width_of(s.A), **sizes)
        if s.dX is not None:
            p.product("zeros", [s.dX], width_of(s.X))


class ColumnsLowering(Lowering):
    """Columns taken out, the layers inside, and what they give joined."""

    def forward(self, p: Program, layer: Columns, s: ColumnsSlices) -> None:
        self._through("forward", p, layer, s)

    def predict(self, p: Program, layer: Columns, s: ColumnsSlices) -> None:
        self._through("predict", p, layer, s)

    def _through(self, direction: str, p: Program, layer: Columns, s: ColumnsSlices) -> None:
        for columns, step, outputs in zip(layer.columns, s.inner, s.outputs, strict=True):
            inside = step.slices
            p.product("take_rows", [s.X, inside.X, numbered(columns)], len(columns))
            lower(direction, p, [step])
            p.product("put_rows", [inside.A, s.A, numbered(range(outputs.start, outputs.stop))], width_of(inside.A))

    def backward(self, p: Program, layer: Columns, s: ColumnsSlices) -> None:
        for columns, step, outputs in zip(layer.columns, s.inner, s.outputs, strict=True):
            inside = step.slices
            p.product("take_rows", [s.dA, inside.dA, numbered(range(outputs.start, outputs.stop))], width_of(inside.A))
            lower("backward", p, [step])
            if s.dX is not None:
                p.product("put_rows", [inside.dX, s.dX, numbered(columns)], len(columns))


class PeriodicEmbeddingLowering(Lowering):
    """One kernel for each direction."""

    def forward(self, p: Program, layer: PeriodicEmbedding, s: PeriodicSlices) -> None:
        sizes = {"flag": layer.dimensions, "inputs": layer.frequencies}
        p.add(periodic(p.dtype), [s.X, s.w, s.c, s.V, s.d, s.S, s.A], width_of(s.X), **sizes)

    def backward(self, p: Program, layer: PeriodicEmbedding, s: PeriodicSlices) -> None:
        sizes = {"flag": layer.dimensions, "inputs": layer.frequencies}
        given = [s.X, s.w, s.c, s.V, s.dA, s.S, s.dS, s.dZ, s.dw, s.dc, s.dV, s.dd]
        p.add(periodic_back(p.dtype), [*given, 0 if s.dX is None else s.dX], width_of(s.X), **sizes)


class PiecewiseLinearEmbeddingLowering(Lowering):
    """One kernel for each direction."""

    def forward(self, p: Program, layer: PiecewiseLinearEmbedding, s: PiecewiseLinearSlices) -> None:
        sizes = {"flag": layer.dimensions, "inputs": layer.n_bins}
        p.add(piecewise_linear(p.dtype), [s.X, s.edges, s.V, s.C, s.m, s.f, s.A], width_of(s.X), **sizes)

    def backward(self, p: Program, layer: PiecewiseLinearEmbedding, s: PiecewiseLinearSlices) -> None:
        sizes = {"flag": layer.dimensions, "inputs": layer.n_bins}
        given = [s.X, s.edges, s.V, s.m, s.f, s.dA, s.G, s.dV]
        p.add(piecewise_linear_back(p.dtype), [*given, 0 if s.dX is None else s.dX], width_of(s.X), **sizes)


LOWERINGS |= {
    Embedding: EmbeddingLowering(),
    Columns: ColumnsLowering(),
    PeriodicEmbedding: PeriodicEmbeddingLowering(),
    PiecewiseLinearEmbedding: PiecewiseLinearEmbeddingLowering(),
}
