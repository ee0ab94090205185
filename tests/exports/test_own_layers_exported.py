"""Layers made of a function give in each target what `predict` gives, whatever functions of NumPy they are made of."""

import shutil
import sys

import numpy as np
import pytest
from test_same_as_predict import BOUNDS, far, run_all, written  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.exports import evaluating
from glassnet.exports.lowering import program_of
from glassnet.exports.taped.expressions import ENTRYWISE
from glassnet.exports.taped.lowering import MOVING, OTHERS
from glassnet.exports.whole.quantizing import quantized
from glassnet.exports.whole.ranges import ranges_of
from glassnet.taping.graph import FLAT, PULLS

UNKNOWN = {  # to exported files
    np.rint, np.trunc, np.floor_divide, np.argmax, np.argmin, np.argsort, np.any, np.all, np.isfinite, np.isnan,
    np.isinf,
}  # fmt: skip


@gn.layer(w=("n_inputs", "units"), b=("units",), beta=1.0)
def exported_gate(x, w, b, beta, *, units=3):
    """A = Z σ(β Z)"""
    z = x @ w + b
    return z / (1.0 + np.exp(-beta * z))


@gn.layer(q=("n_inputs", 3), k=("n_inputs", 3))
def exported_attention(x, q, k):
    scores = np.einsum("nid,njd->nij", x @ q, x @ k) - 1e4 * (1 - np.tril(np.ones((x.shape[1], x.shape[1]))))
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (e / e.sum(axis=-1, keepdims=True)) @ x


def smooth(x):
    return np.concatenate(
        [np.sin(x), np.cos(x), np.tan(0.3 * x), np.arctan(x), np.sinh(x), np.cosh(x), np.tanh(x), np.expm1(x)], axis=1
    )


def of_positive(x):
    p = 1.5 + np.abs(np.tanh(x))
    return np.hstack([np.log(p), np.log2(p), np.log10(p), np.log1p(p), np.sqrt(p), np.reciprocal(p), p**0.5, p**-1.5])


def inverses(x):
    t = 0.9 * np.tanh(x)
    return np.hstack(
        [np.arcsin(t), np.arccos(t), np.arcsinh(x), np.arccosh(1.5 + x * x), np.arctanh(t), np.hypot(x, t)]
    )


def powers(x):
    return np.stack([x**2, x**3, (x + 3.0) ** 9, x**10, x**-2, 2.0**x, x**0, np.square(x) ** 2], axis=-1)


def choices(x):
    mask = (x > 0.1) & (x <= 0.9) | np.logical_not(x < 0.5)
    equal = (np.sign(x) == 1.0) * 2.0 + (np.floor(x) != -1.0)
    return np.where(mask, x, -0.3 * x) + np.clip(x, -0.4, 0.6) + equal * (x >= 0) + np.ceil(x) * np.invert(mask)


def both_ways(x):
    y = np.minimum(x, x[:, ::-1]) - np.positive(x)
    return np.logaddexp(x, y) - np.logical_or(x > 0, y > 0) * np.logical_and(x > 0, x > 0.1)


def moved(x):
    y = np.swapaxes(x.reshape(len(x), 2, 2, 2), 1, 3)
    y = np.moveaxis(np.roll(y, 1, axis=2), 1, 2) + np.flip(np.transpose(y, (0, 2, 1, 3)), 1)
    first = np.broadcast_to(np.expand_dims(x[:, 0], 1), (len(x), 8))
    return y.reshape(len(x), -1) + first + np.squeeze(x[:, None], 1)[:, [1, 1, 0, 3, 2, 7, 7, 0]]


def reduced(x):
    y = x.reshape(len(x), 2, 4)
    parts = [
        y.sum(axis=1),
        y.mean(axis=(1, 2), keepdims=True)[:, 0],
        y.max(axis=-1),
        y.min(axis=1),
        x.std(axis=1)[:, None],
    ]
    return np.concatenate([*parts, y.var(axis=2), np.linalg.norm(x, axis=1, keepdims=True)], axis=1)


def products(x):
    y = x.reshape(len(x), 2, 4)
    a = y @ np.swapaxes(y, 1, 2)  # two traced stacks
    b = np.arange(6.0).reshape(3, 2) @ y  # by constants from the left
    c = y @ np.arange(4.0) + (y * np.arange(1, 9).reshape(2, 4)).sum(axis=2)
    d = np.einsum("nij,jk,nik->nk", y, np.eye(4)[:, :3], y[:, :, 1:])
    return np.concatenate([a.reshape(len(x), -1), b.reshape(len(x), -1), c, d, np.cumsum(x, axis=1)], axis=1)


def constants(x):
    y = np.tril(x.reshape(len(x), 2, 4)) + np.triu(x.reshape(len(x), 2, 4), 1)
    ones = np.ones_like(x) + np.full_like(x, 0.5) * np.zeros_like(x)
    beside = np.concatenate([np.zeros((len(x), 2)), x[:, :1]], axis=1)
    return np.concatenate([y.reshape(len(x), -1), ones, beside, x.astype(float)], axis=1)


def of_many(x):
    """Products of five operands, exponents that differ, a part without entries, and calls deep inside each other."""
    several = np.einsum("ni,i,i,i,i->ni", x, *(np.arange(1, 9) * 0.1 * k for k in range(1, 5)))
    powers = np.abs(x) ** np.array([1, 2, 3, 0.5, 0, -1, 3, 9]) + x ** np.full(8, 3.0)
    deep = x
    for _ in range(600):
        deep = np.tanh(deep) + 0.1
    return np.concatenate([x[:, :0], several, powers, deep, np.zeros((len(x), 0))], axis=1)


FUNCTIONS = [smooth, of_positive, inverses, powers, choices, both_ways, moved, reduced, products, constants, of_many]
NETS = {
    "gate": ([exported_gate(), gn.Dense(2, "softmax")], (4,)),
    "steps": ([exported_attention(), exported_gate(units=2), gn.Flatten(), gn.Dense(2)], (3, 4)),
    "lambda": ([gn.Function(lambda x, w: x * np.tanh(x @ w), {"w": ("n_inputs", "n_inputs")})], (4,)),
    "nothing": ([gn.Function(lambda x: x), gn.Function(lambda x: x.reshape(len(x), 2, 2)), gn.Flatten()], (4,)),
    **{f.__name__: ([gn.Function(f)], (8,)) for f in FUNCTIONS},
}


def network(name, dtype):
    layers, shape = NETS[name]
    net = gn.Network(layers, dtype=dtype).build(shape if len(shape) > 1 else shape[0], seed=0)
    return net, np.random.default_rng(1).normal(size=(6, *shape)).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("target", ["python", "c", "javascript", "onnx"])
def test_own_layers_give_what_predict_gives(target, dtype, tmp_path):
    made = {name: network(name, dtype) for name in NETS}
    cases = [
        written(program_of(net), target, tmp_path, name, rows.reshape(len(rows), -1))
        for name, (net, rows) in made.items()
    ]
    for (name, (net, rows)), found in zip(made.items(), run_all(target, cases), strict=True):
        expected = net.predict(rows).reshape(len(rows), -1).astype(float)
        bound = BOUNDS[dtype] * (50 if name == "powers" else 1)  # whose numbers go through the logarithm
        assert far(found.values, expected) <= bound, name


@pytest.mark.parametrize("name", NETS)
def test_the_steps_of_an_own_layer_give_what_predict_gives(name):
    net, rows = network(name, "float64")
    program = program_of(net)
    found = evaluating.run(program, rows)[program.outputs.value.name]
    assert far(found, net.predict(rows).reshape(len(rows), -1)) <= 1e-12


def test_every_primitive_of_the_tape_has_a_step_or_is_refused_by_name():
    assert {*PULLS, *FLAT} - {*ENTRYWISE, *MOVING, *OTHERS} == UNKNOWN | {
        each for each in PULLS if each.__name__ == "placed"
    }


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (
            lambda x: np.rint(x) * x,
            r"gn.Function of <lambda> cannot be exported: np.rint has no step in an exported file",
        ),
        (lambda x: x[np.arange(len(x))[:, None], np.argsort(x, axis=1)], "np.argsort has no step in an exported file"),
        (
            lambda x: x ** np.abs(x),
            "np.power with an exponent that is computed has no step in an exported file",
        ),
        (lambda x: x[:, [0] * 18] ** np.arange(18), "np.power with 18 different exponents has no step in an exported"),
        (lambda x: np.abs(x) ** x, "np.power with an exponent that is computed"),
        (lambda x: np.where(np.isnan(x), 0.0, x), "np.isnan has no step in an exported file"),
    ],
)
def test_what_no_target_has_is_named(function, said, tmp_path):
    net = gn.Network([gn.Function(function), gn.Dense(2)]).build(3, seed=0)
    with pytest.raises(gn.InvalidInput, match=said) as caught:
        gn.export(net, tmp_path / "m.py")
    assert "\n" not in str(caught.value) and [*tmp_path.iterdir()] == []


def test_a_result_that_does_not_depend_on_inputs_is_refused(tmp_path):
    same = gn.Function(lambda x, w: np.broadcast_to(w, (len(x), 3)), {"w": (3,)})
    net = gn.Network([same, gn.Dense(2)]).build(3, seed=0)
    with pytest.raises(gn.InvalidInput, match="cannot be exported: its result does not depend on its input"):
        gn.export(net, tmp_path / "m.py")


def test_a_table_that_inputs_index_is_refused(tmp_path):
    table = gn.Function(lambda x, t: t[x.astype(int)].reshape(len(x), -1), {"t": (5, 2)})
    net = gn.Network([table, gn.Dense(2)]).build(3, seed=0)
    with pytest.raises(gn.InvalidInput, match="a parameter that is indexed by inputs has no step in an exported file"):
        gn.export(net, tmp_path / "m.py")


def test_calls_that_are_used_once_become_one_formula(tmp_path):
    net = gn.Network([exported_gate(units=5)], dtype="float64").build(4, seed=0)
    program = program_of(net)
    assert [type(step).__name__ for step in program.steps] == ["Row", "Product", "Elementwise", "Elementwise"]
    gn.export(net, tmp_path / "gate.py")
    text = (tmp_path / "gate.py").read_text()
    assert "exported_gate 4 → 5: A = Z σ(β Z)" in text
    many = gn.Network([exported_gate(units=4), exported_gate(units=4)]).build(4, seed=0)
    assert len(program_of(many).formulas) == 2  # each once, for both layers


@pytest.mark.skipif(shutil.which("gcc") is None or sys.platform == "win32", reason="gcc is not installed")
def test_products_in_8_bits_lose_little(tmp_path):
    net, rows = network("gate", "float32")
    program = program_of(net)
    whole = quantized(program, ranges_of(net, program, [rows]))
    (found,) = run_all("c", [written(whole, "c", tmp_path, "gate", rows)])
    assert 0 < far(found.values, net.predict(rows)) < 0.02
