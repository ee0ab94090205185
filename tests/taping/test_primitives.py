"""What goes back through each primitive of the tape, beside finite differences."""

import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.formulas import elementary
from glassnet.taping.graph import FLAT, PULLS, Traced, gradients, nodes_to


def error_of(function: Any, arrays: list[Any], h: float = 1e-6) -> float:
    """The largest error of the gradients, relative to the largest of them, for a random seed of the output."""
    leaves = [Traced(array) for array in arrays]
    output = function(*leaves)
    assert isinstance(output, Traced)
    np.testing.assert_allclose(output.value, function(*arrays), rtol=1e-12)
    seed, worst = np.random.default_rng(5).normal(size=output.shape), 0.0
    found = gradients(output, seed, leaves)
    for k, array in enumerate(arrays):
        numeric = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            moved = [each.copy() for each in arrays]
            moved[k][place] += h
            above = np.sum(function(*moved) * seed)
            moved[k][place] -= 2 * h
            numeric[place] = (above - np.sum(function(*moved) * seed)) / (2 * h)
        analytic = np.asarray(found.get(leaves[k], np.zeros_like(array)))
        assert analytic.shape == array.shape
        worst = max(worst, float(np.abs(analytic - numeric).max()) / max(1.0, float(np.abs(numeric).max())))
    return worst


def drawn(*shapes: tuple[int, ...]) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.uniform(0.2, 1.8, shape) for shape in shapes]


M, V = (3, 4), (4,)
CASES: dict[str, Any] = {
    "exp expm1": (lambda x: np.exp(x) * np.expm1(-x), M),
    "logs": (lambda x: np.log(x) + np.log1p(x) * np.log2(x) - np.log10(x), M),
    "roots and powers": (lambda x: np.sqrt(x) + np.square(x) + x**3 - np.reciprocal(x) + x**2, M),
    "power": (lambda x, y: x**y + 2.0**y, M, V),
    "waves": (lambda x: np.sin(x) * np.cos(x) + np.tan(0.5 * x) + np.arctan(x), M),
    "hyperbolic": (lambda x: np.tanh(x) * np.cosh(x) + np.sinh(x), M),
    "inverses": (lambda x: np.arcsin(0.5 * x) + np.arccos(0.4 * x) * np.arctanh(0.5 * x), M),
    "inverses of hyperbolic": (lambda x: np.arcsinh(x) * np.arccosh(1.0 + x), M),
    "composed": (lambda x, y: np.hypot(x, y) + np.fabs(x - 1.0) * np.float_power(x, 1.5), M, V),
    "signs": (lambda x: abs(x - 1.0) + np.sign(x - 1.0) * x - (+x), M),
    "broadcast": (lambda x, y, z: (x + y) * z - y / x, M, V, (3, 1)),
    "larger and smaller": (lambda x, y: np.maximum(x, y) * np.minimum(x, 1.0) + np.clip(x, 0.5, 1.5), M, V),
    "logaddexp": (lambda x, y: np.logaddexp(x, y), M, V),
    "where": (lambda x, y: np.where(x > 1.0, x * y, np.exp(x)), M, (3, 1)),
    "matrix product": (lambda x, w: np.tanh(x @ w), M, (4, 2)),
    "stack of matrices": (lambda x, w: x @ w, (2, 3, 4), (2, 4, 2)),
    "stack and matrix": (lambda x, w: x @ w, (2, 3, 4), (4, 2)),
    "matrix and stack": (lambda x, w: x @ w, M, (2, 4, 2)),
    "stack and vector": (lambda x, w: x @ w, (2, 3, 4), V),
    "vector and stack": (lambda x, w: x @ w, V, (2, 4, 3)),
    "vectors": (lambda x, w: x @ w * np.outer(x, w).sum(axis=0) + x.dot(w), V, V),
    "array in front": (lambda x: np.ones((2, 3)) @ x - np.ones(4) * x[0], M),
    "einsum": (lambda x, y: np.einsum("nij,njk->nik", x, y), (2, 3, 4), (2, 4, 2)),
    "sums": (lambda x: x.sum(axis=1) * x.sum() + np.add.reduce(x, axis=-1), M),
    "means": (lambda x: x - x.mean(axis=0) * np.mean(x, axis=(0, 1), keepdims=True), M),
    "extremes": (lambda x: x.max(axis=1, keepdims=True) * x.min() + np.maximum.reduce(x), M),
    "spread": (lambda x: (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 0.1), M),
    "deviation": (lambda x: np.std(x, axis=1) / np.linalg.norm(x, axis=1), M),
    "cumsum diff": (lambda x: np.diff(np.cumsum(x, axis=1) ** 2), M),
    "slices": (lambda x: x[:, -1] * x[..., 0] + x.T[1, :, None][..., 0], M),
    "codes": (lambda x: x[[0, 0, 2]] * x[np.array([1, 1, 0])] + np.take(x, [1, 1, 0, 3], axis=1), M),
    "masks": (lambda x: x[x > 1.0] ** 2, M),
    "joined": (lambda x, y: np.concatenate([x, y], axis=1) ** 2, M, (3, 2)),
    "joined with a constant": (lambda x: np.concatenate([np.zeros((3, 1)), x * x, [[1.0]] * 3], axis=1), M),
    "without an axis": (
        lambda x: np.concatenate([x, x[:2] ** 2], axis=None)[:12] * np.cumsum(x) * np.take(x * x, 5),
        M,
    ),
    "stacked": (lambda x, y: np.stack([x, y * x], axis=1) * np.hstack([x[:, :1], y[:, 1:]])[:, None], M, M),
    "below": (lambda x, y: np.vstack([x, y]) ** 2, M, V),
    "split": (lambda x: functools.reduce(np.multiply, np.split(x, 2, axis=1)), M),
    "split off nothing": (lambda x: np.concatenate(np.split(x**2, [0, 3], axis=1)[::-1], axis=1), M),
    "differences twice": (lambda x: np.diff(x**3, 2, axis=0) * np.linalg.norm(x, 2, axis=1)[0], M),
    "axes from behind": (lambda x: np.roll(x[None] ** 2, (1, 2), axis=(1, 2)).transpose(-1, 0, 1), M),
    "shapes": (lambda x: np.moveaxis(x.reshape(2, 2, 3).transpose(1, 0, 2), 0, 1).swapaxes(0, 2).ravel() ** 2, M),
    "sizes of one": (lambda x: np.broadcast_to(x, (2, 3, 4)) * np.expand_dims(x, 0).squeeze(), M),
    "turned": (lambda x: np.roll(np.flip(x, 0), 1, axis=1) * np.tril(x) + np.triu(x, 1), M),
    "type": (lambda x: x.astype(np.float64) * np.ones_like(x), M),
    **{
        name: (getattr(elementary, name), M)
        for name in ("erf", "softplus", "logsumexp", "row_max", "row_sum", "row_total")
    },
    "step": (lambda x: elementary.step(x - 1.0) * elementary.clip(x, 0.5, 1.5), M),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_finite_differences(name):
    function, *shapes = CASES[name]
    assert error_of(function, drawn(*shapes)) < 1e-7


def test_every_primitive_is_among_the_cases():
    used = set()
    for function, *shapes in CASES.values():
        used |= {node.function for node in nodes_to([function(*map(Traced, drawn(*shapes)))])}
    helpers = {each for each in PULLS if each.__name__ == "placed"}  # of the backward pass
    assert [each for each in PULLS if each not in used | helpers] == []
    assert np.greater in used and np.sign in used and not FLAT & PULLS.keys()


ONE: list[Any] = [
    np.tanh,
    np.sin,
    np.negative,
    abs,
    lambda x: np.exp(-x * x),
    lambda x: np.log(1.0 + x * x),
    lambda x: np.sqrt(1.0 + x * x),
    lambda x: x.sum(axis=0),
    lambda x: np.mean(x, axis=-1, keepdims=True),
    lambda x: np.max(x, axis=-1, keepdims=True),
    lambda x: np.clip(x, -0.7, 0.9),
    lambda x: np.where(x > 0.1, x, 0.2 * x),
    lambda x: x[..., ::-1],
    lambda x: x[..., [0, 0, -1, 0]][..., :3],
    lambda x: x.reshape(-1)[:3],
    lambda x: np.swapaxes(x, 0, -1) if x.shape[0] == x.shape[-1] else x,
]
TWO: list[Any] = [
    np.add,
    np.subtract,
    np.multiply,
    np.maximum,
    np.minimum,
    lambda x, y: x / (1.0 + y * y),
    lambda x, y: np.concatenate([x, y], axis=-1)[..., 1:4] if x.ndim == y.ndim and x.shape[:-1] == y.shape[:-1] else x,
    lambda x, y: x @ y if y.ndim == 2 and y.shape[0] == x.shape[-1] else x,
    lambda x, y: np.stack([x, y])[1] if x.shape == y.shape else y,
]
STEPS = st.lists(st.tuples(st.integers(0, len(ONE) + len(TWO) - 1), st.integers(0, 99), st.integers(0, 99)), max_size=9)


def together(*shapes: tuple[int, ...]) -> bool:
    """Whether arrays of these shapes broadcast to each other."""
    try:
        return bool(np.broadcast_shapes(*shapes))
    except ValueError:
        return False


def expression(steps: list[tuple[int, int, int]], *arrays: Any) -> Any:
    """A computation of some steps, each of what was there before."""
    made = [*arrays]
    for which, one, other in steps:
        x, y = made[-1 - one % len(made)], made[-1 - other % len(made)]
        if which < len(ONE):
            made.append(ONE[which](x) if x.ndim else np.tanh(x))
        else:
            made.append(TWO[which - len(ONE)](x, y) if together(x.shape, y.shape) else x * 0.5)
    return functools.reduce(lambda total, each: total + np.tanh(each).sum(), made, 0.0)


@given(STEPS, st.integers(0, 1000))
def test_random_expressions(steps, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=shape) for shape in ((3, 3), (2, 3), (3,), (2, 1))]
    assert error_of(functools.partial(expression, steps), arrays) < 1e-6


def test_the_backward_pass_records_itself():
    """So second derivatives come for free: that of sin(x) x² by itself, twice."""
    x = Traced(np.array([0.3, 1.1]))
    first = gradients(np.sin(x) * x**2, np.ones(2), [x], given=lambda same: same)[x]
    second = gradients(first, np.ones(2), [x])[x]
    expected = (2 - x.value**2) * np.sin(x.value) + 4 * x.value * np.cos(x.value)
    np.testing.assert_allclose(second, expected, rtol=1e-12)


def test_gradients_keep_the_type():
    leaves = [Traced(each.astype(np.float32)) for each in drawn((3, 4), (4, 2), (2,))]
    output = np.maximum(leaves[0] @ leaves[1] + leaves[2], 0.5).max(axis=1) ** 2
    found = gradients(output, np.ones(3, np.float32), leaves)
    assert {found[each].dtype for each in leaves} == {np.dtype(np.float32)}
