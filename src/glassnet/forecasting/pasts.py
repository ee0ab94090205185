"""The pasts that a forecaster is asked about, checked."""

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.forecasting.values import Series
from glassnet.formulas.elementary import Array


def pasts_of(windows: Array, lookback: int) -> Array:
    """The last `lookback` steps of windows (n, steps, channels), as float64; without a gap."""
    windows = np.asarray(windows, np.float64)
    if windows.ndim != 3 or windows.shape[1] < lookback:
        raise InvalidInput(f"windows must be (n, at least {lookback} steps, channels), got {windows.shape}.")
    if not np.isfinite(windows[:, -lookback:]).all():
        raise InvalidInput(f"windows must be finite in their last {lookback} steps: fill the gaps of the past.")
    return windows[:, -lookback:]


def latest_of(series: Series, lookback: int) -> Array:
    """The last `lookback` steps of each series, (series, lookback); without a gap."""
    for k, each in enumerate(series):
        if len(each) < lookback:
            raise InvalidInput(f"series {k} has {len(each)} steps, its look-back {lookback}.")
        if not np.isfinite(each[-lookback:]).all():
            raise InvalidInput(f"the latest {lookback} steps of series {k} have a gap: fill it first.")
    return np.stack([each[-lookback:] for each in series])
