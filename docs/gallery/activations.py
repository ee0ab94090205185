"""
Activations and their slopes
============================

What a unit makes of its score: the line is a = f(z), dashed is f'(z), by which the gradient is
multiplied on its way back. Where it is nearly 0, little is learned.
"""

import glassnet as gn
from glassnet.formulas.elementary import sin

figure = gn.pictures.activation("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish")

# %%
# With the tangent in a point, and one of your own:


class Snake(gn.activations.Activation):
    """f(z) = z + sin(z)²,    f'(z) = 1 + sin(2 z)."""

    def value(self, z):
        """Ziyin et al. 2020, arXiv 2006.08195."""
        return z + sin(z) ** 2

    def slope(self, z, a):
        """Its derivative."""
        return 1 + sin(2 * z)


figure = gn.pictures.activation(Snake(), "softplus", at=1.5)
