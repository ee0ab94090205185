"""Convert a block of rows into the memory that the engine reads."""

import numpy as np
from numpy.typing import ArrayLike

from glassnet.engine.job import Samples
from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput
from glassnet.training.inputs.checks import as_samples, cast_into, check_codes, check_weights
from glassnet.training.inputs.class_weights import weighed
from glassnet.training.inputs.steps import step_weights
from glassnet.training.inputs.targets import as_targets, encode_targets
from glassnet.training.loop.settings import Settings


class BlockConverter:
    """Rows whose numbers are checked as they are converted; `of` tells messages whose they are (" of block 2")."""

    def __init__(
        self, X: ArrayLike, y: ArrayLike, weights: ArrayLike | None, of: str, layout: Layout, settings: Settings
    ):
        self.of, self.layout, self.settings = of, layout, settings
        self.X = as_samples(X, layout.input_shape, f"X{of}")
        self.y = as_targets(settings.loss, y, len(self.X), f"y{of}")
        self.weights = weights

    def __len__(self) -> int:
        return len(self.X)

    def write(self, rows: slice, into: Samples) -> None:
        """Convert some of the rows into the memory of as many."""
        try:
            self._convert(rows, into)
        except InvalidInput:
            self._convert(slice(None), into.empty(len(self)))  # which says where among all rows
            raise

    def _convert(self, rows: slice, into: Samples) -> None:
        y, dtype, loss, balance = self.y[rows], into.X.dtype, self.settings.loss, self.settings.class_weight
        check_codes(cast_into(self.X[rows], into.X, f"X{self.of}"), self.layout.codes, f"X{self.of}")
        shape = self.layout.output_shape
        if len(shape) > 1:
            weights = step_weights(loss, self.y, shape, self.weights, dtype, f"y{self.of}", some=False)
            if weights is None and into.weights is not None:
                weights = np.ones((len(self), *shape[:-1]), dtype)
        else:
            weights = check_weights(self.weights, len(self), dtype, some=False)
        if balance is None and (weights is None) != (into.weights is None):
            raise InvalidInput(f"all blocks must have weights, or none: X{self.of} differs from the first.")
        into.Y[...] = encode_targets(loss, y, len(y), into.Y.shape[1:], dtype, f"y{self.of}")
        made = Samples(into.X, into.Y, None if weights is None else weights[rows])
        if balance is not None:
            made, _ = weighed((made, y), loss, np.asarray(balance))
        if into.weights is not None:
            into.weights[...] = made.weights
