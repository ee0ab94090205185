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
    layout: Layout, loss: Loss, data: Data, validation: Any, rng: "np.random.Generator"
) -> tuple[Data, Data | None]:
    """(rows to train on, rows to validate on), from a share or from given arrays."""
    samples, y = data
    if validation is None:
        return data, None
    if isinstance(validation, (tuple, list)) and len(validation) in (2, 3):
        return data, prepare(layout, loss, samples.X.dtype, *validation, of=" of validation")
    if isinstance(validation, bool) or not isinstance(validation, (int, float, np.number)):
        came = type(validation).__name__
        raise InvalidInput(f"validation must be a share such as 0.2, or arrays (X, y) or (X, y, weights), got {came}.")
    rest, held = split_rows(len(y), float(validation), rng, labels_of(loss, y))
    for part, name in ((rest, "to train on"), (held, "held out")):
        if samples.weights is not None and not samples.weights[part].any():
            raise InvalidInput(f"all rows {name} have sample_weight 0.")
    return (samples.of(rest), y[rest]), (samples.of(held), y[held])


def labels_of(loss: Loss, y: Array) -> Array | None:
    """The classes whose shares a hold-out keeps: class numbers, one-hot rows, or one column of 0 and 1."""
    if loss.targets == "classes" and y.ndim == 2:
        return y.argmax(axis=1)
    whole = y.dtype.kind in "iub" or bool((y == np.round(y)).all())
    return y if loss.targets in ("classes", "binary") and y.ndim == 1 and whole else None
