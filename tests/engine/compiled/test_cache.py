"""Compiled kernels on disk: found again, never stale, safe with many processes, and without a folder to write to."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytest.importorskip("numba")

from glassnet.engine.compiled.codegen import cache

CODE = """
    import numpy as np, glassnet as gn

    class Bend(gn.activations.Activation):
        def value(self, z):
            return z * {factor}
        def slope(self, z, a):
            return z * 0.0 + {factor}

    net = gn.Network([gn.Dense(1, Bend(), weights=gn.Constant(1.0))], engine="compiled").build(1)
    print(net.predict([[1.0]])[0, 0])
"""


TEXT = "from numba import cfunc, types\n@cfunc(types.int64(types.int64))\ndef kernel(x):\n    return x + 1\n"
ONE_KERNEL = f"""
    from glassnet.engine.compiled.codegen import cache

    print(cache.load({TEXT!r}, "one").kernel.ctypes(2))
"""


def run(folder, tmp_path, code, **environment):
    """What a process of its own prints: (stdout, stderr)."""
    script = tmp_path / f"{os.urandom(4).hex()}.py"
    script.write_text(textwrap.dedent(code))
    env = {**os.environ, "GLASSNET_CACHE": str(folder), **environment}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=env, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def with_the_loop_of_all_networks(folder: Path) -> Path:
    """A folder that has what every network needs and no formula, as compiling that takes longest."""
    cache.load_file("interpreter")
    cache.load_file("tasks")
    folder.mkdir(mode=0o700)
    kept = cache.folder()
    for path in kept.iterdir() if kept else ():
        if path.name.startswith(("interpreter_", "tasks_")):
            shutil.copy(path, folder)
    return folder


def compiled_files(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*.code")}


def test_the_second_use_finds_what_the_first_one_compiled_and_never_what_a_formula_was(tmp_path):
    folder = with_the_loop_of_all_networks(tmp_path / "cache")
    there = compiled_files(folder)
    out, err = run(folder, tmp_path, CODE.format(factor=2.0))
    assert out == "2.0"
    assert f"glassnet: compiling new loops for this machine; kept in {folder}" in err
    before = compiled_files(folder)
    assert before.keys() > there.keys()
    assert run(folder, tmp_path, CODE.format(factor=3.0))[0] == "3.0"
    after = compiled_files(folder)
    assert after.keys() > before.keys()
    assert run(folder, tmp_path, CODE.format(factor=2.0)) == ("2.0", "")
    assert compiled_files(folder) == after


def three(name):
    """2 + 1 by a kernel, compiled or found on disk as in a new process."""
    return cache.load.__wrapped__(TEXT, name).kernel.ctypes(2)


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache")
    cache.tell_unkept.cache_clear()
    return tmp_path / "cache"


@pytest.mark.parametrize("damage", [
    lambda whole: b"", lambda whole: whole[:20], lambda whole: whole[:40], lambda whole: whole[:-1],
    lambda whole: b"garbage", lambda whole: whole[:100] + b"????" + whole[104:], lambda whole: whole + b"more",
    lambda whole: hashlib.sha256(b"no pickle").digest() + b"no pickle",
])  # fmt: skip
def test_a_file_that_is_empty_cut_or_garbage_is_compiled_anew_and_written_whole(own, damage):
    assert three("one") == 3
    [file] = own.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert three("one") == 3
    assert [*own.iterdir()] == [file] and cache.unchanged(file.read_bytes()) is not None
    before = file.stat().st_mtime_ns
    assert three("one") == 3 and file.stat().st_mtime_ns == before


def test_a_folder_that_takes_nothing_is_one_warning(own, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.warns(RuntimeWarning, match="compiled loops cannot be kept in .*cache: each process") as heard:
        assert three("one") == three("other") == 3
    assert len(heard) == 1 and [*own.iterdir()] == []


def test_a_folder_that_vanishes_is_made_again(own):
    assert three("one") == 3
    shutil.rmtree(own)
    assert three("other") == 3 and len([*own.iterdir()]) == 1


def test_where_a_folder_cannot_be_read_it_is_compiled_in_memory(own):
    assert three("one") == 3
    [file] = own.iterdir()
    file.unlink()
    file.mkdir()  # even to root
    with pytest.warns(RuntimeWarning, match="cannot be kept"):
        assert three("one") == 3


def test_without_any_folder_it_is_compiled_in_memory(monkeypatch):
    monkeypatch.setattr(cache, "folder", lambda: None)
    text = "from numba import njit\n@njit(error_model='numpy')\ndef twice(x):\n    return 2 * x\n"
    assert cache.load(text, "nowhere").twice(3) == 6


def test_many_processes_may_start_at_once(tmp_path):
    folder = tmp_path / "cache"
    script = tmp_path / "one_kernel.py"
    script.write_text(textwrap.dedent(ONE_KERNEL))
    env = {**os.environ, "GLASSNET_CACHE": str(folder)}
    started = [
        subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        for _ in range(3)
    ]
    answers = [process.communicate(timeout=240)[0].strip() for process in started]
    assert answers == ["3"] * 3
    assert len(compiled_files(folder)) == 1


def test_without_a_folder_to_write_to_a_temporary_one_serves(tmp_path):
    (tmp_path / "file").touch()  # no folder can be made below a file
    below = str(tmp_path / "file" / "cache")
    out, err = run(below, tmp_path, ONE_KERNEL, XDG_CACHE_HOME=below, TMPDIR=str(tmp_path))
    assert out == "3"
    assert f"kept in {tmp_path}" in err


@pytest.mark.skipif(os.name == "nt", reason="rights are no bits of a mode")
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    _, err = run(shared, tmp_path, ONE_KERNEL, XDG_CACHE_HOME=str(tmp_path / "home"))
    assert f"kept in {tmp_path / 'home'}" in err
    assert not list(shared.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="rights are no bits of a mode")
def test_a_home_that_nobody_knows_and_a_refused_folder_are_passed_over(monkeypatch, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o770)
    shared.chmod(0o770)
    monkeypatch.setenv("GLASSNET_CACHE", str(shared))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", nobody_knows)
    cache.folder.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match="is not a folder that only you can write to"):
            assert cache.folder() != shared
    finally:
        cache.folder.cache_clear()


def nobody_knows(path):
    if str(path).startswith("~"):
        raise RuntimeError("Could not determine home directory.")
    return path
