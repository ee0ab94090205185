"""Activations mixed with the straight line, each unit in a proportion of its own that is learned."""

from typing import ClassVar

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.activations import SELU, Activation, ActivationLike
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import require_number


class Parametric(Activation):
    """An activation mixed with the identity, in a proportion that each unit learns.

    f(z) = z + α (h(z) − z),    f'(z) = 1 + α (h'(z) − 1),    ∂f/∂α = h(z) − z.

    α is learned, one a unit. At α = 0 a unit is linear, at α = 1 it is h, the `activation`: any that has a slope and
    learns nothing itself (Holzmüller et al. 2024, arXiv 2407.04491, section 3). `alpha` is where it starts,
    `learning_rate_factor` a factor of its learning rate.

    >>> Parametric("mish", learning_rate_factor=0.1)
    Parametric(activation=Mish(), learning_rate_factor=0.1)
    """

    activation: Converted[Activation, ActivationLike] = field(default=SELU())
    alpha: float = 1.0
    learning_rate_factor: float = 1.0
    learned: ClassVar[tuple[str, ...]] = ("alpha",)

    def __post_init__(self) -> None:
        super().__post_init__()
        f = Activation.of(self.activation)
        if f.learned or type(f).pull_back is not Activation.pull_back:
            raise InvalidInput(
                f"Parametric: `activation` must work on single numbers and learn nothing itself, such as 'selu', "
                f"got {brief(f.name)}."
            )
        require_number(self, "learning_rate_factor", 0, open_low=False)
        object.__setattr__(self, "activation", f)

    def value(self, z: Array, alpha: Array) -> Array:
        return z + alpha * (self.activation.value(z) - z)

    def slope(self, z: Array, a: Array, alpha: Array) -> Array:
        f = self.activation.value(z)
        return 1.0 + alpha * (self.activation.slope(z, f) - 1.0)

    def learned_slopes(self, z: Array, a: Array, alpha: Array) -> tuple[Array, ...]:
        return (self.activation.value(z) - z,)
