"""What layers share that compute scores Z and end with an activation of them."""

from typing import Any

from glassnet.formulas.activations import Activation
from glassnet.layers.activate import activate, connect, pull_back, pull_back_to_scores
from glassnet.layers.layer import Shape


class Scored:
    """A = f(Z). With the linear activation A is Z, in the same memory."""

    activation: Activation

    @property
    def is_linear(self) -> bool:
        """Whether A is Z, in the same memory."""
        name: str = self.activation.name
        return name == "linear"

    def output_shape(self, shape: Shape) -> Shape:
        """That of Z and of A."""
        raise NotImplementedError

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        out = self.output_shape(shape)
        return {"A": out} if self.is_linear else {"Z": out, "A": out}

    def connect(self, s: Any) -> None:
        if self.is_linear:
            s.Z, s.dZ = s.A, s.dA
        else:
            connect(self.activation, s)

    def forward(self, s: Any) -> None:
        self.score(s)
        if not self.is_linear:
            activate(self.activation, s)

    def backward(self, s: Any) -> None:
        if not self.is_linear:
            pull_back(self.activation, s)
        self.backward_from_scores(s)

    def backward_to_inputs(self, s: Any) -> None:
        if not self.is_linear:
            pull_back_to_scores(self.activation, s)
        self.scores_to_inputs(s)

    def score(self, s: Any) -> None:
        """Z from X."""
        raise NotImplementedError

    def backward_from_scores(self, s: Any) -> None:
        """From dZ to the gradients of the parameters and to dX."""
        raise NotImplementedError

    def scores_to_inputs(self, s: Any) -> None:
        """From dZ to dX, where there is one."""
        raise NotImplementedError

    @property
    def output_activation(self) -> Activation | None:
        return self.activation
