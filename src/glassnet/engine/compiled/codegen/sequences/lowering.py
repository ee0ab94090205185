"""The lowerings of layers of sequences."""

from typing import Any

import numpy as np

from glassnet.engine.compiled.codegen.kernels import Source
from glassnet.engine.compiled.codegen.lowering import LOWERINGS, Lowering, step_of, width_of
from glassnet.engine.compiled.codegen.sequences import attention, recurrence
from glassnet.engine.compiled.codegen.sequences.over_steps import affine_back, affine_of_steps
from glassnet.engine.compiled.program import Program
from glassnet.engine.machine.memory import aligned
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Slices
from glassnet.layers.sequences.attention import Attention, AttentionSlices
from glassnet.layers.sequences.gru import GRU, GRUSlices
from glassnet.layers.sequences.lstm import LSTM, LSTMSlices
from glassnet.layers.sequences.masking import Masking
from glassnet.layers.sequences.positional_encoding import PositionalEncoding, PositionSlices
from glassnet.layers.sequences.recurrent import RecurrentSlices
from glassnet.layers.sequences.simple_rnn import SimpleRNN


def room_for(p: Program, s: Slices, numbers: int) -> Array:
    """Room for so many numbers a sample."""
    return aligned(numbers * len(s.A), np.dtype(p.dtype))


class RecurrentLowering(Lowering):
    """The products of all steps at once, and the steps in a kernel of the layer."""

    def can_stop_early(self, layer: Any) -> bool:
        return bool(layer.sequences)

    def forward(self, p: Program, layer: Any, s: RecurrentSlices) -> None:
        steps, u = s.X.shape[1], layer.units
        affine_of_steps(p, s.X, s.W, s.b, s.S, steps)
        mask: Array | int = 0 if s.present is None else s.present
        arrays = [s.S, s.U, s.H, s.A, mask, *self.own(s), room_for(p, s, (layer.gates + 1) * u)]
        p.add(self.kernel(layer, p.dtype, s.present is not None), arrays, u, flag=int(layer.sequences), inputs=steps)

    def backward(self, p: Program, layer: Any, s: RecurrentSlices) -> None:
        steps, u = s.X.shape[1], layer.units
        mask: Array | int = 0 if s.present is None else s.present
        arrays = [s.U, s.H, s.dA, s.dS, s.dH, s.dU, mask, *self.own_back(s), room_for(p, s, 3 * u)]
        source = self.back(layer, p.dtype, s.present is not None)
        p.add(source, arrays, u, flag=int(layer.sequences), inputs=steps)
        affine_back(p, s.X, s.W, s.dS, s.dW, s.db, s.dX, steps)

    def own(self, s: Any) -> list[Array]:
        """Further arrays of the kernel forward."""
        return []

    def own_back(self, s: Any) -> list[Array]:
        """Further arrays of the kernel backward."""
        return []

    def kernel(self, layer: Any, dtype: str, masked: bool) -> Source:
        """All steps forward."""
        raise NotImplementedError

    def back(self, layer: Any, dtype: str, masked: bool) -> Source:
        """All steps backward."""
        raise NotImplementedError


class SimpleRNNLowering(RecurrentLowering):
    """With the formula of its activation."""

    def own_back(self, s: RecurrentSlices) -> list[Array]:
        return [s.S]

    def kernel(self, layer: SimpleRNN, dtype: str, masked: bool) -> Source:
        return recurrence.simple_rnn(layer.activation, dtype, masked)

    def back(self, layer: SimpleRNN, dtype: str, masked: bool) -> Source:
        return recurrence.simple_rnn_back(layer.activation, dtype, masked)


class GRULowering(RecurrentLowering):
    """Its gates side by side."""

    def own(self, s: GRUSlices) -> list[Array]:
        return [s.V, s.c, s.G]

    def own_back(self, s: GRUSlices) -> list[Array]:
        return [s.V, s.G, s.dV, s.dc]

    def kernel(self, layer: GRU, dtype: str, masked: bool) -> Source:
        return recurrence.gru(dtype, masked)

    def back(self, layer: GRU, dtype: str, masked: bool) -> Source:
        return recurrence.gru_back(dtype, masked)


class LSTMLowering(RecurrentLowering):
    """Its gates side by side, and the cells."""

    def own(self, s: LSTMSlices) -> list[Array]:
        return [s.G, s.C]

    def own_back(self, s: LSTMSlices) -> list[Array]:
        return [s.G, s.C, s.dC]

    def kernel(self, layer: LSTM, dtype: str, masked: bool) -> Source:
        return recurrence.lstm(dtype, masked)

    def back(self, layer: LSTM, dtype: str, masked: bool) -> Source:
        return recurrence.lstm_back(dtype, masked)


class AttentionLowering(Lowering):
    """Two products of all steps, with scores and weights of all pairs between them."""

    def can_stop_early(self, layer: Attention) -> bool:
        return layer.causal

    def sizes(self, layer: Attention, s: AttentionSlices) -> dict[str, int]:
        """What both kernels read: steps; heads, causal or not, and columns of a head."""
        d = s.O.shape[2] // layer.heads
        return {"inputs": s.X.shape[1], "flag": layer.heads | int(layer.causal) << 16 | d << 32}

    def forward(self, p: Program, layer: Attention, s: AttentionSlices) -> None:
        steps, mask = s.X.shape[1], 0 if s.present is None else s.present
        affine_of_steps(p, s.X, s.W, s.b, s.J, steps)
        arrays = [s.J, s.S, s.P, s.O, mask, room_for(p, s, 2)]
        p.add(attention.attend(p.dtype, s.present is not None), arrays, steps, **self.sizes(layer, s))
        affine_of_steps(p, s.O, s.U, s.c, s.A, steps)

    def backward(self, p: Program, layer: Attention, s: AttentionSlices) -> None:
        steps = s.X.shape[1]
        affine_back(p, s.O, s.U, s.dA, s.dU, s.dc, s.dO, steps)
        arrays = [s.J, s.P, s.dO, s.dS, s.dJ, room_for(p, s, 1)]
        p.add(attention.attend_back(p.dtype), arrays, steps, **self.sizes(layer, s))
        affine_back(p, s.X, s.W, s.dJ, s.dW, s.db, s.dX, steps)


class PositionalEncodingLowering(Lowering):
    """A number for each unit of each step, added."""

    def can_stop_early(self, layer: PositionalEncoding) -> bool:
        return True

    def forward(self, p: Program, layer: PositionalEncoding, s: PositionSlices) -> None:
        p.product("shift", [s.X, s.P, s.A], width_of(s.A), step=step_of(s.A))

    def backward(self, p: Program, layer: PositionalEncoding, s: PositionSlices) -> None:
        if layer.learned:
            p.product("sums_of_positions", [s.dA, s.dP], width_of(s.A), inputs=step_of(s.A))
        if s.dX is not None:
            p.product("copy", [s.dA, s.dX], width_of(s.A), step=step_of(s.A))


class MaskingLowering(Lowering):
    """A copy, and which steps are there."""

    def can_stop_early(self, layer: Masking) -> bool:
        return True

    def forward(self, p: Program, layer: Masking, s: Slices) -> None:
        assert s.present is not None
        p.product("copy", [s.X, s.A], width_of(s.A), step=step_of(s.A))
        p.product("any_present", [s.X, s.present], s.X.shape[1], inputs=s.X.shape[2], settings=layer, step=1)

    def backward(self, p: Program, layer: Masking, s: Slices) -> None:
        if s.dX is not None:
            p.product("copy", [s.dA, s.dX], width_of(s.A), step=step_of(s.A))


LOWERINGS |= {
    SimpleRNN: SimpleRNNLowering(),
    GRU: GRULowering(),
    LSTM: LSTMLowering(),
    Attention: AttentionLowering(),
    PositionalEncoding: PositionalEncodingLowering(),
    Masking: MaskingLowering(),
}
