"""The inputs of pictures of forecasts, checked: series in the order of time, and forecasts by window and step."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.training.inputs.arrays import as_numbers


def series_of(values: Any, name: str, n: int | None = None) -> Array:
    """A series (steps,), or its single column, as float64, NaN where a value is missing; `n` is how long it must be."""
    found = as_numbers(values, name).astype(np.float64)
    found = found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
    if found.ndim != 1 or not np.isfinite(found).any():
        raise InvalidInput(
            f"{name} must be a series (steps,) of numbers, one column of yours; got shape {found.shape}."
        )
    if n is not None and len(found) != n:
        raise InvalidInput(f"{name} must have {n} steps, as many as the forecast; it has {len(found)}.")
    return found


def by_step(values: Any, name: str, like: Array | None = None) -> Array:
    """Numbers (windows, horizon, channels) of several forecasts, or without channels; as (rows, horizon)."""
    found = as_numbers(values, name).astype(np.float64)
    if found.ndim not in (2, 3) or not found.size:
        raise InvalidInput(f"{name} must be (windows, horizon) or (windows, horizon, channels), got {found.shape}.")
    flat: Array = np.moveaxis(found, 1, -1).reshape(-1, found.shape[1])
    if like is not None and flat.shape != like.shape:
        raise InvalidInput(f"{name} must have the shape of truth, got {found.shape}.")
    return flat


def season_of(season: object, n: int, least: int = 1) -> int:
    """A season that so many steps hold at least once."""
    if isinstance(season, bool) or not isinstance(season, (int, np.integer)) or not least <= season <= n:
        raise InvalidInput(f"season must be a whole number of steps, {least} to {n} here, got {brief(season)}.")
    return int(season)
