"""glassnet, compiled engine: a fit with one more layer behind each hidden one."""

import numpy as np

import glassnet as gn
from benchmarks.peers import blas_threads
from benchmarks.sizes import Size
from benchmarks.worker import Call

EPOCHS = 2
threads = blas_threads


def fit(size: Size, *features: gn.Layer) -> Call:
    """A whole fit of a relu network with one output, in which these layers follow on each hidden one."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((size.rows, size.features), dtype=np.float32), rng.standard_normal(size.rows)
    hidden = [layer for _ in range(size.depth) for layer in (gn.Dense(size.width, "relu"), *features)]
    net = gn.Network([*hidden, gn.Dense(1)], engine="compiled")
    steps = EPOCHS * -(-size.rows // size.batch)
    return Call(
        lambda: net.fit(
            X, y, loss="squared_error", optimizer="adam", epochs=EPOCHS, batch_size=size.batch, seed=0, verbose=0
        ),
        steps,
    )


def plain(size: Size) -> Call:
    return fit(size)


def dropout(size: Size) -> Call:
    return fit(size, gn.Dropout(0.2))


def gaussian_noise(size: Size) -> Call:
    return fit(size, gn.GaussianNoise(0.1))


def layer_norm(size: Size) -> Call:
    return fit(size, gn.LayerNorm())


def batch_norm(size: Size) -> Call:
    return fit(size, gn.BatchNorm())
