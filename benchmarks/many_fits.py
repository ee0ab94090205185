"""A hundred small fits, ten settings on ten folds, beside scikit-learn's GridSearchCV."""

import time
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.goals import Goal, speedup
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.rounds import tell, workers
from benchmarks.search import Search
from benchmarks.section import Section, paragraphs
from benchmarks.spread import short
from benchmarks.timings import Results
from benchmarks.worker import Failure, Measure, Timing

OURS, LOOP, GRID, ROW = "train_many", "loop", "grid_search", "100 fits"
PEERS = {
    OURS: Peer("glassnet, train_many", "glassnet:search", ("glassnet", "numba", "scipy")),
    LOOP: Peer("glassnet, one fit after the other", "glassnet:search_by_fit", ("glassnet", "numba", "scipy")),
    GRID: Peer("scikit-learn, GridSearchCV(n_jobs=2)", "scikit_learn:search", ("scikit-learn",)),
}
EPOCHS, QUICK_EPOCHS, ROUNDS = 50, 10, 2
BOUND = 20.0

TEXT = """Seconds for training and for scoring on the folds held out, and the best mean accuracy. A search with one
epoch goes before, so that nothing is loaded or compiled, and no process started, in the one that is timed."""


class Searched(NamedTuple):
    """What a search took, and its best accuracy over the folds."""

    seconds: float
    accuracy: float


def prepare(peer: str, epochs: int) -> Measure:
    """What searches once; runs in the library's process."""
    search, build = Search(epochs), PEERS[peer].build
    assert search.splits  # loaded and split before the clock starts
    build(Search(epochs=1))

    def timed() -> Searched:
        started = time.perf_counter()
        accuracy = build(search)
        return Searched(time.perf_counter() - started, accuracy)

    return timed


def run(options: Options) -> Section:
    peers = {peer: PEERS[peer] for peer in options.chosen(list(PEERS), list(PEERS))}
    results, accuracies = Results([ROW], peers), {}
    epochs, rounds = (QUICK_EPOCHS, 1) if options.quick else (EPOCHS, min(ROUNDS, options.rounds))
    with workers(prepare, results) as processes:
        for number in range(rounds):
            started = time.perf_counter()
            for peer, process in processes.items():
                found = process.ask(epochs)
                failed = isinstance(found, Failure)
                results.add(ROW, peer, found if failed else Timing(found.seconds, float("nan")))
                accuracies[peer] = "" if failed else short(found.accuracy)
            tell("many fits", number, rounds, started)
    text = paragraphs(
        f"{Search(epochs)}.",
        TEXT,
        results.times("a search"),
        results.ratios("× train_many's time", OURS),
        results.table("best mean accuracy", lambda _, peer: accuracies[peer]),
        results.reasons(),
    )
    return Section("A hundred small fits", text, list(goals(results)), results.libraries)


def goals(results: Results) -> Iterator[Goal]:
    yield speedup("100 small fits by train_many beside GridSearchCV", results.ratio(ROW, GRID, OURS), BOUND)
