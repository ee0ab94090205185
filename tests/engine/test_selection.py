"""Which engine is taken, and what is said where the compiled one cannot be."""

import os
import subprocess
import sys

import pytest

import glassnet as gn
from glassnet.engine.machine import threads

FIT = """
import warnings
import glassnet as gn
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    gn.Network([gn.Dense(1)]).fit([[1.0], [2.0]], [1.0, 2.0], loss="squared_error", epochs=1, seed=0)
print(*[str(warning.message) for warning in said])
"""


def output(**environment):
    kept = {name: value for name, value in os.environ.items() if name != "GLASSNET_ENGINE"}
    run = subprocess.run([sys.executable, "-c", FIT], capture_output=True, text=True, env=kept | environment)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_where_numba_cannot_be_imported_networks_run_on_numpy_and_the_reason_is_said(tmp_path):
    package = tmp_path / "numba"
    package.mkdir()
    package.joinpath("__init__.py").write_text('raise ImportError("Numba needs NumPy 1.0 or less")')
    said = output(PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    assert "networks run on the NumPy engine: the compiled engine needs numba" in said
    assert "it is installed, but cannot be imported: Numba needs NumPy 1.0 or less" in said


def test_where_numba_may_not_compile_networks_run_on_numpy_and_the_reason_is_said():
    pytest.importorskip("numba")
    assert "NUMBA_DISABLE_JIT is set" in output(NUMBA_DISABLE_JIT="1")


def test_a_number_of_threads_that_is_none_is_refused(monkeypatch):
    for text in ("0", "-1", "many"):
        monkeypatch.setenv("GLASSNET_THREADS", text)
        with pytest.raises(gn.InvalidInput, match=f"at least 1, got '{text}'"):
            threads.available()
    monkeypatch.setenv("GLASSNET_THREADS", " 3 ")
    assert threads.available() == 3
