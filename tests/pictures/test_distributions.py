import numpy as np
import pytest

import glassnet as gn
from glassnet.listeners import Snapshots
from glassnet.pictures import distributions, save
from glassnet.pictures.network.distributions import percentiles
from tests.themes import in_both_themes

IRIS = gn.datasets.iris()


def snapshots_of(layers, epochs=8, X=IRIS.X, y=IRIS.y, loss="cross_entropy"):
    net = gn.Network(layers, engine="numpy")
    snapshots = Snapshots(net)
    net.fit(X, y, loss=loss, optimizer=gn.Adam(0.02), epochs=epochs, seed=0, listeners=[snapshots])
    return snapshots


def medians(figure):
    return [axes.lines[0].get_ydata() for axes in figure.axes]


@in_both_themes
def test_distributions_are_drawn_as_they_were_judged(same_picture, theme):
    snapshots = snapshots_of([gn.Dense(3, "softmax")], epochs=20)
    same_picture(distributions(snapshots, IRIS.X, IRIS.y, theme=theme), f"distributions-{theme}")


def test_the_lines_are_medians_of_weights_activations_and_gradients_as_a_trace_has_them():
    snapshots = snapshots_of([gn.Dense(5, "tanh"), gn.Dense(3, "softmax")])
    drawn = medians(distributions(snapshots, IRIS.X, IRIS.y))
    for k, (_, net) in enumerate(snapshots.networks()):
        for row, layer in enumerate(gn.trace(net, IRIS.X, IRIS.y).layers):
            expected = [np.median(layer.W), np.median(layer.A), np.median(np.abs(layer.dW))]
            assert [drawn[3 * row + column][k] for column in range(3)] == pytest.approx(expected, rel=1e-4, abs=1e-7)


@pytest.mark.long
def test_layers_within_others_have_rows_and_layers_without_parameters_have_none(tmp_path):
    inside = gn.Residual(gn.Dense(4, "relu"), gn.Dense(4))
    layers = [gn.Dense(4, gn.PReLU()), gn.Dropout(0.2), inside, gn.BatchNorm(), gn.Dense(3, "softmax")]
    figure = distributions(snapshots_of(layers), IRIS.X, IRIS.y, theme="dark")
    assert [axes.get_ylabel() for axes in figure.axes[::3]] == [
        "0: Dense(4, 'prelu')",
        "2.0: Dense(4, 'relu')",
        "2.1: Dense(4, 'linear')",
        "3: BatchNorm()",
        "4: Dense(3, 'softmax')",
    ]
    assert save(figure, tmp_path / "distributions.svg").stat().st_size > 1000


def test_dead_units_have_no_gradient_and_the_scale_stays_linear():
    snapshots = snapshots_of(
        [gn.Dense(4, "relu", biases=gn.formulas.initializers.Constant(-1e3)), gn.Dense(3, "softmax")]
    )
    figure = distributions(snapshots, IRIS.X, IRIS.y)
    _, activations, gradients = medians(figure)[:3]
    assert not activations.any() and not gradients.any()
    assert [axes.get_yscale() for axes in figure.axes[2::3]] == ["linear", "linear"]


def test_what_is_not_finite_is_left_out_and_nothing_at_all_is_a_gap():
    assert percentiles(np.array([1.0, np.nan, 3.0, np.inf])).tolist() == [1.1, 1.5, 2.0, 2.5, 2.9]
    assert np.isnan(percentiles(np.array([np.nan]))).all()
    snapshots = snapshots_of([gn.Dense(3, "softmax")], epochs=3)
    snapshots.parameters[1][:] = np.nan
    assert np.isnan(medians(distributions(snapshots, IRIS.X, IRIS.y))[0]).tolist() == [False, True, False, False]


def test_a_single_row_and_a_single_class_are_drawn():
    snapshots = snapshots_of([gn.Dense(2, "softmax")], epochs=1, X=IRIS.X[:1], y=[0])
    assert len(distributions(snapshots, IRIS.X[:1], [0]).axes) == 3


def test_what_cannot_be_drawn_is_refused_in_one_sentence():
    with pytest.raises(gn.InvalidInput, match="no snapshots were taken"):
        distributions(Snapshots(gn.Network([gn.Dense(1)])), IRIS.X, IRIS.y)
    with pytest.raises(gn.InvalidInput, match="X must have 4 features, as the network was built for; it has 2"):
        distributions(snapshots_of([gn.Dense(3, "softmax")]), IRIS.X[:, :2], IRIS.y)
    with pytest.raises(gn.InvalidInput, match="the network has no parameters, so training changes nothing"):
        distributions(snapshots_of([gn.Activation("softmax")], y=IRIS.y), IRIS.X, IRIS.y)
