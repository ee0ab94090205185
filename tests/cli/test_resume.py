"""`glassnet train` that stops by itself, is interrupted, and goes on."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import glassnet as gn
from glassnet.cli import main
from glassnet.files.checkpoint_file import write_checkpoint
from glassnet.tables.fitting.budget import Pace
from glassnet.training.loop import epoch_progress
from tests.cli.conftest import BRIEF, interrupt_in, leave_out_most_of_the_report


def table(name="data.csv"):
    gn.datasets.iris().to_polars().write_csv(name)
    return name


SMALL = ["--hidden", "8"]
HOW = ["--target", "species", "--epochs", 12, "--hidden", "8", "--patience", 9]


def test_a_run_that_was_interrupted_goes_on_to_the_same_model(glassnet, monkeypatch, tmp_path):
    assert glassnet("train", table(), *HOW, "--out", "whole")[0] == 0
    with monkeypatch.context() as patch:
        interrupt_in(6, patch)
        status, out, err = glassnet("train", "data.csv", *HOW, "--out", "run", "--checkpoint-every", 2)
    assert (status, err) == (130, "")
    assert "stopped after epoch 5\n" in out and "to continue: glassnet train --resume run\n" in out
    assert {"run.json", "checkpoints", "model.safetensors", "report.md"} < set(os.listdir("run"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    status, out, err = glassnet("train", "--resume", "../run")
    assert (status, err) == (0, "")
    assert "continuing after epoch 5" in out
    monkeypatch.chdir("..")
    assert Path("run/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    histories = [json.loads(Path(f"{run}/history.json").read_text()) for run in ("whole", "run")]
    assert all(histories[0][name] == histories[1][name] for name in histories[0] if name != "seconds")
    assert "--checkpoint-every" in Path("run/report.md").read_text()
    assert set(os.listdir("run")) == set(os.listdir("whole"))


def test_an_interrupt_before_the_first_epoch_can_be_resumed(glassnet, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_in(1, patch)
        status, out, _ = glassnet("train", "iris", *SMALL, "--epochs", 3, "--checkpoint-every", 1)
    assert status == 130 and "to continue: glassnet train --resume runs/iris\n" in out
    assert "continuing after epoch 0" in glassnet("train", "--resume", "runs/iris")[1]


def test_patience_and_time_end_a_training_and_say_so(glassnet):
    status, out, _ = glassnet("train", "iris", *SMALL, "--epochs", 500, "--patience", 3)
    assert status == 0 and " (validation accuracy did not improve for 3 epochs on its best, " in out
    history = json.loads(Path("runs/iris/history.json").read_text())
    assert len(history["loss"]) == history["about"]["best_epoch"] + 3
    status, out, _ = glassnet("train", "iris", *SMALL, "--max-time", "0.001s", "--checkpoint-every", 1)
    assert status == 0 and "stopped after epoch 1 (0.001 seconds are up)" in out
    assert "to continue: glassnet train --resume runs/iris-2\n" in out
    assert "--stop-after 1" in Path("runs/iris-2/report.md").read_text()
    status, out, _ = glassnet("train", "--resume", "runs/iris-2", "--max-time", "5m", "--epochs", 4)
    assert status == 0 and "epoch 4/4" in out and "run.json" not in os.listdir("runs/iris-2")


@pytest.fixture(scope="module")
def left_once(tmp_path_factory):
    """A folder with a table and a run on it that was interrupted in epoch 3."""
    folder = tmp_path_factory.mktemp("left")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("GLASSNET_ENGINE", "numpy")
        interrupt_in(3, patch)
        leave_out_most_of_the_report(patch)
        words = ["glassnet", "train", table(), *map(str, HOW), "--out", "run", "--checkpoint-every", "1"]
        patch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit):
            main()
    return folder


@pytest.fixture
def left(glassnet, left_once, tmp_path):
    shutil.copytree(left_once, tmp_path, dirs_exist_ok=True)
    there, here = (json.dumps(str(folder))[1:-1] for folder in (left_once, tmp_path))
    file = tmp_path / "run" / "run.json"  # which names the table by its whole path
    file.write_text(file.read_text().replace(there, here))
    return "run"


def refused(done, said):
    status, _, err = done
    assert status == 1 and err.count("\n") == 1 and said in err


def test_a_run_is_not_overwritten_before_it_has_ended(glassnet, left):
    said = "run holds an unfinished run: continue it with glassnet train --resume run, or name another folder"
    refused(glassnet("train", "data.csv", *HOW, "--out", left), said)


def test_checkpoints_come_by_epochs_or_by_time(glassnet, monkeypatch):
    table()
    for wrong in ("often", "1.5", "-1", "0", "0s"):
        said = f"--checkpoint-every takes a number of epochs, or a time such as 5m, got '{wrong}'."
        refused(glassnet("train", "data.csv", *HOW, f"--checkpoint-every={wrong}"), said)
    written = []

    def noted(path, *what):
        written.append(Path(path).stem)
        write_checkpoint(path, *what)

    monkeypatch.setattr("glassnet.training.checkpoints.writer.write_checkpoint", noted)
    monkeypatch.setattr(epoch_progress, "WORK", 1)
    how = ["--target", "species", "--hidden", 8, "--ensemble", 1, "--epochs", 7, "--batch-size", 48]
    for every, second in (("5m", "epoch-000007"), ("0.0001s", "epoch-000000-row-48"), ("5", "epoch-000005")):
        written.clear()
        assert glassnet("train", "data.csv", *how, "--out", every, "--checkpoint-every", every)[0] == 0
        assert written[:2] == ["epoch-000000", second] and written[-1] == "epoch-000007"


def test_resuming_refuses_what_cannot_change_and_what_is_not_there(glassnet, left):
    leave_out = "--resume continues with the settings of the run: leave out --batch-size."
    refused(glassnet("train", "--resume", left, "--batch-size", 4), leave_out)
    refused(
        glassnet("train", "--resume", "nowhere"), "nowhere holds no run to resume: only an unfinished `glassnet train "
    )
    refused(
        glassnet("train"), "name the data to train on, as in `glassnet train DATA`, or resume a run with --resume RUN"
    )
    gn.datasets.iris().to_polars()[:140].write_csv("data.csv")
    refused(glassnet("train", "--resume", left), "cannot resume from run/checkpoints/epoch-000002.safetensors: ")
    refused(glassnet("train", "other.csv", "--resume", left), "no file")
    assert glassnet("train", table("moved.csv"), "--resume", left)[0] == 0


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format_version": 3}', '{"format_version": 2, "table": {"a": 1}}']
)
def test_a_run_that_is_not_described_meets_one_sentence(content, glassnet, left):
    Path(left, "run.json").write_text(content)
    refused(glassnet("train", "--resume", left), "run.json does not describe a run: ")


def test_checkpoints_that_are_no_rhythm_in_the_file_of_a_run_meet_one_sentence(glassnet, left):
    file = Path(left, "run.json")
    content = json.loads(file.read_text())
    for wrong in ([1], 1.5, True):
        file.write_text(json.dumps(content | {"every": wrong}))
        refused(
            glassnet("train", "--resume", left), f"`every` must be a string or a whole number or null, got {wrong}."
        )
    file.write_text(json.dumps(content | {"every": "often"}))
    refused(glassnet("train", "--resume", left), "or a time such as 5m, got 'often'.")
    file.write_text(json.dumps(content | {"every": 1}))
    assert glassnet("train", "--resume", left)[0] == 0


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="the system has no SIGINT")
def test_a_real_ctrl_c_ends_with_130_and_the_sentence(tmp_path):
    code = f"{BRIEF}import sys; sys.argv[0] = 'glassnet'; from glassnet.cli import main; main()"
    asked = ["train", "iris", *SMALL, "--epochs", "1000000", "--checkpoint-every", "1", "--out", str(tmp_path / "run")]
    environment = os.environ | {"GLASSNET_ENGINE": "numpy"}
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", code, *asked]
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        while not list(tmp_path.glob("run/checkpoints/epoch-00000[2-9]*")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, err) == (130, "")
    assert f"to continue: glassnet train --resume {tmp_path / 'run'}\n" in out


@pytest.mark.filterwarnings("default")
def test_a_disk_that_is_full_is_said_in_one_line_and_the_training_ends(glassnet, monkeypatch):
    fsync, calls = os.fsync, iter(range(100))

    def full(number):
        if next(calls) in (4, 5, 6):  # of the checkpoints; what is written at the end finds room
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(number)

    monkeypatch.setattr(os, "fsync", full)
    status, out, err = glassnet("train", "iris", *SMALL, "--ensemble", 1, "--epochs", 12, "--checkpoint-every", 1)
    assert status == 0 and "epoch 12/12" in out
    assert all(line.startswith("glassnet: could not write runs/iris/checkpoints/epoch-") for line in err.splitlines())
    assert "No space left on device. What was there before is unchanged. Training continues; its last" in err


def test_a_run_that_diverged_leaves_nothing_to_resume(glassnet):
    gn.datasets.iris().to_polars()[20:120].drop("species").write_csv("data.csv")
    asked = ["data.csv", "--target", "petal_width", "--task", "regression", *SMALL, "--out", "run"]
    for _ in range(2):
        status, _, err = glassnet("train", *asked, "--learning-rate", 1e30, "--checkpoint-every", 1)
        assert status == 1 and err.count("\n") == 1 and "The first number that is not finite: " in err
        assert not Path("run").exists()


def test_as_many_epochs_as_fit_into_the_time_are_trained_and_the_command_in_the_report_gives_them_again(
    glassnet, monkeypatch
):
    monkeypatch.setattr("glassnet.tables.fitting.budget.pace", lambda *_: Pace(0.0, 35.0))
    status, out, _ = glassnet("train", "iris", *SMALL, "--ensemble", 1, "--max-time", "20m", "--out", "fitted")
    assert status == 0 and "epoch 29/29" in out
    assert json.loads(Path("fitted/history.json").read_text())["learning_rate"][-1] < 0.01
    [command] = [
        line for line in Path("fitted/report.md").read_text().splitlines() if line.startswith("glassnet train")
    ]
    assert command.endswith("--max-time 20m --out fitted --epochs 29 --stop-after 29")
    options = [*command.split()[1:], "--out", "again"]
    monkeypatch.setattr("glassnet.tables.fitting.budget.pace", lambda *_: Pace(0.0, 99.0))
    assert glassnet(*options)[0] == 0
    fitted, again = (gn.TableModel.load(f"{run}/model.safetensors").network for run in ("fitted", "again"))
    assert fitted == again


@pytest.mark.filterwarnings("default:max_time leaves time for only one epoch:UserWarning")
def test_a_time_of_one_epoch_is_trained_and_warned_of(glassnet):
    status, _, err = glassnet("train", "iris", *SMALL, "--max-time", "0.000001s")
    assert status == 0 and "max_time leaves time for only one epoch" in err


@pytest.mark.filterwarnings("default:max_time leaves time for only one epoch:UserWarning")
def test_the_pace_of_a_table_is_measured_on_some_of_its_rows(glassnet):
    status, out, _ = glassnet("train", "iris", *SMALL, "--epochs", 100_000, "--max-time", "0.5s")
    assert status == 0 and "/100000" not in out
