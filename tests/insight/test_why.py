"""The chain rule for one parameter: factors, their product, the sum, and a finite difference that agrees."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas.losses import Loss


def trace_of(layers, n=7, width=4, loss="cross_entropy", **more):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, width))
    y = rng.integers(0, 3, n) if loss == "cross_entropy" else rng.random((n, 3))
    net = gn.Network([*layers, gn.Dense(3, Loss.of(loss).output_activation or "linear")], dtype="float64").build(
        width, seed=1
    )
    return gn.trace(net, X, y, loss=loss, **more)


def agrees(why):
    assert why.numeric == pytest.approx(why.gradient, rel=1e-6, abs=1e-9)
    if why.factors:
        np.testing.assert_allclose(np.prod([*why.factors.values()], axis=0), why.products)
        assert why.products.sum() + why.penalty == pytest.approx(why.gradient, rel=1e-9, abs=1e-12)
    for width in (80, 120):
        assert max(map(len, why.text(width).splitlines())) <= width
    return why


def test_a_weight_of_the_first_layer_and_the_way_of_its_gradient_back():
    trace = trace_of([gn.Dense(5, "tanh"), gn.Dense(4, "gelu")])
    why = agrees(trace.why(layer=0, weight=(1, 2)))
    first = trace.layers[0]
    assert list(why.factors) == ["X[i, 1]", "dA[i, 2]", "f'(Z[i, 2])"]
    np.testing.assert_allclose(why.factors["X[i, 1]"], first.X[:, 1])
    np.testing.assert_allclose(why.factors["dA[i, 2]"], first.dA[:, 2])
    np.testing.assert_allclose(why.factors["f'(Z[i, 2])"], 1 - first.A[:, 2] ** 2)
    assert why.gradient == first.dW[1, 2]
    text = str(why)
    for part in ("dW = Xᵀ dZ", "f'(z) = 1 − a²", "1 more", "sum over 7", "of layer 1", "of layer 2", "h = 1e-5"):
        assert part in text


def test_the_output_layer_begins_with_the_slope_of_the_loss():
    weights = np.linspace(1, 2, 7)
    why = agrees(trace_of([gn.Dense(5, "tanh")], sample_weight=weights).why(layer=1, bias=2))
    assert list(why.factors) == ["∂ℓ/∂z[i, 2]", "w[i]", "1 / 10.5"]
    why = agrees(trace_of([gn.Dense(5, "tanh")], loss="squared_error").why(layer=1, weight=(0, 1)))
    assert list(why.factors) == ["X[i, 0]", "dA[i, 1]"]


@pytest.mark.parametrize("penalty", ["l1", "l2", gn.ElasticNet(0.01, 0.02)])
def test_a_penalty_is_added(penalty):
    why = agrees(trace_of([gn.Dense(5, "tanh")], penalty=penalty).why(layer=0, weight=(0, 0)))
    assert why.penalty != 0
    assert "the penalty" in str(why)
    assert trace_of([gn.Dense(5, "tanh")], penalty=penalty).why(layer=0, bias=0).penalty == 0


@pytest.mark.parametrize(
    ("layers", "layer", "entry"),
    [
        ([gn.Dense(5, "prelu")], 0, {"alpha": 3}),
        ([gn.BatchNorm(), gn.Dense(5, "relu")], 0, {"gamma": 1}),
        ([gn.Dense(5), gn.LayerNorm(), gn.Dense(5, "selu")], 1, {"beta": 4}),
        ([gn.Dense(5), gn.LayerNorm(), gn.Dense(5, "selu")], 0, {"weight": (1, 1)}),
        ([gn.Scale(), gn.Dense(5, "mish"), gn.Dropout(0.3)], 0, {"s": 2}),
        ([gn.Dense(5, "silu"), gn.Residual(gn.Dense(6, "tanh"), gn.Dense(5))], "1.0", {"W": (1, 2)}),
        ([gn.PeriodicEmbedding(4, 3), gn.Dense(5, "tanh")], 0, {"w": (1, 2)}),
        ([gn.PeriodicEmbedding(4, 3), gn.Dense(5, "tanh")], 0, {"V": (3, 2, 1)}),
        ([gn.PeriodicEmbedding(4, 3), gn.Dense(5, "tanh")], 0, {"c": (0, 3)}),
        ([gn.PeriodicEmbedding(4, 3), gn.Dense(5, "tanh")], 0, {"d": (2, 0)}),
        ([gn.PiecewiseLinearEmbedding([-1, 0.1, 1.5], 3), gn.Dense(5, "tanh")], 0, {"V": (3, 1, 0)}),
        ([gn.Dense(5, "softmax"), gn.GaussianNoise(0.1)], 0, {"weight": (0, 0)}),
        ([gn.Columns((slice(0, 2), gn.Dense(3, "elu")), ([2, 3], gn.LayerNorm()))], "0.1", {"gamma": 0}),
    ],
)
def test_parameters_of_every_layer(layers, layer, entry):
    assert agrees(trace_of(layers).why(layer, **entry)).factors


def test_an_embedding():
    net = gn.Network([gn.Embedding(4, 2), gn.Flatten(), gn.Dense(3, "softmax")], dtype="float64").build(2, seed=0)
    trace = gn.trace(net, [[0, 1], [2, 1], [3, 3]], [0, 1, 2], loss="cross_entropy")
    why = agrees(trace.why(layer=0, weight=(1, 1)))
    np.testing.assert_array_equal(why.factors["E[i, 1]"], [0, 1, 0, 1, 0, 0])
    assert why.gradient != 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"layer": 9, "weight": (0, 0)}, "there is no layer '9'; the layers are 0, 1, 2."),
        ({"layer": 1, "weight": (0, 0)}, r"layer 1, Dropout\(\), has no parameters of its own"),
        ({"layer": 0, "wieght": (0, 0)}, "unknown parameter of layer 0 'wieght'. Did you mean 'weight'"),
        ({"layer": 0, "weight": 3}, r"weight must be an index of W in layer 0, from \(0, 0\) to \(3, 4\), got 3"),
        ({"layer": 0, "weight": (0, 5)}, r"from \(0, 0\) to \(3, 4\), got \(0, 5\)"),
        ({"layer": 0, "bias": 1.5}, "bias must be an index of b in layer 0, from 0 to 4, got 1.5"),
        ({"layer": 0}, "why takes one parameter and its index"),
    ],
)
def test_what_is_not_there_meets_one_sentence(asked, said):
    with pytest.raises(gn.InvalidInput, match=said):
        trace_of([gn.Dense(5, "tanh"), gn.Dropout(0.5)]).why(**asked)


def test_a_weight_in_front_of_a_sequence_is_told_without_a_way_through_its_steps():
    X, y = np.random.default_rng(0).normal(size=(8, 4, 2)), [0, 1] * 4
    layers = [gn.Conv1D(4, 3, padding="same"), gn.LSTM(3, sequences=True), gn.GRU(3), gn.Dense(2, "softmax")]
    trace = gn.trace(gn.Network(layers, engine="numpy").build((4, 2), seed=0), X, y, loss="cross_entropy")
    for layer, weight in ((0, (0, 0, 0)), (1, (0, 1)), (2, (0, 1))):
        told = str(trace.why(layer=layer, weight=weight))
        assert "The finite difference" in told and "comes from" not in told


def sequences():
    """A step of a network that reads sequences of codes, two of them with padding, and a class at each step."""
    X = np.random.default_rng(0).integers(1, 5, (6, 4))
    X[0, 2:], X[3, 3:] = 0, 0
    kinds = [gn.GRU(3, sequences=True), gn.LSTM(3, sequences=True), gn.SimpleRNN(4, sequences=True)]
    around = gn.Residual(gn.LayerNorm(), gn.Attention(2))
    layers = [gn.Embedding(5, 4, padding=0), *kinds, around, gn.Dense(4, "tanh"), gn.Dense(3, "softmax")]
    net = gn.Network(layers, "float64", engine="numpy").build(4, seed=0)
    return gn.trace(net, X, np.where(X > 0, X % 3, -1), loss="cross_entropy", optimizer="sgd")


def test_every_layer_of_sequences_has_factors_in_steps_of_samples():
    trace = sequences()
    entries = [(0, "W", (1, 2)), (1, "U", (1, 7)), (1, "c", 1), (2, "W", (1, 2)), (2, "U", (0, 11)), (3, "b", 1)]
    for layer, name, place in [*entries, ("4.1", "U", (1, 2)), (5, "W", (1, 2)), (6, "W", (1, 2)), (6, "b", 1)]:
        why = agrees(trace.why(layer, **{name: place}))
        assert why.factors
        assert ", step " in why.text()
    why = trace.why(5, weight=(0, 1))
    assert list(why.factors) == ["X[i, 0]", "dA[i, 1]", "f'(Z[i, 1])"]
    assert "of layer 6" in why.text()
    assert "dZ[" in why.text()
    assert "Where its" not in trace.why(2, W=(1, 2)).text()  # what comes back to a step comes from later ones too
    assert "One training step on 6 rows" in trace.text()


def test_a_filter_has_factors_at_positions_of_samples():
    X = np.random.default_rng(0).normal(size=(3, 5, 5, 1))
    net = gn.Network([gn.Conv2D(2, 3, "relu"), gn.Flatten(), gn.Dense(1)], "float64").build((5, 5, 1), seed=0)
    why = agrees(gn.trace(net, X, [0.0, 1.0, 2.0], loss="squared_error").why(0, W=(0, 1, 0, 1)))
    assert "position (" in why.text()
    assert "Where its" not in why.text()
