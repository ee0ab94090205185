"""Threads that help with one call of the interpreter: they take tasks from a board until it is closed.

A helper that the system starts late, or takes away, only helps less: nobody waits for it unless it holds a task.
"""

import contextlib
import ctypes
import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from glassnet.engine import threads
from glassnet.engine.compiled.slots import CLOSED, TICKET, YIELD
from glassnet.engine.compiled.work import Work
from glassnet.formulas.elementary import Array

WORTH = 10_000_000  # multiply-adds of a call from which on a second thread is worth waking


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


def size_for(multiply_adds: int) -> int:
    """How many threads a call of so much work is worth."""
    return threads.available() if multiply_adds >= WORTH else 1


def together(size: int, help_out: Any, work: Work, call: Callable[[int], Any]) -> Any:
    """`call(address of a board)`, while size − 1 other threads take tasks from the board."""
    if size == 1:
        return call(0)
    board = np.zeros(32, np.int64)
    board[YIELD] = yield_address()
    try:
        for worker in range(1, size):
            ask(help_out, work, board, worker)
        return call(board.ctypes.data)
    finally:
        board[TICKET] = CLOSED


def ask(help_out: Any, work: Work, board: Array, worker: int) -> None:
    """Ask for a helper. At the end of the interpreter, or where the system gives no more threads, none comes."""
    with contextlib.suppress(RuntimeError):
        pool(os.getpid()).submit(_help, help_out, work, board, worker)


def _help(help_out: Any, work: Work, board: Array, worker: int) -> None:
    help_out(work.table.ctypes.data, board.ctypes.data, worker)
