"""The lowerings of layers on single features: factors, noise, normalisation."""

from typing import Any

import numpy as np

from glassnet.engine.compiled.codegen import normalizing
from glassnet.engine.compiled.codegen.gaussian_noise import gaussian_noise
from glassnet.engine.compiled.codegen.kernels import Source
from glassnet.engine.compiled.codegen.lowering import LOWERINGS, Lowering, steps_of, width_of
from glassnet.engine.compiled.codegen.sequences.over_steps import add_steps
from glassnet.engine.compiled.program import Program
from glassnet.engine.machine.memory import aligned
from glassnet.formulas.elementary import Array
from glassnet.layers.gaussian_noise import GaussianNoise, NoiseSlices
from glassnet.layers.normalization import BatchNorm, BatchNormSlices, LayerNorm, NormSlices
from glassnet.layers.scale import Scale, ScaleSlices


class ScaleLowering(Lowering):
    """A product with a number for each unit, both ways."""

    def forward(self, p: Program, layer: Scale, s: ScaleSlices) -> None:
        p.product("scale", [s.X, s.s, s.A], width_of(s.A))

    def backward(self, p: Program, layer: Scale, s: ScaleSlices) -> None:
        p.product("column_dots", [s.X, s.dA, s.ds], width_of(s.A))
        if s.dX is not None:
            p.product("scale", [s.dA, s.s, s.dX], width_of(s.A))


class GaussianNoiseLowering(Lowering):
    """Noise of the very bits that the NumPy engine takes, added."""

    def forward(self, p: Program, layer: GaussianNoise, s: NoiseSlices) -> None:
        p.add(gaussian_noise(p.dtype), [s.X, s.noise, s.A, p.new_key()], width_of(s.A), settings=layer)

    def predict(self, p: Program, layer: GaussianNoise, s: NoiseSlices) -> None:
        p.product("copy", [s.X, s.A], width_of(s.A))

    def backward(self, p: Program, layer: GaussianNoise, s: NoiseSlices) -> None:
        if s.dX is not None:
            p.product("copy", [s.dA, s.dX], width_of(s.A))


def room_like(p: Program, array: Array) -> Array:
    """Room for what nobody reads."""
    return aligned(array.size, np.dtype(p.dtype))


class NormLowering(Lowering):
    """What both kinds of normalisation share: the gradients."""

    def backward(self, p: Program, layer: Any, s: NormSlices) -> None:
        if s.dX is None:
            p.product("column_dots", [s.dA, s.N, s.dgamma], width_of(s.A))
            p.product("column_sums", [s.dA, s.dbeta], width_of(s.A))
        else:
            gradients = [s.dgamma, s.dbeta, s.dX]
            p.add(self.back(p.dtype), [s.dA, s.N, s.gamma, s.inverse, *gradients], width_of(s.A))

    def back(self, dtype: str) -> Source:
        """The kernel that gives all gradients."""
        raise NotImplementedError


class LayerNormLowering(NormLowering):
    """Reductions over the units of each sample."""

    def can_stop_early(self, layer: LayerNorm) -> bool:
        return True

    def forward(self, p: Program, layer: LayerNorm, s: NormSlices) -> None:
        made, width = normalizing.layer_norm(p.dtype), s.A.shape[-1]
        if steps_of(s) > 1:
            sizes = [width, 0, 0, 1, 1, width, width]
            arrays = zip([s.X, s.gamma, s.beta, s.mean, s.inverse, s.N, s.A], sizes, strict=True)
            add_steps(p, made, steps_of(s), [*arrays], width, settings=layer)
        else:
            p.add(made, [s.X, s.gamma, s.beta, s.mean, s.inverse, s.N, s.A], width, settings=layer)

    def backward(self, p: Program, layer: Any, s: NormSlices) -> None:
        if steps_of(s) == 1:
            super().backward(p, layer, s)
            return
        width, dX = s.A.shape[-1], room_like(p, s.A) if s.dX is None else s.dX
        arrays = zip(
            [s.dA, s.N, s.gamma, s.inverse, s.dgamma, s.dbeta, dX],
            [width, width, 0, 1, width, width, width],
            strict=True,
        )
        add_steps(p, self.back(p.dtype), steps_of(s), [*arrays], width, sums=[4, 5])

    def back(self, dtype: str) -> Source:
        return normalizing.layer_norm_back(dtype)


class BatchNormLowering(NormLowering):
    """Reductions over the samples of each unit; a tile is the whole batch."""

    def forward(self, p: Program, layer: BatchNorm, s: BatchNormSlices) -> None:
        statistics = [s.mean, s.variance, s.inverse, s.running_mean, s.running_variance]
        arrays = [s.X, s.gamma, s.beta, *statistics, s.N, s.A]
        p.add(normalizing.batch_norm(p.dtype), arrays, width_of(s.A), settings=layer)

    def predict(self, p: Program, layer: BatchNorm, s: BatchNormSlices) -> None:
        arrays = [s.X, s.gamma, s.beta, s.running_mean, s.running_variance, s.A]
        p.add(normalizing.batch_norm_in_prediction(p.dtype), arrays, width_of(s.A), settings=layer)

    def back(self, dtype: str) -> Source:
        return normalizing.batch_norm_back(dtype)


LOWERINGS |= {
    Scale: ScaleLowering(),
    GaussianNoise: GaussianNoiseLowering(),
    LayerNorm: LayerNormLowering(),
    BatchNorm: BatchNormLowering(),
}
