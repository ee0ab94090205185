"""What a layer behind each hidden one costs beside the plain network, and the goals for it."""

from collections.abc import Iterator
from functools import partial

from benchmarks.goals import Goal
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.rounds import interleave
from benchmarks.section import Section, paragraphs
from benchmarks.sizes import Size
from benchmarks.spread import Spread
from benchmarks.timings import Results
from benchmarks.worker import Measure, Stopwatch, set_threads

PLAIN, NORM = "plain", "layer_norm"
LABELS = {
    PLAIN: "the plain network",
    "dropout": "Dropout(0.2)",
    "gaussian_noise": "GaussianNoise(0.1)",
    NORM: "LayerNorm()",
    "batch_norm": "BatchNorm()",
}
PEERS = {
    name: Peer(label, f"glassnet_features:{name}", ("glassnet", "numba", "scipy")) for name, label in LABELS.items()
}
SIZES = {
    f"20-{width}-{width}-1, batches of {batch}": Size(rows, 20, width, 2, batch)
    for width, rows in ((32, 20_000), (64, 20_000), (256, 5_000))
    for batch in (128, 256)
}
BOUNDS = {"dropout": 1.08, "gaussian_noise": 1.1, NORM: 1.15, "batch_norm": 1.25}
NORM_WIDTH = 32  # the width whose goal is that of LayerNorm

TEXT = """A whole fit of a relu network with the compiled engine on one thread, rows shuffled, Adam: plain, and with a
layer behind each of its two hidden ones. All of a row take turns in each round."""


def prepare(seconds: float, peer: str, row: str) -> Measure:
    """What times a fit; runs in a process of its own."""
    return Stopwatch(PEERS[peer].build(SIZES[row]), seconds).time


def run(options: Options) -> Section:
    set_threads(1)
    try:
        results = interleave(partial(prepare, options.seconds), list(SIZES), PEERS, options, "features")
    finally:
        set_threads(options.threads)

    def microseconds(row: str, peer: str) -> str:
        return str(Spread.of([1e6 * seconds for seconds in results.seconds(row, peer)]))

    tables = [results.table("µs a step", microseconds), results.ratios("× the plain network's time", PLAIN)]
    text = paragraphs(TEXT, *tables, results.reasons())
    return Section("What features cost", text, list(goals(results)), results.libraries)


def goals(results: Results) -> Iterator[Goal]:
    for row, size in SIZES.items():
        for feature, bound in BOUNDS.items():
            if feature != NORM or size.width == NORM_WIDTH:
                sentence = f"{row}: a fit with {LABELS[feature]} beside the plain network"
                yield Goal(sentence, results.ratio(row, feature, PLAIN), bound, at_most=True)
