"""Layers that act on every number of a sample by itself: an activation on its own, and dropout."""

from typing import ClassVar

import numpy as np

from glassnet.formulas.activations import Activation as Formula
from glassnet.formulas.activations import ActivationLike
from glassnet.formulas.description import Converted
from glassnet.formulas.elementary import Array
from glassnet.formulas.noise import new_key, write_mask
from glassnet.formulas.registry import Number, require_number
from glassnet.layers.activate import ScoreSlices, activate, connect, learned_parameters, pull_back
from glassnet.layers.layer import Layer, Parameter, Shape, Slices


class Activation(Layer):
    """An activation as a layer of its own.

    A = f(X);     dX = dA ⊙ f'(X).

    Parameters
    ----------
    activation
        f, by name or as an object.

    Raises InvalidInput for what is no activation, UnknownName for an unknown name.

    >>> Activation("tanh")
    Activation(activation=Tanh())
    """

    activation: Converted[Formula, ActivationLike]
    slices = ScoreSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "activation", Formula.of(self.activation))

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        return learned_parameters(self.activation, shape)

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {"Z": shape, "A": shape}

    def connect(self, s: ScoreSlices) -> None:
        connect(self.activation, s)

    def forward(self, s: ScoreSlices) -> None:
        s.Z[...] = s.X
        activate(self.activation, s)

    def backward(self, s: ScoreSlices) -> None:
        pull_back(self.activation, s)
        self.backward_from_scores(s)

    def backward_from_scores(self, s: ScoreSlices) -> None:
        if s.dX is not None:
            s.dX[...] = s.dZ

    @property
    def output_activation(self) -> Formula | None:
        return self.activation


class DropoutSlices(Slices):
    """Those of dropout."""

    mask: Array


class Dropout(Layer):
    """Dropout: sets a random share of its inputs to 0 in training.

    A = X ⊙ m;     dX = dA ⊙ m;  in prediction A = X,  dX = dA.

    m is 0 with probability `rate`, else 1 / (1 − rate): Srivastava et al. 2014, section 10, with the scaling done in
    training ("inverted").

    Parameters
    ----------
    rate
        The share of inputs set to 0, at least 0 and below 1, or a schedule; 0.5 by default.

    Raises InvalidInput for a `rate` out of range.

    >>> Dropout(0.2)
    Dropout(rate=0.2)
    """

    rate: Number = 0.5
    random: ClassVar[bool] = True
    schedulable = ("rate",)
    slices = DropoutSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "rate", 0, 1, open_low=False)

    def without_noise(self) -> Layer:
        return Dropout(0.0)

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {"A": shape, "mask": shape}

    def forward(self, s: DropoutSlices) -> None:
        write_mask(s.mask, self.rate, new_key(s.rng))
        np.multiply(s.X, s.mask, out=s.A)

    def predict(self, s: DropoutSlices) -> None:
        s.A[...] = s.X

    def backward(self, s: DropoutSlices) -> None:
        if s.dX is not None:
            np.multiply(s.dA, s.mask, out=s.dX)
