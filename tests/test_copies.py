"""Networks are copied, pickled, sent to other processes, and compared."""

import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed

IRIS = gn.datasets.iris()
ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]


def trained(engine="numpy", **more):
    net = gn.Network([gn.Dense(4, "tanh"), gn.Dropout(0.1), gn.Dense(3, "softmax")], engine=engine, **more)
    net.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=2, seed=0, metrics=["accuracy"])
    net.predict(IRIS.X)
    return net


def evaluate(net):
    return net, net.evaluate(IRIS.X, IRIS.y)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_is_equal_and_of_its_own(engine, copied):
    net = trained(engine)
    other = copied(net)
    assert net == other and evaluate(net)[1] == evaluate(other)[1]
    assert other.seed == 0 and other.trained_with == net.trained_with
    before = net.parameters.copy()
    other.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=1, seed=1)
    np.testing.assert_array_equal(net.parameters, before)
    assert net != other


def test_networks_are_equal_when_layers_dtype_and_parameters_are():
    net = trained()
    other = copy.copy(net)
    other.seed, other.engine_name, other.trained_with, other.loss = 5, "auto", {}, None
    assert net == other
    other.parameters[3] += 1
    assert net != other
    layers = [gn.Dense(3, "softmax")]
    assert gn.Network(layers) == gn.Network(layers) != gn.Network(layers, dtype="float64")
    assert gn.Network(layers) != gn.Network(layers).build(4, seed=0) != gn.Network(layers)
    assert gn.Network(layers).build(4, seed=0) == gn.Network(layers).build(4, seed=0)
    assert gn.Network(layers).build(4, seed=0) != gn.Network(layers).build(3, seed=0)
    assert gn.Network(layers) != gn.Network([gn.Dense(3, "sigmoid")])
    assert net != "network" and net is not None
    with pytest.raises(TypeError, match="unhashable type: 'Network'"):
        hash(net)


def test_a_loaded_network_is_equal_to_the_saved_one(tmp_path):
    net = trained()
    assert gn.load(net.save(tmp_path / "model.safetensors")) == net


PROGRAM = """
import multiprocessing, sys
import glassnet as gn
from tests.test_copies import evaluate, trained

if __name__ == "__main__":
    net = trained({engine!r})
    expected = evaluate(net)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(evaluate, [net, net]) == [expected] * 2)
"""


@pytest.mark.parametrize(
    "engine", [pytest.param(engine, marks=pytest.mark.long) if engine == "compiled" else engine for engine in ENGINES]
)
def test_a_network_goes_through_multiprocessing(engine, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM.format(engine=engine))
    command = [sys.executable, str(tmp_path / "program.py")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env)
    assert done.stdout == "True\n", done.stderr


@pytest.mark.parametrize("engine", ENGINES)
def test_a_network_goes_through_joblib(engine):
    joblib = pytest.importorskip("joblib")
    net = trained(engine)
    found = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(evaluate)(net) for _ in range(2))
    assert found == [evaluate(net)] * 2
