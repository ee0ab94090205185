"""The printed rule is run, and compared with the tape and with finite differences."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.taping.graph import Traced, gradients


def attention(x, w, b):
    scores = (x @ w) @ x.swapaxes(-1, -2) * 0.5
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True) @ x + b


def silu(x, w, b):
    z = x @ w + b
    return z / (1.0 + np.exp(-z))


def table(x, rows):
    return np.concatenate([rows[x.astype(int)].reshape(len(x), -1), x], axis=1) * np.array(
        [1.0, -2.0, 3.0, 1.0, 0.5, 2.0]
    )


def steps(x, decay):
    """A recurrence, unrolled."""
    h = x[:, 0] * 0.0
    for k in range(x.shape[1]):
        h = np.tanh(decay * h + x[:, k])
    return np.stack([h, np.where(h > 0.0, h, 0.1 * h) ** 2], axis=1)


SHAPES: dict[Any, tuple[Any, dict[str, Any]]] = {
    silu: ((4,), {"w": (4, 3), "b": (3,)}),
    attention: ((5, 2), {"w": (2, 2), "b": (2,)}),
    table: ((2,), {"rows": (3, 2)}),
    steps: ((4,), {"decay": 0.5}),
}


@pytest.mark.parametrize("function", SHAPES)
def test_the_code_gives_the_gradients_of_the_tape(function):
    shape, parameters = SHAPES[function]
    layer = gn.Function(function, parameters)
    code = layer.rule(shape)
    kept: dict[str, Any] = {}
    exec(code, kept)
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.1, 2.9, (7, *shape)), *(rng.normal(size=p.shape) for p in layer.parameters(shape).values())]
    leaves = [Traced(array) for array in arrays]
    output = function(*leaves)
    seed = rng.normal(size=output.shape)
    a, inside = kept["forward"](*arrays)
    np.testing.assert_allclose(a, output.value, rtol=1e-12)
    found = gradients(output, seed, leaves)
    for leaf, given in zip(leaves, kept["backward"](seed, inside), strict=True):
        np.testing.assert_allclose(given, found[leaf], rtol=1e-10, atol=1e-12)


WRITTEN = '''\
# Function(silu, w=('n_inputs', 3), b=(3,))
import numpy as np


def forward(x, w, b):
    """The output a, and what the backward pass needs."""
    v1 = x @ w + b
    v2 = np.exp(-v1)
    v3 = 1.0 + v2
    a = v1 / v3
    return a, (x, w, v2, v3, a)


def backward(da, kept):
    """The gradients of x, w, b from da, that of the output."""
    x, w, v2, v3, a = kept
    dv2 = -da * a / v3
    dv1 = da / v3 - dv2 * v2
    db = np.sum(dv1, axis=0)
    dx = dv1 @ w.T
    dw = x.T @ dv1
    return dx, dw, db
'''


def test_it_reads_as_one_would_write_it():
    code = gn.Function(silu, {"w": ("n_inputs", 3), "b": (3,)}).rule(4)
    assert code == WRITTEN


def test_a_loss_has_a_rule_too():
    @gn.loss
    def bounded(p, y, *, c=2.0):
        return np.minimum(((p - y) / c) ** 2, 1.0)

    kept: dict[str, Any] = {}
    exec(bounded(c=3.0).rule(2), kept)
    p, y = np.random.default_rng(0).normal(0, 2, (2, 6, 2))
    value, inside = kept["forward"](p, y)
    np.testing.assert_allclose(value, bounded(c=3.0).value(p, y))
    np.testing.assert_allclose(kept["backward"](np.ones((6, 2)), inside), bounded(c=3.0).gradient(p, y))


def test_the_input_itself_and_what_has_no_gradient():
    kept: dict[str, Any] = {}
    exec(gn.Function(lambda x, w: x, {"w": (2,)}).rule(3), kept)
    X = np.ones((4, 3))
    a, inside = kept["forward"](X, np.ones(2))
    dx, dw = kept["backward"](2 * X, inside)
    assert np.array_equal(a, X) and np.array_equal(dx, 2 * X) and np.array_equal(dw, np.zeros(2))


def by_the_root(p, y):
    return (p - y) ** 2 / len(p) ** 0.5


def test_what_cannot_be_printed():
    with pytest.raises(
        gn.InvalidInput, match=r"of <lambda>: the rule would hold 1,200 numbers of a constant array: make"
    ):
        gn.Function(lambda x: x @ np.ones((40, 30))).rule(40)
    with pytest.raises(gn.InvalidInput, match="by_the_root: the loss of a row depends on the rows around it"):
        gn.loss(by_the_root)().rule()
