"""Layers wide enough to be computed in blocks of units: the same as on the NumPy engine."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed

pytestmark = pytest.mark.skipif(
    not (installed("numba") and installed("scipy")), reason="the compiled engine is not installed"
)
WIDTH, ROWS = 44, 300  # more than a block of 16 units, and no multiple of it; two tiles
RNG = np.random.default_rng(0)
X, ORDER = RNG.normal(size=(ROWS, WIDTH)), RNG.permutation(WIDTH)


@pytest.mark.parametrize(
    "feature",
    [
        gn.Dropout(0.3),
        gn.GaussianNoise(0.2),
        gn.LayerNorm(),
        gn.BatchNorm(),
        gn.Activation("prelu"),
        gn.Residual(gn.Dense(WIDTH, "tanh"), gn.BatchNorm()),
        gn.Columns((ORDER.tolist(), gn.Scale())),  # which writes to units of other blocks
    ],
    ids=lambda feature: type(feature).__name__,
)
def test_both_engines_give_the_same(feature):
    found = []
    for engine in ("numpy", "compiled"):
        layers = [
            gn.Dense(WIDTH, "relu"),
            feature,
            gn.Activation("tanh"),
            gn.Dense(WIDTH, "relu"),
            feature,
            gn.Dense(2),
        ]
        net = gn.Network(layers, dtype="float64", engine=engine)
        net.fit(X, X[:, :2], loss="squared_error", epochs=3, batch_size=ROWS, seed=0)
        found.append((net.parameters, net.predict(X)))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)
