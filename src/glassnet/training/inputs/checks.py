"""Check input data before any work starts; each mistake gets one sentence."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from glassnet.calls import warn
from glassnet.engine.layout import Layout, check_marks
from glassnet.engine.machine.memory import allocate
from glassnet.errors import InvalidInput, brief
from glassnet.files.paths import is_path
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.layers.convolution.convolution import Conv2D
from glassnet.layers.layer import Layer, Shape
from glassnet.training.inputs.arrays import as_numbers, variable

MOST = 2**31 - 1  # largest count: the product of two is still a 64-bit integer
LARGEST_SEED = 2**128 - 1
BLOCK = 1 << 20  # numbers that are checked together
PIECE = 1 << 16  # numbers that are converted at a time, and looked at while they are in the cache
PIECE_ROWS = 64  # at least, so that turning an array of columns into rows reads whole lines of the cache


def check_inputs(
    X: ArrayLike, shape: Shape | None, dtype: np.dtype, name: str = "X", codes: Mapping[int, int] | None = None
) -> Array:
    """X as a C-ordered array of the dtype, one row a sample; `shape` is that of one sample, if it is known already.

    `codes` are the columns that hold whole numbers, as in `check_codes`.
    """
    X = cast(as_samples(X, shape, name), dtype, name)
    check_codes(X, {} if codes is None else codes, name)
    return X


def as_samples(X: ArrayLike, shape: Shape | None, name: str = "X") -> Array:
    """X as an array of numbers, one row a sample, before any number is looked at."""
    X = as_numbers(X, name)
    if X.ndim < 2:
        hint = f" One sample is {variable(name)}.reshape(1, -1)." if X.ndim == 1 else ""
        raise InvalidInput(f"{name} must have one row per sample, (n_samples, n_features); got shape {X.shape}.{hint}")
    if len(X) == 0:
        raise InvalidInput(f"{name} has no rows: shape {X.shape}.")
    if shape is not None:
        check_features(X, shape, name)
    return X


def check_features(X: Array, shape: Shape, name: str = "X") -> None:
    """Refuse rows whose shape differs from the one that a network was built for."""
    if X.shape[1:] != shape:
        came, hint = _features(X.shape[1:]), _hint(X.shape[1:], shape, variable(name))
        if X.shape == shape:
            hint = f" One sample is {variable(name)}[np.newaxis]."
        raise InvalidInput(f"{name} must have {_features(shape)}, as the network was built for; it has {came}.{hint}")


def _hint(came: Shape, shape: Shape, name: str) -> str:
    """The line to write for pictures or series whose channels come first, or have no axis."""
    if len(shape) > 1 and came == (shape[-1], *shape[:-1]):
        order = ", ".join(map(str, (0, *range(2, len(shape) + 1), 1)))
        return f" {name}.transpose({order}) puts the channels last."
    return f" {name}[..., np.newaxis] adds the channel." if (*came, 1) == shape and len(came) > 1 else ""


def check_codes(X: Array, codes: Mapping[int, int], name: str = "X") -> None:
    """Refuse columns of codes that hold anything but 0, 1, … below their number of categories."""
    for column, categories in codes.items():
        given = X[:, column]
        wrong = (given != np.rint(given)) | (given < 0) | (given >= categories)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise InvalidInput(
                f"column {column} of {name} must hold whole numbers 0…{categories - 1}, the codes of {categories} "
                f"categories; it holds {given[row]:g} at row {row} ({np.count_nonzero(wrong)} such values in total)."
            )
    check_padding(X, getattr(codes, "padding", None), name)


def check_padding(X: Array, padding: float | None, name: str = "X") -> None:
    """Refuse sequences that hold nothing but what fills them up."""
    if padding is None:
        return
    alone = (X.dtype.type(padding) == X).reshape(len(X), -1).all(axis=1)
    if alone.any():
        raise InvalidInput(
            f"row {int(np.argmax(alone))} of {name} holds padding ({padding:g}) alone ({np.count_nonzero(alone)} such "
            "rows in total): a sequence needs at least one step."
        )


def cast(values: Array, dtype: np.dtype, name: str) -> Array:
    """Values as a C-ordered array of the dtype, all finite in it."""
    if values.size > PIECE and not as_it_lies(values, dtype):
        return cast_into(values, allocate(values.shape, dtype), name)
    with np.errstate(over="ignore"):  # too large for float32 is infinite there, and refused below
        converted = np.ascontiguousarray(values, dtype)
    return check_finite(converted, name, values)


def cast_into(values: Array, into: Array, name: str) -> Array:
    """Values converted into an array of their shape, all finite in its dtype."""
    size = max(PIECE_ROWS, PIECE * len(values) // max(1, values.size))
    with np.errstate(over="ignore"):
        for start in range(0, len(values), size):
            piece = into[start : start + size]
            piece[...] = values[start : start + size]
            if not np.isfinite(piece).all():
                into[...] = values
                check_finite(into, name, values)
    return into


def as_it_lies(values: Array, dtype: np.dtype) -> bool:
    """Whether an engine reads an array without converting it."""
    return values.dtype == dtype and values.flags.c_contiguous and values.flags.aligned


def check_finite(values: Array, name: str, given: Array | None = None) -> Array:
    """Values without NaN and infinity; the message names the first place that has one."""
    if not all(np.isfinite(rows).all() for rows in by_blocks(values)):
        finite = np.isfinite(values)
        shown = values if given is None else given
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        where = f"row {place[0]}" + (f", column {', '.join(map(str, place[1:]))}" if len(place) > 1 else "")
        raise InvalidInput(
            f"{name} must be finite in {values.dtype}; it holds {shown[place]} at {where} "
            f"({np.count_nonzero(~finite)} such values in total)."
        )
    return values


def by_blocks(values: Array) -> Iterator[Array]:
    """Consecutive rows of an array, few enough that what is computed of them takes little memory."""
    if values.size <= BLOCK:
        yield values
        return
    size = max(1, BLOCK * len(values) // values.size)
    for start in range(0, len(values), size):
        yield values[start : start + size]


def check_weights(weights: ArrayLike | None, n: int | Shape, dtype: np.dtype, some: bool = True) -> Array | None:
    """Sample weights: one a row (of n = (rows, steps) one a row or a step), none negative, with `some` not all 0."""
    if weights is None:
        return None
    weights = as_numbers(weights, "sample_weight")
    shape = n if isinstance(n, tuple) else (n,)
    if weights.shape == shape != shape[:1]:
        return _weights(weights, dtype, some)
    n = shape[0]
    if weights.shape != (n,):
        raise InvalidInput(f"sample_weight must have one number per row, shape ({n},); got shape {weights.shape}.")
    return _weights(weights, dtype, some)


def _weights(weights: Array, dtype: np.dtype, some: bool) -> Array:
    weights = cast(weights, dtype, "sample_weight")
    if (weights < 0).any() or (some and not weights.any()):
        raise InvalidInput("sample_weight must hold numbers of at least 0, not all 0.")
    return weights


def check_whole(value: object, name: str, low: int = 1, high: int = MOST) -> int:
    """A whole number between `low` and `high`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise InvalidInput(f"{name} must be a whole number of at least {low}, got {brief(value)}.")
    if value > high:
        raise InvalidInput(f"{name} must be a whole number of at most {high:,}, got {brief(value)}.")
    return int(value)


def check_seed(value: object, name: str = "seed") -> int:
    """A seed of random numbers."""
    return check_whole(value, name, low=0, high=LARGEST_SEED)


def listed(value: object) -> list[Any]:
    """The items of a sequence or an iterator as a list; empty for a string and everything else."""
    return list(value) if isinstance(value, (Sequence, Iterator)) and not isinstance(value, (str, bytes)) else []


def as_shape(value: object) -> tuple[Any, ...]:
    """The shape of one sample, from a number of features or from a shape; its sizes are not looked at yet."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def check_flag(value: object, name: str) -> bool:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidInput(f"{name} must be True or False, got {brief(value)}.")
    return bool(value)


def check_folder(value: Any, name: str) -> str:
    """The path of a folder, which need not exist yet."""
    if not is_path(value) or os.path.isfile(value):
        raise InvalidInput(f"{name} must be the path of a folder, got {brief(value)}.")
    return str(os.fspath(value))


def check_rows(rows: object, n: int, name: str = "rows") -> Array | None:
    """Row numbers from row numbers or a boolean mask of n rows, at least one; None stands for all rows."""
    if rows is None:
        return None
    try:
        found = np.asarray(rows)
    except ValueError:
        found = np.empty((0, 0), object)
    if found.dtype == bool and found.shape == (n,):
        found = np.flatnonzero(found)
    if found.shape == (0,):
        raise InvalidInput(f"{name} must pick at least one row of X to train on; it picks none.")
    if found.ndim != 1 or found.dtype.kind not in "iu":
        came = f"{found.dtype} of shape {found.shape}" if found.dtype != object else type(rows).__name__
        raise InvalidInput(
            f"{name} must be row numbers of X, or one True or False for each of its {n} rows, got {came}."
        )
    if (outside := (found < 0) | (found >= n)).any():
        raise InvalidInput(f"{name} must be row numbers 0…{n - 1}, as X has {n} rows, got {found[outside][0]}.")
    return found.astype(np.intp)


def check_dtype(dtype: DTypeLike) -> np.dtype:
    """The dtype of a network: float32 or float64."""
    try:
        found = np.dtype(object if dtype is None else dtype)  # None would be float64 to NumPy
    except Exception:
        found = np.dtype(object)
    if found.name not in ("float32", "float64"):
        raise InvalidInput(f"dtype must be 'float32' or 'float64', got {brief(dtype)}.")
    return np.dtype(found.name)  # in the machine's own order of bytes


def check_rate(value: Any, or_zero: bool = False) -> float:
    """A learning rate: a positive, finite number; that of a schedule may be 0 at times."""
    number = value.item() if isinstance(value, np.generic) else value
    if not is_number(number) or number < 0 or (number == 0 and not or_zero):
        expected = "a number of at least 0" if or_zero else "a positive number"
        raise InvalidInput(f"the learning rate must be {expected}, got {brief(value)}.")
    return float(value)


def _features(shape: Shape) -> str:
    return f"{shape[0]} features" if len(shape) == 1 else f"samples of shape {shape}"


def lay_out(layers: Sequence[Layer], shape: Shape, loaded: bool = False) -> Layout:
    """The layout for samples of a shape; refused where that is none.

    A `loaded` network has learned to take padding for steps where a new one is refused.
    """
    if not shape:
        raise InvalidInput("a network needs samples with at least one axis, got the shape ().")
    if len(shape) > 1 and any(is_number(size) and size == 0 for size in shape):
        raise InvalidInput(f"samples of shape {shape} hold no numbers: each axis needs a size of at least 1.")
    layout = Layout(layers, tuple(check_whole(size, "the number of features") for size in shape))
    if not loaded:
        check_marks(layout.nodes)
    _warn_of_channels_first(layers, layout.input_shape)
    return layout


def _warn_of_channels_first(layers: Sequence[Layer], shape: Shape) -> None:
    """Say that pictures seem to have their channels first where a small kernel fits all the same."""
    if len(shape) == 3 and isinstance(layers[0], Conv2D) and shape[0] in (3, 4) and shape[1] == shape[2] > shape[0]:
        warn(
            f"samples of shape {shape} look as if their channels came first, but Conv2D takes "
            "(height, width, channels): X.transpose(0, 2, 3, 1) puts them last."
        )
