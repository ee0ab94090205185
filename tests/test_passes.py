"""The passes of the tests: what runs once is there, and make and pip are asked for what is meant."""

import shutil
import subprocess
from itertools import chain
from pathlib import Path

import pytest

from tests.conftest import COMPILED, LATER, LONG, NOT_MEASURED, ONCE
from tests.lowest import lowest
from tests.pythons import found

HERE = Path(__file__).parent
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments: str) -> tuple[int, str]:
    """(status, what would be run)."""
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", *arguments], cwd=HERE.parent, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def test_what_runs_once_is_there():
    named = (*ONCE, *COMPILED, *LATER, *LONG, *chain.from_iterable(NOT_MEASURED.values()))
    assert [place for place in named if not (HERE / place).exists()] == []


@needs_make
def test_make_test_runs_what_is_named_and_that_alone():
    status, said = make("test", "ARGS=tests/layers -k norm", "ENGINE=numpy")
    assert (status, "GLASSNET_ENGINE=numpy .venv/bin/pytest tests/layers -k norm\n" in said) == (0, True)
    assert "compiled" not in said and "mypy" not in said
    assert "ENGINE is numpy or compiled, not nunpy" in make("test", "ENGINE=nunpy")[1]


@needs_make
def test_one_call_of_make_runs_no_pass_twice():
    status, said = make("test", "test-all")
    passes = [said.count(f'-m "not long and not {left_out}"') for left_out in ("compiled", "once")]
    assert (status, passes, said.count("/mypy\n"), said.count("kernels.py")) == (0, [1, 1], 1, 1)


@needs_make
def test_the_demo_can_be_run_again():
    assert "glassnet train iris --out runs/iris --force\n" in make("demo")[1]


@needs_make
def test_coverage_is_measured_by_what_ci_runs_alone():
    for target, measured in [("test", False), ("test-all", True)]:
        status, said = make(target)
        assert (status, said.count(" --cov "), said.count("coverage report")) == (0, 2 * measured, measured)


def test_the_lowest_versions_are_the_bounds():
    bounds = ["numpy>=2.0", "ruff>=0.17,<0.18", "scikit-learn >= 1.6 ; python_version > '3'", "glassnet[all,docs]"]
    assert [f"{name}=={version}" for name, version in lowest(bounds)] == [
        "numpy==2.0",
        "ruff==0.17",
        "scikit-learn==1.6",
    ]


def test_a_python_that_is_not_there_is_none():
    assert found("3.99") is None
