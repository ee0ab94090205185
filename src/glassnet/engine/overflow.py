"""Outputs that are not finite: looked for at next to no cost, and told in one sentence."""

import math

import numpy as np

from glassnet.calls import warn
from glassnet.formulas.elementary import Array


def finite(out: Array) -> bool:
    """Whether all numbers of an array are finite.

    A sum of squares is infinite or NaN where one of them is: a single pass, and no array of truth values.
    """
    return math.isfinite(np.vdot(out, out)) or bool(np.isfinite(out).all())


def told(out: Array, whole: bool, parameters: Array) -> Array:
    """Predictions, with a warning where they are not finite; the same words each time, so Python shows them once."""
    if whole:
        return out
    cause = (
        f"its weights or the inputs are so large that {parameters.dtype} overflows: scale the inputs, or use "
        f"a lower learning rate"
        if np.isfinite(parameters).all()
        else "its own parameters are not finite: build it and train it again"
    )
    warn(
        f"the network predicts values that are not finite (inf or nan), as {cause}. np.isfinite finds the rows.",
        RuntimeWarning,
    )
    return out
