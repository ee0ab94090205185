"""A second thread that shares the tasks of a computation in NumPy, whose functions let other threads run meanwhile.

There is one, not one for each core: between two of NumPy's functions only one thread at a time runs Python, and a
thread that waits for its turn sleeps, which costs more than a short function takes. The same tasks are done in whatever
number of threads there is, so results do not depend on it.
"""

import itertools
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from queue import Empty, SimpleQueue

from glassnet.engine.machine import threads


class Tasks:
    """Tasks 0 … n − 1, each taken by the thread that comes first."""

    def __init__(self, task: Callable[[int], None], n: int):
        self.task, self.n, self.numbers = task, n, itertools.count()
        self.lock, self.helped, self.over = threading.Lock(), threading.Event(), False
        self.begun = False
        self.error: BaseException | None = None

    def work(self) -> None:
        """Do tasks until none is left."""
        while (number := next(self.numbers)) < self.n:
            self.task(number)

    def help(self) -> None:
        """The same in the second thread, if it does not come too late."""
        with self.lock:
            self.begun = not self.over
        try:
            if self.begun:
                self.work()
        except BaseException as error:
            self.error = error
        finally:
            self.helped.set()

    def finish(self) -> None:
        """Begin none any more, and wait for the one that the second thread is at; raises its error."""
        self.n = 0
        with self.lock:
            self.over = True
        if self.begun:
            self.helped.wait()
        if self.error is not None:
            raise self.error


_waiting: "SimpleQueue[tuple[Context, Tasks]]" = SimpleQueue()
_starting = threading.Lock()
_helper: threading.Thread | None = None


def share(task: Callable[[int], None], n: int) -> None:
    """`task(0)` … `task(n − 1)`, on a second thread too where one may be used; raises the first error of any."""
    if n < 2 or threads.available() < 2 or not started():
        for number in range(n):
            task(number)
        return
    tasks = Tasks(task, n)
    forget_late()
    _waiting.put((copy_context(), tasks))  # NumPy's warnings are off in the other thread too
    try:
        tasks.work()
    finally:  # also at an error or Ctrl-C: then nobody writes any more
        tasks.finish()


def started() -> bool:
    """Whether there is a helper, which is started where there is none."""
    global _helper
    with _starting:
        if _helper is None:
            thread = threading.Thread(target=_help, args=[_waiting], name="glassnet-helper", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system gives no more threads, or the interpreter ends
                return False
            _helper = thread
    return True


def forget_late() -> None:
    """Take back what the helper has not come to: it would find it done, and nobody needs its help."""
    with suppress(Empty):
        while not _waiting.empty():
            _waiting.get_nowait()


def _help(waiting: "SimpleQueue[tuple[Context, Tasks]]") -> None:
    while True:
        context, tasks = waiting.get()
        context.run(tasks.help)
        del context, tasks


def _forget() -> None:
    """In a forked child, where the thread is not."""
    global _helper, _starting, _waiting
    _helper, _starting, _waiting = None, threading.Lock(), SimpleQueue()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
