"""The second thread of the NumPy engine: it shares tasks, hands on errors, and nobody waits for it in vain."""

import os
import threading
from queue import SimpleQueue

import numpy as np
import pytest

from glassnet.engine.machine import helper, threads
from glassnet.engine.machine.helper import share
from glassnet.engine.machine.quiet import quiet


def test_every_task_is_done_once() -> None:
    done = np.zeros(100, int)
    with threads.limited(2):
        for _ in range(50):
            share(lambda number: np.add.at(done, number, 1), 100)
    assert (done == 50).all()


def test_two_threads_take_tasks() -> None:
    meeting, met = threading.Barrier(2, timeout=30), set()

    def meet(number: int) -> None:
        meeting.wait()  # neither goes on alone
        met.add(threading.current_thread().name)

    with threads.limited(2):
        share(meet, 2)
    assert len(met) == 2


def test_one_thread_does_all_where_no_more_are_allowed() -> None:
    names = set()
    with threads.limited(1):
        share(lambda number: names.add(threading.current_thread()), 10)
    assert names == {threading.current_thread()}


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_in_either_thread_is_raised(failing: int) -> None:
    meeting = threading.Barrier(2, timeout=30)

    def task(number: int) -> None:
        meeting.wait()
        if number == failing:
            raise ValueError("wrong")

    with threads.limited(2):
        with pytest.raises(ValueError, match="wrong"):
            share(task, 2)
        done: list[int] = []
        share(done.append, 3)  # and the helper still lives
    assert sorted(done) == [0, 1, 2]


def test_numpy_warns_in_neither_thread() -> None:
    meeting, found = threading.Barrier(2, timeout=30), []

    def divide(number: int) -> None:
        meeting.wait()
        found.append(np.ones(3) / np.zeros(3))

    with threads.limited(2), quiet(), np.errstate(divide="ignore"):
        share(divide, 2)
    assert len(found) == 2


def test_a_helper_that_comes_too_late_does_nothing() -> None:
    done: list[int] = []
    tasks = helper.Tasks(done.append, 3)
    tasks.work()
    tasks.finish()
    tasks.help()
    assert done == [0, 1, 2]


def test_tasks_that_the_helper_does_not_come_to_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = SimpleQueue[object]()
    monkeypatch.setattr(helper, "_waiting", waiting)
    monkeypatch.setattr(helper, "started", lambda: True)  # but nobody looks into the queue
    done: list[int] = []
    with threads.limited(2):
        for _ in range(20):
            share(done.append, 3)
    assert (len(done), waiting.qsize()) == (60, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_starts_one_of_its_own() -> None:
    with threads.limited(2):
        share(lambda number: None, 2)
        child = os.fork()
        if child == 0:
            done: list[int] = []
            share(done.append, 5)
            os._exit(0 if len(done) == 5 else 1)
    assert os.waitpid(child, 0)[1] == 0
