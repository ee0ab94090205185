"""Predictions of one row and of a million, and the goals for them."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.goals import Goal, speedup
from benchmarks.model import Model
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.rounds import interleave
from benchmarks.section import Section, paragraphs
from benchmarks.timings import Results
from benchmarks.worker import Measure, Stopwatch

OURS, PREDICTOR = "predict", "predictor"
PEERS = {
    OURS: Peer("glassnet, net.predict(X)", "glassnet:predict", ("glassnet", "numba", "scipy")),
    PREDICTOR: Peer("glassnet, net.predictor()(x)", "glassnet:predictor", ("glassnet", "numba", "scipy")),
    "numpy": Peer("glassnet, NumPy engine, net.predict(X)", "glassnet:predict_numpy", ("glassnet", "numpy")),
    "pytorch": Peer("PyTorch, inference_mode", "pytorch:predict", ("torch",)),
    "jax": Peer("JAX, jit", "jax_optax:predict", ("jax", "optax")),
    "onnxruntime": Peer("onnxruntime", "onnx_runtime:predict", ("onnxruntime", "onnx")),
    "onnxruntime_1": Peer("onnxruntime, one thread", "onnx_runtime:predict_one_thread", ("onnxruntime", "onnx")),
    "keras": Peer("Keras on JAX, predict", "keras_jax:predict", ("keras", "jax")),
    "scikit_learn": Peer("scikit-learn, predict", "scikit_learn:predict", ("scikit-learn",)),
    "tinygrad": Peer("tinygrad, TinyJit", "tinygrad_jit:predict", ("tinygrad",)),
    "mygrad": Peer("MyGrad, no_autodiff", "mygrad_numpy:predict", ("mygrad",)),
}
QUICK = [OURS, PREDICTOR, "pytorch", "jax", "onnxruntime", "onnxruntime_1", "scikit_learn"]
OTHERS = [peer for peer in PEERS if peer not in (OURS, PREDICTOR, "numpy")]
ONNX = ["onnxruntime", "onnxruntime_1"]
ROWS = {"1 row": 1, "1,000,000 rows": 1_000_000}
ONE, MANY = ROWS
BESIDE_OTHERS = {"pytorch": 10.0, "scikit_learn": 10.0}
MODEL, CHECKED, TOLERANCE = Model(), 1000, 1e-3

TEXT = f"""A network {MODEL} in float32; what each gives is compared with NumPy's products first.
PyTorch, JAX and tinygrad get tensors of their own, the others NumPy arrays. `net.predict` checks its input;
`net.predictor()` takes one row of the right size and type."""


def prepare(seconds: float, peer: str, row: str) -> Measure:
    """What times a prediction, once it was found right; runs in the library's process."""
    X = MODEL.inputs(ROWS[row])
    call = PEERS[peer].build(MODEL, X)
    found = np.asarray(call.run()).reshape(len(X), -1)
    np.testing.assert_allclose(found[:CHECKED], MODEL.outputs(X[:CHECKED]), rtol=TOLERANCE, atol=TOLERANCE)
    return Stopwatch(call, seconds).time


def run(options: Options) -> Section:
    peers = {peer: PEERS[peer] for peer in options.chosen(list(PEERS), QUICK)}
    results = interleave(partial(prepare, options.seconds), list(ROWS), peers, options, "predictions")
    text = paragraphs(
        TEXT,
        results.times("a prediction"),
        "Times that of `net.predict`, round by round:",
        results.ratios("× net.predict's time", OURS),
        results.reasons(),
    )
    return Section("Predictions", text, list(goals(results)), results.libraries)


def goals(results: Results) -> Iterator[Goal]:
    onnx = results.fastest(ONE, ONNX)
    yield speedup("predictor() of one row beside onnxruntime", results.ratio(ONE, onnx, PREDICTOR), 1.0)
    for peer, bound in BESIDE_OTHERS.items():
        sentence = f"predictor() of one row beside {results.label(peer)}"
        yield speedup(sentence, results.ratio(ONE, peer, PREDICTOR), bound)
    fastest = results.fastest(MANY, OTHERS)
    sentence = f"predict of {MANY} beside the fastest peer, {results.label(fastest)}"
    yield speedup(sentence, results.ratio(MANY, fastest, OURS), 1.0)
