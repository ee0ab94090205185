"""What cannot be differentiated is refused in one sentence that says what to write."""
# mypy: disable-error-code="arg-type, dict-item, list-item"

import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.taping.graph import Traced


def add_in_place(x):
    x += 1


def add_to_an_array(x):
    total = np.zeros((3, 4))
    total += x


def set_an_entry(x):
    x[0] = 1.0


EXPRESSIONS: list[tuple[Any, str]] = [
    (add_in_place, "add would change a traced array in place, which the tape cannot differentiate: make a new array"),
    (add_to_an_array, "as in x = x + 1 (not x += 1)"),
    (set_an_entry, "np.where(mask, new, x) (not x[mask] = new)"),
    (lambda x: np.exp(x, out=np.zeros((3, 4))), "exp would change a traced array in place"),
    (lambda x: 1 if x > 0 else 2, "neither true nor false, so `if`, `while`, `and`, `or` and `not` cannot depend on"),
    (float, "float(…) of a traced array would lose its gradient"),
    (math.exp, "NumPy's functions (np.exp, not math.exp)"),
    (lambda x: np.array([x, x]), "write np.stack or np.concatenate"),
    (np.median, "the tape cannot differentiate np.median: write np.mean."),
    (np.prod, "cannot differentiate np.prod: write np.exp(np.sum(np.log(x)))"),
    (np.linalg.inv, "cannot differentiate np.linalg.inv: "),
    (lambda x: x.sort(), "cannot differentiate np.sort: index with np.argsort"),
    (lambda x: x.fill(0.0), "traced arrays have no `fill`: write np.full_like(x, value)."),
    (lambda x: x.sqrtt(), "traced arrays have no `sqrtt`: the nearest that it knows is np.sqrt."),
    (lambda x: x @ np.ones((3, 2)), "(3, 4) and (3, 2): a row of the first has 4 numbers, a column of the second 3."),
    (lambda x: x * np.ones((5, 4)), "np.multiply does not fit shapes (3, 4) and (5, 4): they cannot be broadcast toge"),
    (lambda x: x + "a", "np.add takes numbers, got 'a'."),
    (lambda x: np.add.outer(x, x), "cannot differentiate np.add.outer: write x[:, np.newaxis] + y."),
    (lambda x: np.remainder(x, 2.0), "cannot differentiate np.remainder: write x - y * np.floor(x / y)."),
    (np.fft.fft, "cannot differentiate np.fft.fft: write it with functions that have a slope."),
    (lambda x: x.foo, "traced arrays have no `foo`: write it with functions that have a slope."),
    (lambda x: x[7], "x[…] does not fit shapes (3, 4): index 7 is out of bounds"),
    (lambda x: np.multiply.accumulate(x), "cannot differentiate np.multiply.accumulate"),
    (lambda x: np.dot(x, np.ones((2, 4, 3))), "knows np.dot for vectors and matrices only"),
    (lambda x: np.std(x, ddof=1), "does not know np.std with `ddof`: its arguments here are x, axis, keepdims."),
    (lambda x: x.sum(axis=1, where=x > 0), "does not know np.sum with `where`: its arguments here are x, axis, keepd"),
    (lambda x: x.reshape(4, 3, order="F"), "does not know np.reshape with `order`: its arguments here are x, shape."),
    (lambda x: np.linalg.norm(x, 1), "np.linalg.norm of order 2 only, not 1"),
    (lambda x: len(x.sum()), "a traced array of shape () is one number: it has no length."),
]


@pytest.mark.parametrize(("expression", "said"), EXPRESSIONS)
def test_what_the_tape_cannot_do(expression, said):
    with pytest.raises(gn.InvalidInput) as caught:
        expression(Traced(np.ones((3, 4)), name="x"))
    assert said in str(caught.value)


def built(function, shape=(4,), **parameters):
    return gn.Network([gn.Function(function, parameters), gn.Dense(1)]).build(shape, seed=0)


def takes_all(*arrays):
    return arrays[0]


def needs_rate(x, *, rate):
    return rate * x


def dense(x):
    return x


def with_state(x, *, state=1.0):
    return state * x


NUMBERS = np.random.default_rng(0)


def with_random_numbers(x):
    return x + NUMBERS.normal(size=x.shape)


def with_numbers_of_rows(x):
    return x + np.arange(len(x))[:, np.newaxis]


def with_changed_targets(p, y):
    y -= 1.0
    return (p - y) ** 2


def of_all_rows(p, y):
    return (p - p.mean()) ** 2


def of_pairs(p, y):
    return (p - y.T) ** 2


def of_rows(p, y):
    return ((p - y) ** 2).sum(axis=1)


def trained_by(loss):
    net = gn.Network([gn.Dense(1)]).build(2, seed=0)
    net.fit(np.ones((4, 2)), np.ones(4), loss=gn.loss(loss)(), epochs=1)


CALLS: list[tuple[Any, str]] = [
    (lambda: built(with_random_numbers), "it gives other numbers each time that it is called: what it computes may"),
    (lambda: built(with_numbers_of_rows), "depends on the rows around it"),
    (lambda: built(lambda x: np.cumsum(x, axis=0)), "depends on the rows around it"),
    (lambda: built(lambda x: x * np.ones((3, 4))), "for one row it gives 3: an array that it uses has an axis of 3"),
    (lambda: built(lambda x, w: w, w=(3, 3)), "for one row it gives 3: an array that it uses has an axis of 3"),
    (lambda: built(lambda x: x[:, :0]), "must return at least one number a row, got the shape (3, 0)."),
    (lambda: built(lambda x: x.astype(int)), "not int64: whole numbers, which steps lead to, have no slope."),
    (lambda: built(lambda x: np.einsum("nii->ni", x), (2, 2)), "cannot differentiate np.einsum('nii->ni', …)"),
    (lambda: trained_by(with_changed_targets), "would change the targets in place: make a new array, as in y = y - 1"),
    (lambda: trained_by(of_all_rows), "the loss of a row depends on the rows around it"),
    (lambda: trained_by(of_pairs), "for p and y of shape (3, 1) it must have that shape or (3, 1), got (3, 3)."),
    (lambda: trained_by(of_rows), "for 3 rows it gave the shape (3,) (write keepdims=True for a column)."),
    (lambda: gn.Function(lambda x: np.tanh(x))(3.0), "gn.Function of <lambda> is a layer, which a network holds"),
    (lambda: gn.Network([dense]), "A function becomes one by gn.Function or @gn.layer."),
    (lambda: gn.Network([gn.Dense(1)]).fit([[1.0]], [1.0], loss=of_rows), "A function becomes one by @gn.loss."),
    (lambda: gn.Function(3), "gn.Function needs a function, got 3."),
    (lambda: gn.Function(lambda x, w: x * w), "give the shape of `w`, such as ('n_inputs', 8), or a number"),
    (lambda: gn.Function(lambda x: x, {"w": (3,)}), "the function has no array `w` after `x`"),
    (lambda: gn.Function(lambda x, w: x * w, {"w": 8}), "`w=8` is unclear: write (8,) for a shape, 8.0 for a number"),
    (lambda: gn.Function(lambda x, w: x * w, {"w": "relu"}), "`w` must be a shape such as ('n_inputs', 8), a number"),
    (lambda: gn.Function(lambda x, w: x * w, {"w": ("inputs",)}), "names 'inputs'; known sizes: n_inputs."),
    (lambda: gn.Function(lambda x, w: x * w, {"w": (0,)}), "whole numbers of at least 1, got 0."),
    (lambda: gn.Function(lambda x, w: x * w, [(4,)]), "`parameters` must be a dict such as {'w': ('n_inputs', 8)}"),
    (lambda: gn.Function(lambda X, A: X * A, {"A": (4,)}), "the parameter `A` needs another name"),
    (lambda: gn.Function(lambda x, w, dw: x * w * dw, {"w": (4,), "dw": (4,)}), "the parameter `dw` needs another"),
    (lambda: gn.Function(takes_all), "must name every argument, without *args or **kwargs"),
    (lambda: gn.Function(lambda: 0), "must take an array first, as in lambda x: x * x."),
    (lambda: gn.Function(needs_rate), "the setting `rate` of the function needs a default."),
    (lambda: gn.layer(lambda x: x), "so it needs one made by `def`, not a lambda."),
    (lambda: gn.layer(dense), "'dense' is a layer of glassnet: give the function another name."),
    (lambda: gn.layer(with_state), "the setting `state` of with_state needs another name, which no layer has."),
    (lambda: gn.layer(w="relu"), "gn.layer: `w` must be a shape such as ('n_inputs', 8), a number"),
    (lambda: gn.layer(dense, w=(3,)), "write @gn.layer(w=(…), …) above the function"),
    (lambda: gn.loss(targets="labels"), "`targets` must be 'numbers', 'classes', 'binary' or 'counts', got 'labels'."),
    (lambda: gn.loss(dense), "must take outputs and targets, such as (p, y), not ['x']."),
    (lambda: built(np.sort), "gn.Function of sort: the tape cannot differentiate np.sort: index with np.argsort"),
    (lambda: built(lambda x: x @ np.ones((3, 2))), "gn.Function of <lambda>: np.matmul does not fit shapes (3, 4) and"),
    (lambda: built(lambda x: x.sum(axis=-1)), "must return a row for each row of its input: for 3 rows"),
    (lambda: built(lambda x: x > 0), "numbers with a fraction, not bool: comparisons have no slope."),
    (lambda: built(lambda x: 3.0), "must return an array made of its arguments, got 3.0."),
    (lambda: built(lambda x: x - x.mean(axis=0)), "depends on the rows around it"),
    (lambda: built(lambda x, w: x @ w, (5,), w=(4, 2)), "np.matmul does not fit shapes (3, 5) and (4, 2)"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "said"), CALLS)
def test_what_layers_and_losses_cannot_be(call, said):
    with pytest.raises(gn.InvalidInput) as caught:
        call()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
