"""The same seed gives the same bits: in one process and in others, whatever the hashes and the number of threads."""

import hashlib
import os
import subprocess
import sys

import pytest

import glassnet as gn
from glassnet.engine.selection import installed

ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]

PROGRAM = """
import hashlib, sys, tempfile
import glassnet as gn

def digest(engine, folder):
    iris = gn.datasets.iris()
    layers = [gn.Dense(8, "relu"), gn.Dropout(0.2), gn.Residual(gn.Dense(8, "prelu")), gn.Dense(3, "softmax")]
    net = gn.Network(layers, engine=engine)
    history = net.fit(
        iris.X, iris.y, loss="cross_entropy", optimizer=gn.AdamW(0.01), epochs=12, batch_size=20, validation=0.2,
        metrics=["accuracy", "log_loss"], penalty="l2", clip=gn.ClipNorm(1.0), seed=5,
        stop=[gn.EarlyStopping("val_log_loss", patience=5)], checkpoint=gn.Checkpoint(folder, every=2),
    )
    numbers = [history[name] for name in history.names() if name != "seconds"]
    about = {name: value for name, value in history.about.items() if name != "environment"}
    return hashlib.sha256(net.parameters.tobytes() + repr((numbers, about)).encode()).hexdigest()

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(digest(sys.argv[1], folder))
"""


def in_a_process(*arguments, program=PROGRAM, **environment):
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment)
    return done.stdout.strip()


@pytest.mark.parametrize("engine", ENGINES)
def test_runs_processes_hashes_and_threads_change_no_bit(engine, tmp_path):
    space: dict = {"__name__": "determinism"}
    exec(PROGRAM, space)
    here = {space["digest"](engine, tmp_path / str(k)) for k in range(2)}
    there = {
        in_a_process(engine, PYTHONHASHSEED="0"),
        in_a_process(engine, PYTHONHASHSEED="4711", GLASSNET_THREADS="3", OMP_NUM_THREADS="3"),
    }
    assert len(here | there) == 1


LARGE = """
import hashlib, sys
import numpy as np
import glassnet as gn

X = np.random.default_rng(0).normal(size=(3000, 64))
y = (X[:, :3] ** 2).argmax(axis=1)
layers = [
    gn.Dense(200, "relu", weights="unit_variance", biases="through_data"), gn.BatchNorm(),
    gn.Dense(150, "tanh", weights="orthogonal"), gn.LayerNorm(), gn.Dense(3, "softmax"),
]
metrics = ["accuracy", "log_loss", "f1", "roc_auc"]
ways = {"float32": {"clip": gn.ClipNorm(0.1), "batch_size": 500}, "float64": {"optimizer": gn.LBFGS()}}
for dtype, how in ways.items():
    net = gn.Network(layers, dtype=dtype, engine=sys.argv[1])
    history = net.fit(X, y, loss="cross_entropy", epochs=3, validation=0.4, metrics=metrics, class_weight="balanced",
                      seed=0, **how)
    numbers = [history[name] for name in history.names() if name != "seconds"]
    bits = net.parameters.tobytes() + repr(numbers).encode() + net.predict(X).tobytes()
    print(dtype, hashlib.sha256(bits).hexdigest())
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_the_threads_of_blas_change_no_bit_where_parameters_follow_the_data_and_products_are_large(engine):
    one, two = (in_a_process(engine, program=LARGE, OMP_NUM_THREADS=n) for n in ("1", "2"))
    assert one == two and len(one.splitlines()) == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_checkpoints_change_no_bit_of_a_run(engine, tmp_path):
    iris, nets = gn.datasets.iris(), []
    for checkpoint in (None, tmp_path / "run"):
        net = gn.Network([gn.Dense(8, "relu"), gn.Dropout(0.2), gn.Dense(3, "softmax")], engine=engine)
        net.fit(iris.X, iris.y, loss="cross_entropy", epochs=4, validation=0.2, seed=0, checkpoint=checkpoint)
        nets.append(hashlib.sha256(net.parameters.tobytes()).hexdigest())
    assert nets[0] == nets[1]


def test_the_same_run_writes_the_same_checkpoint_but_for_the_seconds(tmp_path):
    from glassnet.files.checkpoint_file import read_checkpoint

    iris, found = gn.datasets.iris(), []
    for name in ("a", "b"):
        net = gn.Network([gn.Dense(3, "softmax")], engine="numpy")
        net.fit(iris.X, iris.y, loss="cross_entropy", epochs=3, seed=0, checkpoint=tmp_path / f"{name}.safetensors")
        arrays, description = read_checkpoint(tmp_path / f"{name}.safetensors")
        arrays["history"][:, description["history"].index("seconds")] = 0
        found.append((description, {name: array.tobytes() for name, array in arrays.items()}))
    assert found[0] == found[1]
