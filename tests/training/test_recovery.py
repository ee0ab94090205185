"""Checkpoints and resuming: bit for bit as if nothing had happened, whatever went wrong in between."""

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed
from glassnet.files.checkpoint_file import read_checkpoint, write_checkpoint
from glassnet.training.loop.lbfgs import Worker
from glassnet.typing import OwnSettings

IRIS = gn.datasets.iris()
ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]
HOW: dict[str, Any] = {
    "loss": "cross_entropy", "optimizer": gn.Adam(0.02), "validation": 0.2, "metrics": ["accuracy", "roc_auc"],
    "seed": 4,
}  # fmt: skip


def net(engine="numpy", dtype="float32"):
    layers = [gn.Dense(5, "tanh"), gn.Dropout(0.2), gn.Residual(gn.Dense(5, "prelu")), gn.Dense(3, "softmax")]
    return gn.Network(layers, dtype, engine)


def fit(network=None, X=IRIS.X, y=IRIS.y, epochs=8, **more):
    network = network or net()
    return network, network.fit(X, y, epochs=epochs, **{**HOW, **more})


def assert_same(one, other):
    (a, first), (b, second) = one, other
    assert a.parameters.tobytes() == b.parameters.tobytes()
    assert first.names() == second.names()
    for name in set(first.names()) - {"seconds"}:
        np.testing.assert_array_equal(first[name], second[name])
    assert first.about == second.about


def leave(folder, after, network=None, **more):
    """A run that is left after some epochs."""
    training = (network or net()).training(IRIS.X, IRIS.y, **{**HOW, **more}, checkpoint=folder)
    for _ in itertools.islice(training, after):
        pass
    training.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["adam", gn.AdamW(0.02), gn.Nesterov(0.01), gn.SGD(0.1), "rmsprop"])
def test_a_resumed_run_is_the_same_run_bit_for_bit(engine, dtype, optimizer, tmp_path):
    whole = fit(net(engine, dtype), optimizer=optimizer)
    for k, after in enumerate((1, 5, 8)):
        leave(tmp_path / str(k), after, net(engine, dtype), optimizer=optimizer, epochs=8)
        assert_same(fit(net(engine, dtype), optimizer=optimizer, resume=tmp_path / str(k)), whole)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("stop", [gn.EarlyStopping("val_accuracy", 3), gn.Target("accuracy", 0.8), gn.StopAfter(4)])
def test_a_resumed_run_stops_where_the_whole_run_stops(engine, stop, tmp_path):
    how = {"stop": [stop], "epochs": 60, "penalty": gn.L2(1e-3), "clip": gn.ClipNorm(1.0)}
    whole = fit(net(engine), **how)
    last = len(whole[1])
    assert last < 60
    for after in (1, last - 1, last):
        leave(tmp_path / str(after), after, net(engine), **how)
        assert_same(fit(net(engine), **how, resume=tmp_path / str(after)), whole)


def test_a_run_goes_on_beyond_its_last_epoch_as_a_longer_run_does(tmp_path):
    fit(epochs=3, checkpoint=tmp_path / "a")
    assert_same(fit(epochs=8, checkpoint=tmp_path / "a", resume=True), fit(epochs=8))


@pytest.mark.parametrize(
    "bits", [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64]
)
def test_every_generator_of_numpy_goes_on_where_it_was(bits, tmp_path):
    def seed():
        return np.random.Generator(bits(5))

    whole = fit(seed=seed())
    leave(tmp_path / "a", 3, seed=seed())
    assert_same(fit(seed=seed(), resume=tmp_path / "a"), whole)
    with pytest.raises(gn.InvalidInput, match="was seeded by a generator: pass one in the same state as seed"):
        fit(seed=None, resume=tmp_path / "a")


def test_a_drawn_seed_is_found_in_the_checkpoint(tmp_path):
    leave(tmp_path / "a", 3, seed=None)
    network, history = fit(seed=None, resume=tmp_path / "a")
    assert_same(fit(seed=network.seed), (network, history))


def test_a_learning_rate_that_the_loop_changed_is_kept(tmp_path):
    def train(stop_after, **more):
        network = net()
        training = network.training(IRIS.X, IRIS.y, **HOW, epochs=8, **more)
        for epoch in training:
            epoch.learning_rate *= 0.7
            if epoch.number == stop_after:
                break
        return network, training.history

    whole = train(None)
    train(4, checkpoint=tmp_path / "a")
    network, history = train(None, resume=tmp_path / "a")
    assert network == whole[0]
    assert history["learning_rate"] == whole[1]["learning_rate"]


def test_many_networks_have_checkpoints_of_their_own(tmp_path):
    each: list[OwnSettings] = [{"checkpoint": tmp_path / str(k), "seed": k} for k in range(2)]
    how = {key: value for key, value in HOW.items() if key != "seed"}
    gn.train_many([net(), net()], IRIS.X, IRIS.y, epochs=3, each=each, **how)
    nets = [net(), net()]
    gn.train_many(nets, IRIS.X, IRIS.y, epochs=8, each=each, resume=True, **how)
    assert [fit(seed=k)[0] == nets[k] for k in range(2)] == [True, True]
    with pytest.raises(gn.InvalidInput, match="networks 0 and 1 have the same checkpoint"):
        gn.train_many([net(), net()], IRIS.X, IRIS.y, epochs=3, checkpoint=tmp_path / "c", **how)


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.parametrize("engine", ENGINES)
def test_killed_at_any_moment_a_training_ends_with_the_same_bits(engine, tmp_path):
    command = [sys.executable, str(Path(__file__).with_name("kills.py")), engine, str(tmp_path), "50"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    kills, half, trainings, same = map(int, re.findall(r"\d+", done.stdout))
    assert kills >= 50 and half > 0 and same == trainings


def test_a_folder_keeps_the_last_files_and_one_file_is_replaced(tmp_path):
    fit(checkpoint=gn.Checkpoint(tmp_path / "a", every=3, keep=2))
    assert sorted(os.listdir(tmp_path / "a")) == ["epoch-000006.safetensors", "epoch-000008.safetensors"]
    fit(checkpoint=tmp_path / "one.safetensors")
    assert_same(fit(resume=tmp_path / "one.safetensors"), fit())
    assert sorted(os.listdir(tmp_path)) == ["a", "one.safetensors"]
    leave(tmp_path / "two.safetensors", 3)
    assert_same(fit(checkpoint=tmp_path / "two.safetensors", resume=True), fit())
    assert_same(fit(resume=tmp_path / "two.safetensors"), fit())


def test_a_run_that_goes_on_from_an_older_file_replaces_the_later_ones(tmp_path):
    fit(checkpoint=gn.Checkpoint(tmp_path / "a", keep=4))
    older = tmp_path / "a" / "epoch-000006.safetensors"
    leave(gn.Checkpoint(tmp_path / "a", keep=4), 1, resume=older)
    assert sorted(int(file.stem[6:]) for file in (tmp_path / "a").iterdir()) == [5, 6, 7]
    assert_same(fit(checkpoint=gn.Checkpoint(tmp_path / "b"), resume=older), fit())


def test_minutes_are_looked_at_after_each_epoch(tmp_path, monkeypatch):
    now = itertools.count(0, 30)
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    written = []
    monkeypatch.setattr(
        "glassnet.training.checkpoints.writer.write_checkpoint", lambda path, *_: written.append(Path(path).stem)
    )
    fit(checkpoint=gn.Checkpoint(tmp_path / "a", minutes=2))
    assert written == ["epoch-000000", "epoch-000004", "epoch-000008"]


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "rows": ({"X": IRIS.X[:120], "y": IRIS.y[:120]}, "to train on was (120, 4) float32, here it is (96, 4)"),
    "numbers": ({"X": IRIS.X + 1e-3}, "X of the rows to train on holds other numbers."),
    "labels": ({"y": IRIS.y[::-1].copy()}, "X of the rows to train on holds other numbers."),
    "weights": ({"sample_weight": np.ones(150)}, "sample_weight of the rows to train on was none, here it is (120,)"),
    "no validation": ({"validation": None}, "was (120, 4) float32, here it is (150, 4) float32."),
    "layers": ({"network": gn.Network([gn.Dense(3, "softmax")])}, "its run had layers [dense(units=5, "),
    "dtype": ({"network": net(dtype="float64")}, "its run had dtype 'float32', here it is 'float64'."),
    "batch size": ({"batch_size": 16}, "its run had batch_size 32, here it is 16."),
    "optimizer": ({"optimizer": gn.Adam(0.03)}, "its run had optimizer adam(learning_rate=0.02, beta1=0.9, "),
    "seed": ({"seed": 5, "validation": None}, "its run had seed 4, here it is 5."),
    "stop": ({"stop": gn.EarlyStopping("loss")}, "its run had stop [], here it is [early_stopping(metric='loss', "),
    "metrics": ({"metrics": ["accuracy"]}, "its run had metrics [accuracy(), roc_auc()], here it is [accuracy()]."),
    "penalty": ({"penalty": "l2"}, "its run had penalty None, here it is l2("),
    "fewer epochs": ({"epochs": 2}, "has 3 epochs done, more than epochs=2."),
}  # fmt: skip


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    leave(folder := tmp_path_factory.mktemp("left") / "a", 3)
    return folder


@pytest.mark.parametrize(("change", "said"), CHANGES.values(), ids=CHANGES)
def test_another_run_is_refused_in_one_sentence_and_nothing_changes(change, said, left):
    network = change.get("network") or net()
    with pytest.raises(gn.InvalidInput) as error:
        fit(**{"network": network, **change}, resume=left)
    assert str(error.value).startswith("cannot resume") and said in str(error.value)
    assert network.layout is None


def test_what_is_no_checkpoint_meets_one_sentence(tmp_path, left):
    (tmp_path / "empty").mkdir()
    with pytest.raises(gn.ModelFileError, match=r"cannot resume: .*empty holds no checkpoint\."):
        fit(resume=tmp_path / "empty")
    with pytest.raises(gn.ModelFileError, match=r"cannot resume: .*nowhere is not there\."):
        fit(resume=tmp_path / "nowhere")
    with pytest.raises(gn.InvalidInput, match=r"set checkpoint=gn\.Checkpoint"):
        fit(resume=True)
    with pytest.raises(gn.InvalidInput, match=r"resume needs the path of a folder or of a file .*, got 3\."):
        fit(resume=3)
    (checkpoint,) = left.iterdir()
    (tmp_path / "cut.safetensors").write_bytes(checkpoint.read_bytes()[:-100])
    with pytest.raises(gn.ModelFileError, match="is not a checkpoint, or it is truncated"):
        fit(resume=tmp_path / "cut.safetensors")
    model = net().build(4, seed=0).save(tmp_path / "model.safetensors")
    with pytest.raises(gn.ModelFileError, match="a file of another kind that glassnet wrote"):
        fit(resume=model)
    with pytest.raises(gn.ModelFileError, match="a file of another kind that glassnet wrote"):
        gn.load(checkpoint)


HOSTILE: dict[str, Any] = {
    "a newer format": lambda a, d: d.update(format_version=99),
    "no numbers": lambda a, d: d.pop("numbers"),
    "numbers that are none": lambda a, d: d["numbers"].update(step="1"),
    "no generator": lambda a, d: d["numbers"].update(random_state={"bit_generator": "PCG64", "state": {}}),
    "another generator": lambda a, d: d["numbers"].update(random_state={"bit_generator": "MT19937"}),
    "a history of another length": lambda a, d: a.update(history=a["history"][:1]),
    "a history without columns": lambda a, d: d.update(history=[]),
    "rows out of bounds": lambda a, d: a.update(order=a["order"] + 2**40),
    "rows twice": lambda a, d: a.update(order=a["order"] * 0),
    "parameters of another shape": lambda a, d: a.update(parameters=a["parameters"][:3]),
    "parameters that are no numbers": lambda a, d: a.update(parameters=a["parameters"] * np.nan),
    "an array more": lambda a, d: a.update(more=a["parameters"]),
    "a state more": lambda a, d: d["numbers"].update(more=1),
    "a negative rate": lambda a, d: d["numbers"].update(learning_rate=-1e-9),
    "a rate that is not a number": lambda a, d: d["numbers"].update(learning_rate="fast"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_checkpoint_meets_one_sentence(change, left, tmp_path):
    (checkpoint,) = left.iterdir()
    arrays, description = read_checkpoint(checkpoint)
    change(arrays, description)
    path = write_checkpoint(tmp_path / "hostile.safetensors", arrays, description)
    with pytest.raises(gn.ModelFileError) as error:
        fit(resume=path)
    assert "hostile.safetensors" in str(error.value) and "\n" not in str(error.value)


def test_a_checkpoint_holds_arrays_and_json_alone(left):
    (checkpoint,) = left.iterdir()
    arrays, description = read_checkpoint(checkpoint)
    assert all(array.dtype.kind in "fi" for array in arrays.values())
    assert sorted(arrays) == [
        "average",
        "history",
        *(f"last_good.{when}.{k}" for when in ("before", "start") for k in range(3)),
        "memory.m",
        "memory.v",
        "order",
        "parameters",
        "state",
    ]
    assert json.loads(json.dumps(description)) == description
    assert sorted(description) == ["history", "identity", "numbers"]


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no path": ({"path": 3}, "Checkpoint needs the path of a folder or of a file that ends in .safetensors, got 3."),
    "every": ({"path": "a", "every": 0}, "Checkpoint: `every` must be a whole number of at least 1, got 0."),
    "minutes": ({"path": "a", "minutes": -1}, "Checkpoint: `minutes` must be a positive number, got -1."),
    "keep": ({"path": "a", "keep": 0}, "Checkpoint: `keep` must be a whole number of at least 1, got 0."),
    "one file": ({"path": "a.safetensors", "keep": 3}, "a.safetensors is one file; to keep 3, name a folder."),
}


@pytest.mark.parametrize(("given", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_checkpoint_meets_one_sentence(given, said):
    with pytest.raises(gn.InvalidInput) as error:
        gn.Checkpoint(**given)
    assert said in str(error.value)


def test_a_folder_with_another_run_is_refused_before_anything_changes(tmp_path, left):
    network = net()
    for checkpoint, resume in [(left, None), (left, tmp_path / "other")]:
        if resume:
            leave(resume, 1)
        with pytest.raises(gn.InvalidInput, match=r"holds a checkpoint of an earlier run: resume=True continues"):
            fit(network, checkpoint=checkpoint, resume=resume)


def lbfgs(engine):
    pytest.importorskip("scipy")
    layers = [gn.Dense(5, "tanh"), gn.BatchNorm(), gn.Dense(3, "softmax", penalty=gn.L2(1e-4))]
    return gn.Network(layers, "float64", engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_lbfgs_goes_on_bit_for_bit_by_making_its_iterations_again(engine, tmp_path):
    how = {"optimizer": gn.LBFGS(pairs=3), "stop": gn.EarlyStopping("val_loss", patience=None), "epochs": 20}
    whole = fit(lbfgs(engine), **how)
    assert len(whole[1]) == 20
    for after in (1, 7, 20):
        leave(tmp_path / str(after), after, lbfgs(engine), **how)
        resumed = fit(lbfgs(engine), **how, checkpoint=tmp_path / str(after), resume=True)
        assert_same(resumed, whole)
        assert resumed[0].state.tobytes() == whole[0].state.tobytes()
    fit(lbfgs(engine), **how | {"epochs": 4}, checkpoint=tmp_path / "short")
    assert_same(fit(lbfgs(engine), **how, checkpoint=tmp_path / "short", resume=True), whole)


def test_lbfgs_that_had_converged_ends_where_it_did(tmp_path):
    how = {"optimizer": gn.LBFGS(tolerance=1e-2), "epochs": 500}
    whole = fit(lbfgs("numpy"), **how, checkpoint=tmp_path)
    assert len(whole[1]) < 500
    assert_same(fit(lbfgs("numpy"), **how, checkpoint=tmp_path, resume=True), whole)


def test_lbfgs_interrupted_while_it_makes_its_iterations_again_keeps_its_checkpoint(tmp_path, monkeypatch):
    how = {"optimizer": "lbfgs", "epochs": 10}
    leave(tmp_path, 6, lbfgs("numpy"), **how)

    def interrupted(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Worker, "next", interrupted)
        network = lbfgs("numpy")
        with pytest.raises(KeyboardInterrupt):
            fit(network, **how, checkpoint=tmp_path, resume=True)
    assert network == fit(lbfgs("numpy"), **how | {"epochs": 6})[0]
    assert_same(fit(lbfgs("numpy"), **how, checkpoint=tmp_path, resume=True), fit(lbfgs("numpy"), **how))
