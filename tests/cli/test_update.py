"""glassnet update: a model trained further, written beside the one that was given."""

import json
import shlex
from pathlib import Path

import pytest

import glassnet as gn
from tests.cli.conftest import interrupt_in
from tests.tables.test_update import NEW, OLD

TRAIN = ("--target", "sold", "--drop", "amount", "--epochs", 2, "--hidden", 8)
MODEL = "runs/shops/model.safetensors"


@pytest.fixture
def run(glassnet):
    OLD.write_csv("shops.csv")
    NEW.write_csv("new.csv")
    assert glassnet("train", "shops.csv", *TRAIN)[0] == 0
    return glassnet


def test_the_updated_model_is_written_to_a_new_folder_with_its_scores(run):
    before = Path(MODEL).read_bytes()
    status, said, err = run("update", MODEL, "new.csv", "--target", "sold", "--replay", "shops.csv", "--epochs", 2)
    assert (status, err) == (0, "")
    folder = Path("runs/shops-2")
    assert Path(MODEL).read_bytes() == before
    for part in ("64 new rows and 96 old rows; 16 new rows and 24 old rows held out", "The accuracy went from",
                 "city: 1 new level, 'Bonn'", "calibration: derived anew from 32 validation rows",
                 str(folder / "model.safetensors")):  # fmt: skip
        assert part in said
    scores = json.loads((folder / "update.json").read_text())["scores"]
    assert {(what, when) for what in scores for when in scores[what]} == {
        (what, when) for what in ("new rows", "old rows") for when in ("before", "after")
    }
    model = gn.TableModel.load(folder / "model.safetensors")
    assert (model.updates[0].rows, model.updates[0].replayed) == (64, 96)
    report = (folder / "report.md").read_text()
    for part in ("# sold, updated", "| accuracy |", "city: 1 new level", model.updates[0].weights):
        assert part in report
    (command,) = [line for line in report.splitlines() if line.startswith("glassnet update")]
    assert shlex.split(command)[:3] == ["glassnet", "update", MODEL]
    assert "<h1>sold, updated</h1>" in (folder / "report.html").read_text()
    assert len(json.loads((folder / "history.json").read_text())["val_accuracy"]) == 2
    assert run("predict", folder / "model.safetensors", "new.csv")[0] == 0
    assert run("evaluate", folder / "model.safetensors", "new.csv")[0] == 0


def test_old_rows_that_are_named_or_that_the_run_kept_are_scored(run):
    status, said, _ = run("update", MODEL, "new.csv", "--compare", "shops.csv", "--epochs", 1)
    assert status == 0 and "on 120 old rows." in said and "64 new rows; 16 new rows and 120 old rows held out" in said
    OLD[:50].write_csv("runs/shops/rows.csv")
    status, said, _ = run("update", MODEL, "new.csv", "--epochs", 1)
    assert status == 0 and "on 50 old rows." in said
    assert "the old rows in runs/shops/rows.csv are scored before and after (--replay runs/shops/rows.csv" in said


def test_all_new_rows_are_trained_on_where_none_are_to_be_held_out(run):
    status, said, _ = run("update", MODEL, "new.csv", "--test", "none", "--epochs", 1)
    assert status == 0 and "80 new rows; none held out" in said and "No rows were held out" in said
    assert "Scores before" not in Path("runs/shops-2/report.md").read_text()
    status, said, _ = run("update", MODEL, "new.csv", "--test", "none", "--compare", "shops.csv", "--epochs", 1)
    assert status == 0 and "80 new rows; 120 old rows held out" in said and "on 120 old rows." in said


def test_the_same_command_gives_the_same_bytes_and_python_the_same_model(run):
    for out in ("a", "b"):
        assert run("update", MODEL, "new.csv", "--epochs", 2, "--out", out)[0] == 0
    a, b = (Path(out, "model.safetensors") for out in "ab")
    assert a.read_bytes() == b.read_bytes()
    update = gn.TableUpdate(gn.TableModel.load(MODEL), gn.read_table("new.csv"), epochs=2, engine="numpy")
    for _ in update.epochs():
        pass
    assert update.model == gn.TableModel.load(a)


def test_only_force_overwrites_the_model(run):
    before = Path(MODEL).read_bytes()
    status, _, err = run("update", MODEL, "new.csv", "--epochs", 1, "--out", "runs/shops")
    assert status == 1 and "runs/shops holds a run already" in err
    assert Path(MODEL).read_bytes() == before
    assert run("update", MODEL, "new.csv", "--epochs", 1, "--force")[0] == 0
    assert Path(MODEL).read_bytes() != before and not Path("runs/shops-2").exists()
    assert len(gn.TableModel.load(MODEL).updates) == 1


def test_a_model_in_a_file_of_its_own_goes_to_a_run_by_its_name(run):
    Path(MODEL).rename("sales.safetensors")
    assert run("update", "sales.safetensors", "new.csv", "--epochs", 1)[0] == 0
    assert Path("runs/sales/model.safetensors").is_file()


def test_the_target_may_be_called_otherwise_in_the_new_rows(run):
    NEW.rename({"sold": "bought"}).write_csv("other.csv")
    assert run("update", MODEL, "other.csv", "--target", "bought", "--epochs", 1)[0] == 0
    status, _, err = run("update", MODEL, "new.csv", "--target", "city", "--epochs", 1)
    assert status == 1 and "--target city names another column than the model predicts, 'sold'" in err


def test_ctrl_c_keeps_what_was_trained_and_a_loss_without_end_leaves_nothing(run, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_in(3, patch)
        status, said, _ = run("update", MODEL, "new.csv", "--epochs", 9)
    assert status == 130 and "stopped after epoch 2" in said
    assert gn.TableModel.load("runs/shops-2/model.safetensors").updates[0].epochs == 2
    with monkeypatch.context() as patch:
        interrupt_in(1, patch)
        status, said, _ = run("update", MODEL, "new.csv", "--epochs", 9)
    assert status == 130 and "nothing was written" in said
    status, _, err = run("update", MODEL, "new.csv", "--epochs", 9, "--learning-rate", "1e30")
    assert status == 1 and "diverged" in err
    assert not Path("runs/shops-3").exists()


def test_what_cannot_be_leaves_nothing_behind(run):
    NEW.drop("city").write_csv("less.csv")
    NEW[:0].write_csv("empty.csv")
    for options, sentence in (
        (["less.csv"], "the new rows: the table lacks columns that were in training: 'city'"),
        (["empty.csv"], "empty.csv"),
        (["new.csv", "--replay", "less.csv"], "the old rows: the table lacks columns"),
        (["nothing.csv"], "there is no file nothing.csv"),
        (["new.csv", "--memory", "10k"], "new.csv is too large to be read whole, as an update needs it"),
        (["new.csv", "--group", "nobody"], "there is no group column 'nobody'"),
        (["new.csv", "--epochs", "0"], "epochs must be a whole number of at least 1"),
        (["new.csv", "--threshold", "much"], "--threshold takes a probability"),
        (["new.csv", "--test", "few"], "--test takes a share of the rows in (0, 1), such as 0.2, or none; got 'few'."),
        (["new.csv", "--test", "1.5"], "`test`"),
    ):
        status, _, err = run("update", MODEL, *options)
        assert (status, err.count("\n")) == (1, 1), err
        assert sentence in err
        assert not Path("runs/shops-2").exists()
