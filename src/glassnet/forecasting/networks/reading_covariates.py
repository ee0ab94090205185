"""Columns beside series as a person hands them over, checked and brought to the steps at which they act."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.forecasting.networks.covariates import Covariates
from glassnet.forecasting.values import numbers
from glassnet.formulas.elementary import Array

Beside: TypeAlias = Array | Sequence[Array] | None


def covariates_of(past: Beside, future: Beside, static: Any, lengths: Sequence[int], horizon: int) -> Covariates:
    """The columns beside series of these lengths; one that is known no further than they are acts a horizon later."""
    known = columns_of(future, "future", lengths)
    late = [later(each, horizon) for each in columns_of(past, "past", lengths)]
    both = [known, late] if known and late else [known or late]
    found = tuple(np.concatenate(each, axis=1) for each in zip(*both, strict=True))
    return Covariates(found, static_of(static, len(lengths)))


def later(columns: Array, steps: int) -> Array:
    """Columns so many steps later; before they begin, their first values."""
    return columns[np.maximum(np.arange(len(columns)) - steps, 0)]


def columns_of(given: Beside, called: str, lengths: Sequence[int]) -> list[Array]:
    """The columns (steps, columns) of each series, of as many steps as the series has."""
    if given is None:
        return []
    found = list(of_each(given, called, len(lengths)))
    for k, (each, length) in enumerate(zip(found, lengths, strict=True)):
        if each.ndim != 2 or len(each) != length or not each.shape[1]:
            raise InvalidInput(
                f"{called} must have a row of columns for each of the {length} steps of series {k}, got shape "
                f"{each.shape}."
            )
        if each.shape[1] != found[0].shape[1]:
            raise InvalidInput(
                f"{called} must have the same columns for all series: {found[0].shape[1]} of series 0, "
                f"{each.shape[1]} of series {k}."
            )
        check_finite(each, f"{called} of series {k}")
    return found


def of_each(given: Array | Sequence[Array], called: str, n: int) -> Sequence[Array]:
    """Columns (steps, columns) of each series, from those of all, (steps, series, columns), or a sequence of them."""
    if isinstance(given, np.ndarray):
        array = numbers(given, called)
        if array.ndim == 3 and array.shape[1] == n:
            return [*array.transpose(1, 0, 2)]
        if array.ndim != 2:
            raise InvalidInput(
                f"{called} must be an array (steps, columns) for all series or (steps, {n}, columns), or a sequence of "
                f"an array (steps, columns) for each, got shape {array.shape}."
            )
        return [array] * n
    if len(given) != n:
        raise InvalidInput(f"{called} must hold an array for each of the {n} series, got {len(given)}.")
    return [numbers(np.asarray(each), f"{called} of series {k}") for k, each in enumerate(given)]


def static_of(given: Any, n: int) -> Array:
    """Static columns (series, columns)."""
    if given is None:
        return np.empty((n, 0))
    found = numbers(np.asarray(given), "static")
    if found.ndim != 2 or len(found) != n:
        raise InvalidInput(f"static must be an array ({n} series, columns), got shape {found.shape}.")
    check_finite(found, "static")
    return found


def check_finite(values: Array, called: str) -> None:
    """Refuse columns in which a value is missing."""
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise InvalidInput(f"{called} must be finite, it is not in row {row}: fill it first.")


def columns_beside(given: Any, called: str, shape: tuple[int, int], n_steps: int, n_columns: int) -> Array:
    """Columns beside windows, (windows, channels, n_steps, columns), from those of all or of each channel.

    Of more steps, the last `n_steps` are taken.
    """
    n, channels = shape
    if given is None and not n_columns:
        return np.empty((n, channels, n_steps, 0))
    if given is None:
        raise InvalidInput(f"predict needs {called}=, as fit had it: an array ({n}, {n_steps} steps, {n_columns}).")
    found = numbers(np.asarray(given), called)
    found = found[:, :, None, :].repeat(channels, axis=2) if found.ndim == 3 else found
    if found.ndim != 4 or found.shape[::2] != (n, channels) or found.shape[1] < n_steps or found.shape[3] != n_columns:
        raise InvalidInput(
            f"{called} must be ({n}, at least {n_steps} steps, {n_columns} columns), for each channel if you like: "
            f"({n}, steps, {channels}, {n_columns}); got {np.shape(given)}."
        )
    found = found[:, -n_steps:].transpose(0, 2, 1, 3)
    if not np.isfinite(found).all():
        raise InvalidInput(f"{called} must be finite in its last {n_steps} steps: fill it first.")
    return found
