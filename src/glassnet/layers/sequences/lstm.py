"""Long short-term memory."""

from typing import Any

from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import GlorotUniform, Initializer, InitializerLike, Orthogonal
from glassnet.formulas.of_layers import recurrence as formulas
from glassnet.layers.layer import Layer, Shape
from glassnet.layers.sequences.recurrent import (
    Recurrent,
    RecurrentSlices,
    add_before,
    before,
    by_step,
    split_by_presence,
    there,
)


class LSTMSlices(RecurrentSlices):
    """Those of an LSTM: the gates side by side (G), and the cells (C)."""

    G: Array
    C: Array
    dG: Array
    dC: Array


class LSTM(Recurrent, Layer):
    """Long short-term memory: a cell that is kept from step to step, with gates for what is forgotten, added and shown.

    S = X W + H′ U + b,  I = σ(S_i),  F = σ(S_f),  N = tanh(S_n),  O = σ(S_o),  C = F ⊙ C′ + I ⊙ N,
    A = O ⊙ tanh(C),  σ(s) = ½ + ½ tanh(½ s);
    dO = dA ⊙ tanh(C),  dI = dC ⊙ N,  dF = dC ⊙ C′,  dN = dC ⊙ I,  dW = Xᵀ dS,  dU = H′ᵀ dS,  db = 1ᵀ dS,  dX = dS Wᵀ.

    At each step, H′ and C′ are what A and C were a step earlier, 0 before the first; what goes back to them is dS Uᵀ
    and dC ⊙ F. To dC of a step dA ⊙ O ⊙ (1 − tanh² C) is added. W, U and b hold the columns of I, F, N and O side by
    side; G = [I, F, N, O], with dS_i = dI ⊙ I ⊙ (1 − I), the same for F and O, and dS_n = dN ⊙ (1 − N ⊙ N). X
    (n, steps, features) holds sequences. The layer gives the last state (n, units), or with `sequences` all of them
    (n, steps, units). Where a layer in front marks padding, as `Embedding(…, padding=0)` does, cell and state stay as
    they were in such a step (Hochreiter and Schmidhuber 1997; with the forget gate of Gers et al. 2000).

    Parameters
    ----------
    units
        Number of units.
    sequences
        Give the states of all steps instead of the last one; False by default.
    weights, recurrent_weights
        How W (features, 4 units) and U (units, 4 units) are initialised, by name or as an object; Glorot's uniform and
        orthogonal by default.

    Raises InvalidInput for settings out of range, UnknownName for an unknown name.

    >>> LSTM(64), LSTM(64).output_shape((8, 16)), LSTM(64).parameters((8, 16))["U"].shape
    (LSTM(units=64), (64,), (64, 256))
    """

    units: int
    sequences: bool = False
    weights: Converted[Initializer, InitializerLike] = field(default=GlorotUniform())
    recurrent_weights: Converted[Initializer, InitializerLike] = field(default=Orthogonal())
    slices = LSTMSlices
    gates = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_fields()

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return super().arrays(shape) | {"G": (shape[0], 4 * self.units), "C": (shape[0], self.units)}

    def parts(self, gates: Array) -> tuple[Array, Array, Array, Array]:
        """I, F, G and O, or what belongs to them."""
        u = self.units
        return gates[..., :u], gates[..., u : 2 * u], gates[..., 2 * u : 3 * u], gates[..., 3 * u :]

    def step(self, s: LSTMSlices, t: int) -> None:
        h, c, present, S = before(s.H, t), before(s.C, t), there(s, t), s.S[:, t]
        S += h @ s.U
        for k, (gate, score) in enumerate(zip(self.parts(s.G[:, t]), self.parts(S), strict=True)):
            gate[...] = formulas.candidate(score) if k == 2 else formulas.gate(score)
        i, f, g, o = self.parts(s.G[:, t])
        new = formulas.cell(f, c, i, g)
        state = formulas.shown(o, new)
        s.C[:, t] = new if present is None else formulas.kept(new, c, present)
        s.H[:, t] = state if present is None else formulas.kept(state, h, present)

    def step_back(self, s: LSTMSlices, t: int) -> None:
        h, c, present = before(s.H, t), before(s.C, t), there(s, t)
        (dh, past), (dc, old) = split_by_presence(s.dH[:, t], present), split_by_presence(s.dC[:, t], present)
        (i, f, g, o), (di, df, dg, do) = self.parts(s.G[:, t]), self.parts(s.dG[:, t])
        do[...] = dh * formulas.candidate(s.C[:, t])
        dc = formulas.cell_slope(dc, dh, o, s.C[:, t])
        di[...], df[...], dg[...] = dc * g, dc * c, dc * i
        scores = zip(self.parts(s.dS[:, t]), self.parts(s.dG[:, t]), self.parts(s.G[:, t]), strict=True)
        for k, (ds, da, a) in enumerate(scores):
            ds[...] = formulas.candidate_slope(da, a) if k == 2 else formulas.gate_slope(da, a)
        s.dU += h.T @ s.dS[:, t]
        add_before(s.dH, t, s.dS[:, t] @ s.U.T, past)
        add_before(s.dC, t, dc * f, old)

    def begin(self, s: Any) -> None:
        super().begin(s)
        s.dC[...] = 0.0

    def named_values(self, s: Any) -> dict[str, Array]:
        rows = by_step(s, ("X", "dX", "S", "dS", "C", "dC", "G", "dG"))
        named = {name: rows[name] for name in rows.keys() - {"G", "dG"}}
        named["C′"] = by_step(s, ("C",), earlier=True)["C"]
        for name in rows.keys() & {"S", "G", "dG"}:
            of = "S_" if name == "S" else name[:-1]
            letters = "ifno" if name == "S" else "IFNO"
            named |= {of + gate: part for gate, part in zip(letters, self.parts(rows[name]), strict=True)}
        if "dC" in rows:  # with what came from the state, as `backward` adds it
            named["dC"] = formulas.cell_slope(rows["dC"], rows["dA"], named["O"], rows["C"])
        return named
