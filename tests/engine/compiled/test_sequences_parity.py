"""Layers of sequences give on the compiled engine what they give on NumPy: trained, predicted, evaluated."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn

pytest.importorskip("numba")

KINDS = {"attention", "gru", "lstm", "masking", "positional_encoding", "simple_rnn"}  # of layers
RNG = np.random.default_rng(0)
X = RNG.integers(1, 6, (70, 5))
PADDED = X.copy()
PADDED[::3, 3:], PADDED[1::5, :2] = 0, 0
EACH = RNG.integers(0, 4, (70, 5))
EACH[::4, 2:] = -1  # steps that do not count
ONE = RNG.integers(0, 4, 70)


def table(padding: int | None = None) -> gn.Embedding:
    return gn.Embedding(6, 8, weights=gn.Normal(0.0, 1.0), padding=padding)


MLP = gn.Residual(gn.LayerNorm(), gn.Dense(5, "gelu"), gn.Dense(8))
CAUSAL = gn.Residual(gn.LayerNorm(), gn.Attention(2, causal=True))
NETWORKS: dict[str, tuple[list[Any], Any, Any]] = {
    "transformer": ([table(), gn.PositionalEncoding(learned=True), CAUSAL, MLP, gn.LayerNorm()], X, EACH),
    "attention": ([table(0), gn.PositionalEncoding(), gn.Attention(2), gn.Flatten()], PADDED, ONE),
    "causal": ([table(0), gn.Attention(2, causal=True, size=3)], PADDED, EACH),
    "simple_rnn": ([table(), gn.SimpleRNN(7, sequences=True), gn.Dense(5, "softmax")], X, EACH),
    "simple_rnn with padding": ([table(0), gn.SimpleRNN(7, "relu")], PADDED, ONE),
    "gru": ([table(), gn.GRU(7, sequences=True)], X, EACH),
    "gru with padding": ([table(0), gn.GRU(7, sequences=True), gn.GRU(5)], PADDED, ONE),
    "lstm": ([table(), gn.LSTM(7)], X, ONE),
    "lstm with padding": ([table(0), gn.LSTM(7, sequences=True), gn.LSTM(5)], PADDED, ONE),
}
QUICK = ("transformer", "causal", "gru with padding", "lstm with padding", "simple_rnn with padding")
CASES = [n if n in QUICK else pytest.param(n, marks=pytest.mark.long) for n in NETWORKS]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("error")
def test_both_engines_agree(name):
    hidden, inputs, targets = NETWORKS[name]
    found = []
    for engine in ("numpy", "compiled"):
        net = gn.Network([*hidden, gn.Dense(4, "softmax")], "float64", engine=engine)
        net.fit(inputs, targets, loss="cross_entropy", optimizer=gn.SGD(0.1), batch_size=32, epochs=2, seed=0)
        found.append((net.parameters, net.predict(inputs), net.evaluate(inputs, targets)["loss"]))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_numbers_are_masked():
    numbers = RNG.normal(size=(40, 4, 3))
    numbers[::3, 2:] = 0.0
    nets = [
        gn.Network([gn.Masking(), gn.GRU(5)], "float64", engine=e).build((4, 3), seed=0) for e in ("numpy", "compiled")
    ]
    one, other = (net.predict(numbers) for net in nets)
    np.testing.assert_allclose(one, other, rtol=1e-12)
