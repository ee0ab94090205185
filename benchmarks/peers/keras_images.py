"""Keras on JAX: an epoch of LeNet-5 by `fit`."""

from benchmarks.images import BATCH, pictures
from benchmarks.peers.keras_jax import threads  # which first says that Keras is to use JAX
from benchmarks.worker import Call

import keras  # isort: skip

__all__ = ["epoch", "threads"]


def epoch(n: int) -> Call:
    X, y = pictures(n)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(6, 5, activation="relu"), layers.MaxPool2D(2),
        layers.Conv2D(16, 5, activation="relu"), layers.MaxPool2D(2), layers.Flatten(),
        layers.Dense(120, "relu"), layers.Dense(84, "relu"), layers.Dense(10, "softmax"),
    ])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy")
    return Call(lambda: model.fit(X, y, batch_size=BATCH, epochs=1, verbose=0))
