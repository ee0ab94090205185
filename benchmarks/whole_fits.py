"""Whole fits of small networks as a user writes them, beside JAX with all epochs in one scan, and the goals for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.busy import busy_core, busy_options
from benchmarks.cases import Case
from benchmarks.goals import Goal, speedup
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.rounds import interleave
from benchmarks.section import Section, paragraphs
from benchmarks.spread import Spread
from benchmarks.timings import Results, table
from benchmarks.worker import Measure, Stopwatch

OURS, NUMPY, SCAN = "compiled", "numpy", "jax_scan"
PEERS = {
    OURS: Peer("glassnet, compiled engine", "glassnet:whole_fit", ("glassnet", "numba", "scipy")),
    NUMPY: Peer("glassnet, NumPy engine", "glassnet:whole_fit_numpy", ("glassnet", "numpy")),
    SCAN: Peer("JAX, all epochs in one scan", "jax_optax:whole_fit", ("jax", "optax")),
    "pytorch": Peer("PyTorch eager", "pytorch:whole_fit", ("torch",)),
}
QUICK = [OURS, SCAN]
BESIDE_SCAN = {"xor": 2.0, "iris, all rows": 5.0, "iris": 5.0, "clouds": 5.0}
MEASURED, PLAIN, MOST = "iris, measured", "iris", 1.3

TEXT = """Microseconds an epoch of a fit with all that belongs to it: `net.fit(X, y, epochs=…)` from a fresh network to
the history, with rows shuffled before each epoch that has several batches. JAX compiles its fit before it is timed,
and begins each with given parameters; PyTorch is the loop that one writes by hand. "Measured" holds out a fifth of the
rows, and gives their loss, their accuracy and that of the rows trained on in each epoch."""


@dataclass(frozen=True)
class Whole:
    """A network to fit to all rows of a case, in batches of so many, for so many epochs."""

    case: Case
    batch: int
    epochs: int
    measured: bool = False

    def __str__(self) -> str:
        batches = "one batch" if self.batch >= self.case.rows else f"batches of {self.batch}"
        return f"{self.case}, {batches}, {self.epochs:,} epochs"

    @property
    def parts(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """(X, y) to train on, and those held out: none unless they are measured."""
        X, y = self.case.data()
        n = self.case.rows // 5 if self.measured else 0
        return (X[n:], y[n:]), (X[:n], y[:n])


IRIS = Case("iris", 150, (4, 6, 3), "relu", "cross_entropy", "sgd")
WHOLES = {
    "xor": Whole(Case("xor", 4, (3, 4, 1), "sigmoid", "squared_error", "sgd"), 4, 20_000),
    "iris, all rows": Whole(IRIS, 150, 5_000),
    PLAIN: Whole(IRIS, 16, 2_000),
    MEASURED: Whole(IRIS, 16, 2_000, measured=True),
    "clouds": Whole(Case("clouds", 1500, (2, 5, 3), "sigmoid", "cross_entropy", "sgd"), 1500, 1_000),
}


def prepare(seconds: float, peer: str, row: str) -> Measure:
    """What times a fit; runs in the library's process."""
    return Stopwatch(PEERS[peer].build(WHOLES[row]), seconds).time


def run(options: Options) -> Section:
    """All rows by all libraries, then the rows that decide with one core kept busy."""
    peers = {peer: PEERS[peer] for peer in options.chosen(list(PEERS), QUICK)}
    quiet = interleave(partial(prepare, options.seconds), list(WHOLES), peers, options, "whole fits")
    few = {peer: PEERS[peer] for peer in (OURS, SCAN) if peer in peers}
    with busy_core():
        busy = interleave(
            partial(prepare, options.seconds), list(WHOLES), few, busy_options(options), "whole fits, busy"
        )
    parts = [TEXT, *tables(quiet), "With one core kept busy by another process:", *tables(busy)]
    parts.append(table(["row", "a fit"], [[row, str(whole)] for row, whole in WHOLES.items()]))
    return Section("A whole fit", paragraphs(*parts), [*goals(quiet), *goals(busy, busy=True)], quiet.libraries)


def tables(results: Results) -> list[str]:
    """Microseconds, and times the compiled engine's."""

    def microseconds(row: str, peer: str) -> str:
        return str(Spread.of([1e6 * seconds for seconds in results.seconds(row, peer)]))

    found = [results.table("µs an epoch", microseconds), results.ratios("× the compiled engine's time", OURS)]
    return [*found, results.reasons()]


def goals(results: Results, busy: bool = False) -> Iterator[Goal]:
    """Beside JAX; and what it costs to measure each epoch, beside the same without."""
    where = ", one core kept busy" if busy else ""
    for row, bound in BESIDE_SCAN.items():
        sentence = f"{row}: a whole fit beside JAX with all epochs in one scan{where}"
        yield speedup(sentence, results.ratio(row, SCAN, OURS), 1.0 if busy else bound)
    if not busy and results.has(MEASURED, OURS) and results.has(PLAIN, OURS):
        pairs = zip(results.seconds(MEASURED, OURS), results.seconds(PLAIN, OURS), strict=True)
        cost = Spread.of([measured / plain for measured, plain in pairs])
        yield Goal("iris: a fit that measures each epoch beside one that does not", cost, MOST, at_most=True)
