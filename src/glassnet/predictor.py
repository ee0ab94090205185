"""Prediction row by row, as a small service makes it for each request."""

import threading
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered, for_each_row
from glassnet.engine.layout import Layout
from glassnet.engine.overflow import told
from glassnet.engine.plan import Plan, rows_at_a_time
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.training.inputs.arrays import as_numbers
from glassnet.training.inputs.checks import cast, check_codes

if TYPE_CHECKING:
    from glassnet.engine.engine import Engine

ROWS = 64  # at a time, at most


class PerThread(threading.local):
    """What one thread predicts with: memory that no other thread writes to. Made at the thread's first call."""

    def __init__(self, engine: "Engine", layout: Layout, parameters: Array, state: Array):
        self.run = engine.row_predictor(
            Plan(layout, parameters, rows_at_a_time(layout, ROWS), training=False, state=state)
        )


@answered
class Predictor:
    """Fast predictions for one sample or a few at a time.

    Made by `Network.predictor`. Called with x (n_features,), it gives (n_outputs,); with (n, n_features), it gives (n,
    n_outputs). Fastest is a C-ordered array of the network's dtype; other numbers are converted first, which takes a
    few microseconds.

    It reads the network's parameters where they are, so it follows further training and changes in `net.arrays`;
    `build` draws new ones, after which a new predictor is needed. Threads may share it: each gets memory of its own at
    its first call.

    Raises InvalidInput for inputs that are not finite or do not fit, as `predict` does.

    >>> import glassnet as gn
    >>> predictor = gn.Network([gn.Dense(8, "relu"), gn.Dense(3, "softmax")]).build(4, seed=0).predictor()
    >>> predictor([5.1, 3.5, 1.4, 0.2]).shape, predictor([[5.1, 3.5, 1.4, 0.2]]).shape
    ((3,), (1, 3))
    """

    def __init__(self, layout: Layout, parameters: Array, state: Array, engine: "Engine"):
        self._shape, self._outputs, self._dtype = layout.input_shape, layout.output_shape, parameters.dtype
        self._codes, self._parameters = layout.codes, parameters
        self._thread = PerThread(engine, layout, parameters, state)

    def __repr__(self) -> str:
        outputs = self._outputs[0] if len(self._outputs) == 1 else self._outputs
        return f"Predictor({self._shape} → {outputs}, {self._dtype})"

    def __call__(self, x: ArrayLike) -> Array:
        """The outputs for x."""
        given = x
        if type(x) is not np.ndarray or x.dtype is not self._dtype or not x.flags.c_contiguous:
            x = self._converted(x)
        if x.shape == self._shape:
            out = np.empty(self._outputs, self._dtype)
        else:
            out = np.empty((self._count(x), *self._outputs), self._dtype)
        if self._codes:
            check_codes(x.reshape(-1, *self._shape), self._codes, "x")
        if not self._thread.run(x, out):
            cast(np.asarray(given), self._dtype, "x")  # says where it is not finite
            told(out, False, self._parameters)
        return out

    @for_each_row
    def outputs(self, x: Array) -> tuple[Array, bool]:
        """The outputs, and whether all are finite, for an array that fits as it is: C-ordered, and of the dtype.

        What a column of codes holds is not looked at.
        """
        out = np.empty((len(x), *self._outputs) if x.ndim > len(self._shape) else self._outputs, self._dtype)
        return out, self._thread.run(x, out)

    def _converted(self, x: ArrayLike) -> Array:
        with np.errstate(over="ignore"):  # too large for float32 is infinite there, and refused
            return np.asarray(as_numbers(x, "x"), self._dtype, order="C")

    def _count(self, x: Array) -> int:
        if x.shape[1:] != self._shape or x.ndim == 0:
            many = ", ".join(["n", *map(str, self._shape)])
            raise InvalidInput(
                f"x must have shape {self._shape}, one sample, or ({many}), n of them; got shape {x.shape}."
            )
        if not len(x):
            raise InvalidInput(f"x has no rows: shape {x.shape}.")
        return len(x)
