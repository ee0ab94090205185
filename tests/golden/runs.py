"""The run of the golden checkpoint: nothing in it is drawn after the beginning, so it goes on alike with any NumPy."""

from typing import Any

import numpy as np

import glassnet as gn
from tests.golden.networks import numbers

DONE, EPOCHS = 4, 7  # epochs when it was written down, and in all


def run(until: int = EPOCHS, **more: Any) -> gn.Network:
    """Train until some epoch, or go on with `resume=…`."""
    X, y = numbers(20, 3), np.arange(20) % 2
    net = gn.Network([gn.Dense(4, "tanh"), gn.BatchNorm(), gn.Dense(2, "softmax")], "float64")
    net.fit(
        X, y, loss="cross_entropy", optimizer=gn.Adam(gn.Cosine(0.02)), batch_size=8, shuffle=False,
        validation=(X[:6] + 0.125, y[:6]), metrics=["accuracy"], average=0.9, penalty=gn.L2(1e-3),
        clip=gn.ClipNorm(1.0), stop=[gn.EarlyStopping("val_loss", patience=5), gn.StopAfter(until)], epochs=EPOCHS,
        seed=0, **more,
    )  # fmt: skip
    return net
