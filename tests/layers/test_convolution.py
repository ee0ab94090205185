"""Convolution, pooling and padding: what they compute, entry by entry, and what they refuse."""

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from both_engines import COMPILED, ENGINES, one_update  # type: ignore[import-not-found]

import glassnet as gn


def numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def built(layers: Any, X: Any) -> Any:
    net = gn.Network([*layers, gn.Flatten()], dtype="float64", engine="numpy").build(X.shape[1:], seed=1)
    for array in net.arrays.values():
        array[...] = numbers(*array.shape, seed=2)
    return net


def convolved(X: Any, W: Any, b: Any, stride: Any, before: Any, after: Any, dilation: Any, groups: int) -> Any:
    """The sums of a convolution over pictures, one output after the other."""
    X = np.pad(X, ((0, 0), *zip(before, after, strict=True), (0, 0)))
    (kh, kw, c, f), (n, h, w, _) = W.shape, X.shape
    places = [(s - (k - 1) * d - 1) // t + 1 for s, k, d, t in zip((h, w), (kh, kw), dilation, stride, strict=True)]
    Z = np.zeros((n, *places, f))
    for i, y, x, j in np.ndindex(Z.shape):
        first = j // (f // groups) * c
        for dy, dx in product(range(kh), range(kw)):
            seen = X[i, y * stride[0] + dy * dilation[0], x * stride[1] + dx * dilation[1], first : first + c]
            Z[i, y, x, j] += seen @ W[dy, dx, :, j]
    return Z + b


SETTINGS: dict[str, tuple[dict[str, Any], Any]] = {
    "valid": ({}, ((1, 1), (0, 0), (0, 0), (1, 1), 1)),
    "stride": ({"stride": (2, 1)}, ((2, 1), (0, 0), (0, 0), (1, 1), 1)),
    "same": ({"padding": "same"}, ((1, 1), (1, 0), (1, 1), (1, 1), 1)),
    "padding": ({"padding": (2, 1), "dilation": 2}, ((1, 1), (2, 1), (2, 1), (2, 2), 1)),
    "groups": ({"groups": 2}, ((1, 1), (0, 0), (0, 0), (1, 1), 2)),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_convolution_is_the_sum_over_its_window(name: str) -> None:
    settings, meant = SETTINGS[name]
    X = numbers(3, 6, 5, 2)
    net = built([gn.Conv2D(4, (3, 2), **settings)], X)
    expected = convolved(X, net.arrays["0.W"], net.arrays["0.b"], *meant)
    np.testing.assert_allclose(net.predict(X), expected.reshape(3, -1), rtol=1e-12)


def test_a_large_batch_goes_through_piece_by_piece() -> None:
    X = numbers(700, 9, 8, 3)
    net = built([gn.Conv2D(4, 3)], X)
    np.testing.assert_allclose(net.predict(X)[650:], net.predict(X[650:]), rtol=1e-12)
    expected = convolved(X[-1:], net.arrays["0.W"], net.arrays["0.b"], *SETTINGS["valid"][1])
    np.testing.assert_allclose(net.predict(X)[-1], expected.ravel(), rtol=1e-12)


def test_a_series_is_convolved_as_a_picture_of_one_column() -> None:
    X = numbers(3, 9, 2)
    net = built([gn.Conv1D(4, 3, padding="causal", dilation=2)], X)
    W = net.arrays["0.W"][:, np.newaxis]
    expected = convolved(X[:, :, np.newaxis], W, net.arrays["0.b"], (1, 1), (4, 0), (0, 0), (2, 1), 1)
    np.testing.assert_allclose(net.predict(X), expected.reshape(3, -1), rtol=1e-12)


def test_a_causal_convolution_sees_nothing_that_comes_later() -> None:
    X = numbers(2, 9, 1)
    net = built([gn.Conv1D(2, 3, "tanh", padding="causal"), gn.Conv1D(1, 2, padding="causal", dilation=3)], X)
    later = X.copy()
    later[:, 6:] += 1.0
    np.testing.assert_array_equal(net.predict(X)[:, :6], net.predict(later)[:, :6])
    assert (net.predict(X)[:, 6:] != net.predict(later)[:, 6:]).all()


def test_pooling_takes_the_largest_or_the_mean_of_whole_windows() -> None:
    X = numbers(2, 5, 4, 3)
    windows = X[:, :4].reshape(2, 2, 2, 2, 2, 3)
    for layer, of in ((gn.MaxPool(2), windows.max(axis=(2, 4))), (gn.AveragePool(2), windows.mean(axis=(2, 4)))):
        np.testing.assert_allclose(built([layer], X).predict(X), of.reshape(2, -1), rtol=1e-12)
    mean = gn.Network([gn.GlobalAveragePool()], dtype="float64").build((5, 4, 3)).predict(X)
    np.testing.assert_allclose(mean, X.mean(axis=(1, 2)), rtol=1e-12)


def test_of_several_largest_numbers_the_first_gets_the_gradient() -> None:
    net = gn.Network([gn.MaxPool(2), gn.Flatten()]).build((2, 2, 1))
    traced = gn.trace(net, np.ones((1, 2, 2, 1)), [[0.0]], loss="squared_error").layers[0]
    np.testing.assert_array_equal(traced.dX[0, ..., 0], [[2, 0], [0, 0]])


def test_padding_and_reshaping_move_numbers_alone() -> None:
    X = numbers(2, 12)
    net = gn.Network([gn.Reshape((3, -1, 2)), gn.Pad(((1, 0), (0, 2)), value=7.0), gn.Flatten()], "float64").build(12)
    expected = np.pad(X.reshape(2, 3, 2, 2), ((0, 0), (1, 0), (0, 2), (0, 0)), constant_values=7.0)
    np.testing.assert_array_equal(net.predict(X), expected.reshape(2, -1))


def test_batch_normalisation_of_channels_counts_every_position() -> None:
    X = numbers(6, 3, 2, 4) * [1, 2, 3, 4] + 1
    net = gn.Network([gn.BatchNorm(momentum=0.5), gn.Flatten()], "float64", engine="numpy").build((3, 2, 4))
    A = gn.trace(net, X, np.zeros((6, 24)), loss="squared_error").layers[0].A
    np.testing.assert_allclose(A.mean(axis=(0, 1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(A.std(axis=(0, 1, 2)), 1, rtol=1e-5)
    net.fit(X, np.zeros((6, 24)), loss="squared_error", optimizer=gn.SGD(1e-300), epochs=1, batch_size=6, seed=0)
    rows = X.reshape(-1, 4)
    np.testing.assert_allclose(net.arrays["0.running_mean"], rows.mean(axis=0) / 2)
    np.testing.assert_allclose(net.arrays["0.running_variance"], 0.5 + rows.var(axis=0, ddof=1) / 2)


def test_dropout_of_channels_takes_all_positions_or_none() -> None:
    net = gn.Network([gn.Dropout(0.5, channels=True), gn.Flatten()]).build((3, 2, 8))
    A = gn.trace(net, np.ones((4, 3, 2, 8)), np.zeros((4, 48)), loss="squared_error").layers[0].A
    assert set(np.unique(A)) == {0.0, 2.0}
    assert (A[:, :1, :1] == A).all()
    assert 0 < A[:, 0, 0].mean() < 2


def digits() -> Any:
    data = gn.datasets.digits()
    return data.X.reshape(-1, 8, 8, 1) / 16, data.y


def lenet() -> list[gn.Layer]:
    return [
        gn.Conv2D(6, 3, "relu", padding="same"), gn.MaxPool(2), gn.Conv2D(16, 3, activation="relu"), gn.MaxPool(2),
        gn.Flatten(), gn.Dense(10, "softmax"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def learned() -> Any:
    X, y = digits()
    net = gn.Network(lenet())
    net.fit(X[:1200], y[:1200], loss="cross_entropy", optimizer=gn.Adam(0.01), epochs=6, seed=0, metrics=["accuracy"])
    return net


def test_a_small_network_learns_digits(learned: Any) -> None:
    X, y = digits()
    assert learned.evaluate(X[1200:], y[1200:])["accuracy"] > 0.9


def test_it_is_saved_and_read_back(learned: Any, tmp_path: Any) -> None:
    X, _ = digits()
    again = gn.Network.load(learned.save(tmp_path / "m.safetensors"))
    assert again == learned
    assert again.layers == tuple(lenet())
    np.testing.assert_array_equal(again.predict(X[:5]), learned.predict(X[:5]))


def test_it_is_summed_up_traced_explained_and_diagnosed(learned: Any) -> None:
    X, y = digits()
    assert "Conv2D(16, 3, 'relu')" in learned.summary()
    step = gn.trace(learned, X[:3] + 0.01 * numbers(3, 8, 8, 1), y[:3])  # on plain ground, windows hold equal numbers
    assert "dX = fold(dP)" in str(step)
    assert "Z[0, 0] = " in str(step)
    assert step.check().max_error < 1e-6
    why = step.why(layer=2, weight=(1, 2, 3, 4))
    assert why.gradient == pytest.approx(why.numeric, abs=1e-5)
    assert why.products.sum() == pytest.approx(why.gradient, abs=1e-5)
    assert str(gn.diagnose(learned, X[:200], y[:200]))


def test_a_planted_error_fails_the_gradient_check() -> None:
    class Forgetful(gn.Conv2D):
        def scores_to_inputs(self, s: Any) -> None:
            super().scores_to_inputs(s)
            if s.dX is not None:
                s.dX[:, 0, 0] = 0.0  # the corner

    X, y = numbers(5, 4, 4, 2), numbers(5, 3)
    for kind, passes in ((gn.Conv2D, True), (Forgetful, False)):
        net = gn.Network([gn.Conv2D(2, 1), kind(3, 2, "tanh"), gn.Flatten(), gn.Dense(3)]).build((4, 4, 2), seed=0)
        assert (gn.check_gradient(net, X, y, loss="squared_error").max_error < 1e-6) == passes


BOTH: dict[str, tuple[list[gn.Layer], tuple[int, ...]]] = {
    "pictures": (
        [
            gn.Conv2D(10, (3, 2), "relu", stride=(2, 1), padding="same"), gn.Pad(((0, 1), (2, 0)), 0.5),
            gn.MaxPool(3, stride=2), gn.Conv2D(4, 2, dilation=(1, 2), groups=2), gn.Dropout(0.3, channels=True),
            gn.AveragePool((1, 2), stride=1), gn.GlobalAveragePool(), gn.Dense(3, "softmax"),
        ],
        (9, 8, 3),
    ),
    "series": (
        [
            gn.Conv1D(5, 3, "tanh", padding="causal", dilation=2), gn.Conv1D(7, 2, padding=1), gn.MaxPool(2),
            gn.Flatten(), gn.Dense(3, "softmax"),
        ],
        (9, 2),
    ),
    "normalised pictures": (
        [
            gn.BatchNorm(), gn.Conv2D(6, 3, "prelu"), gn.BatchNorm(0.3, 1e-3), gn.Activation("relu"), gn.MaxPool(2),
            gn.Residual(gn.Conv2D(6, 3, bias=False, padding="same"), gn.BatchNorm()), gn.LayerNorm(), gn.Flatten(),
            gn.Dense(3, "softmax"),
        ],
        (8, 7, 3),
    ),
    "normalised steps": (
        [
            gn.Conv1D(5, 3), gn.BatchNorm(), gn.Activation("tanh"), gn.GRU(4, sequences=True), gn.BatchNorm(),
            gn.Dense(4, "prelu"), gn.GlobalAveragePool(), gn.Dense(3, "softmax"),
        ],
        (9, 2),
    ),
}  # fmt: skip
SAME: dict[str, Any] = {"float32": {"rtol": 1e-4, "atol": 1e-5}, "float64": {"rtol": 1e-9, "atol": 1e-12}}


@COMPILED
@pytest.mark.parametrize("dtype", SAME)
@pytest.mark.parametrize("name", BOTH)
def test_both_engines_train_and_predict_the_same(name: str, dtype: Any) -> None:
    from glassnet.engine.compiled.engine import tell_fallback

    tell_fallback.cache_clear()
    layers, shape = BOTH[name]
    X, y, found = numbers(150, *shape), np.arange(150) % 3, []
    for engine in ("numpy", "compiled"):
        net = gn.Network(layers, dtype, engine)
        net.fit(X, y, loss="cross_entropy", optimizer=gn.SGD(0.1), epochs=2, batch_size=40, seed=0)
        found.append([*net.arrays.values(), net.predict(X), net.predict(X[:1]), net.predictor()(X[0])])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, **SAME[dtype])


@pytest.mark.parametrize("dtype", SAME)
@pytest.mark.parametrize("shape", [(3, 2, 4), (5, 4)])
@pytest.mark.parametrize("layer", [gn.BatchNorm(), gn.LayerNorm()], ids=str)
def test_the_gradient_check_passes_on_a_ragged_batch(layer: Any, shape: Any, dtype: Any) -> None:
    net = gn.Network([gn.Dense(4, "tanh"), layer, gn.Flatten(), gn.Dense(3)], "float64").build(shape, seed=0)
    for name in ("1.gamma", "1.beta"):
        net.arrays[name][...] = numbers(4, seed=len(name))
    X, y = numbers(7, *shape), numbers(7, 3)
    how = {"dtype": dtype, "sample_weight": np.linspace(0.5, 2, 7)}
    check = gn.check_gradient(net, X, y, loss="squared_error", **how)
    assert check.max_error < {"float64": 1e-6, "float32": 2e-2}[dtype], check


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", [(3, 2, 4), (5, 4)])
def test_one_sample_is_normalised_over_its_positions(shape: Any, engine: str) -> None:
    X = numbers(1, *shape) + 3
    net = gn.Network([gn.BatchNorm(), gn.Flatten()], "float64", engine).build(shape)
    one_update(net, X, np.zeros((1, X.size)))
    rows = X.reshape(-1, 4)
    np.testing.assert_allclose(net.arrays["0.running_mean"], rows.mean(axis=0) / 10)
    np.testing.assert_allclose(net.arrays["0.running_variance"], 0.9 + rows.var(axis=0, ddof=1) / 10)


@COMPILED
@pytest.mark.parametrize("name", ["pictures", "normalised pictures"])
def test_the_number_of_threads_changes_no_bit(name: str, monkeypatch: Any) -> None:
    from glassnet.engine.compiled import program, thread_count, tiles
    from glassnet.engine.machine import threads

    monkeypatch.setattr(threads, "cores", lambda: 4)
    for module in (thread_count, tiles):
        monkeypatch.setattr(module, "WORTH", 0)
    monkeypatch.setattr(program, "TASK", 1000)  # so that the channels of a batch are cut
    layers, shape = BOTH[name]
    found = []
    for size in (1, 3):
        with threads.limited(size):
            net = gn.Network(layers, engine="compiled")
            net.fit(numbers(250, *shape), np.arange(250) % 3, loss="cross_entropy", epochs=2, batch_size=100, seed=0)
            found.append(net.parameters)
    np.testing.assert_array_equal(found[0], found[1])


WRONG: dict[str, Any] = {
    "rows": ([gn.Conv2D(6, 5)], (784,), "put a Reshape in front that says how its numbers lie, such as Reshape((28"),
    "no channels": ([gn.Conv2D(6, 5)], (28, 28), "for one channel put Reshape((28, 28, 1)) in front"),
    "channels first": ([gn.Conv2D(6, 5)], (3, 28, 28), "If the channels come first here, X.transpose(0, 2, 3, 1)"),
    "steps first": ([gn.Conv1D(6, 5)], (2, 100), "If the channels come first here, X.transpose(0, 2, 1) puts"),
    "large kernel": ([gn.Conv2D(6, 5)], (4, 8, 1), "its window of 5 × 5 is larger than the 4 × 8 of its input"),
    "dilated": ([gn.Conv2D(6, 3, dilation=4, padding=1)], (6, 6, 1), "its window of 9 × 9 with its dilation is larger"),
    "large pool": ([gn.Conv2D(6, 5), gn.MaxPool(5)], (8, 8, 1), "MaxPool: its window of 5 × 5 is larger than"),
    "groups": ([gn.Conv2D(4, 1, groups=2)], (8, 8, 3), "3 channels cannot be shared out over 2 groups evenly"),
    "pool axes": ([gn.MaxPool(2)], (8,), "MaxPool needs samples of shape (height, width, channels) or (steps"),
    "pad axes": ([gn.Pad((1, 1))], (8, 2), "Pad has edges for 2 axes, but samples of shape (8, 2) have 1"),
    "reshape": ([gn.Reshape((28, 28))], (783,), "Reshape((28, 28)) needs 784 numbers a sample; shape (783,) has 783"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_samples_that_do_not_fit_are_refused_with_the_line_to_write(name: str) -> None:
    layers, shape, message = WRONG[name]
    with pytest.raises(gn.InvalidInput, match=re.escape(message)):
        gn.Network([*layers, gn.Flatten()]).build(shape)


SETTINGS_REFUSED: dict[str, tuple[Any, str]] = {
    "kernel": (lambda: gn.Conv2D(6, (5, 5, 5)), "Conv2D: `kernel` must be a whole number of at least 1, or one for"),
    "stride": (lambda: gn.Conv1D(6, 5, stride=0), "Conv1D: `stride` must be a whole number of at least 1, or"),
    "filters": (lambda: gn.Conv2D(0, 5), "Conv2D: `filters` must be a whole number of at least 1, got 0"),
    "padding": (lambda: gn.Conv2D(6, 5, padding="causal"), "unknown padding 'causal'"),
    "groups": (lambda: gn.Conv2D(6, 5, groups=4), "6 filters cannot be shared out over 4 groups evenly"),
    "of data": (lambda: gn.Conv2D(6, 5, weights="unit_variance"), "looks at rows of data, which is for Dense alone"),
    "pad": (lambda: gn.Pad(((1, 2, 3),)), "Pad: `edges` must be a whole number of at least 0, or for each axis"),
    "reshape": (lambda: gn.Reshape((-1, -1)), "Reshape: `shape` must be positive whole numbers, one of which may be"),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS_REFUSED)
def test_settings_out_of_range_are_refused(name: str) -> None:
    make, message = SETTINGS_REFUSED[name]
    with pytest.raises(gn.GlassnetError, match=re.escape(message)):
        make()


def test_a_built_network_says_how_pictures_of_another_order_are_turned(learned: Any) -> None:
    X, _ = digits()
    with pytest.raises(gn.InvalidInput, match=re.escape("X.transpose(0, 2, 3, 1) puts the channels last")):
        learned.predict(X.transpose(0, 3, 1, 2))
    with pytest.raises(gn.InvalidInput, match=re.escape("X[..., np.newaxis] adds the channel")):
        learned.predict(X[..., 0])
    with pytest.raises(gn.InvalidInput, match=re.escape("One sample is X[np.newaxis]")):
        learned.predict(X[0])


@pytest.mark.filterwarnings("error")
def test_pictures_that_seem_to_have_their_channels_first_are_built_with_a_warning() -> None:
    layers = [gn.Conv2D(2, 3), gn.GlobalAveragePool()]
    with pytest.warns(UserWarning, match=re.escape("X.transpose(0, 2, 3, 1) puts them last")):
        gn.Network(layers).build((3, 28, 28))
    for shape in ((28, 28, 3), (4, 28, 3), (3, 28, 27)):
        gn.Network(layers).build(shape)


@pytest.mark.parametrize("shape", [(0, 8, 3), (8, 8, 0), (0, 2)])
def test_samples_without_numbers_are_refused(shape: Any) -> None:
    with pytest.raises(gn.InvalidInput, match=re.escape(f"samples of shape {shape} hold no numbers")):
        gn.Network([gn.Flatten(), gn.Dense(2)]).fit(np.zeros((5, *shape)), np.zeros(5), loss="squared_error")


def test_layers_show_what_is_not_usual() -> None:
    layer = gn.Conv2D(6, (3, 3), gn.LeakyReLU(0.1), padding=1, groups=2, weights="he_normal")
    assert repr(layer) == "Conv2D(6, 3, LeakyReLU(alpha=0.1), padding=1, groups=2, weights=HeNormal())"
    assert eval(repr(layer), vars(gn) | {name: getattr(gn, name) for name in gn.__all__}) == layer
    assert gn.Layer.of(layer.describe()) == layer
    assert repr(gn.MaxPool(3, stride=2)) == "MaxPool(3, stride=2)"
