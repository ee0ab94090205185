"""The loop: batches, seeds, weights, validation, divergence, clipping, L-BFGS."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn

IRIS = gn.datasets.iris()
X = (IRIS.X - IRIS.X.mean(axis=0)) / IRIS.X.std(axis=0)


def net(**more):
    return gn.Network([gn.Dense(6, "relu"), gn.Dropout(0.1), gn.Dense(3, "softmax")], **more)


def train(network, epochs=5, **more):
    chosen: dict[str, Any] = {"loss": "cross_entropy", "optimizer": gn.Adam(0.01), "seed": 0, "epochs": epochs, **more}
    return network.fit(X, IRIS.y, **chosen)


def test_the_same_seed_gives_the_same_bits():
    first, again, other = net(), net(), net()
    a = train(first, validation=0.2, metrics=["accuracy", "log_loss"])
    b = train(again, validation=0.2, metrics=["accuracy", "log_loss"])
    train(other, validation=0.2, seed=1)
    np.testing.assert_array_equal(first.parameters, again.parameters)
    assert all(a[name] == b[name] for name in set(a.names()) - {"seconds"})
    assert not np.array_equal(first.parameters, other.parameters)


def test_a_drawn_seed_is_recorded_and_gives_the_same_bits():
    first, again = net(), net()
    history = train(first, seed=None)
    assert history.about["seed"] == first.seed
    train(again, seed=first.seed)
    np.testing.assert_array_equal(first.parameters, again.parameters)


def test_a_generator_can_be_the_seed():
    first, again = net(), net()
    for network in (first, again):
        train(network, seed=np.random.default_rng(5))
    np.testing.assert_array_equal(first.parameters, again.parameters)


def test_build_and_fit_draw_the_same_parameters_from_a_seed():
    built, fitted = net().build(4, seed=3), net()
    next(fitted.training(X, IRIS.y, loss="cross_entropy", optimizer=gn.SGD(1e-30), seed=3))
    np.testing.assert_allclose(built.parameters, fitted.parameters, atol=1e-28)


def test_training_does_not_change_the_data():
    before = X.copy(), IRIS.y.copy()
    train(net(dtype="float64"), shuffle=True)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(IRIS.y, before[1])


@given(st.integers(1, 40), st.integers(1, 50))
def test_an_epoch_is_one_update_for_each_batch_and_the_last_may_be_smaller(n, batch_size):
    network = gn.Network([gn.Dense(1)], dtype="float64")
    rows = np.random.default_rng(0).normal(size=(n, 2))
    training = network.training(rows, rows[:, 0], loss="squared_error", batch_size=batch_size, seed=0)
    epochs = list(itertools.islice(training, 2))
    assert [epoch.steps for epoch in epochs] == [-(-n // batch_size), 2 * -(-n // batch_size)]


def test_the_epoch_loss_is_the_mean_over_all_rows_also_with_a_ragged_batch():
    network = gn.Network([gn.Dense(1)], dtype="float64").build(4, seed=0)
    before = network.evaluate(X, X[:, 0], loss="squared_error")["loss"]
    rule = gn.SGD(1e-300)
    history = network.fit(X, X[:, 0], loss="squared_error", optimizer=rule, epochs=1, batch_size=64)
    assert history["loss"][0] == pytest.approx(before, rel=1e-12)


def test_a_row_of_weight_2_counts_like_two_rows():
    twice = np.r_[np.arange(150), np.arange(50)]
    weights = np.r_[np.full(50, 2.0), np.ones(100)]
    layers = [gn.Dense(4, "tanh"), gn.Dense(3, "softmax")]
    a, b = (gn.Network(layers, dtype="float64").build(4, seed=0) for _ in range(2))
    how: dict[str, Any] = {
        "loss": "cross_entropy",
        "optimizer": "adam",
        "epochs": 20,
        "batch_size": 500,
        "metrics": ["accuracy"],
    }
    first = a.fit(X, IRIS.y, sample_weight=weights, **how)
    second = b.fit(X[twice], IRIS.y[twice], **how)
    np.testing.assert_allclose(first["loss"], second["loss"], rtol=1e-10)
    np.testing.assert_allclose(first["accuracy"], second["accuracy"], rtol=1e-10)
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-8, atol=1e-12)


def test_rows_of_weight_0_change_nothing_even_when_they_fill_a_batch():
    network = gn.Network([gn.Dense(3, "softmax")]).build(4, seed=0)
    weights = np.r_[np.ones(140), np.zeros(10)]
    how: dict[str, Any] = {"loss": "cross_entropy", "batch_size": 10, "shuffle": False, "epochs": 2}
    history = network.fit(X, IRIS.y, sample_weight=weights, optimizer=gn.SGD(0.1), **how)
    alone = gn.Network([gn.Dense(3, "softmax")]).build(4, seed=0)
    alone.fit(X[:140], IRIS.y[:140], optimizer=gn.SGD(0.1), **how)
    np.testing.assert_array_equal(network.parameters, alone.parameters)
    assert np.isfinite(history["loss"]).all()


def test_validation_by_share_holds_out_each_class_and_by_arrays_uses_them():
    by_share = train(net(), validation=0.2)
    assert by_share.about["n_validation"] == 30
    assert by_share.about["n_samples"] == 120
    network = net()
    by_arrays = train(network, validation=(X[:10], IRIS.y[:10]), metrics=["accuracy"])
    network.metrics = ()
    assert by_arrays["val_loss"][-1] == pytest.approx(network.evaluate(X[:10], IRIS.y[:10])["loss"])
    weighted = train(net(), validation=(X[:10], IRIS.y[:10], np.arange(10.0)))
    assert weighted["val_loss"] != by_arrays["val_loss"]


def test_the_loop_can_break_and_change_the_learning_rate():
    network, rates = net(), []
    for epoch in network.training(X, IRIS.y, loss="cross_entropy", optimizer=gn.Adam(0.01), seed=0):
        rates.append(epoch.learning_rate)
        epoch.learning_rate /= 2
        if epoch.number == 3:
            break
    assert rates == [0.01, 0.005, 0.0025]
    training = net().training(X, IRIS.y, loss="cross_entropy", seed=0)
    next(training).learning_rate = -1.0
    with pytest.raises(gn.InvalidInput, match=r"the learning rate must be a positive number, got -1\.0"):
        next(training)


def test_fit_goes_on_from_the_parameters_that_are_there():
    network = net()
    train(network, epochs=20)
    first = network.evaluate(X, IRIS.y)["loss"]
    train(network, epochs=20)
    assert network.evaluate(X, IRIS.y)["loss"] < first


def test_listeners_hear_every_epoch():
    heard: list[gn.Epoch] = []
    train(net(), epochs=3, listeners=[heard.append])
    assert [epoch.number for epoch in heard] == [1, 2, 3]


def test_divergence_says_where_and_keeps_the_last_good_parameters():
    network = gn.Network([gn.Dense(5), gn.Dense(1)]).build(4, seed=0)
    with pytest.raises(
        gn.Diverged, match=r"the loss was (inf|nan) at step \d+, in epoch \d+.*too high \(it was 1e\+10\)"
    ):
        network.fit(X, X[:, 0], loss="squared_error", optimizer=gn.SGD(1e10), batch_size=200)
    assert np.isfinite(network.parameters).all()
    assert np.isfinite(network.evaluate(X, X[:, 0])["loss"])


def test_divergence_in_the_middle_of_an_epoch_keeps_the_parameters_of_its_start():
    network = gn.Network([gn.Dense(1)], dtype="float64").build(4, seed=0)
    training = network.training(X, X[:, 0] * 1e5, loss="squared_error", optimizer=gn.SGD(1e3), batch_size=2, seed=0)
    at_start = network.parameters.copy()
    with pytest.raises(gn.Diverged, match="in epoch 1"):
        list(itertools.islice(training, 50))
    np.testing.assert_array_equal(network.parameters, at_start)


@pytest.mark.parametrize("clip", [gn.ClipNorm(0.01), gn.ClipValue(0.01)])
def test_clipping_bounds_the_step(clip):
    network = gn.Network([gn.Dense(1)], dtype="float64").build(4, seed=0)
    before = network.parameters.copy()
    network.fit(X, 1e6 + X[:, 0], loss="squared_error", optimizer=gn.SGD(1.0), epochs=1, batch_size=150, clip=clip)
    change = network.parameters - before
    assert (np.linalg.norm(change) if isinstance(clip, gn.ClipNorm) else np.abs(change).max()) == pytest.approx(0.01)


def test_clipping_by_norm_survives_gradients_whose_squares_overflow():
    g = np.full(4, 1e30, np.float32)
    with np.errstate(over="ignore"):
        gn.ClipNorm(2.0).apply(g)
    np.testing.assert_allclose(g, 1.0, rtol=1e-6)


@pytest.mark.parametrize("penalty", ["l1", "l2", "elastic_net"])
def test_a_strong_penalty_shrinks_weights(penalty):
    free, held = (gn.Network([gn.Dense(3, "softmax")]) for _ in range(2))
    strong = {"name": penalty, **({"strength": 0.1} if penalty != "elastic_net" else {"l1": 0.1, "l2": 0.1})}
    train(free, epochs=100, optimizer=gn.Adam(0.05))
    train(held, epochs=100, optimizer=gn.Adam(0.05), penalty=strong)
    assert np.abs(held.arrays["0.W"]).sum() < 0.5 * np.abs(free.arrays["0.W"]).sum()


def test_lbfgs_fits_least_squares_exactly():
    network = gn.Network([gn.Dense(1)], dtype="float64")
    y = X @ [1.0, -2.0, 3.0, 0.5] + 7
    history = network.fit(X, y, loss="squared_error", optimizer=gn.LBFGS(tolerance=1e-10), epochs=100, metrics=["r2"])
    assert len(history) < 40
    assert history["r2"][-1] == pytest.approx(1)
    np.testing.assert_allclose(network.arrays["0.b"], 7, rtol=1e-6)


def test_lbfgs_can_be_left_at_any_epoch_with_the_parameters_of_that_epoch():
    network = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")], dtype="float64")
    for epoch in network.training(X, IRIS.y, loss="cross_entropy", optimizer="lbfgs", penalty=gn.L2(1e-3), seed=0):
        if epoch.number == 5:
            break
    del epoch
    assert 0 < network.evaluate(X, IRIS.y)["loss"] < 1


def test_lbfgs_with_a_penalty_agrees_with_scikit_learn():
    linear = pytest.importorskip("sklearn.linear_model")
    theirs = linear.LogisticRegression(C=1 / (150 * 0.01), tol=1e-8, max_iter=1000).fit(X, IRIS.y)
    network = gn.Network([gn.Dense(3, "softmax")], dtype="float64")
    rule = gn.LBFGS(tolerance=1e-9)
    network.fit(X, IRIS.y, loss="cross_entropy", optimizer=rule, penalty=gn.L2(0.01), epochs=500, seed=0)
    np.testing.assert_allclose(network.predict(X), theirs.predict_proba(X), atol=2e-5)


def test_images_train_through_flatten():
    digits = gn.datasets.digits()
    network = gn.Network([gn.Flatten(), gn.Dense(32, "relu"), gn.Dense(10, "softmax")])
    images = digits.X.reshape(-1, 8, 8) / 16
    history = network.fit(images, digits.y, loss="cross_entropy", epochs=10, metrics=["accuracy"], seed=0)
    assert history["accuracy"][-1] > 0.9
    assert network.predict(images[:2]).shape == (2, 10)


def test_many_yes_or_no_outputs_train():
    y = np.stack([IRIS.y == 0, IRIS.y > 0], axis=1)
    network = gn.Network([gn.Dense(2, "sigmoid")])
    how: dict[str, Any] = {"optimizer": gn.Adam(0.1), "epochs": 60, "metrics": ["accuracy", "roc_auc"], "seed": 0}
    assert network.fit(X, y, loss="binary_cross_entropy", **how)["accuracy"][-1] == 1


def test_history_can_be_read_saved_and_drawn(tmp_path):
    history = train(net(), validation=0.2, metrics=["accuracy"])
    assert history.names() == ["loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"]
    assert len(history["val_loss"]) == len(history) == 5
    assert [epoch.number for epoch in history] == [1, 2, 3, 4, 5]
    with pytest.raises(KeyError, match="'val_los' was not measured; known: loss, accuracy"):
        history["val_los"]
    import json

    saved = json.loads(history.save(tmp_path / "history.json").read_text())
    assert saved["val_accuracy"] == history["val_accuracy"]
    assert saved["about"]["optimizer"]["name"] == "adam"
    figure = history.plot()
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    assert len(figure.axes[0].lines) == 2
    assert "epoch 5" in repr(history)


def test_an_update_that_leaves_numbers_not_finite_is_divergence_also_in_the_last_epoch():
    network = gn.Network([gn.Dense(1)]).build(4, seed=0)
    before = network.parameters.copy()
    with pytest.raises(gn.Diverged, match="in epoch 1"):
        network.fit(X * 1e5, X[:, 0], loss="squared_error", optimizer=gn.SGD(1e30), epochs=1, batch_size=150)
    np.testing.assert_array_equal(network.parameters, before)


def test_soft_labels_of_yes_or_no_can_be_held_out():
    soft = np.random.default_rng(0).random(150)
    network = gn.Network([gn.Dense(1, "sigmoid")])
    assert (
        network.fit(X, soft, loss="binary_cross_entropy", validation=0.2, epochs=1, seed=0).about["n_validation"] == 30
    )
    one_hot = train(net(), validation=0.2)
    assert one_hot.about["n_validation"] == 30


def test_undefined_metrics_are_saved_as_null(tmp_path):
    network = gn.Network([gn.Dense(1, "sigmoid")])
    how: dict[str, Any] = {"loss": "binary_cross_entropy", "epochs": 1, "seed": 0, "metrics": ["roc_auc"]}
    path = network.fit(X, np.zeros(150, int), **how).save(tmp_path / "h.json")
    assert '"roc_auc": [\n  null\n ]' in path.read_text()
