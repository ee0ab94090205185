"""The lowerings of layers over pictures and series."""

import math
from typing import Any

import numpy as np

from glassnet.engine.compiled.codegen.lowering import (
    LOWERINGS,
    DropoutLowering,
    Lowering,
    activate,
    pull_back,
    step_of,
    steps_of,
    width_of,
)
from glassnet.engine.compiled.codegen.lowering_features import BatchNormLowering, room_like
from glassnet.engine.compiled.program import Program
from glassnet.engine.compiled.windows import normalizing, sources, tables
from glassnet.engine.machine.memory import aligned
from glassnet.formulas.elementary import Array
from glassnet.formulas.syntax.reader import Untranslatable
from glassnet.layers.convolution.base import Convolution, ConvolutionSlices
from glassnet.layers.convolution.convolution import Conv1D, Conv2D
from glassnet.layers.convolution.pad import Pad
from glassnet.layers.convolution.pooling import AveragePool, GlobalAveragePool, MaxPool, PoolingSlices
from glassnet.layers.convolution.windows import Windows, padded_positions, windows_of
from glassnet.layers.dropout import Dropout
from glassnet.layers.layer import Slices
from glassnet.layers.normalization import BatchNorm, BatchNormSlices, NormSlices

NO_EDGE = Pad(0)  # whose value, 0, stands at the edges of convolutions
CAUSAL = "causal"  # padding, with which no window sees what comes later


def whole_numbers(*given: int) -> Array:
    """Whole numbers that a kernel reads."""
    return np.array(given, np.int64)


class ConvolutionLowering(Lowering):
    """Sums over the window at every place, the activation behind them while they are in the cache."""

    def can_stop_early(self, layer: Convolution) -> bool:
        return layer.padding == CAUSAL

    def forward(self, p: Program, layer: Convolution, s: ConvolutionSlices) -> None:
        *_, inputs, filters = s.W.shape
        runs = tables.forward_runs(layer.windows(s.X.shape[1:]), s.X.shape[-1], layer.groups)
        sizes = whole_numbers(filters, layer.groups, inputs, math.prod(s.W.shape[:-1]))
        b = s.b if layer.bias else 0
        arrays = [s.X, s.W, s.Z, b, *runs, sizes]
        more = {"flag": int(layer.bias), "inputs": int(sizes[3]), "grain": filters, "step": step_of(s.Z)}
        p.add(sources.convolve(p.dtype), arrays, width_of(s.Z), **more)
        if not layer.is_linear:
            activate(p, layer.activation, s)

    def backward(self, p: Program, layer: Convolution, s: ConvolutionSlices) -> None:
        if not layer.is_linear:
            pull_back(p, layer.activation, s)
        self.backward_from_scores(p, layer, s)

    def backward_from_scores(self, p: Program, layer: Convolution, s: ConvolutionSlices) -> None:
        windows, channels = layer.windows(s.X.shape[1:]), s.X.shape[-1]
        *_, inputs, filters = s.W.shape
        deep, places, taps = math.prod(s.W.shape[:-1]), math.prod(windows.outputs), math.prod(windows.kernel)
        X = self._padded(p, windows, s.X)
        sizes = whole_numbers(filters, layer.groups, inputs, deep, places)
        corners = tables.corners(windows, channels, layer.groups)
        p.add(sources.gradient(p.dtype), [X, s.dZ, s.dW, *corners, sizes], filters)
        if layer.bias:
            p.add(sources.bias_gradient(p.dtype), [s.dZ, s.db, whole_numbers(filters, places)], filters)
        if s.dX is not None:
            turned, sizes = aligned(s.W.size, s.W.dtype), whole_numbers(filters, layer.groups, inputs, taps)
            p.add(sources.turn(p.dtype), [s.W, turned, sizes], width_of(s.X))
            runs = tables.backward_runs(windows, filters, layer.groups)
            arrays = [s.dZ, turned, s.dX, *runs, sizes]
            if layer.padding == CAUSAL:
                p.product("clear_later_steps", [s.dZ], width_of(s.dZ), inputs=filters)
            more = {"inputs": taps * filters // layer.groups, "grain": channels, "step": step_of(s.X)}
            p.add(sources.convolve_back(p.dtype), arrays, width_of(s.X), **more)

    def _padded(self, p: Program, windows: Windows, X: Array) -> Array:
        """X with the positions added, where there are any."""
        if windows.padded == windows.positions:
            return X
        found = aligned(len(X) * math.prod(windows.padded) * X.shape[-1], X.dtype).reshape(len(X), -1)
        rows = padded_positions(windows.positions, windows.before, windows.after)
        arrays = [X, found, rows, whole_numbers(X.shape[-1])]
        p.add(sources.gather(p.dtype), arrays, width_of(found), settings=NO_EDGE, grain=X.shape[-1])
        return found


class MaxPoolLowering(Lowering):
    """The largest number and its tap; back by the taps."""

    def forward(self, p: Program, layer: MaxPool, s: PoolingSlices) -> None:
        seen, channels = layer.windows(s.X.shape[1:]).seen, s.X.shape[-1]
        arrays = [s.X, s.A, s.chosen, seen, whole_numbers(channels, seen.shape[1])]
        p.add(sources.largest(p.dtype), arrays, width_of(s.A), grain=channels)

    def backward(self, p: Program, layer: MaxPool, s: PoolingSlices) -> None:
        if s.dX is not None:
            over, channels = tables.windows_over(layer.windows(s.X.shape[1:])), s.X.shape[-1]
            arrays = [s.dA, s.chosen, s.dX, *over, whole_numbers(channels)]
            p.add(sources.largest_back(p.dtype), arrays, width_of(s.X), grain=channels)


class AveragePoolLowering(Lowering):
    """Sums over what windows see, and over the windows that see a position."""

    def windows(self, layer: AveragePool, s: Slices) -> Windows:
        """Where they stand."""
        return layer.windows(s.X.shape[1:])

    def forward(self, p: Program, layer: Any, s: Slices) -> None:
        seen, channels = self.windows(layer, s).seen, s.X.shape[-1]
        first = np.arange(len(seen) + 1, dtype=np.int64) * seen.shape[1]
        arrays = [s.X, s.A, first, seen, whole_numbers(channels, seen.shape[1])]
        p.add(sources.means(p.dtype), arrays, width_of(s.A), grain=channels)

    def backward(self, p: Program, layer: Any, s: Slices) -> None:
        if s.dX is not None:
            windows, channels = self.windows(layer, s), s.X.shape[-1]
            first, over = tables.windows_over(windows)
            taps = whole_numbers(channels, math.prod(windows.kernel))
            arrays = [s.dA, s.dX, first, over[:, 0].copy(), taps]
            p.add(sources.means(p.dtype), arrays, width_of(s.X), grain=channels)


class GlobalAveragePoolLowering(AveragePoolLowering):
    """One window over all positions."""

    def windows(self, layer: Any, s: Slices) -> Windows:
        if s.present is not None:
            raise Untranslatable("a mean over the steps that are there has no kernel")
        positions = s.X.shape[1:-1]
        return windows_of(positions, positions, positions)


class PadLowering(Lowering):
    """Positions by their number, both ways."""

    def forward(self, p: Program, layer: Pad, s: Slices) -> None:
        before, after = zip(*layer.each_axis(s.X.shape[1:]), strict=True)
        self._gather(p, layer, s.X, s.A, padded_positions(s.X.shape[1:-1], before, after))

    def backward(self, p: Program, layer: Pad, s: Slices) -> None:
        if s.dX is not None:
            before, after = zip(*layer.each_axis(s.X.shape[1:]), strict=True)
            self._gather(p, layer, s.dA, s.dX, tables.back_inside(s.X.shape[1:-1], before, after))

    def _gather(self, p: Program, layer: Pad, X: Array, A: Array, rows: Array) -> None:
        channels = X.shape[-1]
        arrays = [X, A, rows, whole_numbers(channels)]
        p.add(sources.gather(p.dtype), arrays, width_of(A), settings=layer, grain=channels)


class ChannelDropoutLowering(DropoutLowering):
    """A mask with a number for each channel, where whole channels are dropped."""

    def multiply(self, p: Program, X: Array, mask: Array, A: Array) -> None:
        if mask.shape == A.shape:
            super().multiply(p, X, mask, A)
            return
        channels = A.shape[-1]
        arrays = [X, mask, A, whole_numbers(channels)]
        p.add(sources.by_channel(p.dtype), arrays, width_of(A), grain=channels)


class ChannelNormLowering(BatchNormLowering):
    """Reductions over the samples and all positions of each channel, where there are positions."""

    def forward(self, p: Program, layer: BatchNorm, s: BatchNormSlices) -> None:
        if s.A.ndim == 2:
            super().forward(p, layer, s)
            return
        statistics = [s.mean, s.variance, s.inverse, s.running_mean, s.running_variance]
        arrays = [s.X, s.gamma, s.beta, *statistics, s.N, s.A]
        p.add(normalizing.batch_norm(p.dtype), arrays, s.A.shape[-1], inputs=steps_of(s), settings=layer)

    def predict(self, p: Program, layer: BatchNorm, s: BatchNormSlices) -> None:
        if s.A.ndim == 2:
            super().predict(p, layer, s)
            return
        arrays, channels = [s.X, s.gamma, s.beta, s.running_mean, s.running_variance, s.A], s.A.shape[-1]
        made = normalizing.batch_norm_in_prediction(p.dtype)
        p.add(made, arrays, width_of(s.A), inputs=channels, settings=layer, grain=channels)

    def backward(self, p: Program, layer: Any, s: NormSlices) -> None:
        if s.A.ndim == 2:
            super().backward(p, layer, s)
            return
        dX = room_like(p, s.A) if s.dX is None else s.dX
        arrays = [s.dA, s.N, s.gamma, s.inverse, s.dgamma, s.dbeta, dX]
        p.add(normalizing.batch_norm_back(p.dtype), arrays, s.A.shape[-1], inputs=steps_of(s))


LOWERINGS |= {
    Conv2D: ConvolutionLowering(),
    Conv1D: ConvolutionLowering(),
    MaxPool: MaxPoolLowering(),
    AveragePool: AveragePoolLowering(),
    GlobalAveragePool: GlobalAveragePoolLowering(),
    Pad: PadLowering(),
    Dropout: ChannelDropoutLowering(),
    BatchNorm: ChannelNormLowering(),
}
