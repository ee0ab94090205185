import numpy as np
import pytest

import glassnet as gn
from glassnet.pictures import neuron, save
from tests.themes import in_both_themes

IRIS = gn.datasets.iris()
NET = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")], engine="numpy").build(4, seed=0)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def numbers(figure, sign):
    return [float(text[2:].replace("−", "-")) for text in texts(figure) if text.startswith(f"{sign} ")]


@in_both_themes
def test_a_neuron_is_drawn_as_it_was_judged(same_picture, theme):
    same_picture(neuron(NET, IRIS.X[0], 0, 2, IRIS.feature_names, most=2, theme=theme), f"neuron-{theme}")


def test_the_numbers_are_those_of_the_trace():
    figure = neuron(NET, IRIS.X[60], layer=1, unit=2)
    layer = gn.trace(NET, IRIS.X[60:61], [0], loss="cross_entropy").layers[1]
    assert numbers(figure, "×") == pytest.approx(layer.W[:, 2], rel=1e-3)
    assert numbers(figure, "=") == pytest.approx(layer.X[0] * layer.W[:, 2], rel=1e-3)
    assert sum(numbers(figure, "=") + numbers(figure, "+")) == pytest.approx(layer.Z[0, 2], rel=1e-2)
    (curve, point) = figure.axes[0].child_axes[0].lines
    assert point.get_xydata()[0] == pytest.approx([layer.Z[0, 2], layer.A[0, 2]])
    assert np.interp(*point.get_xydata()[0][:1], *curve.get_data()) == pytest.approx(layer.A[0, 2], abs=1e-3)


def test_of_many_inputs_the_largest_products_are_shown_and_the_sum_of_the_others():
    digits = gn.datasets.digits()
    net = gn.Network([gn.Flatten(), gn.Dense(3, gn.PReLU(0.5))]).build((8, 8), seed=0)
    figure = neuron(net, digits.X[0].reshape(8, 8), layer=1, unit=1, most=5)
    products = digits.X[0] * net.arrays["1.W"][:, 1]
    shown = np.sort(np.argsort(-np.abs(products))[:5])
    assert [text for text in texts(figure) if text.startswith("input")] == [f"input {k}" for k in shown]
    assert numbers(figure, "=") == pytest.approx(products[shown], rel=1e-3)
    assert numbers(figure, "+")[0] == pytest.approx(np.delete(products, shown).sum(), rel=1e-3)
    assert "59 others" in texts(figure)


def test_inputs_have_their_names_only_where_they_are_read():
    names = ["猫", "a name far too long to stand anywhere", "$", "d"]
    assert {"猫", r"\$", "d"} <= set(texts(neuron(NET, IRIS.X[0], 0, 0, names)))
    assert "unit 5" in texts(neuron(NET, IRIS.X[0], 1, 0, names))


def test_units_within_other_layers_without_bias_and_not_finite_are_drawn(tmp_path):
    net = gn.Network([gn.Residual(gn.Dense(2, "relu"), gn.Dense(2, bias=False))]).build(2, seed=0)
    assert "bias" not in texts(neuron(net, [[1.0, 2.0]], "0.1", 1))
    net.parameters[:] = np.nan
    assert save(neuron(net, [1.0, 2.0], "0.0"), tmp_path / "neuron.svg").exists()


@pytest.mark.parametrize(
    ("x", "settings", "message"),
    [
        (IRIS.X[0], {"layer": 2}, r"unknown layer '2'. Known: 0, 1"),
        (IRIS.X[0], {"unit": 6}, "unit must be 0…5, as layer 0 has 6, got 6"),
        (IRIS.X[0], {"unit": -1}, "unit must be a whole number of at least 0, got -1"),
        (IRIS.X[:2], {}, r"x must be one row of inputs, shape \(4,\), got shape \(2, 4\)"),
        ([1.0, 2.0], {}, "x must have 4 features, as the network was built for; it has 2"),
        ([np.nan] * 4, {}, "x must be finite in float32; it holds nan at row 0, column 0"),
        (IRIS.X[0], {"feature_names": "ab"}, "feature_names must have 4 names, got 'ab'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(x, settings, message):
    with pytest.raises(gn.InvalidInput, match=message):
        neuron(NET, x, **settings)


def test_only_dense_layers_have_such_units():
    net = gn.Network([gn.Activation("tanh")]).build(2, seed=0)
    with pytest.raises(gn.InvalidInput, match="neuron shows units of a Dense layer; layer 0 is Activation"):
        neuron(net, [1.0, 2.0])
