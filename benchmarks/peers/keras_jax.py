"""Keras on JAX."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

from benchmarks.cases import Case
from benchmarks.model import Model
from benchmarks.tasks import Task, Trainer
from benchmarks.worker import Call

RULES = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}
LINKS = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}
LOSSES = {"cross_entropy": "sparse_categorical_crossentropy", "squared_error": "mean_squared_error"}


def threads() -> str:
    return os.environ.get("NPROC", f"{os.cpu_count()} (one a core)")


def sequential(widths: tuple[int, ...], activation: str, output: str = "linear") -> keras.Sequential:
    hidden = [keras.layers.Dense(width, activation) for width in widths[1:-1]]
    return keras.Sequential([keras.Input(widths[:1]), *hidden, keras.layers.Dense(widths[-1], output)])


def step(case: Case) -> Call:
    X, y = case.data()
    model = sequential(case.widths, case.activation)
    classes = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(RULES[case.optimizer](case.learning_rate), classes if case.classifies else "mean_squared_error")
    return Call(lambda: model.train_on_batch(X, y))


def loaded(model: Model) -> keras.Sequential:
    net = sequential(model.widths, "relu")
    net.set_weights([array for layer in model.parameters() for array in layer])
    return net


def predict(model: Model, X: np.ndarray) -> Call:
    """`predict` in batches of 8,192 rows, as the default of 32 takes many times longer."""
    net = loaded(model)
    return Call(lambda: net.predict(X, batch_size=8192, verbose=0))


def save(model: Model) -> None:
    loaded(model).save("model.keras")


def fit(task: Task, seed: int) -> Trainer:
    keras.utils.set_random_seed(seed)
    model = sequential((task.X.shape[1], *task.hidden, task.outputs), "relu", LINKS.get(task.loss, "linear"))
    model.compile(keras.optimizers.Adam(task.rate), LOSSES.get(task.loss, "binary_crossentropy"))
    return Trainer(
        lambda: model.fit(task.X, task.y, batch_size=task.batch, epochs=1, verbose=0),
        lambda rows: np.asarray(model.predict(rows, batch_size=8192, verbose=0)),
    )
