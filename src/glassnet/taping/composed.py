"""Functions of NumPy that the tape puts together from its primitives, and what to write in place of others."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.taping.graph import COMPOSED, METHODS
from glassnet.taping.refusals import INSTEAD


def split(x: Any, parts: Any, axis: int = 0) -> list[Any]:
    """Stretches of an axis."""
    before, places = (slice(None),) * (axis % x.ndim), np.split(np.arange(x.shape[axis]), parts)
    return [x[(*before, slice(int(each[0]), int(each[-1]) + 1) if len(each) else slice(0, 0))] for each in places]


def var(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The mean of squares around the mean."""
    centred = x - np.mean(x, axis=axis, keepdims=True)
    return np.mean(centred * centred, axis=axis, keepdims=keepdims)


def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """Each entry without the one before it, n times."""
    before = (slice(None),) * (axis % x.ndim)
    for _ in range(n):
        x = x[(*before, slice(1, None))] - x[(*before, slice(None, -1))]
    return x


def take(x: Any, places: Any, axis: int | None = None) -> Any:
    """The entries at some places; without an axis, of the flat array."""
    return np.reshape(x, -1)[places] if axis is None else x[(*(slice(None),) * (axis % x.ndim), places)]


def norm(x: Any, ord: Any = None, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The root of the sum of squares."""
    if ord is not None and not (ord == 2 and (isinstance(axis, int) or x.ndim == 1)):
        raise InvalidInput(f"the tape knows np.linalg.norm of order 2 only, not {ord!r}: write np.sum(np.abs(x) …).")
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def clip(x: Any, low: Any = None, high: Any = None, **named: Any) -> Any:
    """Kept between bounds, where they are given."""
    low, high = named.get("a_min", named.get("min", low)), named.get("a_max", named.get("max", high))
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def dot(x: Any, y: Any) -> Any:
    """A product of vectors or matrices."""
    if np.ndim(x) == 0 or np.ndim(y) not in (1, 2):
        raise InvalidInput("the tape knows np.dot for vectors and matrices only: write *, @ or np.einsum.")
    return np.matmul(x, y)


COMPOSED.update(
    {
        np.shape: lambda x: x.shape,
        np.ndim: lambda x: x.ndim,
        np.size: lambda x: x.size,
        np.result_type: lambda *given: np.result_type(*(getattr(each, "dtype", each) for each in given)),
        np.amax: lambda x, axis=None, *, keepdims=False: np.max(x, axis=axis, keepdims=keepdims),
        np.amin: lambda x, axis=None, *, keepdims=False: np.min(x, axis=axis, keepdims=keepdims),
        np.ravel: lambda x: np.reshape(x, -1),
        np.clip: clip,
        np.fabs: lambda x: abs(x),
        np.float_power: lambda x, y: x**y,
        np.hypot: lambda x, y: np.sqrt(x * x + y * y),
        np.var: var,
        np.std: lambda x, axis=None, *, keepdims=False: np.sqrt(var(x, axis, keepdims=keepdims)),
        np.dot: dot,
        np.outer: lambda x, y: np.reshape(x, (-1, 1)) * np.reshape(y, -1),
        np.linalg.norm: norm,
        np.split: split,
        np.diff: diff,
        np.take: take,
        np.stack: lambda parts, axis=0: np.concatenate([np.expand_dims(each, axis) for each in parts], axis=axis),
        np.hstack: lambda parts: np.concatenate(parts, axis=min(1, parts[0].ndim - 1)),
        np.vstack: lambda parts: np.concatenate([np.reshape(p, (1, -1)) if p.ndim == 1 else p for p in parts]),
    }
)


METHODS.update(
    {
        "dot": np.dot,
        "conj": lambda x: x,
        "reshape": lambda x, *shape, **named: np.reshape(x, shape[0] if len(shape) == 1 else shape, **named),
        "transpose": lambda x, *axes: np.transpose(x, (axes[0] if len(axes) == 1 else axes) or None),
    }
)
INSTEAD.update(
    {
        "prod": "write np.exp(np.sum(np.log(x))) where all entries are above 0, or a product of slices",
        "median": "write np.mean",
        "sort": "index with np.argsort, as in x[np.argsort(x)] or, row by row, x[rows, np.argsort(x, axis=1)] with "
        "rows = np.arange(len(x))[:, np.newaxis]",
        **dict.fromkeys(("append", "insert", "column_stack"), "write np.concatenate"),
        **dict.fromkeys(("remainder", "fmod", "divmod"), "write x - y * np.floor(x / y)"),
        **dict.fromkeys(("round", "around"), "rounding has no slope; np.rint may be used in a mask"),
        **dict.fromkeys(("empty_like", "copyto"), "write np.zeros_like, and put values in by np.where"),
        **dict.fromkeys(("vectorize", "apply_along_axis"), "write it for whole arrays"),
        "add.outer": "write x[:, np.newaxis] + y",
        "multiply.outer": "write np.outer",
        "add.accumulate": "write np.cumsum",
        "multiply.reduce": "write a product of slices",
        "sinc": "write np.sin(np.pi * x) / (np.pi * x)",
        "erf": "write gn.activations.erf",
        "expit": "write 1 / (1 + np.exp(-x))",
        "softmax": "write e = np.exp(x - x.max(axis=-1, keepdims=True)) and e / e.sum(axis=-1, keepdims=True)",
        "logsumexp": "write np.log(np.sum(np.exp(x - m), …)) + m with m = x.max(…, keepdims=True)",
        "arctan2": "write np.arctan(y / x), which is right for x > 0",
        "cbrt": "write np.sign(x) * np.abs(x) ** (1 / 3)",
        "fill": "write np.full_like(x, value)",
        **dict.fromkeys(("item", "tolist"), "go on with the array itself"),
        "heaviside": "write np.where(x > 0, 1.0, 0.0)",
        "add.at": "index instead: x[codes] adds up in the backward pass",
        "tensordot": "write np.einsum or np.matmul",
        "pad": "write np.concatenate with zeros",
        "repeat": "write x[np.arange(n).repeat(k)]",
        "tile": "write np.concatenate([x] * k)",
    }
)
