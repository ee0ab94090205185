"""Exported files: C beside `predictor()`, and ONNX beside the same network exported from PyTorch."""

import time
from collections.abc import Iterator, Mapping
from functools import partial
from random import Random
from statistics import median

import numpy as np

from benchmarks.goals import Goal, speedup
from benchmarks.model import Model
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.section import Section, paragraphs
from benchmarks.timings import Results
from benchmarks.worker import Call, Failure, Measure, Timing, Worker

RUN = ("glassnet", "onnxruntime", "torch")
FILES = ("onnx", "pytorch")  # that take any number of rows
PEERS = {
    "c": Peer("exported to C, gcc -O2", "exported:in_c", RUN),
    "predictor": Peer("net.predictor()(x)", "exported:predictor", RUN),
    "onnx": Peer("exported to ONNX, onnxruntime", "exported:in_onnx", RUN),
    "pytorch": Peer("exported to ONNX by PyTorch, onnxruntime", "exported:of_pytorch", RUN),
}
ROWS = {
    f"{activation}, {rows:,} row{'s' * (rows > 1)}": (activation, rows)
    for activation in ("relu", "gelu")
    for rows in (1, 1000)
}
MODEL = Model()
TEXT = f"""The network {"-".join(map(str, MODEL.widths))} in float32, on one thread. All of them are called in turn in
one process, so that the machine's drift hits all alike; a number of a round is the median of its calls. In C, a loop
in C calls the exported function row after row; the others are called from Python."""


def prepare(seconds: float, row: str) -> Measure:
    """What times all files for a row of the table, each once it was found right; runs in a process of its own."""
    activation, n = ROWS[row]
    X, calls = MODEL.inputs(n), {}
    for name, peer in PEERS.items():
        if n == 1 or name in FILES:
            calls[name] = call = peer.build(MODEL, X, activation)
            if call.times == 1:
                expected = peer.module.network(MODEL, activation).predict(X)
                np.testing.assert_allclose(np.asarray(call.run()).reshape(n, -1), expected, rtol=1e-3, atol=1e-3)
    return partial(in_turn, calls, seconds)


def in_turn(calls: Mapping[str, Call], seconds: float) -> dict[str, float]:
    """The median seconds of each call, for about so many seconds each."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    end = time.perf_counter() + seconds * len(calls)
    draw = Random(0)  # an order for each turn: a call may suffer from what the one before has left behind
    while time.perf_counter() < end:
        for name, call in draw.sample([*calls.items()], len(calls)):
            call.run()
            began = time.perf_counter()
            call.run()
            found[name].append((time.perf_counter() - began) / call.times)
    return {name: median(each) for name, each in found.items()}


def run(options: Options) -> Section:
    peers = {peer: PEERS[peer] for peer in options.chosen(list(PEERS), list(PEERS))}
    results = Results(list(ROWS), peers)
    with Worker(partial(prepare, options.seconds), PEERS["onnx"].threads) as worker:
        for _ in range(options.rounds):
            for row in ROWS:
                answer = worker.ask(row)
                for peer in peers:
                    if isinstance(answer, Failure):
                        results.add(row, peer, answer)
                    elif peer in answer:
                        results.add(row, peer, Timing(answer[peer], 1.0))
        results.libraries = {PEERS["onnx"].versions: worker.threads()}
    text = paragraphs(TEXT, results.times("a prediction"), results.reasons())
    return Section("Exported files", text, list(goals(results)), results.libraries)


def goals(results: Results) -> Iterator[Goal]:
    yield speedup("one row in C beside predictor()", results.ratio(next(iter(ROWS)), "predictor", "c"), 1.0)
    for row in ROWS:
        yield speedup(f"ONNX beside PyTorch's file, {row}", results.ratio(row, "pytorch", "onnx"), 0.95)
