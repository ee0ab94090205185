"""Probabilities made less sure, or more: by a temperature, and by what no row has shown."""

from glassnet.formulas.elementary import Array, exp, log, maximum, row_max, row_total

LEAST = 1e-12  # a probability whose logarithm is taken


def tempered(p: Array, temperature: float) -> Array:
    """p^(1/T) / Σ p^(1/T) of each row: softmax(z / T) of the scores z behind p."""
    scores = log(maximum(p, LEAST)) / temperature
    powers = exp(scores - row_max(scores))
    return powers / row_total(powers)


def moved(p: Array, share: float, classes: float) -> Array:
    """(1 − share) p + share / classes: towards 1/classes."""
    return (1.0 - share) * p + share / classes
