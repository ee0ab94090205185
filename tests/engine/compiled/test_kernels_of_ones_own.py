"""Formulas of one's own are compiled; what cannot be runs on NumPy and says so; divergence is seen at the same step."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba")
pytest.importorskip("scipy")

from comparing import N_OUTPUTS, assert_parity, data_for, trained  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.engine.compiled.engine import tell_fallback
from glassnet.formulas.clipping import Clip
from glassnet.formulas.elementary import row_sum
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.update_rules import UpdateRule

ENDLESS = float("inf")


@pytest.fixture(autouse=True)
def a_network_that_falls_back_on_numpy_says_so_each_time():
    tell_fallback.cache_clear()


def assert_runs_on_numpy(why: str, layers: list[Any], X: Any = None, **how: Any) -> None:
    given, y = data_for("squared_error")
    X = given if X is None else X
    with pytest.warns(RuntimeWarning, match=f"runs on the NumPy engine: {why}"):
        net, _ = trained("compiled", "float32", layers, "squared_error", X, y, **how)
        same, _ = trained("numpy", "float32", layers, "squared_error", X, y, **how)
        np.testing.assert_array_equal(net.parameters, same.parameters)
        np.testing.assert_allclose(net.predict(X), same.predict(X), rtol=1e-4, atol=1e-5)


def test_an_activation_and_a_loss_of_ones_own_are_compiled():
    class Bent(gn.activations.Activation):
        tilt: float = 0.1

        def value(self, z):
            return z * 0.5 * (1.0 + self.tilt) + np.tanh(z)

        def slope(self, z, a):
            return 0.5 * (1.0 + self.tilt) + 1 - np.tanh(z) ** 2

    class Fourth(gn.Loss):
        def value(self, p, y):
            return (p - y) ** 4

        def gradient(self, p, y):
            return 4 * (p - y) ** 3

    X, y = data_for("squared_error")
    assert_parity([gn.Dense(5, Bent(tilt=0.3))], Fourth(), X, y / 10)


def test_a_formula_may_use_any_name():
    """Also those of the kernel around it."""

    class Names(gn.activations.Activation):
        low: float = 1.5

        def value(self, z):
            units, span, high, T, flag = self.low * 2, 3.0, self.low, 1.0, 0.5
            r = np.exp(-z * z)
            j = r * z
            i = j * high * units
            exp = i * span * T * flag
            OUT = exp + 0.0
            return OUT

        def slope(self, z, a):
            da = self.low * self.low * 3.0
            g = np.exp(-z * z)
            return da * g * (1 - 2 * z * z)

    class Scaled(gn.Loss):
        s: float = 0.6

        def value(self, p, y):
            total = self.s * 0.25
            return total * (p - y) ** 2

        def gradient(self, p, y):
            scale = self.s * 0.5
            return scale * (p - y)

    class Pull(Penalty):
        strength: float = 0.01

        def value(self, w):
            g = w * w
            return 0.5 * self.strength * g

        def slope(self, w):
            g = self.strength * w
            return g

    X, y = data_for("squared_error")
    assert_parity([gn.Dense(5, Names())], Scaled(), X, y, penalty=Pull())


def test_arguments_by_name_and_numbers_that_are_not_finite_run_on_numpy():
    class ByName(gn.activations.Activation):
        def value(self, z):
            return np.clip(z, a_min=-1.0, a_max=1.0)

        def slope(self, z, a):
            return np.where(np.abs(z) < 1, 1.0, 0.0) + 0 * z

    class Infinite(gn.activations.Activation):
        def value(self, z):
            return np.minimum(z, ENDLESS)

        def slope(self, z, a):
            return 1.0 + 0 * z

    assert_runs_on_numpy(".*has keyword arguments", [gn.Dense(5, ByName())])
    assert_runs_on_numpy("'ENDLESS' is not a finite number", [gn.Dense(5, Infinite())])


def test_numbers_of_a_module_are_taken():
    class Turned(gn.activations.Activation):
        def value(self, z):
            return np.sin(np.pi * z) / np.pi

        def slope(self, z, a):
            return np.cos(np.pi * z)

    assert_parity([gn.Dense(5, Turned())])


def test_a_formula_may_have_many_settings():
    class Nine(gn.activations.Activation):
        c1: float = 0.1
        c2: float = 0.2
        c3: float = 0.3
        c4: float = 0.4
        c5: float = 0.5
        c6: float = 0.6
        c7: float = 0.7
        c8: float = 0.8
        c9: float = -3.0

        def value(self, z):
            return z * (self.c1 + self.c2 + self.c3 + self.c4 + self.c5 + self.c6 + self.c7 + self.c8 + self.c9)

        def slope(self, z, a):
            return z * 0.0 + 0.6

    assert_parity([gn.Dense(5, Nine())])


def test_a_rule_may_have_much_memory():
    names = tuple(f"m{k}" for k in range(9))

    class Slow(UpdateRule):
        memory = names

        def update(self, p, g, t, rate, m0, m1, m2, m3, m4, m5, m6, m7, m8):
            return (
                p - rate * m8,
                g + 0.0,
                m0 + 0.0,
                m1 + 0.0,
                m2 + 0.0,
                m3 + 0.0,
                m4 + 0.0,
                m5 + 0.0,
                m6 + 0.0,
                m7 + 0.0,
            )

    assert_parity([gn.Dense(5, "tanh")], optimizer=Slow(0.01), epochs=6)


def test_a_formula_that_is_more_than_expressions_runs_on_numpy():
    class Odd(gn.activations.Activation):
        def value(self, z):
            return np.cumsum(z, axis=1) * 0 + z

        def slope(self, z, a):
            return np.ones_like(z)

    assert_runs_on_numpy("'np.cumsum' is not an elementary function", [gn.Dense(5, Odd())])


def test_a_setting_that_is_no_number_runs_on_numpy():
    class Stretch(gn.activations.Activation):
        by: tuple[float, ...] = (2.0,)

        def value(self, z):
            return z * self.by

        def slope(self, z, a):
            return z * 0.0 + 2.0

    assert_runs_on_numpy("`by` of Stretch.* is not a number", [gn.Dense(5, Stretch())])


class Centred(gn.activations.Activation):
    def value(self, z):
        return z - row_sum(z) * 0.1

    def pull_back(self, dA, z, a, *learned):
        return dA - row_sum(dA) * 0.1


@pytest.mark.parametrize("f", ["softmax", Centred()], ids=str)
def test_a_sum_over_the_last_of_several_axes_is_compiled(f):
    X, _ = data_for("squared_error")
    X = X.reshape(len(X), 2, 3)
    outputs = []
    for engine in ("numpy", "compiled"):
        net = gn.Network([gn.Activation(f), gn.Flatten(), gn.Dense(2)], "float64", engine=engine)
        net.fit(X, X[:, 0, :2], loss="squared_error", epochs=2, batch_size=16, seed=0)
        outputs.append(net.predict(X))
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-10, atol=1e-13)


def test_a_sum_over_rows_is_compiled_where_rows_are_samples():
    assert_parity([gn.Dense(5, Centred()), gn.Activation(Centred())])


def test_a_clip_of_ones_own_runs_on_numpy():
    class Halve(Clip, name="halve"):
        def apply(self, g):
            g *= 0.5

    assert_runs_on_numpy(r"Halve\(\) has no kernel", [gn.Dense(5)], clip=Halve())


def test_a_loss_whose_fields_cannot_be_hashed_validates():
    class Scaled(gn.Loss):
        about: Any = None

        def value(self, p, y):
            return (p - y) * (p - y)

        def gradient(self, p, y):
            return 2.0 * (p - y)

    assert_parity([gn.Dense(5)], Scaled(about=["a list"]))


def test_divergence_is_noticed_at_the_same_step():
    X, y = data_for("squared_error")
    said = []
    for engine in ("numpy", "compiled"):
        net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(N_OUTPUTS)], engine=engine)
        with pytest.raises(gn.Diverged) as caught:
            net.fit(X, y, loss="squared_error", optimizer=gn.SGD(1e12), epochs=50, seed=0)
        said.append(str(caught.value).split("was ")[1].split(" ", 1)[1])
        assert np.isfinite(net.parameters).all()
    assert said[0] == said[1]


@pytest.mark.parametrize("clip", [None, gn.ClipValue(0.1), gn.ClipNorm(0.1)], ids=str)
@pytest.mark.parametrize("rule", ["sgd", "lion", "adam"])
def test_a_gradient_that_is_no_number_is_not_clipped_away(rule, clip):
    class Hole(gn.Loss):
        def value(self, p, y):
            return (p - y) * (p - y)

        def gradient(self, p, y):
            return (p - y) * 0.0 / ((p - y) * 0.0)

    X, y = data_for("squared_error")
    for engine in ("numpy", "compiled"):
        with pytest.raises(gn.Diverged, match="the loss was nan at step 2, in epoch 1"):
            trained(engine, "float32", [gn.Dense(5)], Hole(), X, y, optimizer=rule, clip=clip, penalty="l1")
