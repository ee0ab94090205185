"""The primitives of the tape: for each function of NumPy what goes back through it, as plain NumPy code.

A pull takes d, the gradient of the result; a, the result; and the arguments. It returns the gradient of one argument.
What was broadcast is summed up again afterwards (`sum_to`). A pull can be traced itself: see `rule.py`.
"""

import operator
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.taping.graph import FLAT, METHODS, PULLS, Traced, recorded

MOST_OPERANDS = 32  # of einsum

# Functions of each entry, a = f(x): d ⊙ f'(x).
PULLS.update(
    {
        np.negative: (lambda d, a, x: -d,),
        np.positive: (lambda d, a, x: d,),
        np.absolute: (lambda d, a, x: d * np.sign(x),),
        np.exp: (lambda d, a, x: d * a,),
        np.expm1: (lambda d, a, x: d * (a + 1.0),),
        np.log: (lambda d, a, x: d / x,),
        np.log2: (lambda d, a, x: d / (0.6931471805599453 * x),),
        np.log10: (lambda d, a, x: d / (2.302585092994046 * x),),
        np.log1p: (lambda d, a, x: d / (1.0 + x),),
        np.sqrt: (lambda d, a, x: d / (2.0 * a),),
        np.square: (lambda d, a, x: d * (2.0 * x),),
        np.reciprocal: (lambda d, a, x: -d * a * a,),
        np.sin: (lambda d, a, x: d * np.cos(x),),
        np.cos: (lambda d, a, x: -d * np.sin(x),),
        np.tan: (lambda d, a, x: d * (1.0 + a * a),),
        np.arctan: (lambda d, a, x: d / (1.0 + x * x),),
        np.arcsin: (lambda d, a, x: d / np.sqrt(1.0 - x * x),),
        np.arccos: (lambda d, a, x: -d / np.sqrt(1.0 - x * x),),
        np.arcsinh: (lambda d, a, x: d / np.sqrt(x * x + 1.0),),
        np.arccosh: (lambda d, a, x: d / np.sqrt(x * x - 1.0),),
        np.arctanh: (lambda d, a, x: d / (1.0 - x * x),),
        np.sinh: (lambda d, a, x: d * np.cosh(x),),
        np.cosh: (lambda d, a, x: d * np.sinh(x),),
        np.tanh: (lambda d, a, x: d * (1.0 - a * a),),
    }
)


def to_base(d: Any, a: Any, x: Any, y: Any) -> Any:
    """d · y xʸ⁻¹."""
    if isinstance(y, (int, float)) and y in (0, 2):
        return d * (2.0 * x) if y == 2 else d * 0.0
    if isinstance(y, Traced) or not np.all(y):
        return d * (y * x ** np.where(np.equal(y, 0), 1.0, y - 1.0))  # 0, not 0 · ∞, for x = y = 0
    return d * (y * x ** (y - 1.0))


def to_exponent(d: Any, a: Any, x: Any, y: Any) -> Any:
    """d · xʸ log x, and 0 where x is not above 0."""
    above = np.greater(x, 0)
    return np.where(above, d * a * np.log(np.where(above, x, 1.0)), 0.0)


def to_winner(d: Any, x: Any, y: Any) -> Any:
    """d where x was taken in place of y, half of it where both are equal."""
    return np.where(np.equal(x, y), 0.5 * d, np.where(np.greater(x, y), d, 0.0))


# Functions of two arrays, entry by entry.
PULLS.update(
    {
        np.add: (lambda d, a, x, y: d, lambda d, a, x, y: d),
        np.subtract: (lambda d, a, x, y: d, lambda d, a, x, y: -d),
        np.multiply: (lambda d, a, x, y: d * y, lambda d, a, x, y: d * x),
        np.divide: (lambda d, a, x, y: d / y, lambda d, a, x, y: -d * a / y),
        np.power: (to_base, to_exponent),
        np.maximum: (lambda d, a, x, y: to_winner(d, x, y), lambda d, a, x, y: to_winner(d, y, x)),
        np.minimum: (lambda d, a, x, y: to_winner(d, y, x), lambda d, a, x, y: to_winner(d, x, y)),
        np.logaddexp: (lambda d, a, x, y: d * np.exp(x - a), lambda d, a, x, y: d * np.exp(y - a)),
        np.where: (
            None,
            lambda d, a, mask, x, y: np.where(mask, d, 0.0),
            lambda d, a, mask, x, y: np.where(mask, 0.0, d),
        ),
    }
)


def swapped(x: Any) -> Any:
    """Each matrix of a stack, transposed."""
    return np.swapaxes(x, -1, -2)


def to_left(d: Any, a: Any, x: Any, y: Any) -> Any:
    """dX = dA Yᵀ."""
    if y.ndim == 1:
        return d * y if x.ndim == 1 else d[..., np.newaxis] * y
    return (d[..., np.newaxis, :] @ swapped(y))[..., 0, :] if x.ndim == 1 else d @ swapped(y)


def to_right(d: Any, a: Any, x: Any, y: Any) -> Any:
    """dY = Xᵀ dA; of one matrix after a stack, with the rows of the stack below each other."""
    if x.ndim == 1:
        return d * x if y.ndim == 1 else x[:, np.newaxis] * d[..., np.newaxis, :]
    if y.ndim == 1:
        return np.reshape(x, (-1, x.shape[-1])).T @ np.reshape(d, -1)
    if y.ndim == 2 and x.ndim > 2:
        return np.reshape(x, (-1, x.shape[-1])).T @ np.reshape(d, (-1, y.shape[-1]))
    return swapped(x) @ d


def to_operand(k: int) -> Any:
    """The pull of an operand of `einsum`: the sum with d in its place."""

    def pull(d: Any, a: Any, subscripts: str, *operands: Any) -> Any:
        names, arrow, result = subscripts.replace(" ", "").partition("->")
        if not arrow:
            raise InvalidInput(f"the tape needs the result in np.einsum('{subscripts}', …), such as 'ij,jk->ik'.")
        each = names.split(",")
        others = [result, *each[:k], *each[k + 1 :]]
        if len(set(each[k])) < len(each[k]) or not set(each[k]) <= set("".join(others)):
            raise InvalidInput(
                f"the tape cannot differentiate np.einsum('{subscripts}', …): every index of an operand must be there "
                "once, and also in another operand or in the result; take sums with np.sum."
            )
        return np.einsum(f"{','.join(others)}->{each[k]}", d, *operands[:k], *operands[k + 1 :])

    return pull


def spread(d: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """What belongs to a sum, for each entry that went into it."""
    if axis is not None and not keepdims:
        d = np.expand_dims(d, axis)
    return np.broadcast_to(d, x.shape)


def to_summed(d: Any, a: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """d for every entry."""
    return spread(d, x, axis, keepdims)


def to_averaged(d: Any, a: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """d / n for every entry."""
    return spread(d, x, axis, keepdims) / (x.size // max(1, a.size))


def to_extreme(d: Any, a: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """d where the largest (or least) entry is, in equal shares where there are several."""
    hit = np.equal(x, spread(a, x, axis, keepdims)).astype(x.dtype)
    return spread(d, x, axis, keepdims) * hit / np.sum(hit, axis=axis, keepdims=True)


def to_accumulated(d: Any, a: Any, x: Any, axis: int | None = None) -> Any:
    """Each entry counts in every later sum."""
    sums = np.flip(np.cumsum(np.flip(d, axis), axis=axis), axis)
    return np.reshape(sums, x.shape) if axis is None else sums


def to_turned(d: Any, a: Any, x: Any, axes: Any = None) -> Any:
    """The axes in their old order."""
    return (
        np.transpose(d) if axes is None else np.transpose(d, np.argsort(np.mod(np.atleast_1d(axes), d.ndim)).tolist())
    )


def to_joined(d: Any, a: Any, parts: Any, axis: int | None = 0) -> Any:
    """The stretch of each part; without an axis they were made flat."""
    shapes = [np.shape(part) for part in parts]
    ends = np.cumsum([int(np.prod(shape)) if axis is None else shape[axis] for shape in shapes])[:-1].tolist()
    if axis is not None:
        return np.split(d, ends, axis=axis)
    return [np.reshape(each, shape) for each, shape in zip(np.split(d, ends), shapes, strict=True)]


def to_rolled(d: Any, a: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    """As far back."""
    return np.roll(d, np.negative(shift).tolist(), axis)


@recorded
def placed(d: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of a shape with d at a key; entries that the key names twice are summed up."""
    out = np.zeros(shape, d.dtype)
    if all(isinstance(each, (slice, int, type(...), type(None))) for each in (key if type(key) is tuple else (key,))):
        out[key] = d
    else:
        np.add.at(out, key, d)
    return out


@recorded
def astype(x: Any, dtype: Any) -> Any:
    """The array in another type."""
    return x.astype(dtype, copy=False)


# Functions that move, join and sum up entries.
PULLS.update(
    {
        np.matmul: (to_left, to_right),
        np.einsum: (None, *(to_operand(k) for k in range(MOST_OPERANDS))),
        np.sum: (to_summed,),
        np.mean: (to_averaged,),
        np.max: (to_extreme,),
        np.min: (to_extreme,),
        np.cumsum: (to_accumulated,),
        np.concatenate: (to_joined,),
        operator.getitem: (lambda d, a, x, key: placed(d, key, x.shape),),
        placed: (lambda d, a, x, key, shape: d[key],),
        astype: (lambda d, a, x, dtype: astype(d, x.dtype),),
        np.reshape: (lambda d, a, x, shape: np.reshape(d, x.shape),),
        np.transpose: (to_turned,),
        np.swapaxes: (lambda d, a, x, one, other: np.swapaxes(d, one, other),),
        np.moveaxis: (lambda d, a, x, source, destination: np.moveaxis(d, destination, source),),
        np.expand_dims: (lambda d, a, x, axis: np.squeeze(d, axis),),
        np.squeeze: (lambda d, a, x, axis=None: np.reshape(d, x.shape),),
        np.broadcast_to: (lambda d, a, x, shape: d,),
        np.flip: (lambda d, a, x, axis=None: np.flip(d, axis),),
        np.roll: (to_rolled,),
        np.tril: (lambda d, a, x, k=0: np.tril(d, k),),
        np.triu: (lambda d, a, x, k=0: np.triu(d, k),),
    }
)
FLAT.update(
    {
        np.equal, np.not_equal, np.greater, np.greater_equal, np.less, np.less_equal, np.logical_and, np.logical_or,
        np.logical_not, np.bitwise_and, np.bitwise_or, np.invert, np.isfinite, np.isnan, np.isinf, np.sign, np.floor,
        np.ceil, np.rint, np.trunc, np.floor_divide, np.argmax, np.argmin, np.argsort, np.any, np.all,
        np.zeros_like, np.ones_like, np.full_like,
    }
)  # fmt: skip
METHODS["astype"] = lambda x, dtype, copy=True: astype(x, dtype)
