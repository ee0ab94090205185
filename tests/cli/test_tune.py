"""The command `tune`: a short search on real data, two processes on one study, a kill, and what is missing."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars
import pytest

from glassnet.tables.fitting import file_scan
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.training import TableTraining
from tests.cli.conftest import BRIEF

optuna = pytest.importorskip("optuna")
SETTINGS = ("layers", "width", "activation", "learning_rate", "batch_size", "dropout", "weight_decay")
COMMAND = [
    sys.executable,
    "-c",
    f"{BRIEF}from glassnet.cli import main; main()",
    "tune",
    "iris",
    "--out",
    "run",
    "--folds",
    "none",
]


def told(out):
    """The lines that tell of trials."""
    return re.findall(r"^ *\d+  +\S+  \d × \d+ [a-z]+ .*$", out, flags=re.MULTILINE)


def rows():
    with Path("run/trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def start(*arguments, **environment):
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | environment,
    )  # fmt: skip


def states():
    """The state of each trial in the journal."""
    storages = optuna.storages
    storage = storages.JournalStorage(storages.journal.JournalFileBackend("run/study.journal"))
    return [trial.state.name for trial in optuna.load_study(study_name="glassnet", storage=storage).get_trials(False)]


def ended():
    return sum(state in ("COMPLETE", "PRUNED") for state in states())


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.usefixtures("figures_drawn_later")
def test_a_search_writes_the_best_model_its_report_all_trials_and_what_matters(glassnet):
    status, out, err = glassnet("tune", "iris", "--trials", 6, "--epochs", 5, "--folds", "none", "--ensemble", 1)
    assert (status, err) == (0, "")
    folder = Path("runs/tune-iris")
    names = [
        "calibration.png", "confusion.png", "curves.png", "held-out.csv", "history.json", "importance.png",
        "model.safetensors", "report.html", "report.md", "settings.png", "study.journal", "trials.csv", "workers",
    ]  # fmt: skip
    assert sorted(os.listdir(folder)) == names
    assert len(told(out)) == 2 * 6
    assert "the best 6 of 6 trials" in out
    assert max(map(len, told(out))) <= 80
    assert "On 30 held-out rows" in out
    assert sorted(os.listdir(folder / "workers")) == ["turn", "writing"]
    command = (folder / "report.md").read_text().split("```")[-2].split()
    assert command[:3] == ["glassnet", "train", "iris"]
    assert glassnet(*command[1:], "--out", "again")[0] == 0
    assert Path("again/model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    history = json.loads((folder / "history.json").read_text())
    with (folder / "trials.csv").open(newline="") as file:
        least = min(float(row["val_loss"]) for row in csv.DictReader(file) if row["ended"] == "whole")
    assert min(history["val_loss"]) == least


def test_a_budget_ends_it(glassnet):
    started = time.monotonic()
    status, _, _ = glassnet("tune", "iris", "--budget", "2s", "--epochs", 2, "--out", "run", "--folds", "none")
    assert status == 0
    assert time.monotonic() - started < 20
    assert len(rows()) >= 2


@pytest.mark.long
def test_two_processes_share_one_study(glassnet):
    both = [start("--trials", 40, "--epochs", 20, GLASSNET_ENGINE="numpy") for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    ended = [len(told(out.split("the best")[0])) for out, _ in said]
    assert all(ended), said
    assert len(rows()) == sum(ended) == 40
    assert len({row["learning_rate"] for row in rows()}) >= 38  # they drew different ones


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="the system has no SIGKILL")
def test_a_kill_in_the_middle_loses_nothing(glassnet):
    with start("--trials", 500, "--epochs", 30, GLASSNET_ENGINE="numpy") as process:
        try:
            wait_for(lambda: Path("run/study.journal").exists() and Path("run/study.journal").stat().st_size > 20_000)
            wait_for(lambda: ended() >= 2)
        finally:
            process.send_signal(signal.SIGKILL)
    done = ended()
    assert len(os.listdir("run/workers")) == 3  # that of the killed remains
    status, _, err = glassnet("tune", "iris", "--out", "run", "--trials", done + 1, "--epochs", 30, "--folds", "none")
    assert (status, err) == (0, "")
    found = rows()
    assert sum(row["ended"] not in ("killed", "waiting") for row in found) == done + 1
    for killed in (row for row in found if row["ended"] == "killed"):
        chosen = [name for name in SETTINGS if killed[name]]  # the kill may have come before it had chosen all
        assert any(all(row[name] == killed[name] for name in chosen) for row in found if row is not killed)
    assert sorted(os.listdir("run/workers")) == ["turn", "writing"]


def test_a_worker_that_joins_does_trials_and_writes_no_files(glassnet):
    common = ["tune", "iris", "--epochs", 2, "--folds", "none", "--storage", "a.journal"]
    status, _, err = glassnet(*common, "--join")
    assert (status, err) == (
        1,
        "glassnet: a.journal is not there yet: start the search first, by the same command without --join.\n",
    )
    assert glassnet(*common, "--trials", 1)[0] == 0
    assert Path("runs/tune-iris/trials.csv").exists() and not Path("runs/tune-iris/study.journal").exists()
    before = sorted(Path().rglob("*"))
    status, out, err = glassnet(*common, "--join")
    assert (status, err) == (0, "") and sorted(Path().rglob("*")) == before
    assert "this worker did 0 trials; the process that began the search writes the best model" in out
    status, out, err = glassnet(*common, "--budget", "0s", "--join")
    assert (status, err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--join"], "--join works on a search that is kept in a storage: name it with --storage"),
        (["--study", "a"], "--study names a study in a storage: name that with --storage."),
        (["--storage", "a.journal", "--join", "--out", "b"], "--join writes no files, so leave --out out"),
        (["--storage", "mysql://host/x"], "--storage takes a journal file, such as study.journal, sqlite:///FILE, or"),
    ],
)
def test_what_is_no_storage_is_refused_before_anything_is_read(arguments, message, glassnet):
    status, out, err = glassnet("tune", "nowhere.csv", *arguments)
    assert (status, out) == (1, "")
    assert message in err and err.count("\n") == 1


def test_few_rows_are_compared_by_folds_which_is_told(glassnet):
    status, out, _ = glassnet("tune", "iris", "--trials", 1, "--epochs", 1)
    assert status == 0
    assert "with 120 rows, trials are compared by the mean over 5 folds, in 5 times as\nlong" in out
    report = Path("runs/tune-iris/report.md").read_text()
    assert "compared 1 trial by validation loss, the mean over 5 folds, and chose" in report


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--budget", "5x"], "a budget must be a time such as 90s, 5m or 1h30m, got '5x'."),
        (["--trials", "0"], "trials must be a whole number of at least 1, got 0."),
        (["--target", "specie"], "there is no target column 'specie' (did you mean 'species'?)"),
        (["--folds", "some"], "--folds takes a whole number of at least 2, auto or none, got 'some'."),
        (["--folds", "1"], "folds must be a whole number of at least 2, got 1."),
        (["--test", "2"], "--test is a share of the rows and must be in (0, 1), got 2.0."),
    ],
)
def test_it_refuses_in_one_sentence(arguments, message, glassnet):
    status, _, err = glassnet("tune", "iris", *arguments)
    assert status == 1
    assert message in err
    assert err.count("\n") == 1
    assert not Path("runs/tune-iris/study.journal").exists()


@pytest.mark.long
def test_a_large_file_is_searched_on_a_sample_and_the_best_is_trained_on_all_rows(glassnet, tmp_path, monkeypatch):
    monkeypatch.setattr(file_scan, "MOST_LEARNED_FROM", 500)
    x = np.random.default_rng(0).normal(size=(3000, 2))
    labels = np.where(x[:, 0] * x[:, 1] > 0, "yes", "no")
    polars.DataFrame({"a": x[:, 0], "b": x[:, 1], "label": labels}).write_csv("table.csv")
    command = ["tune", "table.csv", "--target", "label", "--trials", 2, "--epochs", 3, "--memory", "300kB"]
    status, out, err = glassnet(*command)
    assert (status, err) == (0, "")
    assert "is large for 300.0 kB of memory: the search uses a random sample of its rows," in out
    searched = re.search(r"classification of label: (\d+) rows for training and validation", out)
    assert searched and 350 < int(searched[1]) < 450
    assert "On 600 held-out rows" in out
    folder = tmp_path / "runs" / "tune-table"
    assert json.loads((folder / "history.json").read_text())["about"]["n_samples"] == 1920
    assert "--memory 300000" in (folder / "report.md").read_text()
    assert not [*folder.glob("rows*")]


def test_no_row_of_the_search_is_held_out_from_the_best(tmp_path):
    frame = polars.DataFrame({"a": np.random.default_rng(0).normal(size=3000)}).with_columns(b=polars.col("a") * 2)
    frame.write_csv(tmp_path / "table.csv")
    request = TableRequest("b")
    sample = file_scan.FileScan(tmp_path / "table.csv", request, 10_000).sample
    training = TableTraining.of_file_request(request, tmp_path / "table.csv", tmp_path, 10_000)
    assert len(sample) == 2400 and not {*sample["a"]} & {*training.test["a"].to_list()}


MANY = (
    "--metric f1 --weight sepal_width --class-weight balanced --ensemble 2 --no-calibrate --frequencies 2 --one-hot 3 "
    "--sigma 0.3 --no-parametric --patience 7"
)


@pytest.mark.parametrize(
    ("target", "asked", "head", "said"),
    [
        ("species", MANY.split(), "val_f1", "by validation F1 and chose"),
        ("sepal_width", ["--metric", "crps", "--distribution", "gaussian"], "val_crps", "by validation CRPS and chose"),
    ],
)
def test_metric_distribution_weights_ensemble_and_inputs_are_those_of_train(glassnet, target, asked, head, said):
    command = ["tune", "iris", "--target", target, "--trials", 3, "--epochs", 2, "--folds", "none", "--out", "run"]
    status, out, err = glassnet(*command, *asked)
    assert (status, err) == (0, "")
    assert f"trials are compared by their best {said.split(' and')[0][3:]}\ntrial " in out
    assert head in rows()[0]
    report = Path("run/report.md").read_text()
    assert said in report
    command = report.split("```")[-2].split()
    assert all(word in command for word in asked)
    assert glassnet(*command[1:], "--out", "again")[0] == 0
    assert Path("again/model.safetensors").read_bytes() == Path("run/model.safetensors").read_bytes()


def test_the_report_says_that_tune_made_it_and_what_the_choice_gained(glassnet):
    status, out, _ = glassnet("tune", "iris", "--trials", 3, "--epochs", 2, "--out", "run", "--folds", "none")
    assert status == 0
    report = Path("run/report.md").read_text()
    assert "found and trained by glassnet tune" in report
    assert "The search compared 3 trials by validation loss and chose number" in report
    gained = "On 30 held-out rows, its log loss is" in report
    assert gained or "The choice has the default settings: no trial was better." in report
    assert gained == ("training the default settings as well" in out)
