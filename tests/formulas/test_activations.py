"""Every activation: slope against a numerical derivative, no overflow at any magnitude, names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import glassnet as gn
from glassnet.formulas.activations import Activation
from glassnet.formulas.elementary import erf

BUILT_IN = sorted(name for name, cls in Activation.registry.items() if cls.__module__.startswith("glassnet.formulas."))
ELEMENTWISE = [name for name in BUILT_IN if name != "softmax"]
DTYPES = [np.float32, np.float64]


def learned_of(f, width, dtype):
    return [np.full(width, getattr(f, name), dtype) for name in f.learned]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_slope_is_the_derivative_of_value(name):
    f = Activation.of(name)
    z = np.random.default_rng(0).normal(0, 3, (50, 4))
    z = z[np.abs(z).min(axis=1) > 1e-3]  # away from kinks
    learned, h = learned_of(f, 4, np.float64), 1e-6
    numeric = (f.value(z + h, *learned) - f.value(z - h, *learned)) / (2 * h)
    np.testing.assert_allclose(f.slope(z, f.value(z, *learned), *learned), numeric, rtol=1e-6, atol=1e-8)


def test_slope_of_prelu_by_its_learned_alpha():
    f, z, alpha, h = gn.PReLU(), np.linspace(-3, 3, 12).reshape(3, 4), np.full(4, 0.25), 1e-6
    numeric = (f.value(z, alpha + h) - f.value(z, alpha - h)) / (2 * h)
    (slope,) = f.learned_slopes(z, f.value(z, alpha), alpha)
    np.testing.assert_allclose(slope, numeric, atol=1e-9)


INSIDE = [name for name in ELEMENTWISE if not Activation.of(name).learned]


@pytest.mark.parametrize("alpha", [-0.5, 0.0, 0.3, 1.0, 2.0])
@pytest.mark.parametrize("name", INSIDE)
def test_slopes_of_parametric_are_derivatives_by_z_and_by_alpha(name, alpha):
    f, z, h = gn.Parametric(name), np.linspace(-4, 4, 24).reshape(6, 4) + 0.01, 1e-6
    alpha = np.full(4, alpha)
    a = f.value(z, alpha)
    numeric = (f.value(z + h, alpha) - f.value(z - h, alpha)) / (2 * h)
    np.testing.assert_allclose(f.slope(z, a, alpha), numeric, rtol=1e-6, atol=1e-8)
    (slope,) = f.learned_slopes(z, a, alpha)
    np.testing.assert_allclose(slope, (f.value(z, alpha + h) - f.value(z, alpha - h)) / (2 * h), atol=1e-8)


def test_parametric_is_linear_at_0_and_the_activation_at_1():
    z = np.linspace(-5, 5, 12).reshape(3, 4)
    np.testing.assert_allclose(gn.Parametric("mish").value(z, np.zeros(4)), z)
    np.testing.assert_allclose(gn.Parametric("mish").value(z, np.ones(4)), gn.Mish().value(z), atol=1e-15)


@pytest.mark.parametrize("name", ["softmax", "prelu", "parametric"])
def test_parametric_refuses_what_has_no_slope_or_learns(name):
    with pytest.raises(gn.InvalidInput, match=f"must work on single numbers and learn nothing itself.*got '{name}'"):
        gn.Parametric(name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BUILT_IN)
def test_no_magnitude_overflows_and_the_dtype_stays(name, dtype):
    f, top = Activation.of(name), np.finfo(dtype).max
    magnitudes = np.concatenate([np.logspace(-30, np.log10(float(top)) / 2, 39), [float(top) / 4]]).astype(dtype)
    z = np.concatenate([-magnitudes, np.zeros(2, dtype), magnitudes])[:, np.newaxis].repeat(3, axis=1)
    learned = learned_of(f, 3, dtype)
    with np.errstate(all="raise", under="ignore"):
        a = f.value(z, *learned)
        dz = f.pull_back(np.ones_like(z), z, a, *learned)
    for array in (a, dz):
        assert np.isfinite(array).all()
        assert array.dtype == dtype


@given(arrays(np.float64, (3, 5), elements=st.floats(-1e6, 1e6)), st.floats(-1e5, 1e5))
def test_softmax_rows_are_probabilities_and_a_shift_changes_nothing(z, shift):
    a = gn.Softmax().value(z)
    np.testing.assert_allclose(a.sum(axis=1), 1)
    assert (a >= 0).all()
    np.testing.assert_allclose(gn.Softmax().value(z + shift), a, rtol=1e-5, atol=1e-9)


def test_softmax_of_the_clouds_tutorial():
    a = gn.Softmax().value(np.array([[5.0, 1.0, 1.0]]))
    np.testing.assert_allclose(a, [[0.96466316, 0.01766842, 0.01766842]], atol=5e-9)


def test_values_agree_with_scipy():
    special = pytest.importorskip("scipy.special")
    z = np.linspace(-9, 9, 2001)
    np.testing.assert_allclose(erf(z), special.erf(z), atol=5e-16)
    np.testing.assert_allclose(gn.GELU().value(z), z * special.ndtr(z), atol=5e-15)
    np.testing.assert_allclose(gn.Sigmoid().value(z), special.expit(z), atol=2e-16)
    np.testing.assert_allclose(gn.Softplus().value(z), np.logaddexp(0, z), atol=2e-15)
    np.testing.assert_allclose(gn.Mish().value(z), z * np.tanh(np.logaddexp(0, z)), atol=5e-15)
    z = np.linspace(-700, 700, 2001)
    np.testing.assert_allclose(gn.Mish().value(z), z * np.tanh(np.logaddexp(0, z)), rtol=1e-13)
    t, z = np.tanh(np.logaddexp(0, z)), z
    np.testing.assert_allclose(gn.Mish().slope(z, z * t), t + z * (1 - t * t) * special.expit(z), atol=1e-13)
    np.testing.assert_allclose(gn.SiLU().value(z), z * special.expit(z), atol=5e-15)


def test_table_of_the_iris_tutorial():
    z = np.array([-2.0, 0.0, 3.0])
    assert gn.BinaryStep().value(z).tolist() == [0, 1, 1]
    assert gn.ReLU().value(z).tolist() == [0, 0, 3]
    np.testing.assert_allclose(gn.ELU(alpha=0.5).value(z), [0.5 * (np.exp(-2) - 1), 0, 3])
    np.testing.assert_allclose(gn.LeakyReLU(alpha=0.1).value(z), [-0.2, 0, 3])
    np.testing.assert_allclose(gn.HardSigmoid().value(z), [1 / 6, 0.5, 1])


def test_a_name_a_class_an_object_and_a_description_mean_the_same():
    expected = gn.LeakyReLU()
    for given_ in ("leaky_relu", gn.LeakyReLU, gn.LeakyReLU(), {"name": "leaky_relu", "alpha": 0.01}):
        assert Activation.of(given_) == expected
    assert Activation.of(gn.ELU(alpha=2).describe()) == gn.ELU(alpha=2)
    assert gn.ELU(alpha=2) != gn.ELU()


def test_unknown_names_name_the_nearest_and_all_that_are_known():
    with pytest.raises(gn.UnknownName, match=r"unknown activation 'rellu'. Did you mean 'relu'\? Known: arctan, "):
        Activation.of("rellu")
    with pytest.raises(gn.UnknownName, match=r"unknown field of activation 'elu' 'alfa'. Did you mean 'alpha'\?"):
        Activation.of({"name": "elu", "alfa": 1})
    with pytest.raises(gn.InvalidInput, match="expected a name or an object for the activation, got 3"):
        Activation.of(3)


def test_an_activation_of_ones_own_is_known_by_name_and_trains():
    class Wave(gn.activations.Activation):
        def value(self, z):
            return z + np.sin(z)

        def slope(self, z, a):
            return 1 + np.cos(z)

    iris = gn.datasets.iris()
    net = gn.Network([gn.Dense(5, {"name": "wave"}), gn.Dense(3, "softmax")])
    assert net.fit(iris.X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.02), epochs=30, seed=0)["loss"][-1] < 0.5
    assert gn.check_gradient(net, iris.X, iris.y).max_error < 1e-6


def test_the_gradient_check_refuses_a_wrong_slope():
    class Wrong(gn.activations.Activation):
        def value(self, z):
            return z * z

        def slope(self, z, a):
            return 2.02 * z

    iris = gn.datasets.iris()
    net = gn.Network([gn.Dense(5, Wrong), gn.Dense(3, "softmax")]).build(4, seed=0)
    assert gn.check_gradient(net, iris.X, iris.y, loss="cross_entropy").max_error > 1e-3
