"""Threads that help with one call of the interpreter: they take tasks from a queue until it is closed.

A worker that the system starts late, or takes away, only helps less: nobody waits for it unless it holds a task. After
a call it looks out for the next one for about a millisecond, as waking a thread takes a tenth of one.
"""

import ctypes
import functools
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from glassnet.engine.compiled.runtime.slots import (
    ASKED,
    ASLEEP,
    CLOSED,
    MAIL_QUEUE,
    MAIL_TABLE,
    MAIL_WORKER,
    STATE,
    TICKET,
    YIELD,
)
from glassnet.engine.compiled.work import Work
from glassnet.engine.machine import threads
from glassnet.formulas.elementary import Array


@functools.cache
def pool(process: int) -> ThreadPoolExecutor:
    """The threads of this process; they do not survive a fork."""
    return ThreadPoolExecutor(max_workers=max(1, threads.cores() - 1), thread_name_prefix="glassnet")


@functools.cache
def yield_address() -> int:
    """The address of the system's function that lets other threads run; 0 where there is none."""
    try:
        return ctypes.cast(ctypes.CDLL(None).sched_yield, ctypes.c_void_p).value or 0
    except (AttributeError, OSError, TypeError):
        return 0


class Worker:
    """A thread that helps with one call after the other, and goes to sleep when none has come for a while.

    `mailbox` is where it is asked: its state, and the addresses of the table and the queue. What is behind them stays
    alive in `holding` until it is asked for something else.
    """

    def __init__(self) -> None:
        self.mailbox = np.zeros(32, np.int64)
        self.mailbox[YIELD] = yield_address()
        self.holding: Any = None
        self.asking = threading.Lock()

    def ask(self, loops: Any, work: Work, queue: Array, number: int) -> None:
        """Ask for help, unless it is busy, perhaps with being late for a call that is over."""
        with self.asking:
            if self.mailbox[STATE] == ASKED:
                return
            self.holding = work, queue
            self.mailbox[[MAIL_TABLE, MAIL_QUEUE, MAIL_WORKER]] = work.table.ctypes.data, queue.ctypes.data, number
            if not loops.wake(self.mailbox.ctypes.data):
                self._start(loops)

    def _start(self, loops: Any) -> None:
        """At the end of the interpreter, or where the system gives no more threads, none comes."""
        self.mailbox[STATE] = ASKED
        try:
            pool(os.getpid()).submit(self._loop, loops)
        except RuntimeError:
            self.mailbox[STATE] = ASLEEP

    def _loop(self, loops: Any) -> None:
        loops.worker_loop(self.mailbox.ctypes.data)
        with self.asking:
            if self.mailbox[STATE] == ASLEEP:
                self.holding = None


@functools.cache
def workers(process: int) -> list[Worker]:
    """One for each core but the caller's."""
    return [Worker() for _ in range(threads.cores() - 1)]


def forget_threads() -> None:
    """In a forked child, which has none of them, whatever number its process has."""
    pool.cache_clear()
    workers.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_threads)


def together(size: int, loops: Any, work: Work, call: Callable[[int], Any]) -> Any:
    """`call(address of a queue)`, while up to size − 1 other threads take tasks from the queue."""
    if size == 1:
        return call(0)
    queue = np.zeros(32, np.int64)
    queue[YIELD] = yield_address()
    try:
        for number, worker in enumerate(workers(os.getpid())[: size - 1], 1):
            worker.ask(loops, work, queue, number)
        return call(queue.ctypes.data)
    finally:
        queue[TICKET] = CLOSED
