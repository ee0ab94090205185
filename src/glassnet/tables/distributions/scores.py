"""How good predictive distributions are: the log score and the CRPS of rows, and of the constant one beside them."""

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.distributions.distribution import Distribution
from glassnet.tables.distributions.gaussian_mixture import GaussianMixture

LOG_SCORE, CRPS = "log_score", "crps"
TOLD = (0.05, 0.5, 0.95)  # quantiles in a table of predictions
TOLD_NAMES = ("standard deviation", *(f"quantile {level:g}" for level in TOLD))


def scores_of_rows(said: Distribution, truth: Array) -> Array:
    """(log score, CRPS) of each row, (n, 2)."""
    return np.column_stack([said.log_score(truth), said.crps(truth)])


def named_scores(each: Array) -> dict[str, float]:
    """The means over rows (n, 2) by name."""
    return dict(zip((LOG_SCORE, CRPS), map(float, each.mean(axis=0)), strict=True))


def constant_distribution(known: Array, n: int, weights: Array | None = None) -> Distribution:
    """The same normal distribution for each of n rows, that of known numbers, which may have weights."""
    mean = float(np.average(known, weights=weights))
    std = float(np.sqrt(np.average((known - mean) ** 2, weights=weights))) or 1.0
    return GaussianMixture(np.ones((n, 1)), np.full((n, 1), mean), np.full((n, 1), std))


def told_columns(said: Distribution) -> dict[str, Array]:
    """What a table of predictions says of the distributions."""
    return dict(zip(TOLD_NAMES, (said.std, *said.quantile(TOLD).T), strict=True))
