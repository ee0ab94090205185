"""A predictor gives what `predict` gives, row after row, from any thread."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn

DIGITS = gn.datasets.digits()
ENGINES = pytest.mark.parametrize("engine", ["numpy", "compiled"])
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
LAYERS = {
    "relu": [gn.Dense(32, "relu"), gn.Dense(10, "softmax")],
    "all kinds": [
        gn.Dense(12, "prelu"), gn.Dropout(0.5), gn.Residual(gn.Dense(12, "gelu"), gn.Dense(12)), gn.Activation("silu"),
        gn.Dense(10, "softmax", bias=False),
    ],
    "one output": [gn.Dense(5, "tanh"), gn.Dense(1, "sigmoid")],
    "no hidden layer": [gn.Dense(2)],
}  # fmt: skip


def network(layers, engine, dtype="float32", n_inputs: Any = 64):
    return gn.Network(layers, dtype, engine).build(n_inputs, seed=0)


def close(found, expected):
    assert found.dtype == expected.dtype and found.shape == expected.shape
    tolerance = 100 * np.finfo(expected.dtype).eps
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@ENGINES
@DTYPES
@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_each_row_and_all_rows_are_those_of_predict(layers, engine, dtype):
    net = network(layers, engine, dtype)
    X = DIGITS.X[:300].astype(dtype)
    predictor, expected = net.predictor(), net.predict(X)
    close(predictor(X), expected)
    for n in (1, 2, 63, 64, 65):
        close(predictor(X[:n]), expected[:n])
    for x, row in zip(X[:20], expected[:20], strict=True):
        close(predictor(x), row)


@ENGINES
def test_whatever_holds_numbers_is_converted(engine):
    predictor = network(LAYERS["relu"], engine).predictor()
    x = DIGITS.X[7].astype(np.float32)
    expected = predictor(x)
    readonly = x.copy()
    readonly.flags.writeable = False
    wide = np.repeat(x, 2)[::2]
    for same in (x.astype(np.float64), x.tolist(), tuple(x.tolist()), x.astype(">f4"), readonly, wide, x.astype(int)):
        assert np.array_equal(predictor(same), expected)
    X = DIGITS.X[:5].astype(np.float32)
    assert np.array_equal(predictor(np.asfortranarray(X)), predictor(X))
    assert np.array_equal(predictor(X.astype(np.float16)), predictor(X))


@ENGINES
def test_samples_of_more_dimensions(engine):
    net = network([gn.Flatten(), gn.Dense(3, "softmax")], engine, n_inputs=(8, 8))
    X = DIGITS.X[:4].reshape(4, 8, 8).astype(np.float32)
    predictor = net.predictor()
    close(predictor(X), net.predict(X))
    close(predictor(X[0]), net.predict(X[:1])[0])


@ENGINES
def test_it_follows_training_and_what_is_written_into_the_parameters(engine):
    net = network(LAYERS["relu"], engine)
    X = DIGITS.X[:100].astype(np.float32)
    predictor = net.predictor()
    before = predictor(X[0])
    net.fit(X, DIGITS.y[:100], loss="cross_entropy", epochs=2, seed=0)
    assert not np.array_equal(predictor(X[0]), before)
    close(predictor(X[0]), net.predict(X[:1])[0])
    net.arrays["1.W"][...] = 0
    net.arrays["1.b"][...] = 0
    close(predictor(X[0]), np.full(10, 0.1, np.float32))


@ENGINES
def test_a_result_is_never_written_to_again(engine):
    predictor = network(LAYERS["relu"], engine).predictor()
    first = predictor(DIGITS.X[0])
    kept = first.copy()
    predictor(DIGITS.X[1])
    assert np.array_equal(first, kept)


@ENGINES
def test_threads_share_it(engine):
    net = network(LAYERS["relu"], engine)
    X = DIGITS.X[:64].astype(np.float32)
    predictor = net.predictor()
    expected = [predictor(x) for x in X]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda k: predictor(X[k % 64]), range(4000), chunksize=50))
    finally:
        sys.setswitchinterval(interval)
    assert all(np.array_equal(one, expected[k % 64]) for k, one in enumerate(found))


@given(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=4, max_size=4))
def test_any_finite_row_is_predicted_as_by_predict(x):
    for engine in ("numpy", "compiled"):
        net = network([gn.Dense(3, "tanh"), gn.Dense(2, "softmax")], engine, n_inputs=4)
        close(net.predictor()(x), net.predict([x])[0])


WRONG = {
    "another length": (np.zeros(63), "x must have shape (64,), one sample, or (n, 64), n of them; got shape (63,)."),
    "rows of another length": (np.zeros((2, 63)), "or (n, 64), n of them; got shape (2, 63)."),
    "a number": (3.0, "or (n, 64), n of them; got shape ()."),
    "three dimensions": (np.zeros((1, 1, 64), np.float32), "n of them; got shape (1, 1, 64)."),
    "text": (["a"] * 64, "x must hold numbers, got <U1 with values such as 'a'."),
    "ragged": ([[1], [2, 3]], "x must be an array of numbers with rows of one length"),
    "nan": (np.where(np.arange(64) == 5, np.nan, 1).astype("f4"), "x must be finite in float32; it holds nan at row 5"),
    "infinite": (
        np.where(np.eye(3, 64) > 0, -np.inf, 1),
        "x must be finite in float32; it holds -inf at row 0, column 0",
    ),
    "too large": ([1e300] * 64, "x must be finite in float32; it holds 1e+300 at row 0 (64 such values in total)."),
}


@ENGINES
@pytest.mark.parametrize(("x", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_predicted_meets_one_sentence(x, said, engine):
    predictor = network(LAYERS["relu"], engine).predictor()
    with pytest.raises(gn.InvalidInput) as error:
        predictor(x)
    assert said in str(error.value)


def test_a_network_without_parameters_has_no_predictor():
    with pytest.raises(gn.InvalidInput, match="the network has no parameters yet"):
        gn.Network([gn.Dense(1)]).predictor()


def test_a_layer_without_kernels_is_predicted_with_numpy():
    class Halved(gn.Layer, name="halved_for_predictor"):
        def forward(self, s):
            np.multiply(s.X, 0.5, out=s.A)

    net = network([Halved(), gn.Dense(2)], "compiled")
    X = DIGITS.X[:3].astype(np.float32)
    with pytest.warns(RuntimeWarning, match="Halved has no lowering for the compiled engine"):
        close(net.predictor()(X), net.predict(X))
    assert net.predictor()(X[0]).shape == (2,)


@ENGINES
def test_no_rows_are_refused_as_predict_refuses_them(engine):
    net = network(LAYERS["relu"], engine)
    for ask in (net.predictor(), net.predict):
        with pytest.raises(gn.InvalidInput, match=r"(X|x) has no rows: shape \(0, 64\)."):
            ask(DIGITS.X[:0])
