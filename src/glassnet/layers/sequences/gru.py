"""The gated recurrent unit."""

from typing import Any

from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import GlorotUniform, Initializer, InitializerLike, Orthogonal, Zeros
from glassnet.formulas.of_layers import recurrence as formulas
from glassnet.layers.layer import Layer, Parameter, Shape
from glassnet.layers.sequences.recurrent import (
    Recurrent,
    RecurrentSlices,
    add_before,
    before,
    by_step,
    split_by_presence,
    there,
)


class GRUSlices(RecurrentSlices):
    """Those of a GRU: what comes from the state before (V), and the gates side by side (G)."""

    c: Array
    V: Array
    G: Array
    dc: Array
    dV: Array
    dG: Array


class GRU(Recurrent, Layer):
    """Gated recurrent unit: gates say how much of the state is kept, and how much of it the new candidate sees.

    R = σ(X W_r + H′ U_r + b_r),  Z = σ(X W_z + H′ U_z + b_z),  Q = H′ U_n + c,  N = tanh(X W_n + b_n + R ⊙ Q),
    A = (1 − Z) ⊙ N + Z ⊙ H′,  σ(s) = ½ + ½ tanh(½ s);
    dN = dA ⊙ (1 − Z),  dZ = dA ⊙ (H′ − N),  dS_n = dN ⊙ (1 − N ⊙ N),  dR = dS_n ⊙ Q,  dQ = dS_n ⊙ R,
    dW = Xᵀ dS,  db = 1ᵀ dS,  dU = H′ᵀ dV,  dc = 1ᵀ dQ,  dX = dS Wᵀ.

    At each step, H′ is what A was a step earlier, 0 before the first; what goes back to it is dA ⊙ Z + dV Uᵀ. W, U and
    b hold the columns of the three gates R, Z and N side by side, S and V the scores that come from X and from H′, with
    dS_r = dV_r = dR ⊙ R ⊙ (1 − R), the same for Z, and dV_n = dQ; G = [R, Z, N]. X (n, steps, features) holds
    sequences. The layer gives the last state (n, units), or with `sequences` all of them (n, steps, units). Where a
    layer in front marks padding, as `Embedding(…, padding=0)` does, the state stays as it was in such a step. This is
    the variant of PyTorch, and of Keras with `reset_after`; Cho et al. 2014 (arXiv 1406.1078) apply R before the
    product with U.

    Parameters
    ----------
    units
        Number of units.
    sequences
        Give the states of all steps instead of the last one; False by default.
    weights, recurrent_weights
        How W (features, 3 units) and U (units, 3 units) are initialised, by name or as an object; Glorot's uniform and
        orthogonal by default.

    Raises InvalidInput for settings out of range, UnknownName for an unknown name.

    >>> GRU(64), GRU(64).output_shape((8, 16)), GRU(64).parameters((8, 16))["W"].shape
    (GRU(units=64), (64,), (16, 192))
    """

    units: int
    sequences: bool = False
    weights: Converted[Initializer, InitializerLike] = field(default=GlorotUniform())
    recurrent_weights: Converted[Initializer, InitializerLike] = field(default=Orthogonal())
    slices = GRUSlices
    gates = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_fields()

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        return super().parameters(shape) | {"c": Parameter((self.units,), Zeros())}

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        wide = (shape[0], 3 * self.units)
        return super().arrays(shape) | {"V": wide, "G": wide}

    def parts(self, gates: Array) -> tuple[Array, Array, Array]:
        """R, Z and N, or what belongs to them."""
        u = self.units
        return gates[..., :u], gates[..., u : 2 * u], gates[..., 2 * u :]

    def step(self, s: GRUSlices, t: int) -> None:
        u, h, S, V = self.units, before(s.H, t), s.S[:, t], s.V[:, t]
        V[...] = h @ s.U
        V[:, 2 * u :] += s.c
        S[:, : 2 * u] += V[:, : 2 * u]
        r, z, n = self.parts(s.G[:, t])
        s.G[:, t, : 2 * u] = formulas.gate(S[:, : 2 * u])
        n[...] = formulas.reset_candidate(S[:, 2 * u :], r, V[:, 2 * u :])
        new, present = formulas.mixed(n, z, h), there(s, t)
        s.H[:, t] = new if present is None else formulas.kept(new, h, present)

    def step_back(self, s: GRUSlices, t: int) -> None:
        u, h, V = self.units, before(s.H, t), s.V[:, t]
        dh, past = split_by_presence(s.dH[:, t], there(s, t))
        (r, z, n), (dr, dz, dn) = self.parts(s.G[:, t]), self.parts(s.dG[:, t])
        dn[...] = dh * (1.0 - z)
        dz[...] = dh * (h - n)
        dS, dV = s.dS[:, t], s.dV[:, t]
        dS[:, 2 * u :] = formulas.candidate_slope(dn, n)
        dr[...] = dS[:, 2 * u :] * V[:, 2 * u :]
        dS[:, : 2 * u] = formulas.gate_slope(s.dG[:, t, : 2 * u], s.G[:, t, : 2 * u])
        dV[:, : 2 * u] = dS[:, : 2 * u]
        dV[:, 2 * u :] = dS[:, 2 * u :] * r
        s.dU += h.T @ dV
        s.dc += dV[:, 2 * u :].sum(axis=0)
        add_before(s.dH, t, dV @ s.U.T, dh * z, past)

    def begin(self, s: Any) -> None:
        super().begin(s)
        s.dc[...] = 0.0

    def named_values(self, s: Any) -> dict[str, Array]:
        rows = by_step(s, ("X", "dX", "S", "dS", "V", "dV", "G", "dG"))
        named = {name: rows[name] for name in rows.keys() - {"S", "V", "G", "dG"}}
        for name in rows.keys() & {"G", "dG"}:
            named |= {name[:-1] + gate: part for gate, part in zip("RZN", self.parts(rows[name]), strict=True)}
        for own in "WUb":
            named |= {f"{own}_{gate}": a for gate, a in zip("rzn", self.parts(getattr(s, own)), strict=True)}
        candidates = {"V": "Q", "dV": "dQ", "dS": "dS_n"}
        return named | {candidates[name]: self.parts(rows[name])[2] for name in rows.keys() & candidates.keys()}
