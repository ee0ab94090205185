"""Targets y as a loss reads them: an array with one column an output, checked first."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.engine.machine.memory import allocate
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.layers.layer import Shape
from glassnet.training.inputs.arrays import as_array, as_numbers, variable
from glassnet.training.inputs.checks import BLOCK, cast, check_finite
from glassnet.training.inputs.steps import by_step


def encode_targets(
    loss: Loss, y: ArrayLike, n_rows: int, outputs: int | Shape, dtype: np.dtype, name: str = "y"
) -> Array:
    """Y (n, n_outputs) in the dtype: class numbers become one row of shares each, quantile targets are repeated.

    With outputs of a shape (steps, n_outputs), there is a row for each step: Y (n, steps, n_outputs).
    """
    y = as_targets(loss, y, n_rows, name)
    shape = outputs if isinstance(outputs, tuple) else (outputs,)
    if len(shape) == 1:
        return _encoded(loss, y, n_rows, shape[0], dtype, name)
    rows = by_step(loss, y, shape, name)
    return _encoded(loss, rows, len(rows), shape[-1], dtype, name).reshape(n_rows, *shape)


def _encoded(loss: Loss, y: Array, n_rows: int, n_outputs: int, dtype: np.dtype, name: str) -> Array:
    encode = _ENCODERS[loss.targets]
    if y.size * n_outputs <= BLOCK:
        return cast(encode(loss, y, n_outputs, name), dtype, name)
    try:
        return _by_blocks(lambda rows: encode(loss, rows, n_outputs, name), y, (n_rows, n_outputs), dtype, name)
    except InvalidInput:
        return cast(encode(loss, y, n_outputs, name), dtype, name)  # which says where among all rows


def as_targets(loss: Loss, y: ArrayLike, n_rows: int, name: str = "y") -> Array:
    """y as an array with as many rows as X, values unchecked; a column of class numbers becomes one-dimensional."""
    y = as_array(y, name)
    if y.ndim == 0 or len(y) != n_rows:
        given = f"{name} has {len(y)}" if y.ndim else f"{name} is not an array of rows"
        raise InvalidInput(f"X has {n_rows} rows, {given}: they must have the same number of rows.")
    return y[:, 0] if loss.targets == "classes" and y.shape == (n_rows, 1) else y


def _by_blocks(encode: Callable[[Array], Array], y: Array, shape: Shape, dtype: np.dtype, name: str) -> Array:
    """Encoded a block of rows at a time, so that what lies between takes little memory."""
    Y = allocate(shape, dtype)
    size = max(1, BLOCK // shape[1])
    for start in range(0, len(y), size):
        Y[start : start + size] = cast(encode(y[start : start + size]), dtype, name)
    return Y


def _numbers(loss: Loss, y: Array, n_outputs: int, name: str) -> Array:
    Y = check_finite(as_numbers(y, name), name)
    Y = Y[:, np.newaxis] if Y.ndim == 1 else Y
    each = loss.outputs_per_target()
    if Y.ndim != 2 or Y.shape[1] * each != n_outputs:
        labels = y.ndim == 1 and y.dtype.kind in "iu" and n_outputs > 1
        hint = " For class numbers use loss='cross_entropy', or one-hot rows." if labels else ""
        if n_outputs % each:
            what = f"with {each} levels " if loss.name == "quantile" else ""
            raise InvalidInput(f"{loss.name} {what}needs outputs in multiples of {each}, not {n_outputs}.")
        shape = (len(y), n_outputs // each)
        raise InvalidInput(f"{loss.name} with {n_outputs} outputs needs {name} of shape {shape}, got {y.shape}.{hint}")
    return np.repeat(Y, each, axis=1)


def _counts(loss: Loss, y: Array, n_outputs: int, name: str) -> Array:
    Y = _numbers(loss, y, n_outputs, name)
    if (Y < 0).any():
        raise InvalidInput(f"{loss.name} needs counts of at least 0 in {name}, got {Y.min()}.")
    return Y


def _binary(loss: Any, y: Array, n_outputs: int, name: str) -> Array:
    Y = _numbers(loss, y, n_outputs, name)
    if (Y < 0).any() or (Y > 1).any():
        wrong = Y[(Y < 0) | (Y > 1)][0]
        raise InvalidInput(
            f"{loss.name} needs labels 0 and 1 in {name}, got {wrong}. More classes need 'cross_entropy' and softmax."
        )
    smoothing = getattr(loss, "label_smoothing", 0.0)  # a user's own loss may have none
    return Y * (1.0 - smoothing) + 0.5 * smoothing if smoothing else Y


def _classes(loss: Any, y: Array, n_outputs: int, name: str) -> Array:
    if n_outputs < 2:
        raise InvalidInput(
            "cross_entropy needs one output per class, at least 2; for one yes-or-no output use "
            "'binary_cross_entropy' with activation 'sigmoid'."
        )
    Y = _one_hot(y, n_outputs, name) if y.ndim == 1 else _shares(y, n_outputs, name)
    return Y * (1.0 - loss.label_smoothing) + loss.label_smoothing / n_outputs


def _several_classes(loss: Any, y: Array, n_outputs: int, name: str) -> Array:
    loss.columns(n_outputs)  # it refuses another number of outputs
    sizes = loss.sizes
    Y = y[:, np.newaxis] if y.ndim == 1 else y
    if Y.shape[1:] == (len(sizes),):
        columns = zip(Y.T, sizes, strict=True)
        return np.hstack([_one_hot(column, n, f"{name}[:, {k}]") for k, (column, n) in enumerate(columns)])
    if Y.shape[1:] != (n_outputs,):
        raise InvalidInput(
            f"{loss.name} needs {name} of shape ({len(y)}, {len(sizes)}), a column of class numbers for each target, "
            f"or one-hot rows ({len(y)}, {n_outputs}), got {y.shape}."
        )
    parts = np.split(Y, np.cumsum(sizes)[:-1], axis=1)
    return np.hstack([_shares(part, n, name) for part, n in zip(parts, sizes, strict=True)])


def _one_hot(y: Array, n_outputs: int, name: str) -> Array:
    if y.dtype.kind not in "iub":
        given = variable(name)
        how = f"{given}.astype(int)" if y.dtype.kind == "f" else f"np.unique({given}, return_inverse=True)[1]"
        raise InvalidInput(
            f"class labels in {name} must be whole numbers 0…{n_outputs - 1}, "
            f"got {y.dtype} such as {y.tolist()[0]!r}: try {how}."
        )
    outside = (y < 0) | (y >= n_outputs)
    if outside.any():
        row = int(np.argmax(outside))
        raise InvalidInput(
            f"{name} holds label {y[row]} at row {row}, but the last layer has {n_outputs} units "
            f"for the classes 0…{n_outputs - 1}."
        )
    return np.equal(y[:, np.newaxis], np.arange(n_outputs)).astype(np.float64)


def _shares(y: Array, n_outputs: int, name: str) -> Array:
    Y = check_finite(as_numbers(y, name), name)
    if Y.shape[1:] != (n_outputs,):
        raise InvalidInput(
            f"the last layer has {n_outputs} units, so one-hot {name} must have shape ({len(y)}, {n_outputs}), "
            f"got {y.shape}."
        )
    if (Y < 0).any() or not np.allclose(Y.sum(axis=1), 1.0, atol=1e-4):
        raise InvalidInput(f"the rows of one-hot {name} must hold numbers of at least 0 that add up to 1.")
    return Y


_ENCODERS: dict[str, Callable[[Any, Array, int, str], Array]] = {
    "numbers": _numbers,
    "counts": _counts,
    "binary": _binary,
    "classes": _classes,
    "several classes": _several_classes,
}
