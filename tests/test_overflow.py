"""Predictions that are not finite: one warning, from either engine, for one row and for many."""

import warnings
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.overflow import finite

ENGINES = ["numpy", "compiled"]


def overflowing(engine: str, dtype: str = "float32") -> gn.Network:
    net = gn.Network([gn.Dense(8, "relu"), gn.Dense(3)], dtype, engine=engine).build(4, seed=0)
    net.parameters[...] = 1e20 if dtype == "float32" else 1e200
    return net


def told(call: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call()
    assert all(one.filename == __file__ for one in seen), "the line of the caller is named"
    return [str(one.message) for one in seen]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, 5, 300, 3000])
def test_a_prediction_that_overflows_is_told_once_a_call(engine: str, dtype: str, n: int) -> None:
    net = overflowing(engine, dtype)
    (sentence,) = told(lambda: net.predict(np.ones((n, 4))))
    assert f"not finite (inf or nan), as its weights or the inputs are so large that {dtype} overflows" in sentence
    assert len(sentence) < 500


@pytest.mark.parametrize("engine", ENGINES)
def test_one_row_among_many_is_enough(engine: str) -> None:
    net = gn.Network([gn.Dense(2)], engine=engine).build(1, seed=0)
    net.arrays["0.W"][...] = 1e36
    X = np.ones((5000, 1))
    assert told(lambda: net.predict(X)) == []
    X[4321] = 1e4
    outputs: list[Any] = []
    assert len(told(lambda: outputs.append(net.predict(X)))) == 1
    assert np.flatnonzero(~np.isfinite(outputs[0]).all(axis=1)).tolist() == [4321]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_predictor_says_the_same(engine: str) -> None:
    predictor = overflowing(engine).predictor()
    for x in (np.ones(4), np.ones((5, 4))):
        (sentence,) = told(lambda x=x: predictor(x))
        assert "float32 overflows" in sentence
    with pytest.raises(gn.InvalidInput, match="x must be finite"):
        predictor([1, 2, np.nan, 4])


@pytest.mark.parametrize("engine", ENGINES)
def test_parameters_that_are_not_finite_are_told_as_such(engine: str) -> None:
    net = gn.Network([gn.Dense(2)], engine=engine).build(4, seed=0)
    net.parameters[0] = np.nan
    (sentence,) = told(lambda: net.predict(np.ones((2, 4))))
    assert "its own parameters are not finite: build it and train it again" in sentence


def test_python_shows_the_same_words_once() -> None:
    net = overflowing("numpy")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for n in range(1, 20):
            net.predict(np.ones((n, 4)))
    assert len(seen) == 1


def test_large_outputs_whose_squares_overflow_are_finite() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert finite(np.full((3, 2), 3e38, np.float32))
        assert finite(np.full((3, 2), 1e308))
        assert not any(finite(np.array([[1.0, wrong]])) for wrong in (np.inf, -np.inf, np.nan))
