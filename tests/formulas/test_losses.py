"""Every loss: gradient against a numerical derivative, the exact divisor, no overflow."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas.activations import Activation
from glassnet.formulas.losses import Loss
from glassnet.typing import LossName

BUILT_IN = sorted(name for name, cls in Loss.registry.items() if cls.__module__.startswith("glassnet.formulas."))
OBJECTS = [*BUILT_IN, gn.Quantile(levels=(0.1, 0.5)), gn.Huber(delta=0.3), gn.GaussianLikelihood(floor=0.2)]
OBJECTS += [
    gn.MixtureLikelihood(1, floor=0.2),
    gn.MixtureLikelihood(5),
    gn.CrossEntropies((2, 5, 3)),
    gn.CrossEntropies((4,)),
]

NOT_SQUARED = [
    name for name in BUILT_IN if not any(part in name for part in ("squared", "gaussian", "mixture", "entropies"))
]


def example(loss, rng, n=7, k=4):
    if loss.output_symbols:
        k = loss.outputs_per_target()
        return rng.normal(0, 2, (n, k)), np.repeat(rng.normal(size=(n, 1)), k, axis=1)
    if isinstance(loss, gn.CrossEntropies):
        y = np.hstack([np.eye(size)[rng.integers(0, size, n)] for size in loss.sizes])
        return rng.normal(0, 2, y.shape), y
    z = rng.normal(0, 2, (n, k))
    if loss.targets == "classes":
        y = np.eye(k)[rng.integers(0, k, n)]
    elif loss.targets == "binary":
        y = rng.integers(0, 2, (n, k)).astype(float)
    else:
        y = rng.poisson(2, (n, k)).astype(float) + (0.37 if loss.targets == "numbers" else 0)
    return z, y


@pytest.mark.parametrize("loss", OBJECTS, ids=str)
def test_residual_is_the_derivative_of_value(loss):
    loss = Loss.of(loss)
    z, y = example(loss, np.random.default_rng(0))
    columns, h = loss.columns(z.shape[1]), 1e-6
    numeric = np.empty_like(z)
    for i in np.ndindex(*z.shape):
        up, down = z.copy(), z.copy()
        up[i] += h
        down[i] -= h
        numeric[i] = (loss.value(up, y, *columns).sum() - loss.value(down, y, *columns).sum()) / (2 * h)
    a = Activation.of(loss.output_activation).value(z) if loss.output_activation else z
    np.testing.assert_allclose(loss.gradient(a, y, *columns), numeric, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [name for name in BUILT_IN if name in NOT_SQUARED])
def test_no_magnitude_gives_a_warning_or_nan(name, dtype):
    loss, top = Loss.of(name), float(np.finfo(dtype).max)
    z = np.array([[-top / 8, 0, top / 8], [1e-30, 1e3, -1e3], [50, 700, 1e9]], dtype)
    y = np.eye(3, dtype=dtype) if loss.targets != "numbers" else z[::-1].copy()
    columns = [c.astype(dtype) for c in loss.columns(3)]
    with np.errstate(all="raise", under="ignore"):
        a = Activation.of(loss.output_activation).value(z) if loss.output_activation else z
        for array in (loss.value(z, y, *columns), loss.gradient(a, y, *columns)):
            assert np.isfinite(array).all()
            assert array.dtype == dtype


@pytest.mark.parametrize(("dtype", "bound"), [("float32", 80.0), ("float64", 700.0)])
def test_rates_are_exact_up_to_a_bound_of_their_type_and_the_loss_goes_on_straight(dtype, bound):
    z = np.array([[bound - 0.5, bound - 1e-3, bound + 2.0, bound + 7.0]], dtype)
    f, y = gn.Exponential(), np.full(z.shape, 3.0, dtype)
    a = f.value(z)
    exact = np.exp(np.minimum(z.astype(np.float64), bound))
    tolerance = 1e-4 if dtype == "float32" else 1e-11
    np.testing.assert_allclose(a, exact, rtol=tolerance)
    np.testing.assert_allclose(f.slope(z, a), [[exact[0, 0], exact[0, 1], 0, 0]], rtol=tolerance)
    for loss in (gn.Poisson(), gn.NegativeBinomial(0.5)):
        rise = loss.value(z, y)[0, 3].astype(float) - loss.value(z, y)[0, 2].astype(float)
        np.testing.assert_allclose(rise / 5, loss.gradient(a, y)[0, 2], rtol=1e-4 if dtype == "float32" else 1e-9)


def scikit_learns_log_loss(p, t):
    """Its `log_loss` and `binary_log_loss`, with shares t for all classes, each entry or row by itself."""
    eps = np.finfo(p.dtype).eps
    p = np.clip(p, eps, 1 - eps)
    return -(t * np.log(p))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clipped_losses_count_no_probability_closer_to_0_or_1_than_epsilon(dtype):
    z = np.array([[0.3, -1.2], [30.0, -30.0], [0.0, 900.0], [-17.0, 17.0], [4.0, 50.0]], dtype)
    t = np.array([[1, 0], [0, 1], [1, 0], [1, 0], [0, 1]], dtype)
    a = gn.Softmax().value(z)
    found = gn.ClippedCrossEntropy().value(z, t)
    np.testing.assert_allclose(found[:, 0], scikit_learns_log_loss(a, t).sum(axis=1), rtol=2e-5)
    assert found.max() == pytest.approx(-np.log(np.finfo(dtype).eps), rel=1e-6)
    np.testing.assert_array_equal(gn.ClippedCrossEntropy().gradient(a, t), a - t)
    a = gn.Sigmoid().value(z)
    found = gn.ClippedBinaryCrossEntropy().value(z, t)
    expected = scikit_learns_log_loss(a, t) + scikit_learns_log_loss(1 - a, 1 - t)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)
    assert found.max() == pytest.approx(-np.log(np.finfo(dtype).eps), rel=1e-6)
    near = np.clip(z, -3, 3)
    np.testing.assert_allclose(gn.ClippedCrossEntropy().value(near, t), gn.CrossEntropy().value(near, t), rtol=1e-5)
    plain = gn.BinaryCrossEntropy().value(near, t)
    np.testing.assert_allclose(gn.ClippedBinaryCrossEntropy().value(near, t), plain, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rates_and_clipped_losses_are_the_same_on_both_engines(dtype):
    z = np.linspace(-120, 120, 41)[:, np.newaxis]
    cases: list[tuple[LossName, gn.Layer]] = [
        ("poisson", gn.Activation("exponential")),
        ("negative_binomial", gn.Activation("exponential")),
        ("squared_error", gn.Activation("exponential")),
        ("clipped_cross_entropy", gn.Activation("softmax")),
        ("clipped_binary_cross_entropy", gn.Activation("sigmoid")),
    ]
    for loss, layer in cases:
        two = loss == "clipped_cross_entropy"
        X, y = (np.hstack([z, -z / 2]), np.arange(41) % 2) if two else (z, (np.arange(41) % 2).astype(float))
        if loss == "squared_error":
            X = X / 4  # whose square would overflow float32
        found = []
        for engine in ("numpy", "auto"):
            net = gn.Network([layer], dtype=dtype, engine=engine).build(X.shape[1])
            found.append([net.evaluate(X, y, loss=loss)["loss"], *net.predict(X).ravel().tolist()])
        single = dtype == "float32"
        np.testing.assert_allclose(found[0], found[1], rtol=2e-5 if single else 1e-12, atol=1e-7 if single else 1e-15)


@pytest.mark.parametrize("engine", ["numpy", "auto"])
def test_predicted_rates_stay_at_the_bound_of_the_networks_own_type(engine):
    z = np.array([[79.0], [100.0], [2000.0]])
    for dtype, highest in (("float32", 80.0), ("float64", 700.0)):
        net = gn.Network([gn.Activation("exponential")], dtype=dtype, engine=engine).build(1)
        expected = np.exp(np.minimum(z, highest))
        np.testing.assert_allclose(net.predict(z), expected, rtol=1e-4)
        np.testing.assert_allclose([net.predictor()(row) for row in z], expected, rtol=1e-4)


LINEAR = [[1.0], [3.0]]


def loss_of(loss, X, y, layers=None, **more):
    net = gn.Network(layers or [gn.Dense(1, weights=gn.Constant(1.0))], dtype="float64").build(len(X[0]), seed=0)
    return net.evaluate(X, y, loss=loss, **more)["loss"]


def test_mean_divides_by_entries_and_sum_by_nothing():
    assert loss_of("squared_error", LINEAR, [0.0, 0.0]) == (1 + 9) / 2
    assert loss_of("sum_of_squared_errors", LINEAR, [0.0, 0.0]) == 1 + 9
    assert loss_of(gn.SquaredError(reduction="sum"), LINEAR, [0.0, 0.0]) == 1 + 9
    two = [gn.Dense(2, weights=gn.Constant(1.0))]
    assert loss_of("squared_error", LINEAR, [[0, 0], [0, 1]], two) == (1 + 1 + 9 + 4) / 4


def test_sample_weights_make_a_weighted_mean():
    assert loss_of("squared_error", LINEAR, [0.0, 0.0], sample_weight=[3, 1]) == (3 * 1 + 1 * 9) / 4
    assert loss_of("sum_of_squared_errors", LINEAR, [0.0, 0.0], sample_weight=[3, 1]) == 3 * 1 + 1 * 9


def test_cross_entropy_divides_by_rows_and_smooths_labels():
    layers = [gn.Dense(2, "softmax", weights=gn.Constant(0.0))]
    assert loss_of("cross_entropy", LINEAR, [0, 1], layers) == pytest.approx(np.log(2))
    z = np.array([[2.0, 0.0]])
    t = np.array([[0.9 + 0.05, 0.05]])
    smoothed = gn.CrossEntropy(label_smoothing=0.1)
    net = gn.Network([gn.Activation("softmax")], dtype="float64").build(2)
    expected = -(t * np.log(np.exp(z) / np.exp(z).sum())).sum()
    assert net.evaluate(z, [0], loss=smoothed)["loss"] == pytest.approx(expected)
    assert net.evaluate(z, [[1, 0]], loss=smoothed)["loss"] == pytest.approx(expected)


def test_quantile_loss_is_least_at_the_quantiles():
    y = np.random.default_rng(0).exponential(size=4001)
    net = gn.Network([gn.Dense(3, weights="zeros")], dtype="float64")
    rule = gn.LBFGS(tolerance=1e-9)
    net.fit(np.ones((len(y), 1)), y, loss=gn.Quantile(levels=(0.1, 0.5, 0.9)), optimizer=rule, epochs=200, seed=0)
    np.testing.assert_allclose(net.predict([[1.0]])[0], np.quantile(y, [0.1, 0.5, 0.9]), atol=0.02)


def uneven(n=23):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    return X, X[:, 0] + np.exp(0.5 * X[:, 1]) * rng.normal(size=n)


@pytest.mark.parametrize("loss", ["gaussian_likelihood", "gaussian_crps"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_losses_of_a_mean_and_a_scale_are_the_same_on_both_engines_with_a_small_last_batch(dtype, loss):
    X, y = uneven()
    found = []
    for engine in ("numpy", "auto"):
        net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(2)], dtype=dtype, engine=engine)
        settings = {"loss": loss, "optimizer": "adam", "epochs": 3, "batch_size": 8, "seed": 0}
        history = net.fit(X, y, sample_weight=np.linspace(0.5, 2, len(y)), **settings)
        found.append([*history["loss"], *net.predict(X).ravel()])
    tolerance: Any = {"rtol": 1e-3, "atol": 1e-5} if dtype == "float32" else {"rtol": 1e-9, "atol": 1e-12}
    np.testing.assert_allclose(found[0], found[1], **tolerance)


@pytest.mark.parametrize("loss", [gn.GaussianLikelihood, gn.GaussianCRPS])
@pytest.mark.parametrize("n", [1, 7, 23])
def test_the_gradient_check_accepts_losses_of_a_mean_and_a_scale_and_no_other_gradient(n, loss: Any):
    class Forgetful(loss):  # of the slope of the scale
        def gradient(self, p, y, first, second):
            right = super().gradient(p, y, first, second)
            return first * right + second * right * (1 + np.exp(-p))

    X, y = uneven(n)
    net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(2)], engine="numpy").build(3, seed=0)
    assert gn.check_gradient(net, X, y, loss=loss(floor=0.1)).max_error < 1e-6
    assert gn.check_gradient(net, X, y, loss=Forgetful(floor=0.1)).max_error > 1e-3


@pytest.mark.parametrize("loss", ["gaussian_likelihood", "gaussian_crps"])
def test_losses_of_a_mean_and_a_scale_are_least_at_the_mean_and_the_standard_deviation(loss):
    y = np.random.default_rng(0).normal(2.0, 0.3, 4001)
    net = gn.Network([gn.Dense(2, weights="zeros")], dtype="float64", engine="numpy")
    net.fit(np.ones((len(y), 1)), y, loss=loss, optimizer=gn.LBFGS(), epochs=200, seed=0)
    mean, zeta = net.predict([[1.0]])[0]
    assert mean == pytest.approx(y.mean(), abs=0.01)
    assert np.log1p(np.exp(zeta)) + 0.001 == pytest.approx(y.std(), rel=0.02)


def test_the_gaussian_likelihood_needs_two_outputs():
    for layers, y in (([gn.Dense(4)], np.zeros((3, 2))), ([gn.Dense(1)], np.zeros(3))):
        with pytest.raises(gn.InvalidInput, match=r"gaussian_likelihood needs .*outputs"):
            gn.Network(layers).fit(np.ones((3, 1)), y, loss="gaussian_likelihood", epochs=1)


@pytest.mark.parametrize(
    ("loss", "dtype"),
    [
        pytest.param(gn.MixtureLikelihood(3, floor=0.1), "float32", marks=pytest.mark.long),
        (gn.CrossEntropies((2, 4, 3)), "float64"),
        pytest.param(gn.MixtureLikelihood(3, floor=0.1), "float64", marks=pytest.mark.long),
        pytest.param(gn.CrossEntropies((2, 4, 3)), "float32", marks=pytest.mark.long),
    ],
    ids=str,
)
def test_losses_of_groups_of_outputs_are_the_same_on_both_engines_with_a_small_last_batch(dtype, loss):
    X, y = uneven()
    if isinstance(loss, gn.CrossEntropies):
        y = np.random.default_rng(1).integers(0, loss.sizes, (len(X), 3))
    n_outputs = sum(getattr(loss, "sizes", ())) or loss.outputs_per_target()
    found = []
    for engine in ("numpy", "auto"):
        net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(n_outputs)], dtype=dtype, engine=engine)
        settings = {"loss": loss, "optimizer": "adam", "epochs": 3, "batch_size": 8, "seed": 0}
        history = net.fit(X, y, sample_weight=np.linspace(0.5, 2, len(y)), **settings)
        found.append([*history["loss"], *net.predict(X).ravel()])
    tolerance: Any = {"rtol": 1e-3, "atol": 1e-5} if dtype == "float32" else {"rtol": 1e-9, "atol": 1e-12}
    np.testing.assert_allclose(found[0], found[1], **tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, 7, 23])
@pytest.mark.parametrize("loss", [gn.MixtureLikelihood(floor=0.1), gn.CrossEntropies((2, 5, 3))], ids=str)
def test_the_gradient_check_accepts_losses_of_groups_of_outputs_and_no_other_gradient(loss, n, dtype):
    kind: Any = type(loss)

    class Wrong(kind):
        def gradient(self, p, y, *columns):
            right = super().gradient(p, y, *columns)
            right[:, -1] *= 1.05  # of one output alone
            return right

    X, y = uneven(n)
    if isinstance(loss, gn.CrossEntropies):
        y = np.random.default_rng(1).integers(0, loss.sizes, (n, 3))
    n_outputs = sum(getattr(loss, "sizes", ())) or loss.outputs_per_target()
    net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(n_outputs)], engine="numpy").build(3, seed=0)
    assert gn.check_gradient(net, X, y, loss=loss, dtype=dtype).max_error < (1e-6 if dtype == "float64" else 2e-2)
    assert gn.check_gradient(net, X, y, loss=Wrong(**loss._values())).max_error > 1e-3


def test_a_mixture_of_one_is_a_normal_distribution_and_equal_ones_make_no_difference():
    rng = np.random.default_rng(0)
    p, y = rng.normal(size=(9, 2)), rng.normal(size=(9, 1))
    one = gn.GaussianLikelihood()
    expected = one.value(p, np.repeat(y, 2, axis=1), *one.columns(2))
    for k in (1, 4):
        mixed = gn.MixtureLikelihood(k)
        outputs = np.hstack([np.column_stack([np.full(9, 0.3), p])] * k)
        found = mixed.value(outputs, np.repeat(y, 3 * k, axis=1), *mixed.columns(3 * k))
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_far_from_all_components_has_a_finite_loss(dtype):
    loss = gn.MixtureLikelihood(2)
    p = np.array([[500.0, 0.0, -90.0, -500.0, 1e4, 3.0]], dtype)
    columns = [column.astype(dtype) for column in loss.columns(6)]
    for y in (0.0, -1e4, 1e6):
        Y = np.full((1, 6), y, dtype)
        with np.errstate(all="raise", under="ignore"):
            assert np.isfinite(loss.value(p, Y, *columns)).all() and np.isfinite(loss.gradient(p, Y, *columns)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropies_are_those_of_each_group_by_itself_however_far_apart_the_groups_are(dtype):
    p = np.array([[3e4, -3e4, 1e-3, 5.0, -2.0], [-9e5, -9e5, 4e5, 4e5, -4e5]], dtype)
    t = np.array([[1, 0, 0, 1, 0], [0, 1, 1, 0, 0]], dtype)
    loss = gn.CrossEntropies((2, 3))
    columns = [column.astype(dtype) for column in loss.columns(5)]
    one = gn.CrossEntropy()
    with np.errstate(all="raise", under="ignore"):
        found, gradient = loss.value(p, t, *columns), loss.gradient(p, t, *columns)
    parts = [slice(0, 2), slice(2, 5)]
    np.testing.assert_allclose(found, sum(one.value(p[:, k], t[:, k]) for k in parts) / 2, rtol=1e-5)
    expected = np.hstack([one.gradient(gn.Softmax().value(p[:, k]), t[:, k]) for k in parts]) / 2
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)


def test_several_targets_of_classes_come_as_numbers_or_as_one_hot_rows():
    X, loss = np.ones((3, 2)), gn.CrossEntropies((2, 3))
    net = gn.Network([gn.Dense(5)], engine="numpy").build(2, seed=0)
    Y = np.array([[0, 2], [1, 0], [1, 1]])
    rows = np.hstack([np.eye(2)[Y[:, 0]], np.eye(3)[Y[:, 1]]])
    assert net.evaluate(X, Y, loss=loss) == net.evaluate(X, rows, loss=loss)
    for wrong, said in (
        (Y[:, :1], r"needs y of shape \(3, 2\), a column of class numbers for each target, or one-hot rows \(3, 5\)"),
        (Y + 1, r"y\[:, 0\] holds label 2 at row 1"),
        (Y.astype(float), r"class labels in y\[:, 0\] must be whole numbers"),
        (rows * 0.5, "must hold numbers of at least 0 that add up to 1"),
    ):
        with pytest.raises(gn.InvalidInput, match=said):
            net.evaluate(X, wrong, loss=loss)
    with pytest.raises(gn.InvalidInput, match="accuracy is for one target; cross_entropies predicts several"):
        net.evaluate(X, Y, loss=loss, metrics=["accuracy"])
    with pytest.raises(gn.InvalidInput, match=r"cross_entropies of sizes \(2, 2\) needs 4 outputs, not 5"):
        net.evaluate(X, np.minimum(Y, 1), loss="cross_entropies")


def test_a_loss_of_ones_own_trains():
    class Quartic(gn.Loss):
        def value(self, p, y):
            return (p - y) ** 4

        def gradient(self, p, y):
            return 4 * (p - y) ** 3

    data = gn.datasets.random_regression(20, 3, seed=0)
    net = gn.Network([gn.Dense(1)]).build(3, seed=0)
    assert gn.check_gradient(net, data.X, data.y, loss=Quartic()).max_error < 1e-6
    history = net.fit(data.X, data.y, loss={"name": "quartic"}, epochs=50)
    assert history["loss"][-1] < history["loss"][0]


def test_wrong_settings_meet_one_sentence():
    with pytest.raises(gn.InvalidInput, match="`reduction` must be 'mean', 'mean_of_rows' or 'sum', got 'avg'"):
        gn.SquaredError(reduction="avg")  # type: ignore[arg-type]
    with pytest.raises(gn.InvalidInput, match=r"GaussianLikelihood: `floor` must be a positive number, got -1"):
        gn.GaussianLikelihood(floor=-1)
    with pytest.raises(gn.InvalidInput, match=r"Huber: `delta` must be a positive number, got 0"):
        gn.Huber(delta=0)
    for wrong in ((1, 2), (), (2.5,), "ab"):
        with pytest.raises(gn.InvalidInput, match="`sizes` must be whole numbers of at least 2"):
            gn.CrossEntropies(wrong)  # type: ignore[arg-type]
    for components in (0, 1.5):
        with pytest.raises(gn.InvalidInput, match="`components` must be a whole number of at least 1"):
            gn.MixtureLikelihood(components)  # type: ignore[arg-type]
    with pytest.raises(gn.InvalidInput, match="mixture_likelihood needs outputs in multiples of 6, not 4"):
        gn.Network([gn.Dense(4)]).fit(np.ones((3, 1)), np.ones(3), loss="mixture_likelihood", epochs=1)
    with pytest.raises(gn.InvalidInput, match=r"mixture_likelihood of 2 components needs 6 outputs.* not 12"):
        gn.Network([gn.Dense(12)]).fit(np.ones((3, 1)), np.ones((3, 2)), loss="mixture_likelihood", epochs=1)
    with pytest.raises(gn.InvalidInput, match=r"`label_smoothing` must be a number in \[0, 1\), got 1"):
        gn.CrossEntropy(label_smoothing=1)
    with pytest.raises(gn.InvalidInput, match=r"`levels` must be numbers in \(0, 1\)"):
        gn.Quantile(levels=(0.5, 1.0))


def test_the_mean_of_rows_divides_by_rows_alone():
    X, y = [[1.0], [3.0]], [[0.0, 0.0], [0.0, 1.0]]
    layers = [gn.Dense(2, weights=gn.Constant(1.0))]
    assert loss_of(gn.SquaredError(reduction="mean_of_rows"), X, y, layers) == (1 + 1 + 9 + 4) / 2
    weighted = loss_of(gn.SquaredError(reduction="mean_of_rows"), X, y, layers, sample_weight=[1.0, 3.0])
    assert weighted == (1 + 1 + 3 * (9 + 4)) / 4
    assert loss_of(gn.HalfSquaredError(), X, y, layers) == (1 + 1 + 9 + 4) / 8
