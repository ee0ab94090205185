"""The season of some series: after how many steps their values repeat themselves."""

import numpy as np

from glassnet.forecasting.values import Series, carried
from glassnet.formulas.elementary import Array

LEAST = 0.1  # autocorrelation of the changes from step to step at the usual season, for a season that is there
CLEAR = 0.3  # the same at a season that nobody expects
NEAR = 0.9  # of seasons that fit about as well, the shortest
LONGEST, MOST_SERIES = 400, 50


def found_season(values: Series, usual: int) -> int:
    """The usual season of a frequency if the values show it, or without a usual one the season that they show; or 1.

    It is seen in the autocorrelation of the changes from step to step, averaged over series.
    """
    every = -(-len(values) // MOST_SERIES)
    found = [autocorrelation(np.diff(carried(each, 1))) for each in values[::every] if np.isfinite(each).sum() > 3]
    if not found:
        return 1
    n = max(map(len, found))
    there = np.array([np.pad(each, (0, n - len(each)), constant_values=np.nan) for each in found])
    counts = np.isfinite(there).sum(axis=0)
    mean = np.where(counts > 0, np.nansum(there, axis=0) / np.maximum(counts, 1), 0.0)
    if usual > 1:
        return usual if usual < n and mean[usual] > LEAST else 1
    return strongest(mean)


def autocorrelation(changes: Array) -> Array:
    """r_k = Σ d_t d_{t+k} / Σ d_t², for lags k up to a third of the steps."""
    d = changes - changes.mean()
    n = len(d)
    spectrum = np.fft.rfft(d, 2 * n)
    r = np.fft.irfft(spectrum * spectrum.conj())[: min(n // 3 + 2, LONGEST + 2)]
    return r / r[0] if r[0] > 0 else np.zeros_like(r)


def strongest(r: Array) -> int:
    """The shortest lag of at least 2 that is a peak, nearly as high as the highest; 1 if no peak is clear."""
    if len(r) < 4:
        return 1
    peaks = np.flatnonzero((r[2:-1] > r[1:-2]) & (r[2:-1] >= r[3:])) + 2
    peaks = peaks[r[peaks] > CLEAR]
    return int(peaks[r[peaks] >= NEAR * r[peaks].max()][0]) if peaks.size else 1
