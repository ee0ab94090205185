import numpy as np
import pytest

import glassnet as gn
from glassnet.pictures import responses, save
from glassnet.pictures.network.responses import correlations
from tests.themes import in_both_themes

IRIS, DIGITS = gn.datasets.iris(), gn.datasets.digits()


def titles(figure):
    return [axes.get_title() for axes in figure.axes if axes.get_title()]


def two_inputs():
    net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)], engine="numpy").build(2, seed=0)
    net.arrays["0.W"][...] = [[1, 0, 2], [0, 1, -2]]
    return net


@in_both_themes
def test_responses_are_drawn_as_they_were_judged(same_picture, theme):
    X = IRIS.X[::10, :2] - IRIS.X[:, :2].mean(axis=0)
    same_picture(responses(two_inputs(), X, most=2, theme=theme), f"responses-{theme}")


def test_a_map_is_the_activation_over_two_inputs():
    figure = responses(two_inputs(), [[-1.0, -1.0], [1.0, 1.0]])
    first, second, third = (axes.images[0].get_array() for axes in figure.axes[:3])
    across = np.tanh(np.linspace(-1.16, 1.16, 60))
    np.testing.assert_allclose(first, np.tile(across, (60, 1)), rtol=1e-5)
    np.testing.assert_allclose(second, first.T, rtol=1e-5)
    np.testing.assert_allclose(np.diag(third), 0, atol=1e-6)
    assert figure.axes[0].images[0].get_clim() == pytest.approx((-third.max(), third.max()))


def test_images_show_the_weights_of_each_unit():
    net = gn.Network([gn.Dense(5, "relu"), gn.Dense(10, "softmax")]).build(64, seed=0)
    figure = responses(net, DIGITS.X, shape=(8, 8))
    for unit, axes in enumerate(figure.axes[:5]):
        np.testing.assert_array_equal(axes.images[0].get_array().ravel(), net.arrays["0.W"][:, unit])
    images = DIGITS.X.reshape(-1, 8, 8)
    net = gn.Network([gn.Flatten(), gn.Dense(5, "relu")]).build((8, 8), seed=0)
    assert titles(responses(net, images, layer=1)) == [f"unit {k}" for k in range(5)]


def test_of_other_inputs_the_most_correlated_is_shown():
    net = gn.Network([gn.Dense(2)]).build(4, seed=0)
    net.arrays["0.W"][...] = 0
    net.arrays["0.W"][[1, 3], [0, 1]] = [1, -2]
    figure = responses(net, IRIS.X, feature_names=["a", "b", "a $ name that is very long", "猫"])
    assert titles(figure) == ["unit 0, r = 1.00", "unit 1, r = −1.00"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["b", "猫"]
    np.testing.assert_allclose(figure.axes[1].lines[0].get_ydata(), -2 * IRIS.X[:, 3], rtol=1e-6)
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_correlations_are_those_of_numpy_and_0_for_what_never_changes():
    A = np.column_stack([IRIS.X @ [1, 2, -3, 0.5], np.ones(150)])
    found = correlations(IRIS.X, A)
    np.testing.assert_allclose(found[:, 0], np.corrcoef(IRIS.X.T, A[:, 0])[:4, 4])
    assert not found[:, 1].any()


def test_of_many_units_those_that_vary_most_are_drawn(tmp_path):
    net = gn.Network([gn.Dense(100)]).build(4, seed=0)
    net.arrays["0.W"][...] = np.arange(100) / 100
    figure = responses(net, IRIS.X, most=3)
    assert [title[:7] for title in titles(figure)] == ["unit 97", "unit 98", "unit 99"]
    assert figure.get_suptitle() == "the 3 of 100 units that vary most"
    assert save(figure, tmp_path / "responses.svg").exists()


def test_layers_within_others_one_row_and_numbers_that_are_not_finite_are_drawn():
    net = gn.Network([gn.Residual(gn.Dense(4, "relu"), gn.Dense(4))]).build(4, seed=0)
    assert len(titles(responses(net, IRIS.X, layer="0.0"))) == 4
    assert titles(responses(net, IRIS.X[:1])) == [f"unit {k}, r = 0.00" for k in range(4)]
    net.parameters[:] = np.nan
    with np.errstate(invalid="ignore"):
        assert len(titles(responses(net, IRIS.X))) == 4


def test_what_cannot_be_drawn_is_refused_in_one_sentence():
    net = gn.Network([gn.Dense(3), gn.Activation("tanh")]).build(4, seed=0)
    with pytest.raises(gn.UnknownName, match=r"unknown layer '2'. Known: 0, 1"):
        responses(net, IRIS.X, layer=2)
    with pytest.raises(
        gn.InvalidInput, match=r"images of shape \(8, 8\) need a layer with a W of 64 inputs; it has 4 inputs"
    ):
        responses(net, IRIS.X, shape=(8, 8))
    with pytest.raises(gn.InvalidInput, match=r"need a layer with a W of 4 inputs; it has no W"):
        responses(net, IRIS.X, layer=1, shape=(2, 2))
    with pytest.raises(gn.InvalidInput, match="X must have 4 features"):
        responses(net, IRIS.X[:, :3])
    with pytest.raises(gn.InvalidInput, match="X must be finite"):
        responses(net, np.full((2, 4), np.nan))
