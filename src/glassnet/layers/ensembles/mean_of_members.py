"""Members of an ensemble brought together: each learns by itself, and their mean predicts."""

from typing import Any, ClassVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.activations import Activation as Formula
from glassnet.formulas.activations import ActivationLike, Linear
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.of_layers.members import SCORES
from glassnet.layers.activation import Activation
from glassnet.layers.ensembles.members import check_members, rows_of_samples
from glassnet.layers.layer import Layer, Shape, Slices, rows_of

KNOWN = ("linear", *SCORES)


class MeanSlices(Slices):
    """Those of a mean: its score z, as a loss of scores reads it."""

    z: Array
    Z: Array


class MeanOfMembers(Layer, name="mean_of_members"):
    """The mean of what all members of an ensemble predict; in training, each of them has a loss of its own.

    A = Mᵀ P / k;     dP = M dA / k.

    P = f(X) are the predictions of the k members from X (n, members, outputs), which `Activation` inside computes, and
    A (n, outputs) is their mean: with a row of P for each member of each sample, M says to which sample it belongs. As
    the last layer of a network it trains otherwise: the loss is the mean of those of all members, each compared with
    the target of its row, so that they learn side by side instead of making up for each other. A validation loss is
    that of A; probabilities are averaged, not scores (Gorishniy et al. 2024, arXiv 2410.24210).

    Parameters
    ----------
    activation
        f, by name or as an object: `"linear"` (default), `"softmax"`, `"sigmoid"` or `"exponential"`.

    Raises InvalidInput for another activation; when the network is built, for samples that are not (members, outputs).

    >>> MeanOfMembers("softmax"), MeanOfMembers().output_shape((32, 3))
    (MeanOfMembers(activation=Softmax()), (3,))
    """

    activation: Converted[Formula, ActivationLike] = field(default=Linear())
    loss_inside: ClassVar[bool] = True
    slices = MeanSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        f = Formula.of(self.activation)
        if f.name not in KNOWN:
            raise InvalidInput(
                f"MeanOfMembers: `activation` must be one of {', '.join(map(repr, KNOWN))}, got {f.name!r}: give "
                "another one to the layer in front."
            )
        object.__setattr__(self, "activation", f)

    @property
    def inner(self) -> tuple[Layer, ...]:
        return (Activation(self.activation),)

    def output_shape(self, shape: Shape) -> Shape:
        check_members(self, shape)
        return shape[1:]

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {"A": shape[1:], "z": shape[1:]}

    def connect(self, s: MeanSlices) -> None:
        s.Z = s.z

    def forward(self, s: MeanSlices) -> None:
        (layer, inside), *_ = s.inner
        inside.X = s.X
        layer.forward(inside)
        inside.A.mean(axis=1, out=s.A)
        score = SCORES.get(self.activation.name)
        if score is not None:
            s.Z[...] = score(s.A)

    def backward(self, s: MeanSlices) -> None:
        (layer, inside), *_ = s.inner
        inside.dA[...] = (s.dA * s.dA.dtype.type(1.0 / inside.dA.shape[1]))[:, np.newaxis]
        layer.backward(inside)

    def named_values(self, s: Any) -> dict[str, Array]:
        n, k = s.X.shape[:2]
        inside = s.inner[-1].slices
        found = {"k": np.array(float(k)), "M": rows_of_samples(n, k), "P": rows_of(inside.A)}
        return found if getattr(inside, "dA", None) is None else found | {"dP": rows_of(inside.dA)}

    @property
    def output_activation(self) -> Formula | None:
        return self.activation
