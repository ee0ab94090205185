"""A fully connected layer whose weights all members of an ensemble share, with factors of their own around them."""

from typing import Any, Literal

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.activations import Activation, ActivationLike
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Constant, Initializer, InitializerLike, Uniform
from glassnet.formulas.of_layers.members import affine, scaled
from glassnet.formulas.registry import is_one_of, require_whole
from glassnet.layers.activate import ScoreSlices, learned_parameters
from glassnet.layers.ensembles.members import check_members
from glassnet.layers.layer import Layer, Parameter, Shape, rows_of
from glassnet.layers.scored import Scored


class BatchEnsembleSlices(ScoreSlices):
    """Those of shared weights W with each member's factors R and S and its biases B."""

    R: Array
    W: Array
    S: Array
    B: Array
    U: Array
    V: Array
    dR: Array
    dW: Array
    dS: Array
    dB: Array
    dU: Array
    dV: Array


class BatchEnsemble(Scored, Layer, name="batch_ensemble"):
    """Fully connected layer of all members of an ensemble: they share its weights, and differ by factors.

    U = X ⊙ (M R),  V = U W,  Z = V ⊙ (M S) + M B,  A = f(Z);
    dZ = dA ⊙ f'(Z),  dS = Mᵀ (dZ ⊙ V),  dB = Mᵀ dZ,  dV = dZ ⊙ (M S),  dW = Uᵀ dV,  dU = dV Wᵀ,
    dR = Mᵀ (dU ⊙ X),  dX = dU ⊙ (M R).

    X (n, members, features) has a row for each member of each sample, and M says to which member each row belongs. R
    (members, features) are its factors of the inputs, S and B (members, units) its factors of the scores and its
    biases. So a member has the weights rᵢ wᵢⱼ sⱼ, for features + 2 units numbers of its own (Wen et al. 2020, arXiv
    2002.06715; for tables Gorishniy et al. 2024, arXiv 2410.24210).

    Parameters
    ----------
    units
        Number of units of each member.
    activation
        f, by name or as an object; `"linear"` by default.
    factors
        How R is initialised, by name or as an object; ones by default. In the first layer `Normal()`, so that members
        differ from the first step on. S begins as 1.
    weights
        How W (features, units) is initialised, by name or as an object; `"auto"` (default) is the uniform distribution
        on ±1/√features, from which B is drawn as well, the same for all members.

    Raises InvalidInput for settings out of range, UnknownName for an unknown name; when the network is built, for
    samples that are not (members, features).

    >>> BatchEnsemble(6, "relu"), BatchEnsemble(6).output_shape((32, 4))
    (BatchEnsemble(6, 'relu'), (32, 6))
    """

    units: int
    activation: Converted[Activation, ActivationLike] = field(default="linear")
    factors: Converted[Initializer, InitializerLike] = field(default=Constant(1.0))
    weights: Converted[Initializer | Literal["auto"], InitializerLike | Literal["auto"]] = field(default="auto")
    slices = BatchEnsembleSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fields(self, ("factors", "weights"))

    def __repr__(self) -> str:
        return shown(self, ("factors", "weights"))

    def output_shape(self, shape: Shape) -> Shape:
        check_members(self, shape)
        return (shape[0], self.units)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        features, out = shape[1], (shape[0], self.units)
        return {
            "R": Parameter(shape, self.factors),
            "W": Parameter((features, self.units), weights_of(self.weights, features), is_penalized=True),
            "S": Parameter(out, Constant(1.0)),
            "B": Parameter(out, SameForAll(weights_of("auto", features))),
        } | learned_parameters(self.activation, out)

    def multiply_adds(self, shape: Shape) -> int:
        return shape[0] * shape[1] * self.units

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {"U": shape, "V": self.output_shape(shape)} | super().arrays(shape)

    def score(self, s: BatchEnsembleSlices) -> None:
        s.U[...] = scaled(s.X, s.R)
        np.matmul(rows_of(s.U), s.W, out=rows_of(s.V))
        s.Z[...] = affine(s.V, s.S, s.B)

    def backward_from_scores(self, s: BatchEnsembleSlices) -> None:
        sum_of_products(s.dZ, s.V, out=s.dS)
        s.dZ.sum(axis=0, out=s.dB)
        self._to_products(s)
        np.matmul(rows_of(s.U).T, rows_of(s.dV), out=s.dW)
        np.matmul(rows_of(s.dV), s.W.T, out=rows_of(s.dU))
        sum_of_products(s.dU, s.X, out=s.dR)
        if s.dX is not None:
            s.dX[...] = scaled(s.dU, s.R)

    def scores_to_inputs(self, s: BatchEnsembleSlices) -> None:
        self._to_products(s)
        if s.dX is not None:
            np.matmul(rows_of(s.dV), s.W.T, out=rows_of(s.dU))
            s.dX[...] = scaled(s.dU, s.R)

    def _to_products(self, s: BatchEnsembleSlices) -> None:
        s.dV[...] = scaled(s.dZ, s.S)

    def named_values(self, s: Any) -> dict[str, Array]:
        names = ("X", "U", "V", "Z", "A", "dX", "dU", "dV", "dZ", "dA")
        found = {name: rows_of(a) for name in names if (a := getattr(s, name, None)) is not None}
        return found | {"M": np.tile(np.eye(len(s.R), dtype=s.X.dtype), (len(s.X), 1))}


class SameForAll(Initializer, listed=False):
    """What another initialiser draws for one member, for all of them."""

    of_one: Initializer

    def draw(self, shape: tuple[int, ...], rng: "np.random.Generator") -> Array:
        return np.broadcast_to(self.of_one.draw(shape[1:], rng), shape)


def weights_of(given: Initializer | Literal["auto"], features: int) -> Initializer:
    """How weights for so many inputs are drawn."""
    return Uniform(-(features**-0.5), features**-0.5) if given == "auto" else Initializer.of(given)


def check_fields(layer: Any, drawn: tuple[str, ...]) -> None:
    """Refuse what is out of range, and put objects in the place of names; `drawn` are the fields of initialisers."""
    require_whole(layer, "units")
    object.__setattr__(layer, "activation", Activation.of(layer.activation))
    for name in drawn:
        given = getattr(layer, name)
        if name == "weights" and is_one_of(given, ["auto"]):
            continue
        found = Initializer.of(given)
        if found.of_data:
            raise InvalidInput(f"{type(layer).__name__}: {found!r} looks at rows of data, not at those of members.")
        object.__setattr__(layer, name, found)


def shown(layer: Any, names: tuple[str, ...]) -> str:
    """The settings that differ from their defaults."""
    f = layer.activation
    parts = [str(layer.units), repr(f.name) if f == type(f)() else repr(f)]
    defaults = {name: layer._fields()[name].default for name in names}
    parts += [f"{name}={value!r}" for name in names if (value := getattr(layer, name)) != defaults[name]]
    return f"{type(layer).__name__}({', '.join(parts)})"


def sum_of_products(a: Array, b: Array, out: Array) -> None:
    """Out = 1ᵀ (a ⊙ b) over the samples, for each unit of each member."""
    np.einsum("nkd,nkd->kd", a, b, out=out)
