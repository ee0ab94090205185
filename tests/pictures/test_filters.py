"""Filters, feature maps and what a filter responds to, as pictures."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.pictures import feature_maps, filters, strongest_patches

DIGITS = gn.datasets.digits().X[:20].reshape(-1, 8, 8, 1) / 16


@pytest.fixture(scope="module")
def net():
    layers = [gn.Conv2D(3, 3, "relu", padding="same"), gn.MaxPool(2), gn.Conv2D(5, 2), gn.Flatten(), gn.Dense(2)]
    return gn.Network(layers, engine="numpy").build((8, 8, 1), seed=0)


def test_filters_are_the_weights_with_one_scale(net):
    figure, W = filters(net), net.arrays["0.W"]
    assert [axes.get_title() for axes in figure.axes[:3]] == ["filter 0", "filter 1", "filter 2"]
    for k in range(3):
        np.testing.assert_array_equal(figure.axes[k].images[0].get_array(), W[:, :, 0, k])
        assert figure.axes[k].images[0].get_clim() == pytest.approx((-np.abs(W).max(), np.abs(W).max()))
    few = filters(net, 2, channel=1, most=2)
    assert few.get_suptitle() == "the 2 of 5 filters with the largest numbers"


def test_feature_maps_are_the_outputs_of_a_layer(net):
    A = gn.trace(net, DIGITS[:1], [[0.0, 0.0]], loss="squared_error").layers[1].A
    for k, axes in enumerate(feature_maps(net, DIGITS[0], layer=1).axes[:3]):
        np.testing.assert_allclose(axes.images[0].get_array(), A[0, :, :, k], rtol=1e-6)


def test_the_strongest_patches_are_those_that_a_filter_gives_the_most(net):
    figure = strongest_patches(net, DIGITS, layer=2, patches=4, most=5)
    assert len(figure.axes) == 20
    A = gn.trace(net, DIGITS, np.zeros((20, 2)), loss="squared_error").layers[2].A
    place = np.unravel_index(np.argmax(A[..., 0]), A[..., 0].shape)
    padded = np.pad(DIGITS, ((0, 0), (1, 1), (1, 1), (0, 0)))
    y, x = 2 * place[1], 2 * place[2]  # places are two pixels apart; a window is 3 + (2 − 1) · 1 + (2 − 1) · 2 wide
    seen = padded[place[0], y : y + 6, x : x + 6, 0]
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), seen, rtol=1e-6)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda net: filters(net, 1), "filters are those of a Conv2D layer; layer 1 is MaxPool(2)"),
        (lambda net: filters(net, 0, channel=1), "channel must be 0…0, as layer 0 has 1, got 1"),
        (
            lambda net: feature_maps(net, DIGITS[0], 3),
            "feature maps need pictures; the output of layer 3, Flatten(), is",
        ),
        (lambda net: feature_maps(net, DIGITS[:2]), "x must be one row of inputs"),
    ],
)
def test_what_cannot_be_drawn_is_refused(net, draw, message):
    with pytest.raises(gn.InvalidInput, match=re.escape(message)):
        draw(net)
