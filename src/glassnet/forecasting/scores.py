"""How far forecasts lie from what came: the scores of the field, each with its definition."""

import numpy as np

from glassnet.formulas.elementary import Array


def mean_squared_error(truth: Array, forecast: Array) -> float:
    """MSE = mean (y − ŷ)² over all windows, steps and channels."""
    return float(np.mean((np.asarray(truth) - forecast) ** 2))


def mean_absolute_error(truth: Array, forecast: Array) -> float:
    """MAE = mean |y − ŷ| over all windows, steps and channels."""
    return float(np.mean(np.abs(np.asarray(truth) - forecast)))


def symmetric_percentage_error(truth: Array, forecast: Array) -> float:
    """sMAPE = 200 mean |y − ŷ| / (|y| + |ŷ|), in percent; a step where both are 0 counts as 0 (Makridakis 2020)."""
    truth = np.asarray(truth, np.float64)
    gap, size = np.abs(truth - forecast), np.abs(truth) + np.abs(forecast)
    return float(200 * np.mean(np.where(size > 0, gap / np.where(size > 0, size, 1.0), 0.0)))


def scaled_error(truth: Array, forecast: Array, past: Array, season: int = 1) -> float:
    """MASE = mean |y − ŷ| / mean |y_t − y_{t−m}| over the past, m its season (Hyndman and Koehler 2006).

    NaN where the past repeats itself exactly, as there is nothing to compare with.
    """
    scale = float(np.mean(np.abs(past[season:] - past[:-season]))) if len(past) > season else 0.0
    return mean_absolute_error(truth, forecast) / scale if scale > 0 else np.nan
