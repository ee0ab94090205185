"""A function of one's own tried out on a few rows, before a network is built with it."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Shape
from glassnet.taping.graph import Traced, gradients
from glassnet.taping.own import named

ROWS = 3  # in what a function is tried out on
MIXED = (
    "the output for a row depends on the rows around it, so that a prediction would change with them: compute within "
    "rows, such as x.mean(axis=-1, keepdims=True), not x.mean(axis=0)."
)


@lru_cache(256)
def tried_out(layer: Any, shape: Shape) -> Shape:
    """The shape of a row of the output, from a few rows; refuses what cannot be differentiated, and mixed rows."""
    rng = np.random.default_rng(0)
    arrays = {name: rng.uniform(size=each.shape) for name, each in layer.parameters(shape).items()}
    X = rng.uniform(size=(ROWS, *shape))
    with named(layer.title()), np.errstate(all="ignore"):
        leaves = {"x": Traced(X, name="x"), **{name: Traced(each, name=name) for name, each in arrays.items()}}
        traced = layer.run(leaves["x"], {name: leaves[name] for name in arrays})
        check_output(traced, ROWS)
        check_rows(lambda rows: layer.run(X[rows].copy(), arrays), traced.value, MIXED)
        gradients(traced, np.ones_like(traced.value), [*leaves.values()])
    found: Shape = traced.shape[1:]
    return found


def check_rows(run: Callable[[slice], Any], value: Array, mixed: str) -> None:
    """Refuse what gives other numbers for the same rows, or for a row alone, of which the message is `mixed`."""
    if np.shape(again := run(slice(None))) != value.shape or not np.allclose(again, value, equal_nan=True):
        raise InvalidInput(
            "it gives other numbers each time that it is called: what it computes may depend on its arguments alone "
            "(gn.Dropout and gn.GaussianNoise are layers that draw numbers)."
        )
    for k in (0, len(value) - 1):
        alone = run(slice(k, k + 1))
        if len(alone) != 1:
            raise InvalidInput(
                f"for one row it gives {len(alone)}: an array that it uses has an axis of {len(alone)} where rows are."
            )
        if alone.shape[1:] != value.shape[1:] or not np.allclose(alone[0], value[k], equal_nan=True):
            raise InvalidInput(mixed)


def check_output(output: Any, n: int) -> None:
    """Refuse what is not one row of numbers for each row of the input."""
    if not isinstance(output, Traced):
        raise InvalidInput(f"the function must return an array made of its arguments, got {brief(output)}.")
    if output.dtype.kind != "f":
        flat = "comparisons have" if output.dtype == bool else "whole numbers, which steps lead to, have"
        raise InvalidInput(f"the function must return numbers with a fraction, not {output.dtype}: {flat} no slope.")
    if output.ndim < 2 or len(output) != n:
        column = " (write keepdims=True for a column)" if output.shape == (n,) else ""
        raise InvalidInput(
            f"the function must return a row for each row of its input: for {n} rows it gave the shape "
            f"{output.shape}{column}."
        )
    if output.size == 0:
        raise InvalidInput(f"the function must return at least one number a row, got the shape {output.shape}.")
