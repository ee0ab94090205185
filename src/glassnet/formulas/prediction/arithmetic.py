"""What layers do with two numbers alone: a sum, a product, the larger one."""

from glassnet.formulas.elementary import Array, maximum, where


def added(x: Array, g: Array) -> Array:
    """A = X + G."""
    return x + g


def multiplied(x: Array, s: Array) -> Array:
    """A = X ⊙ s."""
    return x * s


def larger(x: Array, s: Array) -> Array:
    """A = max(X, S)."""
    return maximum(x, s)


def always(x: Array, s: Array) -> Array:
    """A = S."""
    return where(x > 0.0, s, s)
