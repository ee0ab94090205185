import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas.activations import Activation
from glassnet.pictures import activation, save

NAMES = list(Activation.registry)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_activations_are_drawn_as_they_were_judged(same_picture, theme):
    same_picture(activation("tanh", "relu", at=0.5, theme=theme), f"activation-{theme}")


@pytest.mark.parametrize("name", NAMES)
def test_the_dashed_line_is_the_slope_of_the_other(name):
    curve, slope = activation(name).axes[0].lines[:2]
    z, a, s = curve.get_xdata(), curve.get_ydata(), slope.get_ydata()
    numeric = (a[2:] - a[:-2]) / (z[2:] - z[:-2])
    tall = np.nanmax(np.abs(s)) or 1.0
    smooth = np.isfinite(numeric) & np.isfinite(a[1:-1]) & (np.abs(s[2:] - s[:-2]) < 0.1 * tall)
    assert smooth.mean() > 0.98
    np.testing.assert_allclose(s[1:-1][smooth], numeric[smooth], atol=1e-2 * tall)


@pytest.mark.parametrize(("name", "gaps"), [("relu", 0), ("binary_step", 1), ("exponential", 0), ("hard_sigmoid", 0)])
def test_only_jumps_are_gaps(name, gaps):
    assert np.isnan(activation(name).axes[0].lines[0].get_ydata()).sum() == gaps


def test_the_slope_of_relu_jumps_at_0():
    slope = activation("relu").axes[0].lines[1].get_ydata()
    assert np.flatnonzero(np.isnan(slope)).tolist() in ([300], [301])


def test_the_tangent_touches_the_curve_with_its_slope():
    axes = activation("sigmoid", at=-1.0).axes[0]
    (x0, x1), (y0, y1) = (data.tolist() for data in axes.lines[2].get_data())
    f = gn.Sigmoid()
    z = np.array(-1.0)
    a = f.value(z)
    assert (y1 - y0) / (x1 - x0) == pytest.approx(f.slope(z, a))
    assert np.interp(-1.0, [x0, x1], [y0, y1]) == pytest.approx(a)
    assert axes.get_title() == "sigmoid,  f'(−1) = 0.197"


def test_softmax_is_drawn_for_two_scores_and_what_is_learned_as_it_begins():
    softmax, prelu = activation("softmax", gn.PReLU(0.5)).axes
    assert softmax.get_title() == "softmax of (z, 0)"
    np.testing.assert_allclose(softmax.lines[0].get_ydata(), gn.Sigmoid().value(softmax.lines[0].get_xdata()))
    assert prelu.lines[0].get_ydata()[0] == pytest.approx(-2.5)


def test_an_activation_of_ones_own_is_drawn(tmp_path):
    class Größe(Activation):
        def value(self, z):
            return z * z

        def slope(self, z, a):
            return 2 * z

    assert save(activation("größe", span=(-2, 2)), tmp_path / "own.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ([], {}, r"name at least one activation, such as activation\('relu'\)"),
        (["relo"], {}, "unknown activation 'relo'. Did you mean 'relu'?"),
        (["relu"], {"at": 9}, "at must be a number within the span -5…5, got 9"),
        (["relu"], {"at": "0"}, "at must be a number within the span -5…5, got '0'"),
        (["relu"], {"span": (1, 1)}, r"span must be two numbers, the smaller first, such as \(-5, 5\), got \(1, 1\)"),
        (["relu"], {"span": 3}, "span must be two numbers"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(arguments, settings, message):
    with pytest.raises(gn.InvalidInput, match=message):
        activation(*arguments, **settings)
