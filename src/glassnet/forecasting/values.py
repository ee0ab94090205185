"""Series as they are given: an array with a column for each, or a sequence of series of different lengths."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array

Series: TypeAlias = tuple[Array, ...]  # each (steps,), float64
Values: TypeAlias = Array | Sequence[Array]


def series_of(values: Values, called: str = "values") -> Series:
    """The series of an array (steps, channels) or (steps,), or of a sequence of arrays (steps,), as float64."""
    if isinstance(values, np.ndarray):
        if values.ndim not in (1, 2) or not values.size:
            shape = " × ".join(map(str, values.shape))
            raise InvalidInput(
                f"{called} must be an array (steps, channels) with at least one step, got shape {shape}."
            )
        found = [*numbers(values, called).reshape(len(values), -1).T]
    else:
        found = [numbers(np.asarray(each), f"series {k} of {called}") for k, each in enumerate(values)]
    if not found:
        raise InvalidInput(f"{called} must hold at least one series, got none.")
    for k, each in enumerate(found):
        if each.ndim != 1 or not each.size:
            raise InvalidInput(f"series {k} of {called} must be a row of numbers, got shape {each.shape}.")
        if np.isinf(each).any():
            step = int(np.flatnonzero(np.isinf(each))[0])
            raise InvalidInput(f"series {k} of {called} is infinite at step {step}: use NaN for a missing value.")
    return tuple(np.ascontiguousarray(each) for each in found)


def numbers(values: Array, called: str) -> Array:
    """Values as float64, or one sentence."""
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(
            f"{called} must be numbers, got {values.dtype} such as {brief(values.ravel()[:1].tolist()[0])}."
        ) from None


def joined(earlier: Series, later: Series) -> Series:
    """Each series with what follows it."""
    if len(earlier) != len(later):
        raise InvalidInput(
            f"validation must continue the same series: values hold {len(earlier)} of them, validation {len(later)}."
        )
    return tuple(np.concatenate(both) for both in zip(earlier, later, strict=True))


def carried(values: Array, season: int) -> Array:
    """Values with those that are missing taken from one season before, or else from the step before.

    Nothing is taken from later, so that a forecast from the middle of a series knows no more than it could.

    >>> carried(np.array([1.0, 2.0, np.nan, np.nan]), 2)
    array([1., 2., 1., 2.])
    """
    gaps = np.flatnonzero(np.isnan(values))
    if not gaps.size:
        return values
    filled = np.array(values, np.float64)
    if np.isnan(filled[0]):
        filled[0] = filled[np.isfinite(filled)][:1].sum()  # the first that is known, or 0
    for step in gaps[gaps > 0]:
        filled[step] = filled[step - season if step >= season else step - 1]
    return filled


def whole_number(value: object, called: str) -> int:
    """A whole number of at least 1, or one sentence."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < 1:
        raise InvalidInput(f"{called} must be a whole number of steps, at least 1, got {value!r}.")
    return int(value)
