"""Rows that the first epoch keeps in files: the same bits, made once, and nothing is left behind."""

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed

DIGITS = gn.datasets.digits()
ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]
N = len(DIGITS.y)


class Rows:
    """Digits in arrays of 100 rows; counts how often they are begun."""

    def __init__(self, weighted=False):
        self.begun, self.weighted = 0, weighted

    def __call__(self):
        self.begun += 1
        for start in range(0, N, 100):
            rows = slice(start, start + 100)
            weights = [1.0 + DIGITS.y[rows] / 10] if self.weighted else []
            yield DIGITS.X[rows] / 16, DIGITS.y[rows], *weights


def fit(data, engine="numpy", epochs=4, **more):
    net = gn.Network([gn.Dense(8, "relu"), gn.Dropout(0.1), gn.Dense(10, "softmax")], engine=engine)
    return net, net.fit(data, loss="cross_entropy", batch_size=32, epochs=epochs, seed=0, **more)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("more", [{"mixup": 0.2}, {"shuffle": False, "optimizer": gn.Adam(gn.Cosine(0.01))}])
def test_kept_rows_are_made_once_and_train_to_the_same_bits(engine, ahead, weighted, more, tmp_path):
    rows = Rows(weighted)
    net, history = fit(gn.Blocks(rows, N, 500, ahead, keep_in=tmp_path / "new"), engine, **more)
    expected, other = fit(gn.Blocks(Rows(weighted), N, 500), engine, **more)
    np.testing.assert_array_equal(net.parameters, expected.parameters)
    assert history["loss"] == other["loss"]
    assert rows.begun == 2  # once to be looked at
    assert os.listdir(tmp_path) == ["new"] and os.listdir(tmp_path / "new") == []


def test_nothing_is_left_where_a_training_is_left_or_diverges_or_never_begins(tmp_path):
    net = gn.Network([gn.Dense(10, "softmax")], engine="numpy")
    how: dict[str, Any] = {"loss": "cross_entropy", "batch_size": 32, "epochs": 5, "seed": 0}
    for number, _ in enumerate(net.training(gn.Blocks(Rows(), keep_in=tmp_path), **how)):
        assert len(os.listdir(tmp_path)) == 1
        if number == 2:
            break
    assert os.listdir(tmp_path) == []
    with pytest.raises(gn.Diverged):
        fit(gn.Blocks(Rows(), keep_in=tmp_path), optimizer=gn.SGD(1e30))
    assert os.listdir(tmp_path) == []
    training = net.training(gn.Blocks(Rows(), keep_in=tmp_path), **how)
    del training
    assert os.listdir(tmp_path) == []


def test_a_run_goes_on_with_kept_rows(tmp_path):
    def blocks():
        return gn.Blocks(Rows(), N, 500, keep_in=tmp_path / "rows")

    fit(blocks(), epochs=2, checkpoint=tmp_path / "run")
    net, _ = fit(blocks(), checkpoint=tmp_path / "run", resume=True)
    np.testing.assert_array_equal(net.parameters, fit(blocks())[0].parameters)


def test_a_full_disk_is_said_once_and_rows_are_made_anew(tmp_path, monkeypatch):
    opened = Path.open

    def full(path, *how, **more):
        if path.parent.name.startswith("glassnet-rows-") and path.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, *how, **more)

    monkeypatch.setattr(Path, "open", full)
    rows = Rows()
    with pytest.warns(RuntimeWarning, match="No space left on device. They are generated again in each epoch.") as said:
        net, _ = fit(gn.Blocks(rows, N, 500, keep_in=tmp_path))
    assert len(said) == 1 and rows.begun == 5 and os.listdir(tmp_path) == []
    np.testing.assert_array_equal(net.parameters, fit(gn.Blocks(Rows(), N, 500))[0].parameters)


def test_a_folder_that_cannot_be_is_refused_before_work_starts(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    wrong: Any
    for wrong in ("", 5, tmp_path / "file"):
        with pytest.raises(gn.InvalidInput, match="keep_in must be the path of a folder, got "):
            gn.Blocks(Rows(), keep_in=wrong)
    with pytest.raises(OSError, match=r"could not make the folder .*below: Not a directory"):
        fit(gn.Blocks(Rows(), keep_in=tmp_path / "file" / "below"))

    def refused(**given):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("tempfile.mkdtemp", refused)
    with pytest.raises(OSError, match=f"rows cannot be kept in {tmp_path}: Read-only file system."):
        fit(gn.Blocks(Rows(), keep_in=tmp_path))


def test_blocks_of_arrays_can_be_kept_too(tmp_path):
    X = DIGITS.X.astype(np.float64) / 16
    net, _ = fit(gn.Blocks.of_arrays(X, DIGITS.y, block_rows=500, keep_in=tmp_path))
    np.testing.assert_array_equal(net.parameters, fit(gn.Blocks.of_arrays(X, DIGITS.y, block_rows=500))[0].parameters)
    assert os.listdir(tmp_path) == []
