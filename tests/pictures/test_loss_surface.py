from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.listeners import Snapshots
from glassnet.pictures import loss_surface, save
from glassnet.pictures.network.loss_surface import LossAt, filter_normalised, plane_of_path, scale_of
from tests.themes import in_both_themes

IRIS = gn.datasets.iris()
X = (IRIS.X - IRIS.X.mean(axis=0)) / IRIS.X.std(axis=0)


def trained(epochs=12, layers=None):
    net = gn.Network(layers or [gn.Dense(4, "tanh"), gn.Dense(3, "softmax")], dtype="float64", engine="numpy")
    snapshots = Snapshots(net)
    settings: dict[str, Any] = {"loss": "cross_entropy", "optimizer": gn.Adam(0.05), "seed": 0}
    net.fit(X, IRIS.y, epochs=epochs, listeners=[snapshots], **settings)
    return net, snapshots


@in_both_themes
def test_a_loss_surface_is_drawn_as_it_was_judged(same_picture, theme):
    net, snapshots = trained()
    figure = loss_surface(net, X, IRIS.y, snapshots=snapshots, resolution=9, theme=theme)
    same_picture(figure, f"loss-surface-{theme}")


def test_random_directions_have_columns_as_long_as_those_of_the_weights_and_leave_biases():
    net, _ = trained()
    layout, theta = net.built()
    direction = filter_normalised(net, theta, np.random.default_rng(0))
    for name, place in layout.places.items():
        expected = np.linalg.norm(place.of(theta), axis=0) if name.endswith("W") else 0 * place.of(theta)
        own = place.of(direction)
        np.testing.assert_allclose(np.linalg.norm(own, axis=0) if name.endswith("W") else own, expected)


def test_the_loss_is_that_of_the_network_and_the_network_stays():
    net, _ = trained()
    before = net.parameters.copy()
    at = LossAt(net, X, IRIS.y, None)
    assert at(before) == pytest.approx(net.evaluate(X, IRIS.y)["loss"])
    assert at(before * 0) == pytest.approx(np.log(3))
    loss_surface(net, X, IRIS.y, resolution=3)
    np.testing.assert_array_equal(net.parameters, before)


def test_a_seed_gives_the_same_directions_and_another_one_others():
    net, _ = trained()
    first, again, other = (
        loss_surface(net, X, IRIS.y, resolution=5, seed=seed).axes[0].get_title() for seed in (1, 1, 2)
    )
    assert first == again
    one, two = (filter_normalised(net, net.parameters, np.random.default_rng(seed)) for seed in (1, 2))
    assert not np.allclose(one, two)
    assert first.startswith("loss ") and other.startswith("loss ")


def test_the_way_ends_at_the_network_and_its_plane_holds_most_of_it():
    net, snapshots = trained(30)
    plane, path = plane_of_path(net.parameters, snapshots)
    np.testing.assert_allclose(path[-1], 0, atol=1e-12)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-9)
    assert path[0, 0] < 0 and path[0, 1] <= 1e-12
    steps = np.array(snapshots.parameters) - net.parameters
    held = (path**2).sum() / (steps**2).sum()
    assert f"{held:.0%}" in plane.said


def test_contours_are_logarithmic_unless_a_loss_is_negative_or_all_are_equal():
    levels = levels_of([[1.0, 100.0], [np.nan, 10.0]])
    np.testing.assert_allclose(np.diff(np.log(levels)), np.log(100) / 15)
    np.testing.assert_allclose(np.diff(levels_of([[-1.0, 14.0]])), 1)
    assert scale_of(np.zeros((2, 2))) is None and scale_of(np.full((2, 2), np.nan)) is None
    assert levels_of([0.0, 1.0])[[0, -1]].tolist() == [0.5, 1.0]


def levels_of(losses):
    found = scale_of(np.array(losses))
    assert found is not None
    return found[0]


def test_one_row_numbers_and_what_is_not_finite_are_drawn(tmp_path):
    net = gn.Network([gn.Dense(1)]).build(4, seed=0)
    figure = loss_surface(net, X[:1], [2.0], loss="squared_error", resolution=5, theme="dark")
    assert save(figure, tmp_path / "surface.svg").exists()
    net.arrays["0.b"][:] = np.nan
    assert (
        loss_surface(net, X, IRIS.y, loss="squared_error", resolution=3).axes[0].get_title()
        == "loss nan at the network"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"span": 0}, "span must be a positive number, got 0"),
        ({"resolution": 1}, "resolution must be a whole number of at least 2, got 1"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"loss": "crossentropy"}, "unknown loss 'crossentropy'. Did you mean 'cross_entropy'?"),
        ({"theme": "sepia"}, "theme must be one of"),
        ({"snapshots": Snapshots(None)}, "a path needs at least 3 snapshots, got 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(settings, message):
    net, _ = trained(1)
    with pytest.raises(gn.InvalidInput, match=message):
        loss_surface(net, X, IRIS.y, **{"resolution": 3} | settings)


def test_networks_that_were_not_trained_or_have_no_weights_are_refused():
    with pytest.raises(gn.InvalidInput, match="this network was not trained, so name the loss"):
        loss_surface(gn.Network([gn.Dense(3, "softmax")]).build(4, seed=0), X, IRIS.y)
    net = gn.Network([gn.Dense(3, "softmax")]).build(4, seed=0)
    net.parameters[:] = 0
    with pytest.raises(gn.InvalidInput, match="the network has no nonzero weights"):
        loss_surface(net, X, IRIS.y, loss="cross_entropy")
    net, snapshots = trained(4)
    snapshots.parameters[1][:] = np.inf
    with pytest.raises(gn.InvalidInput, match="the snapshots hold parameters that are not finite"):
        loss_surface(net, X, IRIS.y, snapshots=snapshots)
