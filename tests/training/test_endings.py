"""Training that is interrupted, diverges, or finds no room on the disk ends in order."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed
from glassnet.files.atomic import CannotWrite
from glassnet.training.loop.run import Run

IRIS = gn.datasets.iris()
X = IRIS.X
ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]
HOW: dict[str, Any] = {"loss": "cross_entropy", "seed": 0, "epochs": 8, "validation": 0.2}


def net(engine="numpy"):
    return gn.Network([gn.Dense(5, "tanh"), gn.Dropout(0.1), gn.Dense(3, "softmax")], engine=engine)


def fit(network=None, **more):
    network = network or net()
    return network, network.fit(X, IRIS.y, **{**HOW, **more})


def interrupting(monkeypatch, epoch):
    """Ctrl-C in the middle of an epoch: it is trained, and not yet recorded."""
    record = Run.record

    def interrupted(self, number, *more):
        if number == epoch:
            raise KeyboardInterrupt
        return record(self, number, *more)

    monkeypatch.setattr(Run, "record", interrupted)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_interrupt_leaves_the_last_whole_epoch_and_a_checkpoint_of_it(engine, tmp_path, monkeypatch):
    network = net(engine)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt) as error:
        interrupting(patch, 6)
        fit(network, checkpoint=gn.Checkpoint(tmp_path / "run", every=4))
    (file,) = (tmp_path / "run").iterdir()
    assert file.name == "epoch-000005.safetensors"
    assert error.value.__notes__ == [f"Stopped after epoch 5; resume={str(file)!r} continues from there."]
    assert network == fit(net(engine), epochs=5)[0]
    resumed, history = fit(net(engine), resume=file)
    assert resumed == fit(net(engine))[0] and len(history) == 8


def test_an_interrupt_in_a_listener_or_while_a_checkpoint_is_written_is_in_order_as_well(tmp_path, monkeypatch):
    def listener(epoch):
        if epoch.number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as error:
        fit(checkpoint=gn.Checkpoint(tmp_path / "a", every=100), listeners=[listener])
    assert "Stopped after epoch 3; resume=" in error.value.__notes__[0]
    assert os.listdir(tmp_path / "a") == ["epoch-000003.safetensors"]
    fsync, calls = os.fsync, iter(range(100))

    def interrupt(number):
        if next(calls) == 4:
            raise KeyboardInterrupt
        fsync(number)

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit(checkpoint=tmp_path / "b")
    assert os.listdir(tmp_path / "b") == ["epoch-000004.safetensors"]


def test_an_interrupt_restores_the_best_parameters_where_that_is_asked(monkeypatch):
    network = net()
    stop = gn.EarlyStopping("loss")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupting(patch, 6)
        fit(network, stop=stop)
    assert network == fit(epochs=5, stop=stop)[0]


PROGRAM = """
import glassnet as gn
iris = gn.datasets.iris()
net = gn.Network([gn.Dense(3, "softmax")], engine={engine!r})
said = lambda epoch: epoch.number == 500 and print("going", flush=True)
checkpoint = gn.Checkpoint({folder!r}, every=10**6)
net.fit(iris.X, iris.y, loss="cross_entropy", epochs=10**8, checkpoint=checkpoint, listeners=[said])
"""


def pressing_ctrl_c(process):
    """(stdout, stderr) after Ctrl-C, pressed again where Python lost it in a callback of a weak reference."""
    for _ in range(10):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=5)
    process.kill()
    raise AssertionError(process.communicate())


@pytest.mark.skipif(os.name == "nt", reason="the system has no SIGINT")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_real_ctrl_c_says_where_and_how_to_go_on(engine, tmp_path):
    code = PROGRAM.format(engine=engine, folder=str(tmp_path / "run"))
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout and process.stderr and process.stdout.readline() == "going\n"
        error = pressing_ctrl_c(process)[1]
    (file,) = (tmp_path / "run").iterdir()
    assert process.returncode == -signal.SIGINT
    assert f"KeyboardInterrupt\nStopped after epoch {int(file.stem[6:])}; resume={str(file)!r} continues" in error


def test_a_place_that_cannot_be_written_is_refused_before_training(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match=r"could not make the folder .*file/run: Not a directory"):
        fit(checkpoint=tmp_path / "file" / "run")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        fit(checkpoint=tmp_path / "run")
    assert os.listdir(tmp_path / "run") == []


def failing(kind, folder, monkeypatch):
    """What goes wrong with a disk in the middle of a training."""
    if kind == "gone":
        folder.rename(folder.with_name("elsewhere"))
        return
    number = {"full": errno.ENOSPC, "read-only": errno.EROFS}[kind]

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync" if kind == "full" else "replace", refuse)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("full", "No space left on device"),
        ("read-only", "Read-only file system"),
        ("gone", "No such file or directory"),
    ],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_disk_that_fails_is_said_once_an_epoch_and_training_goes_on(kind, said, engine, tmp_path, monkeypatch):
    folder, network = tmp_path / "run", net(engine)

    def listener(epoch):
        if epoch.number == 4:
            failing(kind, folder, monkeypatch)

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        fit(network, checkpoint=folder, listeners=[listener])
    monkeypatch.undo()
    texts = [str(warning.message) for warning in heard]
    last = folder / "epoch-000003.safetensors"
    which = f"its last checkpoint is {last}" if kind != "gone" else "none of its checkpoints is left"
    assert len(texts) == 5 and all(said in text for text in texts)  # of the epochs 4 to 8
    now = [text.split(". ")[-1] for text in texts]
    assert now == [f"Training {how}; {which}." for how in [*["continues"] * 4, "is over"]]
    assert network == fit(net(engine))[0]
    there = folder if kind != "gone" else folder.with_name("elsewhere")
    assert [*there.glob("*.safetensors")] == [there / last.name]
    assert fit(net(engine), resume=there)[0] == network


def test_a_disk_that_works_again_gets_the_next_checkpoint(tmp_path, monkeypatch):
    folder = tmp_path / "run"

    def listener(epoch):
        if epoch.number == 3:
            failing("full", folder, monkeypatch)
        if epoch.number == 5:
            monkeypatch.undo()

    with pytest.warns(RuntimeWarning, match="No space left on device"):
        fit(checkpoint=folder, listeners=[listener])
    assert os.listdir(folder) == ["epoch-000008.safetensors"]


@pytest.mark.parametrize("ends", ["early", "left", "interrupted"])
def test_a_checkpoint_that_fails_as_the_run_ends_does_not_say_that_training_goes_on(ends, tmp_path, monkeypatch):
    stop = gn.Target("loss", 10.0) if ends == "early" else None
    training = net().training(IRIS.X, IRIS.y, loss="cross_entropy", epochs=4, checkpoint=tmp_path / "run", stop=stop)
    next(training)
    failing("full", tmp_path, monkeypatch)
    with pytest.warns(RuntimeWarning) as heard:
        if ends == "interrupted":
            with pytest.raises(KeyboardInterrupt):
                training._epochs.throw(KeyboardInterrupt())
        else:
            _ = [*training] if ends == "early" else training.close()
    last = tmp_path / "run" / "epoch-000000.safetensors"
    [text] = [str(warning.message) for warning in heard]
    assert text.endswith(
        f"epoch-000001.safetensors: No space left on device. What was there before is unchanged. "
        f"Training is over; its last checkpoint is {last}."
    )


def small(limit, folder):
    """A program whose files may not grow beyond a limit, as on a disk that is full."""
    return f"""
import resource, signal, glassnet as gn
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def full(epoch):
    if epoch.number == 3: resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
iris = gn.datasets.iris()
net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(3, "softmax")], engine="numpy")
history = net.fit(iris.X, iris.y, loss="cross_entropy", epochs=6, seed=0, checkpoint={folder!r}, listeners=[full])
print(len(history), history.about["ended"])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a limit for files is set")
def test_a_file_that_can_only_be_half_written_is_never_in_place(tmp_path):
    code = small(1000, str(tmp_path / "run"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "6 epochs: all 6 are done\n"
    assert "File too large" in done.stderr and "Training continues" in done.stderr
    assert os.listdir(tmp_path / "run") == ["epoch-000002.safetensors"]
    network = gn.Network([gn.Dense(5, "tanh"), gn.Dense(3, "softmax")], engine="numpy")
    history = network.fit(X, IRIS.y, loss="cross_entropy", epochs=6, seed=0, resume=tmp_path / "run")
    assert len(history) == 6


@pytest.mark.parametrize("engine", ENGINES)
def test_divergence_names_the_layer_and_the_step(engine):
    layers = [gn.Dense(5), gn.Residual(gn.Dense(5, "relu")), gn.Dense(1)]
    how: dict[str, Any] = {"loss": "squared_error", "batch_size": 50, "shuffle": False}

    def said(rule, scale=1.0, **more):
        network = gn.Network(layers, engine=engine).build(4, seed=0)
        if more:
            network.arrays["1.0.W"][...] = more["inner"]
        with pytest.raises(gn.Diverged) as error:
            network.fit(X, X[:, 0] * scale, optimizer=rule, epochs=5, **how)
        assert np.isfinite(network.parameters).all()
        return str(error.value)

    assert (
        "the loss was inf at step 1, in epoch 1. The first number that is not finite: the loss itself, of outp"
        in said(gn.SGD(0.1), scale=1e30)
    )
    first = "The first number that is not finite: "
    assert f"at step 1, in epoch 1. {first}Z of layer 1.0, Dense(5, 'relu'), in the forward pass." in said(
        gn.SGD(0.1), inner=3e38
    )
    update = said(gn.SGD(1e38))
    assert f"{first}W of layer 0, Dense(5, 'linear'), after the update of step 1." in update
    assert "at step 2, in epoch 1." in update
    assert "a learning rate that is too high (it was 1e+38)" in update
    assert "inputs or targets that are not scaled (the largest are 7.9 and 7.9)" in update


def test_divergence_puts_the_best_parameters_back_where_that_is_asked():
    network = net()
    training = network.training(
        X, IRIS.y, loss="cross_entropy", optimizer=gn.SGD(0.1), seed=0, stop=gn.EarlyStopping("loss")
    )
    with pytest.raises(gn.Diverged) as error:
        for epoch in training:
            if epoch.number == 4:
                network.parameters[...] *= np.float32(1e38)
    best = training.history.about["best_epoch"]
    assert error.value.__notes__ == [f"Then the best parameters were restored, those of epoch {best}."]
    assert training.history.about["ended"].startswith("diverged: training diverged: the loss was")
    again = net()
    again.fit(X, IRIS.y, loss="cross_entropy", optimizer=gn.SGD(0.1), seed=0, epochs=best)
    assert network == again


@pytest.mark.parametrize("engine", ENGINES)
def test_lbfgs_names_the_layer_as_well(engine):
    pytest.importorskip("scipy")
    network = gn.Network([gn.Dense(1)], engine=engine).build(4, seed=0)
    before = network.parameters.copy()
    with pytest.raises(
        gn.Diverged, match=r"at step 1, in epoch 1\. The first number that is not finite: the loss itself"
    ):
        network.fit(X, X[:, 0] * 1e30, loss="squared_error", optimizer="lbfgs", epochs=5)
    np.testing.assert_array_equal(network.parameters, before)
