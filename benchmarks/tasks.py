"""The tables that networks are fitted to until a validation loss is reached, ready as matrices of numbers."""

import csv
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

HELD_OUT = 0.2  # of the rows, for validation


class Trainer(NamedTuple):
    """A network being fitted by a library: what trains it for an epoch, and its outputs for some rows."""

    epoch: Callable[[], object]
    predict: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Recipe:
    """A network with relu layers, trained with Adam; `epochs` is how long the target-setting library trains."""

    loss: str
    hidden: tuple[int, ...]
    batch: int
    rate: float
    epochs: int

    def __str__(self) -> str:
        widths = "-".join(map(str, self.hidden))
        return f"{widths} relu, {self.loss.replace('_', ' ')}, Adam {self.rate:g}, batches of {self.batch}"


RECIPES = {
    "digits": Recipe("cross_entropy", (64,), 32, 0.001, 40),
    "adult": Recipe("binary_cross_entropy", (64, 64), 128, 0.001, 12),
    "kin40k": Recipe("squared_error", (64, 64), 128, 0.001, 20),
}


@dataclass(frozen=True)
class Task:
    """A recipe with its rows: X in float32, y class numbers or standardised numbers."""

    recipe: Recipe
    X: np.ndarray
    y: np.ndarray
    X_validation: np.ndarray
    y_validation: np.ndarray
    outputs: int

    @property
    def loss(self) -> str:
        return self.recipe.loss

    @property
    def hidden(self) -> tuple[int, ...]:
        return self.recipe.hidden

    @property
    def batch(self) -> int:
        return self.recipe.batch

    @property
    def rate(self) -> float:
        return self.recipe.rate

    def validation_loss(self, outputs: np.ndarray) -> float:
        """The mean of −log p of what was true, or of the squared error."""
        outputs, y = np.asarray(outputs, float), self.y_validation
        if self.loss == "squared_error":
            return float(np.mean((outputs.ravel() - y) ** 2))
        if self.loss == "binary_cross_entropy":
            outputs = np.stack([1 - outputs.ravel(), outputs.ravel()], axis=1)
        return float(-np.mean(np.log(np.clip(outputs[np.arange(len(y)), y], 1e-12, None))))

    def first(self, rows: int) -> "Task":
        """The same on few rows, to warm up with."""
        return Task(self.recipe, self.X[:rows], self.y[:rows], self.X_validation, self.y_validation, self.outputs)


def load(name: str, folder: Path) -> Task:
    """The rows of a task, a fifth of them held out."""
    recipe = RECIPES[name]
    X, y = digits() if name == "digits" else read(name, folder)
    if recipe.loss == "squared_error":
        y = standardised(y)
    order = np.random.default_rng(0).permutation(len(X))
    held, kept = np.split(order, [int(HELD_OUT * len(X))])
    outputs = int(y.max()) + 1 if recipe.loss == "cross_entropy" else 1
    return Task(recipe, X[kept], y[kept], X[held], y[held], outputs)


def digits() -> tuple[np.ndarray, np.ndarray]:
    """8 × 8 images of handwritten digits, from scikit-learn."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def read(name: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """A table of the folder: numbers standardised, with the mean where they miss; a column for each category."""
    about = json.loads((folder / "manifest.json").read_text())[name]
    with gzip.open(folder / f"{name}.csv.gz", "rt", newline="") as file:
        header, *rows = csv.reader(file)
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    target = np.array(columns.pop(about["target"]))
    matrix = np.concatenate([encoded(np.array(values)) for values in columns.values()], axis=1)
    classes = about["task"] == "classification"
    return matrix.astype(np.float32), np.unique(target, return_inverse=True)[1] if classes else target.astype(float)


def encoded(values: np.ndarray) -> np.ndarray:
    """A column of text as columns of numbers."""
    present = values != ""
    try:
        numbers = values[present].astype(float)
    except ValueError:
        return (values[:, None] == np.unique(values)).astype(float)
    column = np.zeros(len(values))
    column[present] = standardised(numbers)
    return column[:, None]


def standardised(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / (values.std() or 1.0)
