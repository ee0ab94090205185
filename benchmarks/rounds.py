"""Rounds over all rows and libraries: the libraries take a row in turn, so that the machine's drift hits all alike."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.timings import Results
from benchmarks.worker import PAUSE, Measure, Worker

Prepare = Callable[[str, Any], Measure]  # (peer, question) to what measures the answer, in the peer's process


@contextmanager
def workers(prepare: Prepare, results: Results) -> Iterator[dict[str, Worker]]:
    """A process for each library of the results, which learn their versions and threads at the end."""
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(Worker(partial(prepare, name), peer.threads))
            for name, peer in results.peers.items()
        }
        yield started
        results.libraries = {results.peers[name].versions: worker.threads() for name, worker in started.items()}


def interleave(
    prepare: Prepare, rows: Sequence[str], peers: Mapping[str, Peer], options: Options, title: str
) -> Results:
    """Every row by every library in every round; who failed once is not asked again."""
    results = Results(rows, peers)
    with workers(prepare, results) as processes:
        for number in range(options.rounds):
            started = time.perf_counter()
            for row, peer in results.timings:
                if (row, peer) not in results.failures:
                    results.add(row, peer, processes[peer].ask(row))
                    time.sleep(PAUSE)
            tell(title, number, options.rounds, started)
    return results


def tell(title: str, number: int, rounds: int, started: float) -> None:
    """A line of progress."""
    print(f"{title}: round {number + 1} of {rounds}, {time.perf_counter() - started:.0f} s", flush=True)
