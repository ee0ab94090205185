"""Run folders: a new run never overwrites an earlier one unless it is told to."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from glassnet.cli.folders import lock_of, numbered_folder
from glassnet.errors import InvalidInput

TINY = ("train", "iris", "--epochs", 1, "--hidden", 4)


@pytest.fixture(autouse=True)
def no_report(monkeypatch):
    """Runs without their figures and reports, which take most of the time."""
    monkeypatch.setattr("glassnet.tables.reporting.report.draw_run", lambda *_: ())


def test_a_second_run_has_a_folder_of_its_own_and_says_so(glassnet):
    assert "is there already" not in glassnet(*TINY)[1]
    first = Path("runs/iris/model.safetensors").read_bytes()
    status, out, _ = glassnet(*TINY, "--seed", 1)
    assert status == 0 and "runs/iris is there already: this run is written to runs/iris-2\n" in out
    assert "runs/iris-2/model.safetensors" in out and "runs/iris-2/report.md" in out
    assert Path("runs/iris/model.safetensors").read_bytes() == first
    assert Path("runs/iris-2/model.safetensors").read_bytes() != first


def test_out_on_a_run_asks_for_force_and_changes_nothing(glassnet):
    glassnet(*TINY, "--out", "run")
    before = {path: path.read_bytes() for path in Path("run").iterdir()}
    status, _, err = glassnet(*TINY, "--out", "run", "--seed", 1)
    sentence = "run holds a run already: name another folder with --out, or overwrite the run with --force."
    assert status != 0 and err == f"glassnet: {sentence}\n"
    assert {path: path.read_bytes() for path in Path("run").iterdir()} == before
    assert glassnet(*TINY, "--out", "run", "--seed", 1, "--force")[0] == 0
    assert Path("run/model.safetensors").read_bytes() != before[Path("run/model.safetensors")]


def test_a_folder_with_other_files_is_written_into(glassnet):
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("keep")
    assert glassnet(*TINY, "--out", "mine")[0] == 0
    assert Path("mine/notes.txt").read_text() == "keep"


def test_an_unfinished_run_is_to_be_continued_unless_forced(glassnet):
    unfinished = (*TINY[:2], "--hidden", 4, "--epochs", 3, "--max-time", "0.001s", "--checkpoint-every", 1)
    assert "to continue" in glassnet(*unfinished)[1]
    assert "runs/iris holds an unfinished run: continue it with" in glassnet(*TINY)[2]
    status, out, _ = glassnet(*TINY, "--force")
    assert status == 0 and "runs/iris/model.safetensors" in out
    assert not {"checkpoints", "run.json"} & {*os.listdir("runs/iris")}


def test_a_run_that_fails_leaves_no_folder(glassnet):
    status, _, err = glassnet(*TINY, "--target", "nothing")
    assert status != 0 and "no target column 'nothing'" in err
    assert not Path("runs").exists()


def test_runs_that_start_at_the_same_moment_have_folders_of_their_own(tmp_path):
    with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        folders = [*pool.map(lambda _: stack.enter_context(numbered_folder(tmp_path / "houses")), range(8))]
        assert sorted(path.name for path in folders) == ["houses", *(f"houses-{k}" for k in range(2, 9))]
    assert [*tmp_path.iterdir()] == []


def test_a_run_at_work_is_passed_over_even_if_it_has_checkpoints(tmp_path):
    (tmp_path / "houses" / "checkpoints").mkdir(parents=True)
    (tmp_path / "houses" / "checkpoints" / "epoch-1.safetensors").touch()
    with lock_of(tmp_path / "houses"), numbered_folder(tmp_path / "houses") as folder:
        assert folder.name == "houses-2"
    with pytest.raises(InvalidInput, match="holds an unfinished run"), numbered_folder(tmp_path / "houses"):
        pass


def test_a_file_of_the_name_does_not_stand_in_the_way(tmp_path):
    (tmp_path / "houses").touch()
    with numbered_folder(tmp_path / "houses") as folder:
        assert folder.name == "houses-2"


def test_a_learning_curve_is_drawn_on_request(glassnet):
    status, out, _ = glassnet(*TINY, "--learning-curve")
    assert status == 0 and "half of the rows, and on all of them, for the learning curve" in out
    report = Path("runs/iris/report.md").read_text()
    assert "### Score over the number of rows" in report and "| training rows | accuracy |" in report


def test_every_command_that_takes_a_model_takes_the_folder_of_its_run(glassnet):
    glassnet(*TINY)
    for command in (["predict", "iris"], ["evaluate", "iris"], ["explain", "iris"], ["diagnose", "iris"]):
        name, *more = command
        by_folder, by_file = (glassnet(name, model, *more) for model in ("runs/iris", "runs/iris/model.safetensors"))
        assert by_folder == by_file and by_folder[0] == 0
    status, out, err = glassnet("draw", "runs/iris", "--curves")
    assert (status, err) == (0, "") and "runs/iris/figures/curves.png" in out
    status, _, err = glassnet("predict", "runs", "iris")
    assert status == 1
    assert err == "glassnet: runs is a folder without a model.safetensors: it holds the runs runs/iris.\n"
