"""LeNet-5 on pictures of digits, an epoch, and the goal for it."""

import gzip
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.goals import Goal, speedup
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.rounds import interleave
from benchmarks.section import Section, paragraphs
from benchmarks.spread import Spread
from benchmarks.timings import Results
from benchmarks.worker import Measure, Stopwatch

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "images"
BATCH = 128
OURS = "compiled"
PEERS = {
    OURS: Peer("glassnet, compiled engine", "glassnet_images:epoch", ("glassnet", "numba", "scipy")),
    "numpy": Peer("glassnet, NumPy engine", "glassnet_images:epoch_numpy", ("glassnet", "numpy")),
    "pytorch": Peer("PyTorch eager", "pytorch_images:epoch", ("torch",)),
    "channels_last": Peer("PyTorch eager, channels last", "pytorch_images:epoch_channels_last", ("torch",)),
    "jax": Peer("JAX + Optax, one scan", "jax_images:epoch", ("jax", "jaxlib", "optax")),
    "keras": Peer("Keras on JAX", "keras_images:epoch", ("keras", "jax")),
    "torch_compiled": Peer("PyTorch, torch.compile", "pytorch_images:epoch_compiled", ("torch",)),
}
QUICK = [OURS, "channels_last"]
ROWS = {"an epoch of 60,000 pictures": 60_000}
TEXT = """LeNet-5 as in SimpleChains.jl's benchmark (28 × 28 pixels, 6 and 16 filters of 5 × 5 with ReLU, each followed
by max pooling, then 120, 84 and 10 units), Adam, batches of 128, rows in a new order. Milliseconds an epoch, measured
on a tenth of its batches."""


def read_idx(path: Path, offset: int) -> Any:
    """The bytes of a file in MNIST's format behind its head."""
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=offset)


def pictures(n: int) -> tuple[Any, Any]:
    """So many pictures (n, 28, 28, 1) with their labels, drawn with replacement; noise where there are none."""
    rng, path = np.random.default_rng(0), FOLDER / "t10k-images-idx3-ubyte.gz"
    if not path.exists():
        return rng.random((n, 28, 28, 1), np.float32), rng.integers(0, 10, n)
    images = read_idx(path, 16).reshape(-1, 28, 28, 1)
    chosen = rng.integers(0, len(images), n)
    labels = read_idx(FOLDER / "t10k-labels-idx1-ubyte.gz", 8)
    return images[chosen].astype(np.float32) / 255, labels[chosen].astype(np.int64)


def prepare(seconds: float, peer: str, row: str) -> Measure:
    """What times an epoch; runs in the library's process."""
    return Stopwatch(PEERS[peer].build(ROWS[row] // 10), seconds).time


def run(options: Options) -> Section:
    peers = {peer: PEERS[peer] for peer in options.chosen(list(PEERS), QUICK)}
    results = interleave(partial(prepare, options.seconds), list(ROWS), peers, options, "images")

    def milliseconds(row: str, peer: str) -> str:
        return str(Spread.of([1e4 * seconds for seconds in results.seconds(row, peer)]))

    text = paragraphs(TEXT, results.table("ms an epoch", milliseconds), results.reasons())
    return Section("Convolution", text, list(goals(results)), results.libraries)


def goals(results: Results) -> Iterator[Goal]:
    for row in ROWS:
        fastest = results.fastest(row, [peer for peer in PEERS if peer not in (OURS, "numpy")])
        ratio = None if fastest is None else results.ratio(row, fastest, OURS)
        yield speedup(f"{row} of LeNet-5 beside {results.label(fastest)}", ratio, 2.0)
