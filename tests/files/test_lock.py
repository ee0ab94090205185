"""One process at a time: a lock that says who has it, and is free again however its process ends."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from glassnet.files.atomic import CannotWrite
from glassnet.files.lock import InUse, Lock


def at(folder):
    return Lock(folder / "it.lock", lambda holder: f"{folder.name} is held by {holder}.")


HOLD = """
import os, sys, pathlib
from glassnet.files.lock import Lock
lock = Lock(pathlib.Path(sys.argv[1]), str).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def holding(folder):
    """A process of its own that holds it until its standard input is closed."""
    command = [sys.executable, "-c", HOLD, str(folder / "it.lock")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_in_a_sentence_with_the_first_ones_number(tmp_path):
    process = holding(tmp_path)
    with pytest.raises(InUse, match=rf"is held by process {process.pid} \(since \d+-"):
        at(tmp_path).acquire()
    process.communicate("", timeout=30)
    with at(tmp_path):
        assert json.loads((tmp_path / "it.lock").read_text())["pid"] == os.getpid()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_what_a_killed_process_left_is_taken_over(tmp_path):
    process = holding(tmp_path)
    process.kill()
    process.communicate()
    assert os.listdir(tmp_path) == ["it.lock"]
    at(tmp_path).acquire().release()


def test_a_second_one_in_the_same_process_is_refused_too(tmp_path):
    one = at(tmp_path).acquire()
    with pytest.raises(InUse, match="this very process"):
        at(tmp_path).acquire()
    one.release()
    one.release()
    at(tmp_path).acquire()  # dropped at once
    with at(tmp_path):
        pass


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"[1]", b'{"pid": "x"}', b"\xff", b'{"pid": 1' + b"0" * 400 + b"}"]
)
def test_whatever_stands_in_a_file_that_nobody_holds_it_is_taken(tmp_path, content):
    (tmp_path / "it.lock").write_bytes(content)
    with at(tmp_path):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_neither_holds_nor_removes_what_its_parent_has(tmp_path):
    with at(tmp_path) as lock:
        read, write = os.pipe()
        if (pid := os.fork()) == 0:
            os.close(write)
            lock.release()
            os.read(read, 1)  # it outlives the lock
            os._exit(0)
        os.close(read)
        with pytest.raises(InUse):
            at(tmp_path).acquire()
        assert (tmp_path / "it.lock").exists()
    with at(tmp_path):
        os.close(write)
        assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.parametrize(("holder", "free"), [
    ({"pid": 2**22 + 1, "host": socket.gethostname()}, True),
    ({"pid": os.getppid(), "host": socket.gethostname()}, False),
    ({"pid": 10**30, "host": socket.gethostname()}, True),
    ({"pid": 2**22 + 1, "host": "elsewhere", "since": "noon"}, False),
])  # fmt: skip
def test_where_the_disk_knows_no_locks_the_process_in_the_file_decides(tmp_path, monkeypatch, holder, free):
    def without(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", without)
    (tmp_path / "it.lock").write_text(json.dumps(holder))
    if free:
        with at(tmp_path), pytest.raises(InUse):
            at(tmp_path).acquire()
    else:
        with pytest.raises(InUse, match=rf"process {holder['pid']}"):
            at(tmp_path).acquire()


@pytest.mark.skipif(os.name == "nt", reason="links need rights")
def test_a_place_that_cannot_be_written_to_meets_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match=r"could not make the folder .*file: there is a file of this name\."):
        at(tmp_path / "file").acquire()
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(CannotWrite, match="it is a link to nowhere, which does not exist"):
        at(tmp_path / "link").acquire()
    (tmp_path / "it.lock").mkdir()
    with pytest.raises(CannotWrite, match="Is a directory"):
        at(tmp_path).acquire()
