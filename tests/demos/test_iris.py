import os
from importlib.util import find_spec

import numpy as np
import pytest

import glassnet as gn
from glassnet.demos import iris as demo


@pytest.fixture(scope="module")
def iris(ran):
    return ran("iris")


def test_the_tutorials_network_with_its_bugs_mended(iris):
    expected = {1: 3.6957030518, 5: 2.4877228698, 10: 1.3454887738, 25: 0.7639656569}
    for epoch, loss in expected.items():
        assert iris.result.tutorial["loss"][epoch - 1] == pytest.approx(loss, rel=1e-9)
    assert iris.result.tutorial["accuracy"][-1] == pytest.approx(0.84)


def test_ours_learns_in_25_epochs_what_neither_the_tutorials_nor_keras_do(iris):
    assert len(iris.result.ours["loss"]) == 25
    assert iris.result.ours["accuracy"][-1] >= 0.96
    assert iris.result.ours["accuracy"][-1] > demo.KERAS_ACCURACY > iris.result.tutorial_mean["accuracy"][-1]
    assert iris.result.ours["loss"][-1] < 0.1 < iris.result.tutorial_mean["loss"][-1]


def test_scaled_columns_have_mean_0_and_variance_1_on_the_rows_that_scale_them():
    train, test = gn.split(gn.datasets.iris(), test=0.2, stratify=True, seed=0)
    scaled, other = demo.standardised(train, like=train), demo.standardised(test, like=train)
    np.testing.assert_allclose(scaled.X.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.X.std(axis=0), 1)
    assert len(scaled) == 120 and len(other) == 30 and np.abs(other.X.mean(axis=0)).max() > 1e-3


def test_curves_on_held_out_rows_have_validation():
    train, test = gn.split(gn.datasets.iris(), test=0.2, stratify=True, seed=0)
    for found in (demo.tutorial_curves(train, test), demo.our_curves(train, test)):
        assert sorted(found) == ["accuracy", "loss", "val_accuracy", "val_loss"]
        assert {len(curve) for curve in found.values()} == {25}


def test_keras_is_left_out_where_it_has_no_backend(monkeypatch):
    monkeypatch.setattr(demo, "find_spec", lambda name: True if name == "keras" else None)
    assert demo.has_keras() is False


def test_the_backend_that_is_there_is_chosen_unless_one_is_chosen_already(monkeypatch):
    monkeypatch.setattr(demo, "find_spec", lambda name: True if name in ("keras", "jax") else None)
    monkeypatch.setenv("KERAS_BACKEND", "")
    monkeypatch.delenv("KERAS_BACKEND")
    assert demo.has_keras() and os.environ["KERAS_BACKEND"] == "jax"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert demo.has_keras() and os.environ["KERAS_BACKEND"] == "torch"


@pytest.mark.skipif(find_spec("keras") is None, reason="Keras is not installed")
def test_the_tutorials_keras_network_trains():
    train, test = gn.split(gn.datasets.iris(), test=0.2, stratify=True, seed=0)
    assert demo.has_keras()
    found = demo.keras_curves(train, test)
    assert sorted(found) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert len(found["loss"]) == 25 and found["loss"][-1] < found["loss"][0]


def test_text_and_figures(iris):
    iris.check_text("3.695703", "0.763966  84.0%", "66.7%")
    iris.check_figures("accuracy", "loss")
