"""Where the command writes to: closed or full, taken, read-only; found out first, and said in one sentence."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import glassnet as gn
from glassnet.files.atomic import CannotWrite, check_room, make_folder
from glassnet.files.lock import Lock
from glassnet.tables.fitting.training import TableTraining
from tests.cli.conftest import BRIEF

TRAIN = ["train", "iris", "--hidden", "8", "--epochs", "2"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of Iris, as `glassnet train` writes it, without figures and report."""
    training = gn.TableTraining(
        gn.datasets.iris().to_polars(), "species", recipe=gn.Recipe(hidden=(8,), epochs=2, engine="numpy")
    )
    for _ in training.epochs():
        pass
    return str(training.model.save(tmp_path_factory.mktemp("model") / "model.safetensors"))


def to(stdout, *arguments):
    """(status, stderr) of the command with its standard output there."""
    brief = BRIEF if arguments[0] == "train" else ""
    code = f"{brief}import sys; sys.argv[0] = 'glassnet'; from glassnet.cli import main; main()"
    command = [sys.executable, "-c", code]
    environment = os.environ | {"GLASSNET_ENGINE": "numpy"}
    done = subprocess.run([*command, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True, env=environment)
    return done.returncode, done.stderr


@pytest.fixture
def closed():
    """A pipe that nobody reads."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
@pytest.mark.parametrize(
    "command", ["predict", *(pytest.param(one, marks=pytest.mark.long) for one in ("evaluate", "explain"))]
)
def test_a_pipe_that_nobody_reads_is_one_sentence_and_141(model, closed, command):
    assert to(closed, command, model, "iris") == (
        141, "glassnet: standard output was closed before everything was written.\n"
    )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("command", ["predict", pytest.param("evaluate", marks=pytest.mark.long)])
def test_a_full_device_is_one_sentence(model, command):
    said = "glassnet: could not write to standard output: No space left on device.\n"
    with open("/dev/full", "w") as full:
        assert to(full, command, model, "iris") == (1, said)


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_a_training_goes_on_where_nobody_reads_what_it_says(tmp_path, closed):
    status, err = to(closed, *TRAIN, "--out", str(tmp_path / "run"))
    assert (status, err) == (
        0, "glassnet: standard output was closed before everything was written. The work continues.\n"
    )  # fmt: skip
    assert {"model.safetensors", "report.md"} < set(os.listdir(tmp_path / "run"))


def refuse_to_train(monkeypatch):
    def epochs(self):
        raise AssertionError("trained")
        yield

    monkeypatch.setattr(TableTraining, "epochs", epochs)


@pytest.mark.skipif(os.name == "nt", reason="links need rights")
def test_a_folder_that_cannot_be_is_refused_before_the_training(glassnet, monkeypatch):
    refuse_to_train(monkeypatch)
    Path("file").touch()
    Path("link").symlink_to("nowhere")
    for out, why in [
        ("file", "there is a file of this name"), ("link", "it is a link to nowhere, which does not exist"),
        ("file/below", "Not a directory"),
    ]:  # fmt: skip
        for command in (TRAIN, ["demo", "descent"], ["tune", "iris", "--trials", 1, "--folds", "none"]):
            status, _, err = glassnet(*command, "--out", out)
            assert (status, err) == (1, f"glassnet: could not make the folder {out}: {why}.\n")


@pytest.fixture
def disk(tmp_path):
    """A disk of 300 kB of its own, where the system gives one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root can mount a disk")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="the system mounts otherwise")
def test_a_disk_that_is_full_or_read_only_is_refused_before_the_training(glassnet, monkeypatch, disk):
    refuse_to_train(monkeypatch)
    (disk / "run").mkdir()
    large = disk / "large"
    large.write_bytes(bytes(290_000))
    for command in (TRAIN, ["demo", "descent"], ["tune", "iris", "--trials", 1, "--folds", "none"]):
        status, _, err = glassnet(*command, "--out", disk / "run")
        assert (status, err) == (1, f"glassnet: could not write into {disk / 'run'}: No space left on device.\n")
    large.write_bytes(bytes(150_000))  # room to begin with, but not for figures
    assert "No space left on device" in glassnet(*TRAIN, "--out", disk / "run")[2]
    assert os.listdir(disk / "run") == []
    large.unlink()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    for out in (disk / "run", disk / "new"):
        status, _, err = glassnet(*TRAIN, "--out", out)
        assert status == 1 and err.count("\n") == 1 and "Read-only file system" in err


LONG = "n" * 300  # letters; file systems have names of at most 255


@pytest.mark.parametrize(
    "words",
    [
        ["train", LONG, "--target", "y"],
        ["train", f"{LONG}/*.csv", "--target", "y"],
        ["train", "iris", "--test", LONG],
        [*TRAIN, "--out", LONG],
        ["predict", LONG, "iris"],
        ["tune", LONG, "--target", "y"],
        ["demo", LONG],
    ],
    ids=lambda words: " ".join(word.replace(LONG, "LONG") for word in words[:4]),
)
def test_a_name_that_no_file_may_have_meets_one_sentence(glassnet, words):
    status, _, err = glassnet(*words)
    assert status == 1 and "nnn" in err and err.endswith(": File name too long.\n") and err.count("\n") == 1


def test_what_the_system_refuses_is_told_without_a_name_too(glassnet, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("glassnet.cli.commands.train.local_table", refuse)
    assert glassnet(*TRAIN)[::2] == (1, "glassnet: Too many open files.\n")


def test_a_model_that_its_folder_does_not_take_is_written_elsewhere_and_that_is_said(glassnet, monkeypatch, tmp_path):
    replace = os.replace

    def full(source, target):
        if Path(target).parent == tmp_path / "run":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    status, out, err = glassnet(*TRAIN, "--out", "run")
    [other] = (tmp_path / "temporary").glob("glassnet-run-*")
    assert status == 1 and err == (
        "glassnet: could not write run/model.safetensors: No space left on device. What was there before is "
        f"unchanged. The run was written to {other} instead.\n"
    )  # fmt: skip
    assert {"model.safetensors", "history.json", "report.md", "curves.png"} < set(os.listdir(other))
    assert f"model    {other / 'model.safetensors'}\n" in out


def test_the_best_epoch_is_kept_where_an_error_ends_the_epochs(glassnet, monkeypatch):
    epochs = TableTraining.epochs

    def failing(self):
        for epoch in epochs(self):
            yield epoch
            if epoch.number == 2:
                raise CannotWrite("the rows are gone.")

    monkeypatch.setattr(TableTraining, "epochs", failing)
    status, out, err = glassnet("train", "iris", "--hidden", 8, "--epochs", 9, "--out", "run")
    assert (status, err) == (1, "glassnet: the rows are gone.\n") and "stopped after epoch 2\n" in out
    assert {"model.safetensors", "report.md"} < set(os.listdir("run"))


def test_a_second_run_in_the_same_folder_is_refused(glassnet, monkeypatch):
    make_folder(Path("run"))
    with Lock(Path("run/run.lock"), str):
        for command in (TRAIN, ["demo", "descent"], [*TRAIN, "--checkpoint-every", "1"]):
            status, _, err = glassnet(*command, "--out", "run")
            assert (status, err) == (
                1, "glassnet: run is the folder of a run that this very process is working on: wait until it ends, or "
                "name another folder with --out.\n"
            )  # fmt: skip
    assert glassnet(*TRAIN, "--out", "run")[0] == 0


def test_predictions_that_cannot_be_written_are_refused_first(glassnet, model, monkeypatch):
    monkeypatch.setattr("glassnet.cli.commands.predict.predicted", None)  # nothing is predicted
    Path("folder.csv").mkdir()
    assert "could not write folder.csv: it is a folder." in glassnet("predict", model, "iris", "--out", "folder.csv")[2]
    assert "No such file or directory" in glassnet("predict", model, "iris", "--out", "nowhere/p.csv")[2]


def test_room_is_asked_of_the_disk_also_where_it_cannot_be_set_aside(tmp_path, monkeypatch):
    def without(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    check_room(tmp_path, 100_000)
    monkeypatch.setattr(os, "posix_fallocate", without, raising=False)
    check_room(tmp_path, 100_000)
    assert os.listdir(tmp_path) == []
