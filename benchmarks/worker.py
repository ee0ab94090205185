"""A process of its own for each library, which prepares what it is first asked for, and measures whenever asked."""

import multiprocessing as mp
import os
import time
from collections.abc import Callable, Hashable
from functools import partial
from multiprocessing.connection import Connection
from statistics import median
from typing import Any, NamedTuple, Self

from benchmarks.peers import Unavailable

STRETCHES = 5  # of calls, timed each by itself: a short disturbance hits one, and the median leaves it out
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")  # the last is JAX's
PAUSE = 0.12  # seconds between two libraries: the threads of a BLAS spin for some 80 ms after its last product
PATIENCE = 600.0  # seconds to wait for an answer before a library counts as stuck
Measure = Callable[[], Any]


class Call(NamedTuple):
    """What is timed: a function without arguments, and how many times it does the thing."""

    run: Callable[[], Any]
    times: int = 1


class Timing(NamedTuple):
    """Seconds for the thing once, and how many cores were busy meanwhile."""

    seconds: float
    cores: float


class Failure(NamedTuple):
    """Why a library gave no number, in one line."""

    reason: str


def set_threads(threads: int | None) -> None:
    """The environment of processes started from now on; None leaves each library its own default."""
    os.environ["JAX_PLATFORMS"] = "cpu"
    for variable in THREAD_VARIABLES:
        os.environ.pop(variable, None)
        if threads is not None:
            os.environ[variable] = str(threads)


class Worker:
    """The parent's side of such a process; `prepare` turns a question into what measures the answer."""

    def __init__(self, prepare: Callable[[Any], Measure], threads: Callable[[], str]):
        context = mp.get_context("spawn")  # a fresh interpreter, with nothing loaded yet
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, prepare, threads), daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, question: Hashable) -> Any:
        """The answer, or a Failure; None asks for the library's threads, and ends the process."""
        try:
            self.pipe.send(question)
            if self.pipe.poll(PATIENCE):
                return self.pipe.recv()
            self.process.kill()
            return Failure(f"no answer within {PATIENCE:.0f} s")
        except (EOFError, OSError):
            return Failure("its process has ended")

    def threads(self) -> str:
        """What the library says about its threads; the process ends with that."""
        answer = self.ask(None)
        self.process.join(1.0)
        return "unknown" if isinstance(answer, Failure) else str(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()


def serve(pipe: Connection, prepare: Callable[[Any], Measure], threads: Callable[[], str]) -> None:
    """Answer questions with measurements, and None with the library's threads."""
    measures: dict[Hashable, Measure] = {}
    for question in iter(pipe.recv, None):
        pipe.send(attempt(partial(answer, measures, prepare, question)))
    pipe.send(attempt(threads))


def answer(measures: dict[Hashable, Measure], prepare: Callable[[Any], Measure], question: Hashable) -> Any:
    """Measure once, after preparing it at the first time."""
    if question not in measures:
        measures[question] = prepare(question)
    return measures[question]()


def attempt(action: Callable[[], Any]) -> Any:
    """What an action gives, or a Failure: one library that cannot do a thing must not end the run."""
    try:
        return action()
    except Unavailable as error:
        return Failure(str(error))
    except Exception as error:
        first, *_ = [*str(error).strip().splitlines(), ""]
        return Failure(f"{type(error).__name__}: {first[:160]}")


class Stopwatch:
    """Times a call, again and again over the rounds, with as many calls as fill the seconds given."""

    def __init__(self, call: Call, seconds: float):
        self.run, self.times = call
        self.run()  # what is compiled or allocated at the first calls is no part of the thing
        self.run()
        once = self._stretch(1)
        if once < seconds / STRETCHES:
            once = self._stretch(min(10, int(seconds / STRETCHES / once)))
        self.stretches = max(1, min(STRETCHES, int(seconds / once)))
        self.calls = max(1, round(seconds / self.stretches / once))

    def time(self) -> Timing:
        busy, wall = time.process_time(), time.perf_counter()
        seconds = median(self._stretch(self.calls) for _ in range(self.stretches))
        cores = (time.process_time() - busy) / (time.perf_counter() - wall)
        return Timing(seconds / self.times, cores)

    def _stretch(self, calls: int) -> float:
        """Seconds a call, over so many calls."""
        run, started = self.run, time.perf_counter()
        for _ in range(calls):
            run()
        return (time.perf_counter() - started) / calls
