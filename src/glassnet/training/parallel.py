"""Tasks side by side on threads: engines release the interpreter's lock while they compute."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from glassnet.engine.machine.threads import available, limited

T = TypeVar("T")
Task = Callable[[threading.Event], T]  # it looks at the event now and then, and ends early once that is set

LOOK_EVERY = 0.1  # seconds: on some systems Ctrl-C does not end a wait


def side_by_side(tasks: Sequence[Task[T]], workers: int) -> list[T]:
    """The results of all tasks, in their order; at the first error, or Ctrl-C, the rest is stopped and it is raised."""
    stop, workers = threading.Event(), min(workers, len(tasks))
    share = max(1, available() // workers)  # of the threads that there are, for the engine of each
    with ThreadPoolExecutor(workers, "glassnet") as pool:
        futures = [pool.submit(_limited, share, task, stop) for task in tasks]
        try:
            first_failure(futures)
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
        return [future.result() for future in futures]


def _limited(threads: int, task: Task[T], stop: threading.Event) -> T:
    with limited(threads):
        return task(stop)


def first_failure(futures: Sequence[Future[T]]) -> None:
    """Wait until all are done, or raise the first error."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, LOOK_EVERY, FIRST_EXCEPTION)
        for future in done:
            future.result()
