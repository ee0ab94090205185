"""Times a training step of glassnet and of the libraries beside it: `make bench`, or `python -m benchmarks.run`."""

import argparse
import os
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.cases import CASES
from benchmarks.figure import draw
from benchmarks.peers import PEERS, REFERENCE
from benchmarks.report import Report
from benchmarks.worker import Timing, Worker, set_threads

RESULTS = Path(__file__).parent / "results"
PAUSE = 0.05  # seconds between two libraries: threads of the one before may still spin
Timings = dict[tuple[str, str], list[Timing]]  # by (case, peer), one a round


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=None, help="rounds over all libraries and cases (5)")
    parser.add_argument("--quick", action="store_true", help="3 rounds, and a fifth of the time for each")
    parser.add_argument("--threads", type=int, default=None, help="threads of each library (its own default)")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES), metavar="CASE")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), metavar="PEER")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for latest.md and latest.png")
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 5)
    options.seconds = 0.1 if options.quick else 0.5
    options.load = os.getloadavg()[0]  # other work on the machine makes all times longer
    options.peers = [REFERENCE, *(peer for peer in options.peers if peer != REFERENCE)]
    return options


def measure(options: argparse.Namespace) -> tuple[Timings, dict[str, str]]:
    """(timings, threads by peer). All libraries take a case in turn, so that the machine's drift hits all alike."""
    timings: Timings = {(case, peer): [] for case in options.cases for peer in options.peers}
    with ExitStack() as stack:
        workers = {peer: stack.enter_context(Worker(peer, options.seconds)) for peer in options.peers}
        for number in range(options.rounds):
            started = time.perf_counter()
            for case, peer in timings:
                timings[case, peer].append(workers[peer].ask(case))
                time.sleep(PAUSE)
            print(f"round {number + 1} of {options.rounds}: {time.perf_counter() - started:.0f} s", flush=True)
        return timings, {peer: worker.threads() for peer, worker in workers.items()}


def main() -> None:
    options = arguments()
    set_threads(options.threads)
    timings, threads = measure(options)
    report = Report(timings, threads, options)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "latest.md").write_text(report.markdown(), encoding="utf-8")
    draw(report, options.out / "latest.png")
    print(f"\n{report.steps()}\n\n{report.ratios()}\n\n{report.unmet()}\n\nwritten to {options.out}")


if __name__ == "__main__":
    main()
