"""Training on a file too large for memory: the rows of the table, each in its place, and little memory."""

import os
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.engine.machine.memory_size import memory_there, readable_bytes
from glassnet.files import own
from glassnet.files.atomic import CannotWrite
from glassnet.tables.fitting import file_scan
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.row_files import RowFiles, RowsLost, hold_for_rows
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reading.memory import bytes_of, is_large

N = 3000
ONE = Recipe(hidden=(4,), epochs=1)
rng = np.random.default_rng(0)
x = rng.normal(size=(N, 2))
TABLE = pl.DataFrame(
    {
        "row": range(N),
        "a": x[:, 0],
        "b": x[:, 1],
        "city": rng.choice(["Rome", "Oslo", "?"], N),
        "label": np.where(x[:, 0] * x[:, 1] > 0, "yes", "no"),
        "price": 1e6 * x[:, 0] - 5e5,
    }
).sort("label")  # the classes lie apart, as in many files


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(file_scan, "Pieces", lambda path, piece_bytes: Pieces(path, piece_bytes=60_000))


@pytest.fixture
def path(tmp_path):
    TABLE.with_columns(row=pl.int_range(N)).write_csv(tmp_path / "table.csv")
    return tmp_path / "table.csv"


def trained(path, target, folder, task=None, memory=10_000, **recipe):
    drop = {"label": "price", "price": "label"}[target]
    pl.read_csv(path).drop(drop).write_csv(path)
    made = Recipe(**{"epochs": 15, "hidden": (16,), "batch_size": 16, **recipe})
    training = gn.TableTraining.of_file(path, target, task, made, folder=folder, memory=memory)
    epochs = list(training.epochs())
    return training, epochs


def test_classes_that_lie_apart_in_the_file_are_learned(path, tmp_path):
    training, epochs = trained(path, "label", tmp_path)
    assert training.result()["accuracy"] > 0.9
    assert (training.n_train, len(training.test)) == (2400, 600)
    assert training.model.encoder.columns == ("a", "b", "city")
    assert training.model.encoder.dropped == {"row": "numbers the rows"}
    assert epochs[-1].val_metrics["accuracy"] > 0.9 and epochs[-1].metrics == {}
    assert training.history.about["n_samples"] == 1920
    assert [*tmp_path.glob("rows*")] == []
    diagnosis = training.diagnose()
    assert (diagnosis.names(), diagnosis.n_rows) == ([], 480)
    assert training.history.plot().axes[1].get_ylabel() == "accuracy"


def files_of(training):
    assert training.prepared.files is not None
    return training.prepared.files


@pytest.mark.long
def test_numbers_are_predicted_in_their_own_unit(path, tmp_path):
    training, epochs = trained(path, "price", tmp_path)
    assert training.result()["r2"] > 0.98
    assert 1e4 < epochs[-1].val_metrics["rmse"] < 2e5


@pytest.mark.long
def test_the_same_seed_gives_the_same_bits(path, tmp_path):
    one, _ = trained(path, "label", tmp_path, epochs=2)
    TABLE.with_columns(row=pl.int_range(N)).write_csv(path)
    other, _ = trained(path, "label", tmp_path, epochs=2)
    np.testing.assert_array_equal(one.model.network.parameters, other.model.network.parameters)


def test_every_row_is_in_one_of_several_files(tmp_path):
    X, y = rng.random((500, 3)).astype("f"), np.arange(500)
    files = RowFiles(hold_for_rows(tmp_path), 500, 3, 20_000, np.random.default_rng(0))
    assert files.n_files == 6
    for part in np.array_split(np.arange(500), 7):
        files.add(X[part], y[part])
    read = [*files.blocks()]
    found = np.concatenate([numbers for _, numbers in read])
    assert len(read) == 6 and sorted(found) == [*range(500)]
    np.testing.assert_array_equal(np.concatenate([rows for rows, _ in read]), X[found])


@pytest.mark.parametrize(("n_outputs", "n_files"), [(1, 6), (20, 25), (1000, 256)])
def test_files_are_smaller_where_a_network_reads_targets_as_many_numbers(tmp_path, n_outputs, n_files):
    files = RowFiles(hold_for_rows(tmp_path), 500, 3, 20_000, np.random.default_rng(0), n_outputs=n_outputs)
    assert files.n_files == n_files


def test_more_networks_hold_no_more_rows_at_a_time(path, tmp_path):
    recipe = Recipe(hidden=(4,), epochs=2, batch_size=16, frequencies=0)
    given = {"recipe": recipe, "folder": tmp_path, "memory": 10_000, "n_ensemble": 5}
    training = gn.TableTraining.of_file(path, "label", **given)
    blocks = training.prepared.data[0]
    for _ in training.epochs():
        (free,) = blocks.room.free.values()
        assert len(free) == 1 and len(free[0].order) == -(-blocks.block_rows // 16) * 16
    assert not blocks.room.free and len(training.courses.main) == 5


def test_rare_classes_are_known_and_rows_without_a_target_are_left_out(path, tmp_path, monkeypatch):
    monkeypatch.setattr(file_scan, "MOST_LEARNED_FROM", 100)
    frame = pl.read_csv(path).drop("price")
    labels = frame["label"].to_list()
    labels[1234] = "maybe"
    frame.with_columns(label=pl.Series(labels)).write_csv(path)
    training = gn.TableTraining.of_file(path, "label", recipe=ONE, folder=tmp_path, memory=10_000)
    assert training.model.target.describe()["classes"] == ["maybe", "no", "yes"]
    labels[1234] = None
    frame.with_columns(label=pl.Series(labels)).write_csv(path)
    training = gn.TableTraining.of_file(path, "label", recipe=ONE, folder=tmp_path, memory=10_000)
    assert training.notes == ["1 row without a label is dropped"]
    assert training.n_train + len(training.test) == N - 1


def test_every_class_keeps_its_share_of_the_rows_held_out_and_one_row_to_train_on(path, tmp_path):
    labels = ["rare"] * 50 + ["only"] + ["no"] * 949 + ["yes"] * (N - 1000)
    pl.DataFrame({"a": x[:, 0], "label": labels}).write_csv(path)
    training = gn.TableTraining.of_file(path, "label", recipe=ONE, folder=tmp_path, memory=10_000)
    assert Counter(training.test["label"].to_list()) == {"rare": 10, "no": 190, "yes": 400}
    classes = training.model.target.describe()["classes"]
    assert Counter(classes[k] for k in training.rows()[1]) == {"rare": 8, "no": 152, "yes": 320}
    assert classes == ["no", "only", "rare", "yes"]


def test_columns_and_numbers_are_learned_from_rows_that_are_not_held_out(path, tmp_path):
    training = gn.TableTraining.of_file(path, "price", recipe=ONE, folder=tmp_path, memory=10_000)
    held_out = [float(price) for price in training.test["price"].to_list()]
    rest = [price for price in TABLE["price"].to_list() if price not in held_out]
    assert len(rest) == 2400
    learned = training.model.target.describe()
    assert (learned["low"], learned["high"], learned["mean"]) == (min(rest), max(rest), pytest.approx(np.mean(rest)))


def test_what_cannot_work_meets_one_sentence(path, tmp_path, monkeypatch):
    with pytest.raises(gn.InvalidInput, match=r"no target column 'lable' \(did you mean 'label'\?\)"):
        gn.TableTraining.of_file(path, "lable", folder=tmp_path, memory=10_000)
    with pytest.raises(gn.InvalidInput, match=r"rows are too few to hold out 0.0001"):
        gn.TableTraining.of_file(path, "label", recipe=Recipe(test=0.0001), folder=tmp_path, memory=10_000)
    free = shutil.disk_usage(tmp_path)._replace(free=1000)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda folder: free)
        with pytest.raises(CannotWrite, match=r"the encoded rows take .* kB, but only 1.0 kB are free"):
            gn.TableTraining.of_file(path, "label", recipe=ONE, folder=tmp_path, memory=10_000)
    assert [*tmp_path.glob("rows*")] == []
    training = gn.TableTraining.of_file(path, "label", recipe=ONE, folder=tmp_path, memory=10_000)
    shutil.rmtree(files_of(training).folder)
    with pytest.raises(RowsLost, match=r"the encoded rows in .*rows can no longer be read: No such file"):
        list(training.epochs())


@pytest.mark.parametrize(
    ("name", "change"), [("X", lambda content: content[:-4]), ("X", lambda content: 2 * content), ("y", lambda _: b"")]
)
def test_rows_that_are_not_those_that_were_written_are_refused(path, tmp_path, name, change):
    training = gn.TableTraining.of_file(path, "label", recipe=ONE, folder=tmp_path, memory=10_000)
    file = sorted(files_of(training).folder.glob(f"{name}*"))[-1]
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(RowsLost, match=rf"were changed: file {file.name[1:]} has \d+ rows with \d+ numbers, but"):
        list(training.epochs())
    assert [*tmp_path.glob("rows*")] == []


@pytest.mark.long
def test_two_trainings_in_one_folder_never_see_each_others_rows(path, tmp_path):
    def begun(seed, folder=tmp_path):
        return gn.TableTraining.of_file(
            path, "label", recipe=Recipe(hidden=(4,), epochs=1, seed=seed), folder=folder, memory=10_000
        )

    alone, one, other = begun(0, tmp_path / "alone"), begun(0), begun(1)
    assert [files_of(training).folder.name for training in (one, other)] == ["rows", "rows-2"]
    for (X, y), (X_alone, y_alone) in zip(files_of(one).blocks(), files_of(alone).blocks(), strict=True):
        np.testing.assert_array_equal(X, X_alone)
        np.testing.assert_array_equal(y, y_alone)
    list(one.epochs())
    assert sorted(folder.name for folder in tmp_path.glob("rows*")) == ["rows-2", "rows-2.lock"]
    list(other.epochs())
    left = begun(1)
    del left  # whoever drops it gives the folder back
    assert [*tmp_path.glob("rows*")] == []


def test_what_a_killed_training_left_is_removed_and_nothing_else(path, tmp_path):
    for name in ("rows", "rows-2", "rows-3", "rows-mine"):
        (tmp_path / name).mkdir()
    for name in ("rows/X0", "rows-3/y12", "rows-2/notes.txt"):
        (tmp_path / name).write_text("precious")
    (tmp_path / "rows.lock").write_text("")
    training = gn.TableTraining.of_file(path, "label", recipe=ONE, folder=tmp_path, memory=10_000)
    files = files_of(training)
    assert files.folder == tmp_path / "rows"
    files.remove()
    assert sorted(folder.name for folder in tmp_path.glob("rows*")) == ["rows-2", "rows-mine"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_that_ends_leaves_the_rows_of_its_parent(path, tmp_path):
    training = gn.TableTraining.of_file(path, "label", recipe=ONE, folder=tmp_path, memory=10_000)
    if (pid := os.fork()) == 0:
        files_of(training).remove()
        own.remove_all()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert len(list(training.epochs())) == 1


def test_a_full_disk_while_rows_are_written_is_said_and_leaves_nothing(path, tmp_path, monkeypatch):
    def full(*given, **more):
        raise OSError(28, "No space left on device")

    files = RowFiles(hold_for_rows(tmp_path), 2, 1, 1000, np.random.default_rng(0))
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(CannotWrite, match=r"could not write the encoded rows into .*: No space left on device"):
        files.add(np.ones((2, 1), "f"), np.arange(2))
    assert [*tmp_path.glob("rows*")] == []


def test_what_is_large_depends_on_the_memory_and_on_how_a_file_is_packed(path, tmp_path):
    size = path.stat().st_size
    assert is_large(path, 9 * size) and not is_large(path, 11 * size)
    TABLE.write_parquet(tmp_path / "table.parquet")
    assert is_large(tmp_path / "table.parquet", 40 * (tmp_path / "table.parquet").stat().st_size)
    assert not is_large("iris", 1)
    assert memory_there() > 10**8
    assert [bytes_of(text) for text in ("2GB", "500 MB", "1.5k", "7")] == [2 * 10**9, 5 * 10**8, 1500, 7]
    assert readable_bytes(1.26e12) == "1.3 TB"
    with pytest.raises(gn.InvalidInput, match="such as 500MB or 2GB, got 'much'"):
        bytes_of("much")


def test_pieces_are_evaluated_as_the_whole_table(path, tmp_path):
    training, _ = trained(path, "label", tmp_path, epochs=1)
    whole = training.model.evaluate(gn.read_table(path))
    in_pieces = training.model.evaluate(Pieces(path, 20_000))
    assert in_pieces == pytest.approx(whole)


def test_a_column_that_counts_in_the_first_piece_alone_is_kept(tmp_path):
    twice = pl.int_range(1500, eager=True).append(pl.int_range(1500, eager=True))
    pl.DataFrame({"i": twice, "price": twice * 2.0 + 1}).write_csv(tmp_path / "table.csv")
    training = gn.TableTraining.of_file(tmp_path / "table.csv", "price", recipe=ONE, folder=tmp_path, memory=10_000)
    assert training.model.encoder.columns == ("i",)


def test_the_task_is_that_of_all_rows_and_too_many_classes_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr(file_scan, "MOST_LEARNED_FROM", 100)
    target = [k % 2 for k in range(N - 30)] + [*range(2, 32)]
    frame = pl.DataFrame({"a": x[:, 0], "y": target})
    frame.write_csv(tmp_path / "table.csv")
    assert (
        gn.TableTraining.of_file(tmp_path / "table.csv", "y", folder=tmp_path, memory=10_000).model.task == "regression"
    )
    monkeypatch.setattr(file_scan, "MOST_CLASSES", 20)
    with pytest.raises(gn.InvalidInput, match="the target 'y' has more than 20 classes"):
        gn.TableTraining.of_file(tmp_path / "table.csv", "y", "classification", folder=tmp_path, memory=10_000)


def test_more_files_than_rows_are_read_where_rows_were_written(tmp_path):
    files = RowFiles(hold_for_rows(tmp_path), 2, 1, 5, np.random.default_rng(0))
    files.add(np.ones((2, 1), "f"), np.arange(2))
    assert sum(len(numbers) for _, numbers in files.blocks()) == 2


def test_nothing_is_left_behind_where_settings_cannot_work(path, tmp_path):
    with pytest.raises(gn.ModelFileError, match="none is not there"):
        gn.TableTraining.of_file(path, "label", recipe=ONE, folder=tmp_path, memory=10_000, resume=tmp_path / "none")
    assert [*tmp_path.glob("rows*")] == []


def test_a_row_whose_target_is_nan_is_left_out(tmp_path):
    price = x[:, 0].copy()
    price[2500] = np.nan
    pl.DataFrame({"a": x[:, 1], "price": price}).write_parquet(tmp_path / "table.parquet")
    training = gn.TableTraining.of_file(tmp_path / "table.parquet", "price", recipe=ONE, folder=tmp_path, memory=10_000)
    assert training.n_without_target == 1
