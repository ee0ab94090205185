"""The max-norm constraint: after each update no unit's weights are longer, on both engines."""

from typing import Any

import numpy as np
import pytest
from both_engines import COMPILED, ENGINES  # type: ignore[import-not-found]
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import glassnet as gn
from glassnet.formulas.clipping import MaxNorm

IRIS = gn.datasets.iris()


def trained(engine: str, dtype: str = "float64", **how: Any) -> Any:
    layers = [gn.Dense(9, "relu", max_norm=0.7), gn.Residual(gn.Dense(9, max_norm=0.3)), gn.Dense(3, "softmax")]
    net = gn.Network(layers, dtype=dtype, engine=engine)
    net.fit(IRIS.X, IRIS.y, **{"loss": "cross_entropy", "optimizer": gn.Adam(0.05), "epochs": 5, "seed": 0, **how})
    return net


@given(W=arrays("d", (4, 3), elements=st.floats(-1e100, 1e100)), c=st.floats(0.01, 100))
def test_long_columns_are_shrunk_to_the_norm_and_others_stay_to_the_bit(W, c):
    before, norms = W.copy(), np.sqrt((W**2).sum(0))
    MaxNorm(c).apply(W)
    np.testing.assert_allclose(W, before * np.minimum(1, c / np.maximum(norms, 1e-300)), rtol=1e-12)
    within = norms < c * (1 - 1e-12)
    np.testing.assert_array_equal(W[:, within], before[:, within])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_unit_is_longer_than_its_norm_after_training_and_some_reach_it(engine, dtype):
    net = trained(engine, dtype)
    for name, c in (("0.W", 0.7), ("1.0.W", 0.3)):
        norms = np.linalg.norm(net.arrays[name], axis=0)
        assert norms.max() == pytest.approx(c, rel=1e-5)
    assert np.linalg.norm(net.arrays["2.W"], axis=0).max() > 0.7  # it has no bound


@COMPILED
@pytest.mark.parametrize("how", [{}, {"optimizer": gn.AdamW(0.05), "penalty": "l2", "batch_size": 200}], ids=str)
def test_both_engines_give_the_same(how):
    a, b = trained("numpy", **how), trained("compiled", **how)
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(a.predict(IRIS.X), b.predict(IRIS.X), rtol=1e-8)


@COMPILED
def test_both_engines_give_the_same_in_slices_of_units(monkeypatch):
    from glassnet.engine.compiled import program, tiles

    monkeypatch.setattr(tiles, "sliced", lambda layout, n_rows: True)
    monkeypatch.setattr(program, "TASK", 1)
    X, found = np.random.default_rng(0).normal(size=(60, 40)), []
    for engine in ("numpy", "compiled"):
        net = gn.Network([gn.Dense(70, "tanh", max_norm=0.4), gn.Dense(1)], dtype="float64", engine=engine)
        net.fit(X, X[:, 0], loss="huber", optimizer=gn.SGD(0.1), epochs=3, seed=0)
        found.append(net.parameters)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-8, atol=1e-11)


def test_a_max_norm_is_shown_saved_and_read_back(tmp_path):
    net = trained("numpy")
    assert repr(net.layers[0]) == "Dense(9, 'relu', max_norm=0.7)"
    assert gn.Network.load(net.save(tmp_path / "m.safetensors")).layers == net.layers


def test_what_cannot_work_is_refused_in_a_sentence():
    wrong: Any
    for wrong in (0, -1, "3", True, float("inf")):
        with pytest.raises(gn.InvalidInput, match="Dense: `max_norm` must be a positive number, got "):
            gn.Dense(3, max_norm=wrong)
    with pytest.raises(gn.InvalidInput, match=r"L-BFGS chooses its own steps: it does not support max_norm, got 0.7"):
        trained("numpy", optimizer="lbfgs")
