"""Work one step in advance: the next item of a generator is made on a thread while the one before is in use."""

import contextvars
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from glassnet.training.parallel import LOOK_EVERY

T = TypeVar("T")


def prefetch(items: Generator[T, None, None]) -> Generator[T, None, None]:
    """The items of a generator that runs, and is closed, on one thread of its own.

    An item is begun when the one before it is taken, so two are alive at a time. What the generator raises is raised in
    its item's place. When the loop over the items is left, the one under way is finished, and then the thread ends.

    >>> list(prefetch(k * k for k in range(4)))
    [0, 1, 4, 9]
    """
    end = object()
    context = contextvars.copy_context()  # such as what NumPy was told about overflow
    thread = ThreadPoolExecutor(1, "glassnet-prefetch")

    def following() -> Any:
        return next(items, end)

    try:
        coming = thread.submit(context.run, following)
        while (item := result_of(coming)) is not end:
            coming = thread.submit(context.run, following)
            yield item
    finally:
        closed = thread.submit(context.run, items.close)
        try:
            result_of(closed)
        finally:
            thread.shutdown(wait=closed.done())  # a second Ctrl-C does not wait


def result_of(future: "Future[T]") -> T:
    """The result of a future; on some systems Ctrl-C does not end a longer wait."""
    while not future.done():
        wait([future], LOOK_EVERY)
    return future.result()
