"""Targets of sequences: one for each step, of which some may not count."""

import math

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.layers.layer import Shape
from glassnet.training.inputs.checks import check_weights

LEFT_OUT = -1  # the class number of a step that does not count


def by_step(loss: Loss, y: Array, shape: Shape, name: str = "y") -> Array:
    """Targets (n, steps) or (n, steps, columns) as one row a step; steps that do not count get class 0."""
    steps, wanted = shape[:-1], (len(y), *shape[:-1])
    several = y.ndim == len(shape) + 1 and y.shape[:-1] == wanted
    if y.shape != wanted and not several and y.size != math.prod(wanted):
        raise InvalidInput(
            f"the last layer gives outputs of shape {shape}, a row for each step, so {name} must have shape {wanted}, "
            f"a target a step, got {y.shape}; for one target a sample, put Flatten() in front of the last layer, or "
            "MeanOfMembers() behind it where the steps are members."
        )
    rows = y.reshape(len(y) * math.prod(steps), *(y.shape[-1:] if several else ()))
    if loss.targets != "classes" or rows.ndim > 1 or rows.dtype.kind not in "iu":
        return rows
    outside = (rows < LEFT_OUT) | (rows >= shape[-1])
    if outside.any():
        row, *step = np.unravel_index(int(np.argmax(outside)), wanted)
        raise InvalidInput(
            f"{name} holds label {rows[outside][0]} at row {row}, step {', '.join(map(str, step))}, but the last layer "
            f"has {shape[-1]} units for the classes 0…{shape[-1] - 1}, and −1 is a step that does not count."
        )
    return np.maximum(rows, 0)


def step_weights(
    loss: Loss,
    y: Array,
    shape: Shape,
    weights: ArrayLike | None,
    dtype: np.dtype,
    name: str = "y",
    some: bool = True,
) -> Array | None:
    """A weight (n, steps) for each step, 0 where its class is −1; None where all steps count alike.

    With `some`, at least one must count.
    """
    wanted = (len(y), *shape[:-1])
    coded = loss.targets == "classes" and y.size == math.prod(wanted) and y.dtype.kind in "iu"
    counts = y.reshape(wanted) != LEFT_OUT if coded else np.ones(wanted, bool)
    if some and not counts.any():
        raise InvalidInput(f"{name} holds −1 alone, so no step counts: at least one needs a class.")
    given = check_weights(weights, wanted, dtype, some)
    if given is None:
        return None if counts.all() else counts.astype(dtype)
    found: Array = given.reshape(len(y), *(given.shape[1:] or (1,) * len(shape[:-1]))) * counts.astype(dtype)
    if some and not found.any():
        raise InvalidInput(f"all steps that count in {name} have sample_weight 0.")
    return found
