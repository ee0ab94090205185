"""The data of a training run: rows checked and encoded as the loss reads them, and rows held out for validation."""

from typing import Any

import numpy as np

from glassnet.engine.job import Samples
from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.training.checks import check_inputs, check_weights
from glassnet.training.splitting import split_rows
from glassnet.training.targets import encode_targets

Data = tuple[Samples, Array]  # the rows as the engine reads them, and their y as the user gave it, for metrics


def prepare(layout: Layout, loss: Loss, dtype: np.dtype, X: Any, y: Any, weights: Any = None, *, of: str = "") -> Data:
    """Rows for the engine; `of` tells messages whose X and y they are (" of validation")."""
    X = check_inputs(X, layout.input_shape, dtype, f"X{of}")
    Y = encode_targets(loss, y, len(X), layout.output_shape[0], dtype, f"y{of}")
    return Samples(X, Y, check_weights(weights, len(X), dtype)), np.asarray(y)


def hold_out(
    layout: Layout, loss: Loss, data: Data, validation: Any, rng: np.random.Generator
) -> tuple[Data, Data | None]:
    """(rows to train on, rows to validate on), from a share or from given arrays."""
    samples, y = data
    if validation is None:
        return data, None
    if isinstance(validation, (tuple, list)) and len(validation) in (2, 3):
        return data, prepare(layout, loss, samples.X.dtype, *validation, of=" of validation")
    if isinstance(validation, bool) or not isinstance(validation, (int, float)):
        came = type(validation).__name__
        raise InvalidInput(f"validation must be a share such as 0.2, or arrays (X, y) or (X, y, weights), got {came}.")
    labels = y if loss.targets in ("classes", "binary") and y.ndim == 1 else None
    rest, held = split_rows(len(y), validation, rng, labels)
    return (samples.of(rest), y[rest]), (samples.of(held), y[held])
