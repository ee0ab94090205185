"""What forecasters do with a window: its mean is taken off, its swing measured, and both are given back."""

from glassnet.formulas.elementary import Array, abs, exp, expm1, log, log1p, maximum, sqrt, where


def less(x: Array, level: Array) -> Array:
    """D = X − level."""
    return x - level


def squared(d: Array) -> Array:
    """D²."""
    return d * d


def deviation(variance: Array, level: Array) -> Array:
    """σ = √variance, and 0 where it is nothing but rounding."""
    found = sqrt(variance)
    return where(found > 1e-12 * abs(level), found, 0.0)


def shares(d: Array, sigma: Array) -> Array:
    """U = D / σ, and 0 where σ is 0."""
    moves = sigma > 0
    return where(moves, d, 0.0) / where(moves, sigma, 1.0)


def risen(outputs: Array, level: Array) -> Array:
    """Y = level + O."""
    return level + outputs


def brought_back(outputs: Array, level: Array, sigma: Array) -> Array:
    """Y = level + σ O."""
    return level + sigma * outputs


def logarithm(y: Array) -> Array:
    """Z = log(1 + Y)."""
    return log1p(y)


def from_logarithm(z: Array) -> Array:
    """Y = e^Z − 1."""
    return expm1(z)


def to_power(y: Array, power: float) -> Array:
    """Z = ((1 + Y)^λ − 1) / λ."""
    return expm1(power * log1p(y)) / power


def from_power(z: Array, power: float) -> Array:
    """Y = (1 + λ Z)^(1/λ) − 1, not below −1."""
    return exp(log(maximum(1.0 + power * z, 1e-300)) / power) - 1.0


def log_rate(ahead: Array, level: Array, share: float, least: float) -> Array:
    """log ŷ, with ŷ at least a share of the level and a little more."""
    return log(maximum(ahead, share * level + least))


def not_below_zero(y: Array) -> Array:
    """Y, and 0 where it is below."""
    return maximum(y, 0.0)
