"""Tasks side by side on threads: engines release the interpreter's lock while they compute."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

T = TypeVar("T")
Task = Callable[[threading.Event], T]  # it looks at the event now and then, and ends early once that is set

LOOK_EVERY = 0.1  # seconds: on some systems Ctrl-C does not end a wait


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_blas_thread() -> AbstractContextManager[Any]:
    """While it lasts each product of matrices takes one thread: workers whose products take all cores block each other.

    For the whole process, by threadpoolctl; without it (it comes with the extra `fast`) nothing is set.
    """
    if find_spec("threadpoolctl") is None:
        return nullcontext()
    limits: AbstractContextManager[Any] = import_module("threadpoolctl").threadpool_limits(1, user_api="blas")
    return limits


def side_by_side(tasks: Sequence[Task[T]], workers: int) -> list[T]:
    """The results of all tasks, in their order; at the first error, or Ctrl-C, the rest is stopped and it is raised."""
    stop, workers = threading.Event(), min(workers, len(tasks))
    alone = one_blas_thread() if workers > 1 else nullcontext()
    with alone, ThreadPoolExecutor(workers, "glassnet") as pool:
        futures = [pool.submit(task, stop) for task in tasks]
        try:
            first_failure(futures)
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
        return [future.result() for future in futures]


def first_failure(futures: Sequence[Future[T]]) -> None:
    """Wait until all are done, or raise the first error."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, LOOK_EVERY, FIRST_EXCEPTION)
        for future in done:
            future.result()
