"""The learning-rate range test: a rate that trains, nothing changed, the figure, and what is refused."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn

DIGITS = gn.datasets.digits()
HOW: dict[str, Any] = {"loss": "cross_entropy", "seed": 0}


def net(engine="auto"):
    return gn.Network([gn.Dense(32, "relu"), gn.Dense(10, "softmax")], engine=engine)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_the_suggested_rate_trains_and_the_network_is_not_changed(engine):
    network = net(engine)
    found = gn.learning_rate_range(network, DIGITS.X / 16, DIGITS.y, optimizer="sgd", high=1000.0, **HOW)
    assert network.layout is None
    assert 1e-3 < found.suggestion < 10
    assert found.losses[0] == pytest.approx(np.log(10), abs=0.5)
    assert len(found.rates) == len(found.losses) <= 100
    history = network.fit(DIGITS.X / 16, DIGITS.y, optimizer=gn.SGD(found.suggestion), epochs=10, **HOW)
    assert history["loss"][-1] < 0.5


def test_both_engines_find_the_same():
    first, second = (
        gn.learning_rate_range(net(engine), DIGITS.X / 16, DIGITS.y, high=1.0, class_weight="balanced", **HOW)
        for engine in ("numpy", "compiled")
    )
    np.testing.assert_allclose(first.losses, second.losses, rtol=2e-3)


def test_it_goes_on_from_the_parameters_that_are_there_and_stops_where_the_loss_explodes():
    network = net()
    network.fit(DIGITS.X / 16, DIGITS.y, epochs=3, **HOW)
    before = network.parameters.copy()
    rule = gn.Momentum(gn.Cosine(0.1), momentum=gn.Cosine(0.9))
    found = gn.learning_rate_range(network, DIGITS.X / 16, DIGITS.y, optimizer=rule, high=1e6, **HOW)
    np.testing.assert_array_equal(network.parameters, before)
    assert found.losses[0] < 1.5
    assert len(found.losses) < 100


def test_the_figure_marks_the_suggestion():
    found = gn.learning_rate_range(net(), DIGITS.X / 16, DIGITS.y, **HOW)
    (axes,) = found.plot().axes
    assert axes.get_xscale() == "log"
    assert axes.lines[2].get_xdata()[0] == found.suggestion
    assert f"suggestion {found.suggestion:.3g}" in repr(found)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "L-BFGS": ({"optimizer": "lbfgs"}, "L-BFGS chooses its own steps"),
    "low above high": ({"low": 1.0, "high": 0.1}, "low and high must be positive numbers with low < high"),
    "few steps": ({"steps": 3}, "steps must be a whole number of at least 10, got 3."),
    "labels": ({"y": DIGITS.y + 1}, "y holds label 10"),
    "an explosion at once": ({"low": 1e30, "high": 1e31, "optimizer": "sgd"}, "the loss explodes within"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused(what):
    given, said = REFUSED[what]
    with pytest.raises(gn.InvalidInput) as error:
        gn.learning_rate_range(net(), DIGITS.X / 16, **{"y": DIGITS.y, **HOW, **given})
    assert said in str(error.value)


def test_blocks_whose_first_array_does_not_count_are_refused():
    weights = np.r_[np.zeros(10), np.ones(90)]

    def rows():
        for start in range(0, 100, 10):
            part = slice(start, start + 10)
            yield DIGITS.X[:100][part], DIGITS.y[:100][part], weights[part]

    with pytest.raises(gn.InvalidInput, match="nothing in the first array of the blocks counts"):
        gn.learning_rate_range(net(), gn.Blocks(rows), None, **HOW)  # type: ignore[arg-type]
