"""What layers do with two numbers alone: a sum, a product."""

from glassnet.formulas.elementary import Array


def added(x: Array, g: Array) -> Array:
    """A = X + G."""
    return x + g


def multiplied(x: Array, s: Array) -> Array:
    """A = X ⊙ s."""
    return x * s
