"""Ensembles in one network: what a member makes of shared weights, and the score that belongs to a mean."""

from glassnet.formulas.elementary import Array, log, maximum

LEAST = 1e-37  # of a probability or rate, whose logarithm is finite in float32 too


def scaled(x: Array, factor: Array) -> Array:
    """U = X ⊙ r."""
    return x * factor


def affine(v: Array, factor: Array, shift: Array) -> Array:
    """Z = V ⊙ s + b."""
    return v * factor + shift


def log_score(a: Array) -> Array:
    """Log a, whose softmax is a where a sums to 1, and whose exponential is a."""
    return log(maximum(a, LEAST))


def logit(a: Array) -> Array:
    """log(a / (1 − a)), whose sigmoid is a."""
    return log(maximum(a, LEAST)) - log(maximum(1.0 - a, LEAST))


SCORES = {"softmax": log_score, "exponential": log_score, "sigmoid": logit}
