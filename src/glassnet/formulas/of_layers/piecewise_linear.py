"""Broken lines over a number: how far it is through a bin, and a line from one edge of the bin to the other."""

from glassnet.formulas.elementary import Array, clip, maximum, where

LEAST = 1e-30  # of a width, so that a bin without one divides nothing by 0


def width(low: Array, high: Array) -> Array:
    """The width of a bin, above 0."""
    return maximum(high - low, LEAST)


def fraction(x: Array, low: Array, high: Array) -> Array:
    """f = (x − low) / (high − low), and 0 below the bin, 1 above it."""
    return clip((x - low) / width(low, high), 0.0, 1.0)


def fraction_slope(x: Array, low: Array, high: Array) -> Array:
    """df/dx = 1 / (high − low) in the bin, 0 outside."""
    return where(x >= low, where(x <= high, 1.0 / width(low, high), 0.0), 0.0)


def interpolated(start: Array, f: Array, rise: Array) -> Array:
    """L = start + f · rise."""
    return start + f * rise
