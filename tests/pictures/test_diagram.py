import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, FancyBboxPatch

import glassnet as gn
from glassnet.pictures import diagram, save
from tests.themes import in_both_themes

IRIS = gn.datasets.iris()


@pytest.fixture(scope="module")
def iris_net():
    net = gn.Network([gn.Dense(4, "relu"), gn.LayerNorm(), gn.Dense(3, "softmax")], engine="numpy")
    net.fit(IRIS.X, IRIS.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=5, seed=0)
    return net


def lines(figure):
    return [part for part in figure.axes[0].collections if isinstance(part, LineCollection) and len(part.get_paths())]


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


@in_both_themes
def test_diagram_is_drawn_as_it_was_judged(same_picture, iris_net, theme):
    same_picture(diagram(iris_net, IRIS.feature_names, IRIS.class_names, most=3, theme=theme), f"diagram-{theme}")


def test_each_weight_has_the_colour_and_the_width_of_its_share_of_the_largest_in_its_layer():
    net = gn.Network([gn.Dense(1)]).build(3, seed=0)
    net.arrays["0.W"][:, 0] = [-4.0, 0.0, 2.0]
    net.arrays["0.b"][:] = 4.0
    figure = diagram(net)
    (drawn,) = lines(figure)
    assert drawn.get_linewidths() == pytest.approx([0.3, 0.3 + 1.1, 0.3 + 2.2])  # the largest on top
    bar = figure.axes[1].collections[-1]
    expected = bar.cmap(bar.norm([0.0, 0.5, -1.0]))
    np.testing.assert_allclose(drawn.get_colors(), expected)
    unit = [patch for patch in figure.axes[0].patches if isinstance(patch, Circle)][-1]
    assert unit.get_facecolor() == pytest.approx(bar.cmap(1.0))


def test_large_columns_are_folded_to_their_first_and_last_units():
    net = gn.Network([gn.Flatten(), gn.Dense(5, "tanh"), gn.Dense(100, "softmax")]).build((28, 28), seed=0)
    figure = diagram(net, most=6, class_names=[f"Klasse {k} – 类" for k in range(100)])
    said = texts(figure)
    assert {"784 in all", "100 in all", "783", "99", "Klasse 99 – 类"} <= set(said)
    assert "50" not in said and "Klasse 50 – 类" not in said
    assert len([patch for patch in figure.axes[0].patches if isinstance(patch, Circle)]) == 5 + 5 + 5


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_layers_of_every_kind_have_their_place(tmp_path, ending):
    columns = gn.Columns(([0], gn.Embedding(3, 2)), ([1, 2], gn.PeriodicEmbedding(4)))
    inside = gn.Residual(gn.Chain(gn.Dense(4, "relu"), gn.Dense(4)))
    layers = [columns, gn.Scale(), gn.Dense(4, bias=False), inside, gn.BatchNorm(), gn.GaussianNoise(0.1)]
    net = gn.Network([*layers, gn.Dropout(0.1), gn.Activation("prelu"), gn.Chain(gn.Dense(2), gn.Dense(1))])
    figure = diagram(net.build(3, seed=0))
    boxes = [patch for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == len(layers) - 1 + 2  # the dense layer is units, and so are those in the chain
    assert any(text.startswith("Residual(Chain(") for text in texts(figure))
    assert save(figure, tmp_path / f"net.{ending}").stat().st_size > 1000


def test_parameters_that_are_not_finite_are_grey():
    net = gn.Network([gn.Dense(1)]).build(2, seed=0)
    net.arrays["0.W"][:, 0] = [np.nan, np.inf]
    (drawn,) = lines(diagram(net))
    assert [colour[:3].tolist() for colour in drawn.get_colors()] == [[0.4, 0.4, 0.4]] * 2


def test_names_that_are_too_many_and_networks_without_parameters_are_refused(iris_net):
    with pytest.raises(gn.InvalidInput, match=r"feature_names must have 4 names, got \['a', 'b'\]"):
        diagram(iris_net, ["a", "b"])
    with pytest.raises(gn.InvalidInput, match=r"class_names must have 3 names, got 'abc'"):
        diagram(iris_net, class_names="abc")
    with pytest.raises(gn.InvalidInput, match="the network has no parameters yet"):
        diagram(gn.Network([gn.Dense(1)]))
    with pytest.raises(gn.InvalidInput, match="most must be a whole number of at least 3, got 2"):
        diagram(iris_net, most=2)


def test_dense_over_steps_is_a_box():
    net = gn.Network([gn.GRU(4, sequences=True), gn.Dense(3, "softmax")]).build((5, 2), seed=0)
    figure = diagram(net)
    assert "Dense(3, 'softmax')" in texts(figure)
