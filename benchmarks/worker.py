"""A process of its own for each library: it builds a case when it is first asked for it, and times it when asked."""

import multiprocessing as mp
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from statistics import median
from typing import NamedTuple, Self

STRETCHES = 5  # of calls, timed each by itself: a short disturbance hits one, and the median leaves it out
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")  # the last is JAX's


class Timing(NamedTuple):
    """Microseconds a step, and how many cores were busy meanwhile."""

    microseconds: float
    cores: float


def set_threads(threads: int | None) -> None:
    """The environment of processes started from now on; None leaves each library its own default."""
    os.environ["JAX_PLATFORMS"] = "cpu"
    for variable in THREAD_VARIABLES:
        os.environ.pop(variable, None)
        if threads is not None:
            os.environ[variable] = str(threads)


class Worker:
    """The parent's side of such a process."""

    def __init__(self, peer: str, seconds: float):
        context = mp.get_context("spawn")  # a fresh interpreter, with nothing loaded yet
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, peer, seconds), daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, case: str) -> Timing:
        self.pipe.send(case)
        return self.pipe.recv()

    def threads(self) -> str:
        """What the library says about its threads; the process ends with that."""
        self.pipe.send(None)
        answer = self.pipe.recv()
        self.process.join()
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()


def serve(pipe: Connection, peer: str, seconds: float) -> None:
    """Answer names of cases with timings, and None with the library's threads."""
    from benchmarks.cases import CASES
    from benchmarks.peers import PEERS

    stopwatches: dict[str, Stopwatch] = {}
    for name in iter(pipe.recv, None):
        if name not in stopwatches:
            stopwatches[name] = Stopwatch(*PEERS[peer].build(CASES[name]), seconds)
        pipe.send(stopwatches[name].time())
    pipe.send(PEERS[peer].threads())


class Stopwatch:
    """Times a call, again and again over the rounds, with as many calls as fill the seconds given."""

    def __init__(self, run: Callable[[], object], steps: int, seconds: float):
        self.run, self.steps = run, steps
        for _ in range(3):  # what is compiled or allocated at the first calls is no part of a step
            run()
        self.calls = max(1, round(seconds / STRETCHES / self._stretch(max(1, 10 // steps))))

    def time(self) -> Timing:
        busy, wall = time.process_time(), time.perf_counter()
        seconds = median(self._stretch(self.calls) for _ in range(STRETCHES))
        cores = (time.process_time() - busy) / (time.perf_counter() - wall)
        return Timing(seconds / self.steps * 1e6, cores)

    def _stretch(self, calls: int) -> float:
        """Seconds a call, over so many calls."""
        run, started = self.run, time.perf_counter()
        for _ in range(calls):
            run()
        return (time.perf_counter() - started) / calls
