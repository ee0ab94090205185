"""How many threads an engine may use."""

import functools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from glassnet.errors import InvalidInput

VARIABLES = ("GLASSNET_THREADS", "OMP_NUM_THREADS")
_limit = threading.local()


def available() -> int:
    """Those of `limited`, else of the environment's GLASSNET_THREADS or OMP_NUM_THREADS, else `cores`."""
    limit = getattr(_limit, "threads", None)
    if limit is not None:
        return limit
    for variable in VARIABLES:
        text = os.environ.get(variable, "").split(",")[0].strip()
        if text.isdecimal() and int(text) > 0:
            return int(text)
        if text and variable == VARIABLES[0]:
            raise InvalidInput(f"{variable} must be a whole number of at least 1, got {text!r}.")
    return cores()


def is_chosen() -> bool:
    """Whether the environment says how many."""
    return any(os.environ.get(variable) for variable in VARIABLES)


def cores() -> int:
    """The cores that this process may run on, or fewer where its container has a smaller quota."""
    mask = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(mask, container() or mask)


@functools.cache
def container() -> int | None:
    """The quota, looked up once."""
    from glassnet.engine.machine.cgroups import quota  # not before: a prediction of few rows asks for no threads

    return quota()


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """What this thread starts in the meantime uses at most so many threads."""
    before = getattr(_limit, "threads", None)
    _limit.threads = threads
    try:
        yield
    finally:
        _limit.threads = before
