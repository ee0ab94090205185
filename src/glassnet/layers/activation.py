"""An activation as a layer of its own."""

from glassnet.formulas.activations import Activation as Formula
from glassnet.formulas.activations import ActivationLike
from glassnet.formulas.description import Converted
from glassnet.layers.activate import ScoreSlices, activate, connect, learned_parameters, pull_back
from glassnet.layers.layer import Layer, Parameter, Shape


class Activation(Layer):
    """An activation as a layer of its own.

    A = f(X);     dX = dA ⊙ f'(X).

    Parameters
    ----------
    activation
        f, by name or as an object.

    Raises InvalidInput for what is not an activation, UnknownName for an unknown name.

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
