"""All that a run can hold, together: schedules, averages, mixup, accumulation, state, stopping, checkpoints."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn

IRIS = gn.datasets.iris()
HOW: dict[str, Any] = {
    "loss": "cross_entropy", "optimizer": gn.Adam(gn.ReduceOnPlateau(0.02, patience=1)), "batch_size": 16,
    "validation": 0.2, "average": 0.99, "mixup": 0.2, "class_weight": "balanced", "accumulate": 2, "seed": 3,
    "stop": gn.EarlyStopping("val_loss", patience=50), "epochs": 12,
}  # fmt: skip


def net(engine: str) -> gn.Network:
    layers = [gn.Dense(16, "relu"), gn.BatchNorm(), gn.Dropout(gn.Cosine(0.3)), gn.Dense(3, "softmax")]
    return gn.Network(layers, engine=engine)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_run_that_was_left_goes_on_bit_for_bit(engine, tmp_path):
    if engine == "compiled":
        pytest.importorskip("numba")
    undisturbed, left, resumed = net(engine), net(engine), net(engine)
    undisturbed.fit(IRIS.X, IRIS.y, **HOW)
    for epoch in left.training(IRIS.X, IRIS.y, checkpoint=tmp_path, **HOW):
        if epoch.number == 5:
            break
    history = resumed.fit(IRIS.X, IRIS.y, resume=tmp_path, **HOW)
    np.testing.assert_array_equal(resumed.parameters, undisturbed.parameters)
    np.testing.assert_array_equal(resumed.state, undisturbed.state)
    assert len(history) == 12


def test_both_engines_train_the_same():
    pytest.importorskip("numba")
    found = []
    for engine in ("numpy", "compiled"):
        layers = [*net(engine).layers]
        network = gn.Network(layers, dtype="float64", engine=engine)
        history = network.fit(IRIS.X, IRIS.y, **HOW | {"epochs": 4})
        found.append((network.parameters, network.state, history["val_loss"]))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8)
