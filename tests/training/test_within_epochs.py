"""A run is written down within an epoch too, which goes in parts: it goes on from there with the same bits."""

import errno
import os
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.engine.selection import installed
from glassnet.files.atomic import CannotWrite
from glassnet.files.checkpoint_file import read_checkpoint, write_checkpoint
from glassnet.training.loop import epoch_progress

IRIS = gn.datasets.iris()
ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]
EVERYTHING: dict[str, Any] = {
    "optimizer": gn.AdamW(gn.OneCycle(0.03), weight_decay=0.01), "metrics": ["accuracy", "roc_auc"], "average": 0.9,
    "mixup": 0.3, "accumulate": 2, "validation": 0.2, "stop": gn.EarlyStopping("val_accuracy", patience=4),
}  # fmt: skip


@pytest.fixture(autouse=True)
def an_update_is_a_part(monkeypatch):
    monkeypatch.setattr(epoch_progress, "WORK", 1)


def fit(*data, engine="numpy", **more):
    net = gn.Network([gn.Dense(5, "tanh"), gn.Dropout(0.2), gn.BatchNorm(), gn.Dense(3, "softmax")], engine=engine)
    how: dict[str, Any] = {"loss": "cross_entropy", "epochs": 3, "batch_size": 16, "seed": 4}
    return net, net.fit(*(data or (IRIS.X, IRIS.y)), **how | more)


def often(path):
    return gn.Checkpoint(path, minutes=1e-9, keep=1000)


def assert_same(one, other):
    (a, first), (b, second) = one, other
    assert a.parameters.tobytes() == b.parameters.tobytes() and a.state.tobytes() == b.state.tobytes()
    assert first.about == second.about
    for name in set(first.names()) - {"seconds"}:
        np.testing.assert_array_equal(first[name], second[name])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", [{}, EVERYTHING, {"shuffle": False, "metrics": ["accuracy"]}], ids=["", "all", "as is"])
def test_a_run_goes_on_from_any_part_of_an_epoch_bit_for_bit(engine, how, tmp_path):
    whole = fit(engine=engine, **how)
    assert_same(fit(engine=engine, checkpoint=often(tmp_path), **how), whole)
    files = sorted(os.listdir(tmp_path))
    assert {"epoch-000000.safetensors", "epoch-000001-row-32.safetensors", "epoch-000003.safetensors"} <= {*files}
    for file in files:
        assert_same(fit(engine=engine, resume=tmp_path / file, **how), whole)


@pytest.mark.parametrize("engine", ENGINES)
def test_blocks_go_on_behind_those_that_are_done(engine, tmp_path):
    def blocks():
        return gn.Blocks.of_arrays(IRIS.X, IRIS.y, block_rows=40)

    how: dict[str, Any] = {"engine": engine, "mixup": 0.3, "optimizer": gn.Adam(gn.Cosine(0.02))}
    whole = fit(blocks(), **how)
    fit(blocks(), checkpoint=often(tmp_path), **how)
    files = sorted(os.listdir(tmp_path))
    assert files[:3] == [f"epoch-000000-row-{n}.safetensors" for n in (144, 48, 96)] and len(files) == 13
    for file in files:
        assert_same(fit(blocks(), resume=tmp_path / file, **how), whole)


def test_in_how_many_parts_an_epoch_goes_changes_no_parameter(monkeypatch):
    parts, history = fit(metrics=["accuracy"], accumulate=2)
    monkeypatch.undo()
    whole, expected = fit(metrics=["accuracy"], accumulate=2)
    np.testing.assert_array_equal(parts.parameters, whole.parameters)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-12)
    assert history["accuracy"] == expected["accuracy"]


def test_ctrl_c_within_an_epoch_says_to_go_on_from_its_last_part(tmp_path, monkeypatch):
    whole, epoch, parts = fit(), NumpyEngine.epoch, iter(range(15))

    def interrupted(*given):
        if next(parts, None) is None:
            raise KeyboardInterrupt
        return epoch(*given)

    monkeypatch.setattr(NumpyEngine, "epoch", interrupted)
    with pytest.raises(KeyboardInterrupt) as error:
        fit(checkpoint=gn.Checkpoint(tmp_path, minutes=1e-9))
    assert os.listdir(tmp_path) == ["epoch-000001-row-80.safetensors"]
    assert "row-80.safetensors' continues from there" in error.value.__notes__[0]
    monkeypatch.setattr(NumpyEngine, "epoch", epoch)
    assert_same(fit(checkpoint=gn.Checkpoint(tmp_path), resume=True), whole)


def test_divergence_in_the_first_part_after_resuming_keeps_the_start_of_the_epoch(tmp_path, monkeypatch):
    fit(checkpoint=often(tmp_path))
    good, _ = fit(epochs=3, resume=tmp_path / "epoch-000003.safetensors")
    epoch = NumpyEngine.epoch

    def diverging(engine, job, order, rate):
        job.plan.parameters[:] = np.nan
        return epoch(engine, job, order, rate)

    monkeypatch.setattr(NumpyEngine, "epoch", diverging)
    one, other = (
        gn.Network([gn.Dense(5, "tanh"), gn.Dropout(0.2), gn.BatchNorm(), gn.Dense(3, "softmax")], engine="numpy")
        for _ in range(2)
    )
    for net, file in ((one, "epoch-000002.safetensors"), (other, "epoch-000002-row-64.safetensors")):
        with pytest.raises(gn.Diverged):
            net.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=3, batch_size=16, seed=4, resume=tmp_path / file)
    assert np.isfinite(one.parameters).all() and np.isfinite(other.parameters).all()
    assert not np.array_equal(one.parameters, other.parameters) and not np.array_equal(
        other.parameters, good.parameters
    )


def test_a_run_that_is_within_an_epoch_does_not_end_before_it(tmp_path):
    fit(checkpoint=often(tmp_path), epochs=5)
    for file, epochs in (("epoch-000003", 3), ("epoch-000003-row-32", 4)):
        net, history = fit(epochs=5, resume=tmp_path / f"{file}.safetensors", stop=gn.StopAfter(3))
        assert len(history) == epochs and net == fit(epochs=epochs)[0]
    with pytest.raises(gn.InvalidInput, match=r"has 3 epochs and 32 rows of the next done, more than epochs=3\.$"):
        fit(epochs=3, resume=tmp_path / "epoch-000003-row-32.safetensors")


def test_until_a_resumed_run_goes_on_the_network_has_the_last_whole_epoch(tmp_path, monkeypatch):
    how: dict[str, Any] = {"average": 0.9}
    fit(checkpoint=often(tmp_path), **how)
    whole, _ = fit(epochs=1, **how)
    net = gn.Network([gn.Dense(5, "tanh"), gn.Dropout(0.2), gn.BatchNorm(), gn.Dense(3, "softmax")], engine="numpy")
    training = net.training(
        IRIS.X, IRIS.y, loss="cross_entropy", epochs=3, batch_size=16, seed=4, **how,
        resume=tmp_path / "epoch-000001-row-64.safetensors", checkpoint=tmp_path,
    )  # fmt: skip
    assert net == whole

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWrite, match="No space left"):
        next(training)
    assert net == whole


@pytest.mark.parametrize(
    "done",
    [
        [-16, 1.0, 1.0, 1.0], [1.5e300, 1.0, 1.0, 1.0], ["many", 1.0, 1.0, 1.0], [160, 1.0, 1.0, 1.0],
        [8, 1.0, 1.0, 1.0], [32.5, 1.0, 1.0, 1.0], [True, 1.0, 1.0, 1.0], [32], [], None, [32, "x", None, 0],
        [32, 1.0, 1.0, "s"], [32, 1.0, 1.0, 1.0, 1.0],
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("blocks", [False, True])
def test_a_file_whose_part_cannot_be_is_refused(blocks, done, tmp_path):
    data = (gn.Blocks.of_arrays(IRIS.X, IRIS.y, block_rows=32), None) if blocks else (IRIS.X, IRIS.y)
    fit(*data, checkpoint=often(tmp_path))
    arrays, description = read_checkpoint(tmp_path / "epoch-000001-row-32.safetensors")
    description.pop("format_version", None)
    description["numbers"]["underway"] = done
    write_checkpoint(tmp_path / "other.safetensors", arrays, description)
    with pytest.raises(gn.ModelFileError, match="does not describe a checkpoint"):
        fit(*data, resume=tmp_path / "other.safetensors")


def test_blocks_that_end_before_the_rows_that_are_done_are_refused(tmp_path):
    rows = [(IRIS.X[k : k + 50], IRIS.y[k : k + 50]) for k in (0, 50, 100)]
    fit(gn.Blocks(rows, block_rows=32), None, checkpoint=often(tmp_path))
    with pytest.raises(gn.InvalidInput, match="the blocks of epoch 2 held only the 96 rows already processed"):
        fit(gn.Blocks(rows[:1], block_rows=32), None, resume=tmp_path / "epoch-000001-row-96.safetensors")
