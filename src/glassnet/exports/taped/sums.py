"""Sums and products of a graph as steps: reductions, matrix products, sums of products."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.program import Constant, Product, SharedProduct, Value
from glassnet.exports.taped.entries import Taped, places
from glassnet.formulas.elementary import Array
from glassnet.formulas.syntax.expressions import (
    VECTOR,
    Binary,
    Expression,
    Negative,
    Number,
    Reduction,
    Steps,
    Variable,
)
from glassnet.taping.graph import Traced

SUMMED, LARGEST = "row_sum", "row_max"


def reduced(taped: Taped, node: Traced) -> Value:
    """A sum, mean or extreme over axes, which go last; the result is there for each entry, and is taken once."""
    x, axis = node.args[0], argument(node, 1, "axis", None)
    axes = tuple(range(x.ndim)) if axis is None else tuple(k % x.ndim for k in np.atleast_1d(axis).tolist())
    order = [k for k in range(x.ndim) if k not in axes] + [*axes]
    n = math.prod(x.shape[k] for k in axes)
    if n == 0 or x.size == 0:
        raise InvalidInput("a sum or an extreme of no entries has no step in an exported file")
    last = taped.taken(taped.known[x], np.transpose(places(x), order), "x")
    f, entry = node.function, Variable(VECTOR, "x")
    over = Reduction(LARGEST if f in (np.max, np.min) else SUMMED, Negative(VECTOR, entry) if f is np.min else entry)
    scaled = Negative(over.kind, over) if f is np.min else over
    result = Binary(over.kind, "*", over, Number(1.0 / n)) if f is np.mean else scaled
    if n == 1:
        return last
    return taped.taken(taped.applied(Steps([over], [result]), {"x": last}, "s", n), range(0, last.size, n), "s")


def contracted(taped: Taped, operands: Sequence[Any], n: int) -> Value:
    """The sums of products of each n entries that lie next to each other in all operands."""
    if math.prod(np.shape(operands[0][1])) == 0:
        raise InvalidInput("a product without entries has no step in an exported file")
    inputs: dict[str, Value | Constant] = {}
    names = [*"xyzu", *(f"x{k}" for k in range(4, len(operands)))][: len(operands)]
    for name, (given, chosen) in zip(names, operands, strict=True):
        if isinstance(given, Traced):
            inputs[name] = taped.taken(taped.known[given], chosen, name)
        else:
            inputs[name] = taped.made.constant(taped.named("c"), np.asarray(given, np.float64).ravel()[chosen.ravel()])
    product: Expression = Variable(VECTOR, "x")
    for name in [*inputs][1:]:
        product = Binary(VECTOR, "*", product, Variable(VECTOR, name))
    if n == 1:
        return taped.applied(Steps([], [product]), inputs, "p")
    total = Reduction(SUMMED, product)
    found = taped.applied(Steps([total], [total]), inputs, "p", n)
    return taped.taken(found, range(0, found.size, n), "p")


def by_matrix(taped: Taped, x: Value, W: Array) -> Value:
    """Each group of entries of x times a matrix."""
    weights, groups = taped.made.constant(taped.named("W"), W), x.size // len(W)
    out = taped.made.value(taped.named("z"), groups * W.shape[1])
    if groups == 1:
        return taped.made.add(Product(out=out, x=x, W=weights, b=None))
    return taped.made.add(SharedProduct(out=out, x=x, W=weights, b=None, groups=groups))


def matmul(taped: Taped, node: Traced) -> Value:
    """By a matrix of numbers where the right operand is one, else as sums of products."""
    x, y = node.args
    if isinstance(x, Traced) and not isinstance(y, Traced) and np.ndim(y) <= 2 and np.size(y):
        return by_matrix(taped, taped.known[x], np.asarray(y, np.float64).reshape(x.shape[-1], -1))
    rows = places(x)[np.newaxis] if np.ndim(x) == 1 else places(x)
    columns = swapped(places(y)[:, np.newaxis] if np.ndim(y) == 1 else places(y))
    both = np.broadcast_arrays(rows[..., :, np.newaxis, :], columns[..., np.newaxis, :, :])
    return contracted(taped, [*zip((x, y), both, strict=True)], rows.shape[-1])


def einsum(taped: Taped, node: Traced) -> Value:
    """Sums of products, with the indices that are summed over last."""
    subscripts, *operands = node.args
    names, arrow, result = subscripts.replace(" ", "").partition("->")
    each = names.split(",")
    if not arrow or any(len({*own}) < len(own) for own in each):
        raise InvalidInput(f"np.einsum('{subscripts}', …) has no step in an exported file")
    lengths = {k: n for own, x in zip(each, operands, strict=True) for k, n in zip(own, np.shape(x), strict=True)}
    full = [*result, *(k for k in lengths if k not in result)]
    shape = [lengths[k] for k in full]
    found = []
    for own, x in zip(each, operands, strict=True):
        turned = np.transpose(places(x), [own.index(k) for k in full if k in own])
        found.append((x, np.broadcast_to(turned.reshape([lengths[k] if k in own else 1 for k in full]), shape)))
    return contracted(taped, found, math.prod(shape[len(result) :]))


def cumsum(taped: Taped, node: Traced) -> Value:
    """A product with a triangle of ones along the axis."""
    x, axis = node.args[0], argument(node, 1, "axis", None)
    at = places(x).reshape(-1) if axis is None else np.moveaxis(places(x), axis, -1)
    sums = by_matrix(taped, taped.taken(taped.known[x], at, "x"), np.triu(np.ones((at.shape[-1],) * 2)))
    back = np.arange(sums.size).reshape(at.shape)
    return taped.taken(sums, back if axis is None else np.moveaxis(back, -1, axis), "x")


def swapped(given: Array) -> Array:
    """Each matrix of a stack, transposed."""
    return np.swapaxes(given, -1, -2)


def argument(node: Traced, k: int, name: str, default: Any) -> Any:
    """An argument that may be given by its place or by its name."""
    return node.args[k] if len(node.args) > k else node.kwargs.get(name, default)
