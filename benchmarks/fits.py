"""Fitting until a validation loss is reached that scikit-learn reaches, and the goal for it."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

from benchmarks.goals import Goal, speedup
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.rounds import tell, workers
from benchmarks.section import Section, paragraphs
from benchmarks.spread import durations
from benchmarks.tasks import RECIPES, Task, Trainer, load
from benchmarks.timings import Results, table
from benchmarks.worker import PAUSE, Failure, Measure, Timing, Worker

OURS, TARGET = "compiled", "scikit_learn"
PEERS = {
    OURS: Peer("glassnet, compiled engine", "glassnet:fit", ("glassnet", "numba", "scipy")),
    "numpy": Peer("glassnet, NumPy engine", "glassnet:fit_numpy", ("glassnet", "numpy")),
    TARGET: Peer("scikit-learn, partial_fit", "scikit_learn:fit", ("scikit-learn",)),
    "pytorch": Peer("PyTorch eager", "pytorch:fit", ("torch",)),
    "keras": Peer("Keras on JAX, fit", "keras_jax:fit", ("keras", "jax")),
}
QUICK = [OURS, TARGET]
BOUND, TOLERANCE = 5.0, 1.01
MORE_EPOCHS, MORE_SECONDS = 3, 10  # times what the target took, before a library is given up
WARM_UP = 2  # batches
QUICK_ROUNDS = 1

TEXT = """The same network on the same matrix with the same settings, an epoch after the other. scikit-learn trains
for a given number of epochs and sets the target: 1.01 times its best validation loss. Then it is timed until each
first is at the target or below. Evaluations on the held-out fifth of the rows are not timed, preparing the matrix
is not, and nor is what is compiled or loaded at the first batches of a process. Each round has a seed of its own,
so the spread holds the luck of the draw."""


class Fit(NamedTuple):
    """A network to fit until a loss or so many seconds are reached; the library that sets the target has neither."""

    task: str
    seed: int
    target: float = 0.0
    limit: float = float("inf")


class Curve(NamedTuple):
    """By epoch: seconds of training until its end, and the validation loss there."""

    seconds: list[float]
    losses: list[float]

    def reached(self, target: float) -> Timing | Failure:
        """When the loss was first at the target or below."""
        for seconds, loss in zip(self.seconds, self.losses, strict=True):
            if loss <= target:
                return Timing(seconds, float("nan"))
        return Failure(
            f"a loss of {min(self.losses):.4f} after {len(self.losses)} epochs, with a target of {target:.4f}"
        )


def prepare(folder: Path, peer: str, fit: Fit) -> Measure:
    """What trains once; runs in the library's process."""
    task, build = load(fit.task, folder), PEERS[peer].build
    build(task.first(WARM_UP * task.batch), fit.seed).epoch()
    return lambda: train(build(task, fit.seed), task, fit)


def train(trainer: Trainer, task: Task, fit: Fit) -> Curve:
    """Epochs until the target or the limit; without a target as many as the recipe has."""
    seconds, losses = [0.0], [float("inf")]
    for _ in range(task.recipe.epochs * (MORE_EPOCHS if fit.target else 1)):
        started = time.perf_counter()
        trainer.epoch()
        seconds.append(seconds[-1] + time.perf_counter() - started)
        losses.append(task.validation_loss(trainer.predict(task.X_validation)))
        if losses[-1] <= fit.target or seconds[-1] > fit.limit:
            break
    return Curve(seconds[1:], losses[1:])


class Race:
    """The rounds over all tasks and libraries."""

    def __init__(self, names: list[str], peers: dict[str, Peer]):
        self.results = Results(names, peers)
        self.targets: dict[str, list[float]] = {name: [] for name in names}
        self.epochs: dict[tuple[str, str], list[int]] = {}

    def round(self, processes: dict[str, Worker], name: str, seed: int) -> None:
        """One task by all: first the library that sets the target."""
        curve = processes[TARGET].ask(Fit(name, seed))
        if isinstance(curve, Failure):
            return self.results.add(name, TARGET, curve)
        target, limit = TOLERANCE * min(curve.losses), MORE_SECONDS * curve.seconds[-1]
        self.targets[name].append(target)
        self.add(name, TARGET, curve, target)
        for peer in processes:
            if peer != TARGET:
                time.sleep(PAUSE)
                self.add(name, peer, processes[peer].ask(Fit(name, seed, target, limit)), target)

    def add(self, name: str, peer: str, curve: Curve | Failure, target: float) -> None:
        found = curve if isinstance(curve, Failure) else curve.reached(target)
        self.results.add(name, peer, found)
        if isinstance(curve, Curve):
            needed = sum(loss > target for loss in np.minimum.accumulate(curve.losses)) + 1
            self.epochs.setdefault((name, peer), []).append(needed)

    def shown(self, name: str, peer: str) -> str:
        """Seconds, and epochs."""
        return f"{durations(self.results.seconds(name, peer))}, {median(self.epochs[name, peer]):.0f} epochs"

    def described(self) -> str:
        """What each task is, with the target."""
        rows = [[name, str(RECIPES[name]), f"{median(found):.4f}"] for name, found in self.targets.items() if found]
        return table(["table", "network and settings", "target, median"], rows) if rows else ""


def run(options: Options) -> Section:
    names = [name for name in RECIPES if name == "digits" or (options.data / f"{name}.csv.gz").exists()]
    peers = {peer: PEERS[peer] for peer in options.chosen(list(PEERS), QUICK)}
    race, rounds = Race(names, peers), QUICK_ROUNDS if options.quick else options.rounds
    with workers(partial(prepare, options.data), race.results) as processes:
        for number in range(rounds):
            started = time.perf_counter()
            for name in names:
                race.round(processes, name, number)
            tell("fits", number, rounds, started)
    results = race.results
    missing = [name for name in RECIPES if name not in names]
    text = paragraphs(
        TEXT,
        f"Skipped: {' and '.join(missing)}, as their tables are not in {options.data.name}/." if missing else "",
        race.described(),
        results.table("time to the target", race.shown),
        results.ratios("× the compiled engine's time", OURS),
        results.reasons(),
    )
    return Section("Fitting to a validation loss", text, list(goals(results)), results.libraries)


def goals(results: Results) -> Iterator[Goal]:
    for name in RECIPES:
        sentence = f"{name}: fit to scikit-learn's validation loss beside scikit-learn"
        yield speedup(sentence, results.ratio(name, TARGET, OURS), BOUND)
