"""What a training ran on is recorded with its history and its model, and binds nobody."""

import json
import platform

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.machine import threads
from glassnet.engine.selection import installed
from glassnet.training import environment as recorded
from glassnet.training.environment import environment_in_words

ENGINES = pytest.mark.parametrize("engine", ["numpy", *(["compiled"] if installed("numba") else [])])
IRIS = gn.datasets.iris()


def fitted(engine="numpy", **more):
    net = gn.Network([gn.Dense(3, "softmax")], engine=engine)
    return net, net.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=more.pop("epochs", 2), seed=0, **more)


@ENGINES
def test_engine_versions_threads_and_blas_are_in_the_history_and_in_the_file(engine, tmp_path):
    with threads.limited(3):
        net, history = fitted(engine)
    found = history.about["environment"]
    assert found["engine"] == engine and found["threads"] == 3
    assert found["glassnet"] == gn.__version__ and found["numpy"] == np.__version__
    assert found["python"] == platform.python_version()
    assert ("numba" in found) == (engine == "compiled")
    assert json.loads(json.dumps(found)) == found
    again = gn.Network.load(net.save(tmp_path / "net.safetensors"))
    assert again.trained_with["environment"] == found
    assert again == net


def test_where_the_blas_is_not_known_it_is_left_out(monkeypatch):
    monkeypatch.setattr(recorded, "blas_of", lambda: None)
    _, history = fitted()
    assert "blas" not in history.about["environment"]


def test_a_model_without_a_record_is_read(tmp_path):
    net, _ = fitted()
    del net.trained_with["environment"]
    again = gn.Network.load(net.save(tmp_path / "net.safetensors"))
    assert again == net and "environment" not in again.trained_with


def test_a_run_goes_on_with_another_number_of_threads_to_the_same_bits(tmp_path):
    whole, _ = fitted(epochs=6)
    with threads.limited(1):
        fitted(epochs=3, checkpoint=tmp_path / "run")
    with threads.limited(2):
        net, history = fitted(epochs=6, resume=tmp_path / "run")
    assert np.array_equal(net.parameters, whole.parameters)
    assert history.about["environment"]["threads"] == 2


def test_words():
    found = {"engine": "compiled", "threads": 1, "glassnet": "1.0", "numba": "0.61", "blas": "MKL", "machine": "x86_64"}
    assert environment_in_words(found) == "compiled engine, 1 thread; glassnet 1.0, Numba 0.61; MKL; x86_64"
    assert environment_in_words({"engine": "numpy"}) == "numpy engine"
