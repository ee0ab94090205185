"""A fully connected layer for each member of an ensemble."""

from typing import Any, Literal

import numpy as np

from glassnet.formulas.activations import Activation, ActivationLike
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Initializer, InitializerLike
from glassnet.layers.activate import learned_parameters
from glassnet.layers.dense import DenseSlices
from glassnet.layers.ensembles.batch_ensemble import check_fields, shown, weights_of
from glassnet.layers.ensembles.members import check_members
from glassnet.layers.layer import Layer, Parameter, Shape
from glassnet.layers.scored import Scored


class DensePerMember(Scored, Layer, name="dense_per_member"):
    """A fully connected layer for each member of an ensemble, with weights of its own.

    Z = X W + b,  A = f(Z);     dZ = dA ⊙ f'(Z),  dW = Xᵀ dZ,  db = 1ᵀ dZ,  dX = dZ Wᵀ.

    This holds for each member by itself: of X (n, members, features), W (members, features, units) and b (members,
    units) it has its own part. As the last layer of weights it is the head of each member of a `BatchEnsemble`
    (Gorishniy et al. 2024, arXiv 2410.24210).

    Parameters
    ----------
    units
        Number of units of each member.
    activation
        f, by name or as an object; `"linear"` by default.
    weights
        How W is initialised, by name or as an object; `"auto"` (default) is the uniform distribution on ±1/√features,
        from which b is drawn as well.

    Raises InvalidInput for settings out of range, UnknownName for an unknown name; when the network is built, for
    samples that are not (members, features).

    >>> DensePerMember(3), DensePerMember(3).parameters((32, 4))["W"].shape
    (DensePerMember(3, 'linear'), (32, 4, 3))
    """

    units: int
    activation: Converted[Activation, ActivationLike] = field(default="linear")
    weights: Converted[Initializer | Literal["auto"], InitializerLike | Literal["auto"]] = field(default="auto")
    slices = DenseSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fields(self, ("weights",))

    def __repr__(self) -> str:
        return shown(self, ("weights",))

    def output_shape(self, shape: Shape) -> Shape:
        check_members(self, shape)
        return (shape[0], self.units)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        members, features = shape
        out = (members, self.units)
        return {
            "W": Parameter((*shape, self.units), weights_of(self.weights, features), is_penalized=True),
            "b": Parameter(out, weights_of("auto", features)),
        } | learned_parameters(self.activation, out)

    def score(self, s: DenseSlices) -> None:
        np.matmul(by_member(s.X), s.W, out=by_member(s.Z))
        s.Z += s.b

    def backward_from_scores(self, s: DenseSlices) -> None:
        np.matmul(by_member(s.X).swapaxes(1, 2), by_member(s.dZ), out=s.dW)
        s.dZ.sum(axis=0, out=s.db)
        self.scores_to_inputs(s)

    def scores_to_inputs(self, s: DenseSlices) -> None:
        if s.dX is not None:
            np.matmul(by_member(s.dZ), s.W.swapaxes(1, 2), out=by_member(s.dX))

    def named_values_of_columns(self, s: Any) -> list[dict[str, Array]]:
        return [self._of_member(s, k) for k in range(len(s.W))]

    def _of_member(self, s: Any, k: int) -> dict[str, Array]:
        own = ("W", "b", "dW", "db", *self.activation.learned, *(f"d{name}" for name in self.activation.learned))
        found = {name: a[k] for name in own if (a := getattr(s, name, None)) is not None}
        rows = ("X", "Z", "A", "dX", "dZ", "dA")
        return found | {name: a[:, k] for name in rows if (a := getattr(s, name, None)) is not None}


def by_member(array: Array) -> Array:
    """(n, members, units) as (members, n, units), in the same memory."""
    return array.swapaxes(0, 1)
