"""Normalisation: numbers with mean 0 and variance 1, and what comes back through them.

The means are taken over the units of a sample (layer normalisation, by `row_sum`) or over the samples of a batch (batch
normalisation, where each engine sums in its own way); `share` is one over how many numbers a mean is taken of.
"""

from glassnet.formulas.elementary import Array, row_sum, sqrt


def inverse_spread(variance: Array, epsilon: float) -> Array:
    """1 / σ with σ = √(variance + ε)."""
    return 1.0 / sqrt(variance + epsilon)


def row_mean(x: Array, share: float) -> Array:
    """The mean of each row, as a column."""
    return row_sum(x) * share


def row_variance(x: Array, mean: Array, share: float) -> Array:
    """The mean of (x − mean)² of each row, as a column."""
    centred = x - mean
    return row_sum(centred * centred) * share


def normalized(x: Array, mean: Array, inverse: Array) -> Array:
    """N = (x − mean) / σ."""
    return (x - mean) * inverse


def scaled(n: Array, gamma: Array, beta: Array) -> Array:
    """γ ⊙ N + β."""
    return gamma * n + beta


def normalized_and_scaled(x: Array, mean: Array, inverse: Array, gamma: Array, beta: Array) -> Array:
    """A = γ ⊙ N + β with N = (x − mean) / σ."""
    return scaled(normalized(x, mean, inverse), gamma, beta)


def row_normalized(x: Array, gamma: Array, beta: Array, share: float, epsilon: float) -> Array:
    """A = γ ⊙ N + β with N = (x − mean) / σ, by the mean and σ of each row: what a layer normalisation is."""
    mean = row_mean(x, share)
    inverse = inverse_spread(row_variance(x, mean, share), epsilon)
    return normalized_and_scaled(x, mean, inverse, gamma, beta)


def pull_back(dn: Array, n: Array, inverse: Array, mean: Array, mean_with_n: Array) -> Array:
    """dX = (dN − mean(dN) − N mean(dN ⊙ N)) / σ (Ioffe and Szegedy 2015, section 3, simplified)."""
    return (dn - mean - n * mean_with_n) * inverse


def running(old: Array, new: Array, momentum: float) -> Array:
    """What is remembered of a statistic after one more batch: (1 − m) old + m new."""
    return old + momentum * (new - old)
