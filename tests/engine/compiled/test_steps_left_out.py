"""Steps behind the last that counts in a tile are left out, which changes nothing: no sum takes anything from them."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn

pytest.importorskip("numba")

from glassnet.engine.compiled import compiled_job
from glassnet.engine.compiled.codegen.lowering import LOWERINGS
from glassnet.engine.compiled.tiles import Cut
from glassnet.engine.machine.memory import aligned
from glassnet.engine.machine.threads import limited

N, STEPS, CODES, CLASSES = 70, 9, 6, 4
RNG = np.random.default_rng(0)
LENGTHS = RNG.integers(1, 5, N)
LENGTHS[::32] = 7
X = RNG.integers(1, CODES, (N, STEPS))
PADDED = np.where(np.arange(STEPS) < LENGTHS[:, np.newaxis], X, 0)
Y = np.where(np.arange(STEPS) < LENGTHS[:, np.newaxis], RNG.integers(0, CLASSES, (N, STEPS)), -1)


def table(padding: int | None = None) -> gn.Embedding:
    return gn.Embedding(CODES, 8, weights=gn.Normal(0.0, 1.0), padding=padding)


def causal(dilation: int, **more: Any) -> gn.Conv1D:
    return gn.Conv1D(8, 3, "tanh", padding="causal", dilation=dilation, **more)


ATTENTION = gn.Residual(gn.LayerNorm(), gn.Attention(2, causal=True), gn.Dropout(0.2))
WIDE = gn.Residual(gn.LayerNorm(), gn.Dense(20, "relu"), gn.Dense(8))
STOPPING: dict[str, list[Any]] = {
    "transformer": [table(), gn.PositionalEncoding(learned=True), ATTENTION, WIDE, gn.LayerNorm()],
    "attention with padding": [table(0), gn.PositionalEncoding(), gn.Attention(2, causal=True, size=3)],
    "convolution": [table(), causal(1), gn.Dropout(0.1), causal(2, groups=2)],
    "gru": [table(), gn.GRU(7, sequences=True), gn.GRU(5, sequences=True)],
    "lstm": [table(0), gn.LSTM(7, sequences=True)],
    "simple_rnn": [table(), gn.SimpleRNN(7, sequences=True), gn.Dense(5, "prelu"), gn.Activation("softmax")],
}
WHOLE: dict[str, list[Any]] = {
    "attention": [table(), gn.Attention(2)],
    "convolution": [table(), gn.Conv1D(8, 3, padding="same")],
    "batch norm": [table(), gn.BatchNorm()],
}


def trained(engine: str, hidden: list[Any], dtype: str = "float64", targets: Any = Y, **how: Any) -> Any:
    """A network after two epochs."""
    net = gn.Network([*hidden, gn.Dense(CLASSES, "softmax")], dtype, engine=engine)
    given: dict[str, Any] = {"loss": "cross_entropy", "optimizer": gn.SGD(0.1), "batch_size": 32, "epochs": 2}
    net.fit(PADDED, targets, **given | {"seed": 0} | how)
    return net


@pytest.fixture
def memory(monkeypatch):
    """The memory of plans made from now on, which begins as what makes everything that reads it no number."""
    found = []

    def poisoned(size: int, dtype: Any) -> Any:
        found.append(aligned(size, dtype))
        found[-1][...] = np.nan
        return found[-1]

    monkeypatch.setattr("glassnet.engine.plan.aligned", poisoned)
    return found


def all_written(memory: list[Any], hidden: list[Any], **how: Any) -> bool:
    """Whether as many numbers have been written as where all steps count."""
    written = [int(np.isfinite(each).sum()) for each in memory]
    memory.clear()
    trained("compiled", hidden, targets=np.maximum(Y, 0), **how)
    return written == [int(np.isfinite(each).sum()) for each in memory]


def cases(networks: dict[str, list[Any]], quick: int) -> list[Any]:
    return [n if k < quick else pytest.param(n, marks=pytest.mark.long) for k, n in enumerate(networks)]


@pytest.mark.parametrize("name", cases(STOPPING, 4))
def test_what_counts_does_not_depend_on_what_is_left_out(name, memory):
    found = trained("compiled", STOPPING[name]).parameters
    assert not all_written(memory, STOPPING[name])
    np.testing.assert_allclose(found, trained("numpy", STOPPING[name]).parameters, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", cases(WHOLE, 1))
def test_what_looks_ahead_computes_all_steps(name, memory):
    found = trained("compiled", WHOLE[name]).parameters
    assert all_written(memory, WHOLE[name])
    np.testing.assert_allclose(found, trained("numpy", WHOLE[name]).parameters, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_bit_differs_from_what_all_steps_give(dtype, monkeypatch):
    found = trained("compiled", STOPPING["transformer"], dtype).parameters
    monkeypatch.setattr(type(LOWERINGS[gn.LayerNorm]), "can_stop_early", lambda self, layer: False)
    np.testing.assert_array_equal(found, trained("compiled", STOPPING["transformer"], dtype).parameters)


def test_slices_of_a_tile_leave_out_the_same(monkeypatch, memory):
    monkeypatch.setattr(compiled_job, "cut_of", lambda layout, n_rows: Cut(32, 0, 16))
    found = trained("compiled", STOPPING["transformer"], batch_size=64).parameters
    assert not all_written(memory, STOPPING["transformer"], batch_size=64)
    theirs = trained("numpy", STOPPING["transformer"], batch_size=64).parameters
    np.testing.assert_allclose(found, theirs, rtol=1e-9, atol=1e-11)


def test_the_number_of_threads_changes_no_bit():
    found = []
    for threads in (1, 2):
        with limited(threads):
            found.append(trained("compiled", STOPPING["transformer"], "float32", batch_size=70).parameters)
    np.testing.assert_array_equal(*found)


def test_weights_of_steps_count_as_missing_classes_do():
    weights = np.linspace(0.5, 2, N)[:, np.newaxis] * (Y >= 0)
    weights[:32] = 0  # a batch in which nothing counts
    found = [
        trained(engine, STOPPING["transformer"], sample_weight=weights, shuffle=False).parameters
        for engine in ("numpy", "compiled")
    ]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-11)


def test_metrics_of_training_see_all_steps(memory):
    trained("compiled", STOPPING["gru"], metrics=["accuracy"])
    assert all_written(memory, STOPPING["gru"], metrics=["accuracy"])


@pytest.mark.parametrize("layer", [gn.Dense(1, bias=False), gn.Conv1D(1, 1, bias=False)], ids=lambda layer: layer.name)
def test_a_sequence_of_more_than_a_million_steps_counts_to_its_end(layer):
    X = np.zeros((1, 2**20 + 8, 1), np.float32)
    X[:, -8:] = 1
    net = gn.Network([layer], engine="compiled")
    net.build((len(X[0]), 1), seed=0)
    started = net.parameters.copy()
    net.fit(X, X, loss="sum_of_squared_errors", optimizer=gn.SGD(0.01), epochs=1)
    np.testing.assert_allclose(net.parameters, started + 0.01 * 2 * 8 * (1 - started), rtol=1e-5)
