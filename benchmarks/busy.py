"""A core kept busy by another process, as on a machine that does something else too."""

import multiprocessing as mp
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.options import Options


def spin(core: int) -> None:
    """Compute on one core for ever."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    number = 1
    while True:
        number = number * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1


@contextmanager
def busy_core() -> Iterator[None]:
    """The first core that this process may use does something else meanwhile."""
    core = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    process = mp.get_context("spawn").Process(target=spin, args=(core,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def busy_options(options: Options) -> Options:
    """Fewer rounds, as this comes on top of those on a quiet machine."""
    return replace(options, rounds=max(2, options.rounds - 2))
