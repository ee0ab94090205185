"""Cold starts: a whole process that starts, imports, loads a saved model and predicts one row."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from benchmarks.goals import Goal, speedup
from benchmarks.model import Model
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.section import Section, paragraphs
from benchmarks.timings import Results
from benchmarks.worker import PAUSE, Failure, Measure, Timing, Worker

ROW, MODEL = "a process", Model()
BARE, OURS = "numpy", "glassnet"
ROUNDS, QUICK_ROUNDS = 10, 3
ABOVE_NUMPY, BESIDE_PYTORCH = 1.3, 10.0
INPUT = "np.ones((1, 20), np.float32)"


@dataclass(frozen=True)
class Start:
    """A process: its Python, the function "file:function" that saves its model before, and its environment."""

    label: str
    code: str
    save: str = ""
    packages: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


GLASSNET = f"import glassnet as gn, numpy as np; gn.load('model.safetensors').predict({INPUT})"
TORCH = """import torch
from torch import nn
net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
net.load_state_dict(torch.load("model.pt"))
with torch.inference_mode(): net(torch.ones(1, 20))"""
JAX = f"""import jax, numpy as np
W0, b0, W1, b1, W2, b2 = np.load("model.npz").values()
@jax.jit
def predict(X): return jax.nn.relu(jax.nn.relu(X @ W0 + b0) @ W1 + b1) @ W2 + b2
predict({INPUT}).block_until_ready()"""
ONNX = f"""import onnxruntime, numpy as np
onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"]).run(None, {{"X": {INPUT}}})"""
SKLEARN = f"import pickle, numpy as np; pickle.load(open('model.pickle', 'rb')).predict({INPUT})"
KERAS = f"import keras, numpy as np; keras.saving.load_model('model.keras').predict({INPUT}, verbose=0)"
STARTS = {
    BARE: Start("python -c 'import numpy'", "import numpy", packages=("numpy",)),
    OURS: Start(
        "glassnet, NumPy engine", GLASSNET, "glassnet:save", ("glassnet", "numpy"), {"GLASSNET_ENGINE": "numpy"}
    ),
    "compiled": Start("glassnet, compiled engine", GLASSNET, "glassnet:save", ("glassnet", "numba", "scipy")),
    "onnxruntime": Start("onnxruntime", ONNX, "onnx_runtime:save", ("onnxruntime",)),
    "pytorch": Start("PyTorch, state_dict", TORCH, "pytorch:save", ("torch",)),
    "scikit_learn": Start("scikit-learn, pickle", SKLEARN, "scikit_learn:save", ("scikit-learn",)),
    "jax": Start("JAX, jit", JAX, "jax_optax:save", ("jax",)),
    "keras": Start("Keras on JAX", KERAS, "keras_jax:save", ("keras", "jax"), {"KERAS_BACKEND": "jax"}),
}
QUICK = [BARE, OURS, "onnxruntime", "pytorch"]

TEXT = f"""Seconds from the start of a process to its end: Python, imports, a saved network {MODEL}, one prediction.
The processes take turns; the first of each, which may write bytecode and fill the disk's cache, is not counted."""


def run(options: Options) -> Section:
    names = options.chosen(list(STARTS), QUICK)
    results = Results(
        [ROW], {name: Peer(STARTS[name].label, STARTS[name].save, STARTS[name].packages) for name in names}
    )
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            save(name, folder, results)
        for number in range((QUICK_ROUNDS if options.quick else ROUNDS) + 1):
            for name in names:
                if (ROW, name) not in results.failures:
                    answer = start(STARTS[name], folder)
                    if number or isinstance(answer, Failure):
                        results.add(ROW, name, answer)
                    time.sleep(PAUSE)
    text = paragraphs(
        TEXT,
        results.times("cold start"),
        results.ratios("× glassnet's time", OURS),
        results.reasons(),
    )
    return Section("Cold start", text, list(goals(results)), {peer.versions: "" for peer in results.peers.values()})


def save(name: str, folder: str, results: Results) -> None:
    """Write the library's file into the folder, in a process of its own."""
    peer = results.peers[name]
    if peer.place:
        with Worker(partial(saving, peer), str) as worker:
            answer = worker.ask(folder)
            if isinstance(answer, Failure):
                results.add(ROW, name, answer)


def saving(peer: Peer, folder: str) -> Measure:
    os.chdir(folder)
    return lambda: peer.build(MODEL)


def start(what: Start, folder: str) -> Timing | Failure:
    """One process, timed."""
    environment = environment_of(what)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", what.code], cwd=folder, env=environment, capture_output=True, text=True
    )
    seconds = time.perf_counter() - began
    return Failure(done.stderr.strip().splitlines()[-1]) if done.returncode else Timing(seconds, float("nan"))


def environment_of(what: Start) -> dict[str, str]:
    """Ours, so that a checkout behaves like an installed package in any folder."""
    environment = {**os.environ, **what.environment}
    if paths := environment.get("PYTHONPATH"):  # read in another folder
        environment["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, paths.split(os.pathsep)))
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages have their bytecode, and a checkout shall too
    return environment


def goals(results: Results) -> Iterator[Goal]:
    above = results.ratio(ROW, OURS, BARE)
    yield Goal("cold start of the base install, in times `python -c 'import numpy'`", above, ABOVE_NUMPY, at_most=True)
    yield speedup("cold start of the base install beside PyTorch", results.ratio(ROW, "pytorch", OURS), BESIDE_PYTORCH)
