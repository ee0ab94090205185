"""Rows held out by group and by time on the command line: what is said of them, and no run for what cannot work."""

import os
import re
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.cli import fold_run
from tests.cli.conftest import interrupt_in

SMALL = ("--epochs", 1, "--hidden", 4, "--target", "y")


def written():
    rng = np.random.default_rng(0)
    table = pl.DataFrame(
        {
            "patient": rng.integers(0, 12, 120),
            "day": [f"2024-{1 + k // 10:02}-{1 + k % 10:02}" for k in range(120)],
            "x": rng.normal(size=120),
            "y": rng.normal(size=120),
        }
    )
    table.write_csv("t.csv")
    return table


def test_what_is_held_out_is_told_before_training_and_stands_in_the_report(glassnet):
    written()
    for option, said in (
        ("--group=patient", "patient: of 12 groups, "),
        ("--time=day", "day: rows from 2024-10-07 on"),
    ):
        status, out, _ = glassnet("train", "t.csv", *SMALL, option, "--out", option[2:6])
        assert status == 0 and said in out
        assert said in Path(f"{option[2:6]}/report.md").read_text()


def test_an_unfinished_run_goes_on_with_the_same_rows(glassnet, monkeypatch):
    written()
    arguments = ("t.csv", "--hidden", 4, "--target", "y", "--group", "patient", "--epochs", 3)
    glassnet("train", *arguments, "--out", "whole")
    with monkeypatch.context() as patch:
        interrupt_in(2, patch)
        glassnet("train", *arguments, "--out", "run", "--checkpoint-every", 1)
    assert glassnet("train", "--resume", "run")[0] == 0
    one, other = (gn.TableModel.load(f"{name}/model.safetensors").network for name in ("whole", "run"))
    np.testing.assert_array_equal(one.parameters, other.parameters)


def test_tune_holds_out_the_same_rows_and_its_command_says_so(glassnet):
    written()
    for option in (("--group", "patient"), ("--time", "day")):
        folder = option[0][2:]
        status, out, _ = glassnet(
            "tune",
            "t.csv",
            "--target",
            "y",
            *option,
            "--trials",
            1,
            "--epochs",
            1,
            "--out",
            folder,
            "--folds",
            "none",
        )
        assert status == 0
        said = next(line for line in out.splitlines() if line.startswith(f"{option[1]}: "))
        command = re.findall(r"glassnet (train .*)", Path(f"{folder}/report.md").read_text())[-1]
        assert " ".join(option) in command
        assert said in glassnet(*shlex.split(command), "--out", f"again-{folder}")[1]


def test_what_cannot_divide_rows_leaves_no_run(glassnet):
    written()
    for options, said in (
        (("--group", "patent"), "there is no group column 'patent' (did you mean 'patient'?)"),
        (("--group", "patient", "--time", "day"), "group and time exclude each other"),
        (("--time", "y"), "the time column 'y' is the target"),
    ):
        for command in (("train", "t.csv", *SMALL), ("tune", "t.csv", "--target", "y")):
            status, _, error = glassnet(*command, *options)
            assert status == 1 and said in error and error.count("\n") == 1
            assert os.listdir() == ["t.csv"]


def test_folds_leave_the_final_model_the_predictions_and_a_report(glassnet):
    table = written()
    status, out, _ = glassnet("train", "t.csv", *SMALL, "--folds", 3, "--group", "patient", "--final", "ensemble")
    assert status == 0
    assert "fold 3 of 3: rmse" in out and "over 3 folds: rmse" in out
    assert sorted(os.listdir("runs/t")) == [
        "history.json", "model.safetensors", "out-of-fold.csv", "report.html", "report.md",
    ]  # fmt: skip
    predicted = pl.read_csv("runs/t/out-of-fold.csv")
    assert predicted["row"].to_list() == [*range(120)] and predicted["y"].to_list() == table["y"].to_list()
    folds = table.with_columns(fold=predicted["fold"]).group_by("patient").agg(pl.col("fold").n_unique())
    assert set(folds["fold"]) == {1}
    report = Path("runs/t/report.md").read_text()
    assert "It was scored on 3 folds" in report and "the 3 networks of the final model had all 120 rows" in report
    assert glassnet("predict", "runs/t/model.safetensors", "t.csv")[0] == 0


def test_folds_of_a_target_with_the_name_of_a_column_of_the_predictions_are_refused(glassnet):
    written().rename({"y": "fold"}).write_csv("t.csv")
    small = ["fold" if part == "y" else part for part in SMALL]
    status, out, error = glassnet("train", "t.csv", *small, "--folds", 2)
    assert status == 1 and "the target column 'fold' has the name of a column of the predictions" in error
    assert error.count("\n") == 1 and "fold 1 of 2" not in out


@pytest.mark.long
def test_folds_on_other_processes_leave_the_same_files(glassnet):
    pytest.importorskip("joblib")
    written()
    status, out, _ = glassnet("train", "t.csv", *SMALL, "--folds", 3, "--workers", 2, "--out", "two")
    assert status == 0 and "fold 3 of 3: rmse" in out and "over 3 folds: rmse" in out
    assert glassnet("train", "t.csv", *SMALL, "--folds", 3, "--out", "one")[0] == 0
    for name in ("out-of-fold.csv", "model.safetensors"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()


def test_folds_elsewhere_are_told_as_they_end_and_stopped_with_one_sentence(glassnet, monkeypatch):
    def scores(folds):
        yield "rmse", {"rmse": 1.25}
        raise KeyboardInterrupt

    written()
    monkeypatch.setattr(fold_run, "active_spread", lambda: "workers")
    monkeypatch.setattr(fold_run, "scores_of_folds", scores)
    status, out, _ = glassnet("train", "t.csv", *SMALL, "--folds", 3)
    assert status != 0 and "fold 1 of 3: rmse 1.25\nstopped after 1 of 3 folds: nothing was written\n" in out
    assert os.listdir() == ["t.csv"]


def test_folds_that_cannot_be_leave_no_run(glassnet):
    written()
    for options, said in (
        (("--folds", 13, "--group", "patient"), "13 folds are too many: there are 12 groups among 120 rows"),
        (("--folds", 1), "folds must be a whole number of at least 2"),
        (("--repeats", 2), "--repeats belongs to cross-validation: say how many folds as well, as in --folds 5"),
        (("--workers", 2), "--workers belongs to cross-validation: say how many folds as well, as in --folds 5"),
        (("--folds", 3, "--workers", "x"), "--workers takes a number of processes, such as 4, or the address of"),
        (("--folds", 3, "--max-time", "9s"), "--folds cannot be combined with --max-time"),
        (("--folds", 3, "--final", "best"), "unknown final model 'best'"),
    ):
        status, _, error = glassnet("train", "t.csv", *SMALL, *options)
        assert status == 1 and said in error and error.count("\n") == 1
        assert os.listdir() == ["t.csv"]


def test_an_interrupted_fold_leaves_no_run(glassnet, monkeypatch):
    written()
    interrupt_in(1, monkeypatch)
    status, out, _ = glassnet("train", "t.csv", *SMALL, "--folds", 3)
    assert status != 0 and "stopped in fold 1 of 3: nothing was written" in out
    assert os.listdir() == ["t.csv"]
