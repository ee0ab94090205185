"""Waves over a number: the features that a number is embedded by."""

from glassnet.formulas.elementary import Array, cos, sin

TURN = 6.283185307179586  # 2π


def angle(x: Array, w: Array, c: Array) -> Array:
    """z = 2π w x + c: w turns for each unit of x, from c on."""
    return TURN * w * x + c


def wave(z: Array) -> Array:
    """S = cos z."""
    return cos(z)


def wave_of(x: Array, w: Array, c: Array) -> Array:
    """S = cos(2π w x + c)."""
    return wave(angle(x, w, c))


def wave_slope(z: Array) -> Array:
    """dS/dz = −sin z."""
    return -sin(z)


def angle_slope(other: Array) -> Array:
    """∂z/∂x of w, and ∂z/∂w of x: 2π times the other."""
    return TURN * other
