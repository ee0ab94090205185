"""Measures networks that learn which letter comes next in names: their loss, and a step beside PyTorch's.

`python -m benchmarks.names MODEL …` trains each model and writes a line of JSON into `--log`, going on where it ended,
and then the table. With `--torch PYTHON`, an environment with PyTorch, it times a step there and here in turn. All on
one thread, in seconds of the processor: set GLASSNET_THREADS=1.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from benchmarks.forecasting_suite import RESULTS, table
from benchmarks.machine import machine
from benchmarks.names_data import BATCH, SYMBOLS, names, samples

ROUNDS, PEER_STEPS = 3, 400  # of the comparison
WANTED = {"mlp": 2.10, "gru": 2.0, "convolution": 2.0, "transformer": 2.0}
RATES = {"mlp": 0.001, "gru": 0.003, "convolution": 0.003, "transformer": 0.003}
EPOCHS = {"mlp": 35, "gru": 20, "convolution": 40, "transformer": 40}

Run = dict[str, Any]


def block(features: int, heads: int, dropout: float) -> list[Any]:
    """Attention, then two dense layers, each with a way around it."""
    wide = [gn.Dense(4 * features, "relu"), gn.Dense(features), gn.Dropout(dropout)]
    attention = [gn.LayerNorm(), gn.Attention(heads, causal=True), gn.Dropout(dropout)]
    return [gn.Residual(*attention), gn.Residual(gn.LayerNorm(), *wide)]


def causal(dilation: int) -> Any:
    return gn.Conv1D(128, 2, "tanh", padding="causal", dilation=dilation)


MODELS: dict[str, Callable[[], list[Any]]] = {
    "mlp": lambda: [gn.Embedding(SYMBOLS, 10, weights=gn.Normal(0, 1)), gn.Flatten(), gn.Dense(200, "tanh")],
    "gru": lambda: [gn.Embedding(SYMBOLS, 24), gn.GRU(128, sequences=True), gn.Dropout(0.2)],
    "convolution": lambda: [
        gn.Embedding(SYMBOLS, 24), causal(1), gn.Dropout(0.1), causal(2), gn.Dropout(0.1), causal(4), gn.Dropout(0.1),
    ],
    "transformer": lambda: [
        gn.Embedding(SYMBOLS, 64), gn.PositionalEncoding(learned=True), *block(64, 4, 0.1), *block(64, 4, 0.1),
        gn.LayerNorm(),
    ],
}  # fmt: skip


def training(model: str, epochs: int) -> tuple[Any, Any]:
    """(a network, its training)."""
    X, y = samples(model, names()[0])
    net = gn.Network([*MODELS[model](), gn.Dense(SYMBOLS, "softmax")], engine="compiled")
    optimizer = gn.Adam(gn.Cosine(RATES[model], RATES[model] / 100, period=epochs))
    return net, net.training(X, y, loss="cross_entropy", optimizer=optimizer, batch_size=BATCH, seed=0)


def loss(net: Any, model: str, chosen: list[str]) -> float:
    """The mean of −ln p over all letters and ends."""
    X, y = samples(model, chosen)
    counts = y >= 0
    p = net.predict(X)[counts][np.arange(counts.sum()), y[counts]]
    return float(-np.log(np.maximum(p, 1e-30).astype(float)).mean())


def measured(model: str) -> Run:
    """What a model reaches, with the seconds of the processor that it took, without those of compilation."""
    net, epochs = training(model, EPOCHS[model])
    began = 0.0
    for epoch, _ in zip(range(EPOCHS[model]), epochs, strict=False):
        if epoch == 0:
            began = time.process_time()
        if epoch % 5 == 4:
            so_far = time.process_time() - began
            print(f"{model} {epoch + 1}: dev {loss(net, model, names()[1]):.4f}, {so_far:.0f} s", flush=True)
    seconds = (time.process_time() - began) * EPOCHS[model] / (EPOCHS[model] - 1)
    return {
        "model": model,
        "parameters": len(net.parameters),
        "train": loss(net, model, names()[0]),
        "dev": loss(net, model, names()[1]),
        "seconds": seconds,
        "epochs": EPOCHS[model],
    }


def rates(model: str, python: str) -> list[tuple[float, float, float]]:
    """(ours, PyTorch's, PyTorch's where batches are cut behind their longest name) µs for a step, in turn."""
    steps = -(-len(samples(model, names()[0])[0]) // BATCH)
    _, epochs = training(model, 100)
    next(epochs)
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        next(epochs)
        ours = 1e6 * (time.process_time() - began) / steps
        found.append((ours, peer(model, python), peer(model, python, "cut") if model != "mlp" else np.nan))
        print("{}: {:.0f} µs, PyTorch {:.0f} µs, cut {:.0f} µs".format(model, *found[-1]), flush=True)
    return found


def peer(model: str, python: str, *more: str) -> float:
    """PyTorch's µs for a step."""
    asked = [python, "-m", "benchmarks.peers.names_torch", model, str(PEER_STEPS), *more]
    return float(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


def row(run: Run) -> list[str]:
    """A line of the table."""
    said = [
        run["model"],
        f"{run['parameters']:,}",
        f"{run['train']:.3f}",
        f"{run['dev']:.3f}",
        f"{WANTED[run['model']]:.2f}",
        str(run["epochs"]),
        f"{run['seconds']:.0f}",
    ]
    if "rates" not in run:
        return [*said, *[""] * 5]
    measured = np.array(run["rates"])
    ours, *theirs = np.median(measured, axis=0)
    ratios = np.median(measured[:, 1:] / measured[:, :1], axis=0)
    compared = [(f"{us:,.0f}", f"{ratio:.1f}") for us, ratio in zip(theirs, ratios, strict=True) if us > 0]
    return [*said, f"{ours:,.0f}", *sum(compared, ()), *[""] * (4 - 2 * len(compared))]


def report(runs: list[Run]) -> str:
    """The page of results."""
    heads = ["", "parameters", "train loss", "dev loss", "wanted", "epochs", "seconds", "µs a step"]
    heads += ["PyTorch", "ratio", "PyTorch, cut", "ratio"]
    text = [
        "# Names, letter by letter",
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}.",
        f"`python -m benchmarks.names`: which letter comes next in 32,032 given names, split as in the makemore "
        f"lectures; Adam with a cosine from 0.001 or 0.003, batches of {BATCH}. Loss is the mean of −ln p over all "
        "letters and ends. `mlp` sees three letters, as there; the others read whole names of at most 16 steps, and a "
        f"step learns from all letters of {BATCH} names.",
        "Seconds and µs are those that one core worked; a step is timed in turn with PyTorch eager "
        f"(`benchmarks/peers/names_torch.py`), {ROUNDS} times, medians.",
        "glassnet leaves out the steps behind the longest name of a batch by itself, as the loss has no weights there "
        "([how](../../docs/speed.md)); PyTorch computes all 16, as its program says. “Cut” is PyTorch with batches cut "
        "there by hand.",
        table(heads, [row(run) for run in runs]),
    ]
    return "\n\n".join(text) + "\n"


def main() -> None:
    """Measure what the log lacks, and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("models", nargs="*", default=list(MODELS))
    options.add_argument("--log", type=Path, default=Path("names.jsonl"))
    options.add_argument("--torch", help="the Python of an environment with PyTorch")
    options.add_argument("--out", type=Path, default=RESULTS / "names.md")
    given = options.parse_args(sys.argv[1:])
    found = [json.loads(line) for line in given.log.read_text().splitlines()] if given.log.exists() else []
    for model in given.models:
        if model not in {run["model"] for run in found}:
            compared = {"rates": rates(model, given.torch)} if given.torch else {}
            found.append(measured(model) | compared)
            with given.log.open("a") as file:
                file.write(json.dumps(found[-1]) + "\n")
    given.out.write_text(report(sorted(found, key=lambda run: list(MODELS).index(run["model"]))))


if __name__ == "__main__":
    main()
