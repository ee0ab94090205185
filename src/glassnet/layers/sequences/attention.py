"""Attention: each step of a sequence takes from the steps that it looks at."""

from typing import Any, ClassVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import GlorotUniform, Initializer, InitializerLike
from glassnet.formulas.of_layers.attention import attention_weights, causal, weights_slope
from glassnet.formulas.registry import require_whole
from glassnet.layers.layer import Layer, Parameter, Shape, Slices, rows_of
from glassnet.layers.sequences.recurrent import check_sequence


class AttentionSlices(Slices):
    """Those of attention: queries, keys and values side by side (J), scores (S), weights (P), what is taken (O)."""

    W: Array
    b: Array
    U: Array
    c: Array
    J: Array
    S: Array
    P: Array
    O: Array
    dW: Array
    db: Array
    dU: Array
    dc: Array
    dJ: Array
    dS: Array
    dP: Array
    dO: Array
    seen: Array


class Attention(Layer):
    """Multi-head self-attention: each step takes a weighted mean of the values of the steps that it looks at.

    J = X W + b,  S = Q Kᵀ / √d,  P = softmax(S),  T = P V,  A = O U + c;
    dO = dA Uᵀ,  dP = dT Vᵀ,  dS = P ⊙ (dP − q),  dQ = dS K / √d,  dK = dSᵀ Q / √d,  dV = Pᵀ dT,
    dU = Oᵀ dA,  dc = 1ᵀ dA,  dW = Xᵀ dJ,  db = 1ᵀ dJ,  dX = dJ Wᵀ.

    J = [Q, K, V] holds the queries, keys and values of all heads. Each head has d columns of each and takes T of a
    sample; the T of all heads side by side are O. q holds Σ dP ⊙ P of each row. X (n, steps, features) holds
    sequences, P (n, heads, steps, steps) how much step i takes of step j, and A has the shape of X, so that `Residual`
    can stand around. With `causal`, step j > i is hidden from step i, as for a model that says what comes next. Steps
    that a layer in front marks as padding, as `Embedding(…, padding=0)` does, are hidden from all (Vaswani et al. 2017,
    arXiv 1706.03762).

    Parameters
    ----------
    heads
        How many heads; 1 by default.
    causal
        Hide later steps from earlier ones; False by default.
    size
        d, how many columns a head has; None (default) for features / heads.
    weights
        How W (features, 3 · heads · d) and U (heads · d, features) are initialised, by name or as an object; Glorot's
        uniform by default. b and c begin as 0.

    Raises InvalidInput for settings out of range, and when the network is built for features that `heads` does not
    divide.

    >>> Attention(4, causal=True), Attention(4).output_shape((8, 64)), Attention(4).parameters((8, 64))["W"].shape
    (Attention(heads=4, causal=True), (8, 64), (64, 192))
    """

    heads: int = 1
    causal: bool = False
    size: int | None = None
    weights: Converted[Initializer, InitializerLike] = field(default=GlorotUniform())
    slices = AttentionSlices
    passes_over_padding: ClassVar[bool] = True
    smaller: ClassVar[str] = "shorter sequences or fewer heads"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("heads",) if self.size is None else ("heads", "size"):
            require_whole(self, name)
        object.__setattr__(self, "weights", Initializer.of(self.weights))
        if self.weights.of_data:
            raise InvalidInput(f"Attention: {self.weights!r} looks at rows of data, not at sequences.")

    def size_of_head(self, shape: Shape) -> int:
        """How many columns a head has, for inputs of a shape."""
        if self.size is None and shape[1] % self.heads:
            raise InvalidInput(
                f"Attention: {shape[1]} features cannot be shared out over {self.heads} heads: give `size`, or a "
                "number of heads that divides them."
            )
        return self.size or shape[1] // self.heads

    def output_shape(self, shape: Shape) -> Shape:
        check_sequence(self, shape)
        self.size_of_head(shape)
        return shape

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        features, width, zeros = shape[1], self.heads * self.size_of_head(shape), Initializer.of("zeros")
        return {
            "W": Parameter((features, 3 * width), self.weights, is_penalized=True),
            "b": Parameter((3 * width,), zeros),
            "U": Parameter((width, features), self.weights, is_penalized=True),
            "c": Parameter((features,), zeros),
        }

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        steps, width, square = shape[0], self.heads * self.size_of_head(shape), (self.heads, shape[0], shape[0])
        return {"J": (steps, 3 * width), "S": square, "P": square, "O": (steps, width), "A": shape}

    def connect(self, s: AttentionSlices) -> None:
        s.seen = causal(s.A.shape[1]) if self.causal else np.ones((1, 1))

    def by_head(self, array: Array, parts: int = 1) -> Array:
        """Columns as (parts, n, heads, steps, d)."""
        n, steps, width = array.shape
        return array.reshape(n, steps, parts, self.heads, width // (parts * self.heads)).transpose(2, 0, 3, 1, 4)

    def forward(self, s: AttentionSlices) -> None:
        np.matmul(rows_of(s.X), s.W, out=rows_of(s.J))
        s.J += s.b
        Q, K, V = self.by_head(s.J, 3)
        np.matmul(Q, K.swapaxes(-1, -2), out=s.S)
        s.S *= self.scale(s)
        seen = s.seen if s.present is None else s.seen * s.present[:, np.newaxis, np.newaxis, :]
        attention_weights(s.S, seen, out=s.P)
        self.by_head(s.O)[0][...] = s.P @ V
        np.matmul(rows_of(s.O), s.U, out=rows_of(s.A))
        s.A += s.c

    def scale(self, s: AttentionSlices) -> float:
        """1 / √d."""
        return float((s.O.shape[-1] // self.heads) ** -0.5)

    def backward(self, s: AttentionSlices) -> None:
        dA = rows_of(s.dA)
        np.matmul(rows_of(s.O).T, dA, out=s.dU)
        dA.sum(axis=0, out=s.dc)
        self.back_to_joint(s)
        dJ = rows_of(s.dJ)
        np.matmul(rows_of(s.X).T, dJ, out=s.dW)
        dJ.sum(axis=0, out=s.db)
        self.joint_to_inputs(s)

    def backward_to_inputs(self, s: AttentionSlices) -> None:
        self.back_to_joint(s)
        self.joint_to_inputs(s)

    def back_to_joint(self, s: AttentionSlices) -> None:
        """From dA to dJ = [dQ, dK, dV]."""
        np.matmul(rows_of(s.dA), s.U.T, out=rows_of(s.dO))
        (Q, K, V), (dQ, dK, dV), dO = self.by_head(s.J, 3), self.by_head(s.dJ, 3), self.by_head(s.dO)[0]
        np.matmul(dO, V.swapaxes(-1, -2), out=s.dP)
        weights_slope(s.dP, s.P, out=s.dS)
        dQ[...] = s.dS @ K
        dK[...] = s.dS.swapaxes(-1, -2) @ Q
        dQ *= self.scale(s)
        dK *= self.scale(s)
        dV[...] = s.P.swapaxes(-1, -2) @ dO

    def joint_to_inputs(self, s: AttentionSlices) -> None:
        """From dJ to dX."""
        if s.dX is not None:
            np.matmul(rows_of(s.dJ), s.W.T, out=rows_of(s.dX))

    def named_values(self, s: Any) -> dict[str, Array]:
        """Rows of all samples; of scores and weights those of the first head for the first sample."""
        names = ("X", "J", "O", "A", "dX", "dJ", "dO", "dA")
        named = {name: rows_of(a) for name in names if (a := getattr(s, name, None)) is not None}
        squares = {name: a[0, 0] for name in ("S", "P", "dS", "dP") if (a := getattr(s, name, None)) is not None}
        for name, joint, taken in (("", s.J, s.O), ("d", getattr(s, "dJ", None), getattr(s, "dO", None))):
            if joint is not None and taken is not None:
                named |= {name + each: a[0, 0] for each, a in zip("QKV", self.by_head(joint, 3), strict=True)}
                named[name + "T"] = self.by_head(taken)[0][0, 0]
        if "dP" in squares:
            named["q"] = (squares["dP"] * squares["P"]).sum(axis=-1, keepdims=True)
        return named | squares | {"d": np.array(named["Q"].shape[1])}
