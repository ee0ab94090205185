"""Iris flowers: a network that learns too slowly, and what makes it learn: scaled inputs, mini-batches and Adam."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.demos import drawing
from glassnet.demos.table import table
from glassnet.tables.datasets import Dataset

SEED, N_EPOCHS, SEEDS = 99, 25, range(20)
SHOWN = (1, 5, 10, 25)
KERAS_ACCURACY = 0.667  # the tutorial's Keras network after 25 epochs, the mean of 10 runs with Keras 3 on PyTorch

Curves = dict[str, list[float]]  # loss, accuracy, val_loss, val_accuracy of each epoch


@dataclass(frozen=True, eq=False)
class Result:
    """Loss and accuracy of each epoch on all 150 rows.

    tutorial        the tutorial's network from its own seed
    tutorial_mean   the same from 20 seeds, their mean
    ours            ours from 20 seeds, their mean
    """

    tutorial: Curves
    tutorial_mean: Curves
    ours: Curves
    figures: tuple[Path, ...] = ()


def tutorial_curves(data: Dataset, validation: object = None, seed: int = SEED) -> Curves:
    """The tutorial's training with its bugs mended: raw inputs, one update an epoch, uniform(−1, 1) from a seed."""
    uniform = np.random.RandomState(seed).uniform
    net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")], dtype="float64").build(4, seed=0)
    net.arrays["0.W"][...] = uniform(-1, 1, (6, 4)).T  # the tutorial's weights are (outputs, inputs)
    net.arrays["1.W"][...] = uniform(-1, 1, (3, 6)).T
    return curves(net, data, validation, optimizer=gn.SGD(0.01), batch_size=len(data))


def our_curves(data: Dataset, validation: object = None, seed: int = 0) -> Curves:
    """Inputs of mean 0 and variance 1, batches of 16, Adam; ReLU layers begin with He's draw by themselves."""
    net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")])
    return curves(net, data, validation, optimizer=gn.Adam(0.05), batch_size=16, seed=seed)


def curves(net: gn.Network, data: Dataset, validation: Any, **settings: Any) -> Curves:
    """What 25 epochs of training measure."""
    history = net.fit(
        data.X,
        data.y,
        loss="cross_entropy",
        epochs=N_EPOCHS,
        validation=validation and (validation.X, validation.y),
        metrics=["accuracy"],
        **settings,
    )
    return {name: history[name] for name in history.names() if name.removeprefix("val_") in ("loss", "accuracy")}


def standardised(data: Dataset, like: Dataset) -> Dataset:
    """Each column minus its mean, divided by its standard deviation, both those of `like`."""
    X = (data.X - like.X.mean(axis=0)) / like.X.std(axis=0)
    return Dataset(X, data.y, data.feature_names, data.class_names)


def mean_curves(runs: list[Curves]) -> Curves:
    """The mean over the runs, epoch by epoch."""
    return {name: np.mean([run[name] for run in runs], axis=0).tolist() for name in runs[0]}


def keras_curves(train: Dataset, test: Dataset) -> Curves:
    """The tutorial's Keras network; written for Keras 3 on whichever backend is there."""
    import keras

    keras.utils.set_random_seed(0)
    net = keras.Sequential([keras.layers.Dense(6, activation="relu"), keras.layers.Dense(3, activation="softmax")])
    net.compile(keras.optimizers.SGD(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    fitted = net.fit(train.X, train.y, epochs=N_EPOCHS, batch_size=32, validation_data=(test.X, test.y), verbose=0)
    return fitted.history


def has_keras() -> bool:
    """Whether Keras and one of its backends are installed; chooses the backend, unless that is chosen already."""
    backend = next((name for name in ("tensorflow", "torch", "jax") if find_spec(name)), None)
    if find_spec("keras") is None or backend is None:
        return False
    os.environ.setdefault("KERAS_BACKEND", backend)
    return True


def run(out: Path | None = None, say: Callable[[str], Any] = print) -> Result:
    """Train both networks and print them side by side; draw where `out` is given, with Keras if it is installed."""
    drawing.prepare(out)
    data = gn.datasets.iris()
    scaled = standardised(data, like=data)
    tutorial = tutorial_curves(data)
    tutorial_mean = mean_curves([tutorial_curves(data, seed=seed) for seed in SEEDS])
    ours = mean_curves([our_curves(scaled, seed=seed) for seed in SEEDS])
    result = Result(tutorial, tutorial_mean, ours, draw(held_out_curves(data), out) if out else ())
    for line in report(result):
        say(line)
    return result


def held_out_curves(data: Dataset) -> dict[str, Curves]:
    """Each network trained on 120 of the rows and validated on the other 30."""
    train, test = gn.split(data, test=0.2, stratify=True, seed=0)
    found = {"tutorial": tutorial_curves(train, test)}
    found["ours"] = our_curves(standardised(train, like=train), standardised(test, like=train))
    return found | ({"Keras": keras_curves(train, test)} if has_keras() else {})


def report(result: Result) -> list[str]:
    """The text of the demo."""
    nets = (result.tutorial, result.tutorial_mean, result.ours)
    rows = [[i, *(f"{net['loss'][i - 1]:.6f}  {net['accuracy'][i - 1]:>5.1%}" for net in nets)] for i in SHOWN]
    return [
        "4-6-3, ReLU and softmax, 150 rows: loss and accuracy, the tutorial's network with its bugs fixed:\n",
        table(["epoch", f"tutorial, seed {SEED}", "tutorial, 20 seeds", "ours, 20 seeds"], rows),
        f"\nThe tutorial's Keras network ends at {KERAS_ACCURACY:.1%} (mean of 10 runs) for one reason above all: it",
        "makes 5 updates an epoch, the tutorial's own 1. Ours makes 10, with Adam and on scaled inputs.",
    ]


def draw(found: dict[str, Curves], out: Path) -> tuple[Path, ...]:
    """The tutorial's figures 3 and 4, with the validation that it asks for."""
    return tuple(draw_measure(found, name, out) for name in ("accuracy", "loss"))


def draw_measure(found: dict[str, Curves], name: str, out: Path) -> Path:
    """One measure of all networks over the epochs."""
    figure, axes = drawing.new_figure()
    colours = {"tutorial": drawing.VERMILION, "ours": drawing.BLUE, "Keras": drawing.GREEN}
    for who, curve in found.items():
        epochs = range(1, N_EPOCHS + 1)
        axes.plot(epochs, curve[name], color=colours[who], label=f"{who}, 120 rows trained on")
        axes.plot(epochs, curve[f"val_{name}"], "--", color=colours[who], label=f"{who}, 30 rows held out")
    drawing.tidy(axes, xlabel="epoch", ylabel=name, title="Iris", ylim=(0, 1.02 if name == "accuracy" else None))
    axes.legend(frameon=False)
    return drawing.save(figure, out, name)
