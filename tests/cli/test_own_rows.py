"""Files with rows of one's own for --test and --validation."""

import json
import os
import shlex
from pathlib import Path

import pytest

from tests.tables.test_own_rows import TABLE, TEST, VALIDATION

SMALL = ("--target", "y", "--epochs", 1, "--id", "id")


@pytest.fixture
def files(glassnet):
    for name, table in (("all", TABLE), ("v", VALIDATION), ("t", TEST)):
        table.write_csv(f"{name}.csv")
    return glassnet


def test_the_options_take_a_share_or_a_file(files):
    status, said, _ = files("train", "all.csv", *SMALL, "--hidden", 4, "--test", "t.csv", "--validation", "v.csv")
    assert status == 0
    assert "120 rows for training and validation, 15 held out" in said
    assert f"20 rows in {os.path.abspath('v.csv')} choose the epoch" in said
    assert json.loads(Path("runs/all/history.json").read_text())["about"]["n_validation"] == 20
    assert "80 rows for training" in files("train", "all.csv", *SMALL, "--hidden", 4, "--test", "0.2")[1]


def test_a_file_that_is_read_in_chunks_takes_them_too(files):
    own = ("--test", "t.csv", "--validation", "v.csv", "--memory", "10k")
    status, said, err = files("train", "all.csv", *SMALL, "--hidden", 4, *own)
    assert status == 0, err
    assert "is read in chunks" in said and "120 rows for training and validation, 15 held out" in said
    assert f"20 rows in {os.path.abspath('v.csv')} choose the epoch" in said
    assert not Path("runs/all/held-out.csv").exists()


def test_tune_compares_trials_on_them_and_its_command_names_them(files):
    status, _, _ = files("tune", "all.csv", *SMALL, "--trials", 1, "--validation", "v.csv", "--out", "found")
    assert status == 0
    (command,) = [s for s in Path("found/report.md").read_text().splitlines() if s.startswith("glassnet train")]
    assert os.path.abspath("v.csv") in shlex.split(command)


def test_what_cannot_be_leaves_nothing_behind(files):
    TEST.drop("x").write_csv("less.csv")
    for options, sentence in (
        (["--test", "nothing.csv"], "there is no file"),
        (["--test", "1.5"], "--test is a share of the rows and must be in (0, 1), got 1.5"),
        (["--validation", "less.csv"], "less.csv lack columns of the table: 'x'"),
        (["--test", "less.csv", "--memory", "10k"], "less.csv lack columns of the table: 'x'"),
    ):
        status, _, err = files("train", "all.csv", *SMALL, *options)
        assert (status, err.count("\n")) == (1, 1), err
        assert sentence in err
        assert not Path("runs").exists()
