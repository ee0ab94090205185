"""Ensembles in one network: members are the networks that their factors say, and learn by themselves."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas.activations import Activation
from glassnet.formulas.of_layers.members import SCORES

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(7, 5)), np.array([0, 1, 2, 0, 1, 2, 0])
TARGETS = {
    "cross_entropy": ("softmax", LABELS),
    "binary_cross_entropy": ("sigmoid", RNG.integers(0, 2, (7, 3))),
    "poisson": ("exponential", RNG.integers(0, 4, (7, 3))),
    "squared_error": ("linear", RNG.normal(size=(7, 3))),
    "huber": ("softmax", RNG.normal(size=(7, 3))),
}


def ensemble(last: Any = "softmax", dtype: Any = "float64", members: int = 4, dropout: float = 0.0) -> gn.Network:
    layers: list[gn.Layer] = [
        gn.Members(members),
        gn.BatchEnsemble(6, "tanh", factors=gn.Normal()),
        gn.Dropout(dropout),
        gn.BatchEnsemble(5, "silu"),
        gn.DensePerMember(3),
        gn.MeanOfMembers(last),
    ]
    net = gn.Network(layers, dtype, engine="numpy").build(5, seed=0)
    net.parameters[...] += np.random.default_rng(1).normal(0, 0.3, net.parameters.shape)
    return net


def member(net: gn.Network, k: int) -> gn.Network:
    """One member as a network of its own: W scaled by its factors."""
    a, f = net.arrays, net.layers[-1].output_activation
    assert f is not None
    alone = gn.Network([gn.Dense(6, "tanh"), gn.Dense(5, "silu"), gn.Dense(3, f)], net.dtype, engine="numpy").build(5)
    for at, layer in enumerate((1, 3)):
        R, S = a[f"{layer}.R"][k], a[f"{layer}.S"][k]
        alone.arrays[f"{at}.W"][...] = R[:, np.newaxis] * a[f"{layer}.W"] * S
        alone.arrays[f"{at}.b"][...] = a[f"{layer}.B"][k]
    alone.arrays["2.W"][...], alone.arrays["2.b"][...] = a["4.W"][k], a["4.b"][k]
    return alone


@pytest.mark.parametrize("loss", TARGETS)
def test_predictions_are_the_mean_of_the_members_and_the_loss_of_training_that_of_theirs(loss):
    last, y = TARGETS[loss]
    net = ensemble(last)
    alone = [member(net, k) for k in range(4)]
    np.testing.assert_allclose(net.predict(X), np.mean([m.predict(X) for m in alone], axis=0), rtol=1e-12)
    trained = gn.trace(net, X, y, loss=loss, noise=False).loss
    assert trained == pytest.approx(np.mean([m.evaluate(X, y, loss=loss)["loss"] for m in alone]))


def test_a_validation_loss_is_that_of_the_mean():
    net = ensemble()
    p = net.predict(X)[np.arange(7), LABELS]
    assert net.evaluate(X, LABELS, loss="cross_entropy")["loss"] == pytest.approx(-np.log(p).mean())


@pytest.mark.parametrize("loss", TARGETS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", [1, 7])
def test_gradients_of_all_members_are_right(loss, dtype, n):
    last, y = TARGETS[loss]
    net, weights = ensemble(last, dtype, dropout=0.3), np.linspace(0.5, 2.0, n)
    for reduction in ("mean", "sum"):
        of = gn.Loss.of(loss)
        of = type(of)(**of._values() | {"reduction": reduction})
        check = gn.check_gradient(net, X[:n], y[:n], loss=of, sample_weight=weights, dtype=dtype)
        assert check.max_error < (1e-6 if dtype == "float64" else 2e-2)


class Planted(gn.BatchEnsemble, name="batch_ensemble_planted"):
    def backward_from_scores(self, s: Any) -> None:
        super().backward_from_scores(s)
        s.dR *= 1.001


def test_a_planted_error_fails():
    net = gn.Network([gn.Members(3), Planted(4, "tanh", factors=gn.Normal()), gn.Flatten(), gn.Dense(1)]).build(5)
    assert gn.check_gradient(net, X, X[:, 0], loss="squared_error").max_error > 1e-4


def test_members_begin_alike_but_for_the_factors_of_the_first_layer():
    net = gn.Network(
        [gn.Members(8), gn.BatchEnsemble(6, factors=gn.Normal()), gn.BatchEnsemble(5), gn.DensePerMember(3)]
    ).build(5, seed=0)
    a = net.arrays
    assert a["1.R"].std() > 0.5 and (a["1.S"] == 1).all() and (a["2.R"] == 1).all() and (a["2.S"] == 1).all()
    for layer in (1, 2):
        assert np.ptp(a[f"{layer}.B"], axis=0).max() == 0 and np.ptp(a[f"{layer}.B"], axis=1).min() > 0
    assert (np.ptp(a["3.W"], axis=0) > 0).all()
    assert abs(a["2.W"]).max() <= 6**-0.5 and abs(a["3.W"]).max() <= 5**-0.5


def test_few_numbers_belong_to_a_member_alone():
    def size(k: int) -> int:
        return gn.Network([gn.Members(k), gn.BatchEnsemble(512), gn.BatchEnsemble(512)]).build(20).parameters.size

    assert size(2) - size(1) == 20 + 2 * 512 + 512 + 2 * 512


def test_members_learn_what_one_network_learns_and_are_saved(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    net = gn.Network(
        [
            gn.Members(8),
            gn.BatchEnsemble(16, "relu", factors=gn.Normal()),
            gn.BatchEnsemble(16, "relu"),
            gn.DensePerMember(2),
            gn.MeanOfMembers("softmax"),
        ]
    )
    net.fit(X, y, loss="cross_entropy", optimizer=gn.AdamW(0.01), epochs=40, batch_size=64, seed=0)
    assert (net.predict(X).argmax(axis=1) == y).mean() > 0.95
    net.save(tmp_path / "net")
    again = gn.Network.load(tmp_path / "net")
    assert again == net and again.layers == net.layers
    np.testing.assert_array_equal(again.predict(X), net.predict(X))


@pytest.mark.parametrize("name", SCORES)
def test_the_score_of_a_mean_is_what_the_activation_makes_it_of(name):
    f = Activation.of(name)
    a = f.value(RNG.normal(0, 3, (9, 4)))
    np.testing.assert_allclose(f.value(SCORES[name](a)), a, rtol=1e-12)
    extremes = SCORES[name](np.array([[0.0, 1.0]], "float32"))
    assert np.isfinite(extremes).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gn.Members(0), "Members: `members` must be a whole number from 1 to 10,000, got 0."),
        (lambda: gn.BatchEnsemble(0), "BatchEnsemble: `units` must be a whole number of at least 1, got 0."),
        (
            lambda: gn.DensePerMember(2, weights="unit_variance"),
            "DensePerMember: UnitVariance() looks at rows of data, not at those of members.",
        ),
        (
            lambda: gn.MeanOfMembers("relu"),
            "MeanOfMembers: `activation` must be one of 'linear', 'softmax', 'exponential', 'sigmoid', got 'relu': "
            "give another one to the layer in front.",
        ),
        (
            lambda: gn.Network([gn.Members(3)]).build((2, 2)),
            r"Members needs rows of numbers, got samples of shape \(2, 2\): put Flatten\(\) in front.",
        ),
        (
            lambda: gn.Network([gn.BatchEnsemble(3)]).build(4),
            r"BatchEnsemble needs a row of numbers for each member \(members, features\), got samples of shape \(4,\): "
            r"put Members\(32\) in front.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(gn.InvalidInput, match=message.replace("()", r"\(\)")):
        make()


def test_why_and_trace_tell_members_apart():
    step = gn.trace(ensemble(members=2), X, LABELS, loss="cross_entropy", sample_weight=np.arange(1.0, 8.0))
    text = step.text(110)
    assert "Each member has a loss of its own, so the backward pass begins inside." in text
    assert "w is the weight of each row, for each member." in text
    assert "The formulas are about one member of X each" in text
    places: list[dict[str, Any]] = [
        {"layer": 1, "weight": (0, 1)}, {"layer": 1, "R": (1, 2)}, {"layer": 3, "S": (1, 2)},
        {"layer": 3, "B": (0, 0)}, {"layer": 4, "weight": (1, 2, 0)}, {"layer": 4, "bias": (1, 0)},
    ]  # fmt: skip
    for place in places:
        why = step.why(**place)
        assert why.products.sum() == pytest.approx(why.gradient) and why.gradient == pytest.approx(
            why.numeric, rel=1e-5
        )
    assert ", member 1" in step.why(layer=1, weight=(0, 1)).text(100)
