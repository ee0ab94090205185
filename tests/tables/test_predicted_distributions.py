"""Predictive distributions: their closed forms against numerical integrals, and what models learn of planted ones."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.distributions.gaussian_head import GaussianHead
from glassnet.tables.distributions.gaussian_mixture import GaussianMixture
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.heads import HEADS, described_head, head_from_description
from glassnet.tables.distributions.histogram_head import HistogramHead
from glassnet.tables.distributions.mixture_head import MixtureHead
from glassnet.tables.distributions.piecewise import PiecewiseUniform
from glassnet.tables.distributions.quantile_head import QuantileHead
from glassnet.tables.encoding.target import NumberTarget

KINDS = sorted(HEADS)
Y = np.array([-3.0, -0.4, 0.1, 0.9, 8.0])


def mixture(k: int) -> GaussianMixture:
    rng = np.random.default_rng(k)
    weights = rng.dirichlet(np.ones(k), len(Y))
    return GaussianMixture(weights, rng.normal(0, 2, (len(Y), k)), rng.uniform(0.2, 2, (len(Y), k)))


def piecewise() -> PiecewiseUniform:
    rng = np.random.default_rng(0)
    knots = np.cumsum(rng.uniform(0.05, 0.7, (len(Y), 7)), axis=1) - 2
    levels = np.cumsum(rng.dirichlet(np.ones(8), len(Y)), axis=1)[:, :-1]
    levels[0, 3] = levels[0, 2]  # a piece that holds nothing
    return PiecewiseUniform(knots, levels, rng.uniform(0.1, 0.8, (len(Y), 2)))


GRID = np.linspace(-20, 20, 2001)
DISTRIBUTIONS = [mixture(1), mixture(3), piecewise()]


def on_grid(said: Any) -> Any:
    """F of each row on the grid, (n, points)."""
    return np.stack([[*row] for row in zip(*(said.cdf(float(x)) for x in GRID), strict=True)])


@pytest.mark.parametrize("said", DISTRIBUTIONS, ids=["normal", "mixture", "piecewise"])
def test_scores_and_moments_are_what_the_integrals_over_the_distribution_function_say(said: Any) -> None:
    x = GRID
    F, dx = on_grid(said), x[1] - x[0]
    middle = 0.5 * (x[1:] + x[:-1])
    mass = np.diff(F, axis=1)
    np.testing.assert_allclose(F[:, 0], 0, atol=1e-9)
    np.testing.assert_allclose(F[:, -1], 1, atol=1e-9)
    np.testing.assert_allclose(said.mean, mass @ middle, atol=2e-3)
    np.testing.assert_allclose(said.std, np.sqrt(mass @ middle**2 - (mass @ middle) ** 2), atol=2e-3)
    missed = ((F - (x >= Y[:, None])) ** 2).sum(axis=1) * dx
    np.testing.assert_allclose(said.crps(Y), missed, atol=0.01)
    h = 1e-6
    density = (said.cdf(Y + h) - said.cdf(Y - h)) / (2 * h)
    seen = density > 1e-6
    assert seen.sum() >= 3
    np.testing.assert_allclose(said.log_score(Y)[seen], -np.log(density[seen]), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("said", DISTRIBUTIONS, ids=["normal", "mixture", "piecewise"])
def test_quantiles_turn_the_distribution_function_round(said: Any) -> None:
    levels = [0.001, 0.1, 0.5, 0.77, 0.999]
    found = said.quantile(levels)
    assert found.shape == (len(Y), len(levels)) and (np.diff(found, axis=1) > 0).all()
    for k, level in enumerate(levels):
        np.testing.assert_allclose(said.cdf(found[:, k]), level, atol=1e-8)
        np.testing.assert_array_equal(said.quantile(level), found[:, k])


def test_the_crps_of_a_normal_distribution_is_the_known_one() -> None:
    said = GaussianMixture(np.ones((2, 1)), np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]]))
    expected = [1.0 * (2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi))] * 2  # at the mean (Gneiting et al. 2005)
    np.testing.assert_allclose(said.crps([0.0, 1.0]) / [1, 2], expected, rtol=1e-12)
    sure = GaussianMixture(np.ones((1, 1)), np.zeros((1, 1)), np.full((1, 1), 1e-9))
    assert sure.crps(3.0)[0] == pytest.approx(3.0)


def test_what_is_asked_of_a_distribution_is_checked() -> None:
    said = mixture(2)
    for p in (0, 1.0, [0.5, 2], "half", [[0.5]]):
        with pytest.raises(gn.InvalidInput, match="p must"):
            said.quantile(p)
    for wrong in ([1.0, 2.0], float("nan"), "x", np.ones((5, 1))):
        with pytest.raises(gn.InvalidInput, match="y must"):
            said.log_score(wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_the_point_of_a_head_is_the_mean_of_its_distribution_in_the_unit_of_the_target(kind: str) -> None:
    rng = np.random.default_rng(0)
    target = NumberTarget(1000.0, 50.0, 0.0, 2000.0)
    head: Head = HEADS[kind].learn(rng.normal(size=300))
    outputs = rng.normal(size=(6, head.n_outputs))
    h = 1e-6
    for j, moved in enumerate(h * np.eye(head.n_outputs)):
        numeric = (head.mean(outputs + moved) - head.mean(outputs - moved)) / (2 * h)
        np.testing.assert_allclose(head.slopes(outputs)[:, j], numeric, rtol=1e-6, atol=1e-8)
    if head.activation == "softmax":
        outputs = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    said = head.distribution([outputs], target)
    np.testing.assert_allclose(said.mean, target.decode(head.mean(outputs)), rtol=1e-9)
    plain = head.distribution([outputs], NumberTarget(0.0, 1.0, -9.0, 9.0))
    y = rng.normal(size=6)
    np.testing.assert_allclose(said.log_score(target.decode(y)), plain.log_score(y) + np.log(50), rtol=1e-9)
    np.testing.assert_allclose(said.crps(target.decode(y)), 50 * plain.crps(y), rtol=1e-7)


def test_bins_lie_between_the_numbers_so_that_counts_are_not_shifted() -> None:
    counts = np.repeat(np.arange(5.0), [60, 20, 10, 8, 2])
    head = HistogramHead.learn(counts)
    assert head.edges == (-0.5, 0.5, 1.5, 2.5, 3.5, 4.5)
    assert head.encode(np.array([0.0, 4.0, -7.0, 99.0])).tolist() == [0, 4, 0, 4]
    assert HistogramHead.learn(np.array([1.0] * 50 + [2.0])).edges == (0.5, 1.5, 2.5)
    for y in (np.ones(9), np.ones(1)):
        with pytest.raises(gn.InvalidInput, match="two or more different numbers"):
            HistogramHead.learn(y)
    many = np.random.default_rng(0).normal(size=5000)
    sizes = np.bincount(HistogramHead.learn(many).encode(many))
    assert len(sizes) == 64 and sizes.min() > 70 and sizes.max() < 90


def planted(n: int = 1500) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, n)
    return pl.DataFrame({"x": x, "y": 100 + 20 * x + (2 + 4 * (x > 0)) * rng.normal(size=n)})


SMALL = gn.Recipe(hidden=(32,), sigma=0.1, epochs=25, batch_size=64, dropout=0.0, engine="numpy")


def trained(frame: pl.DataFrame, kind: str, recipe: gn.Recipe = SMALL, **more: Any) -> gn.TableTraining:
    training = gn.TableTraining(frame, "y", recipe=recipe, distribution=kind, **more)
    for _ in training.epochs():
        pass
    return training


@pytest.mark.parametrize(
    "kind",
    ["gaussian", "quantiles", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("histogram", "mixture"))],
)
def test_a_model_learns_where_numbers_are_uncertain(kind: str, tmp_path: Any) -> None:
    training = trained(planted(), kind)
    model = training.model
    rows = pl.DataFrame({"x": [-0.5, 0.5]})
    said = model.predict_distribution(rows)
    assert 1.4 < said.std[0] < 4.3 and 4.5 < said.std[1] < 7.5  # planted: 2 and 6
    np.testing.assert_allclose(model.predict(rows), said.mean, rtol=1e-6)
    np.testing.assert_allclose(said.mean, [90, 110], atol=2.5)
    inside = [training.model.predict_distribution(training.test).quantile(p) for p in (0.1, 0.9)]
    truth = training.held_out[1]
    assert 0.7 < ((inside[0] < truth) & (truth < inside[1])).mean() < 0.9
    scores = training.result()
    best = np.log(np.sqrt(2 * np.pi)) + 0.5 + np.mean(np.log([2, 6]))  # the entropy of what was planted
    assert best - 0.2 < scores["log_score"] < best + 0.5
    assert scores["crps"] < scores["mae"]
    assert training.model.evaluate(training.test) == pytest.approx(scores)
    again = gn.TableModel.load(model.save(tmp_path / "m.safetensors"))
    assert again == model
    np.testing.assert_allclose(again.predict_distribution(rows).quantile(0.9), said.quantile(0.9), rtol=1e-6)
    sentence = " ".join(training.verdict().of_distributions)
    assert f"distributions ({kind})" in sentence and "log score" in sentence


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_explain_the_mean_and_explain_follows_a_row(kind: str) -> None:
    frame = planted(300).with_columns(z=pl.Series(np.random.default_rng(1).normal(size=300)))
    training = trained(frame, kind, gn.Recipe(hidden=(8,), epochs=5, engine="numpy"), n_ensemble=2)
    found = training.model.contributions(frame[:4])
    said = training.model.predict_distribution(frame[:4]).mean
    np.testing.assert_allclose(found.values.sum(axis=1) + found.baseline, said, atol=found.error + 1e-4)
    assert found.error < 0.02
    page = str(training.model.explain(frame, row=1))
    assert "The outputs describe" in page and "is predicted to be" in page
    assert training.diagnose() is not None


@pytest.mark.parametrize("kind", KINDS)
def test_networks_speak_together(kind: str) -> None:
    model = trained(planted(300), kind, gn.Recipe(hidden=(8,), epochs=3, engine="numpy"), n_ensemble=2).model
    rows = planted(5)
    each = [
        type(model)(model.encoder, model.target, "y", network, head=model.head).predict_distribution(rows)
        for network in model.networks
    ]
    both = model.predict_distribution(rows)
    np.testing.assert_allclose(both.mean, (each[0].mean + each[1].mean) / 2, rtol=1e-6)
    if kind != "quantiles":
        np.testing.assert_allclose(both.cdf(100.0), (each[0].cdf(100.0) + each[1].cdf(100.0)) / 2, rtol=1e-6)
    table = model.predict_table(rows)
    assert [*table] == ["prediction", "standard deviation", "quantile 0.05", "quantile 0.5", "quantile 0.95"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_distributions_is_trained_further(kind: str) -> None:
    quick = gn.Recipe(hidden=(8,), epochs=3, batch_size=64, engine="numpy")
    model = trained(planted(300), kind, quick).model
    update = gn.TableUpdate(model, planted(200), epochs=2, engine="numpy")
    for _ in update.epochs():
        pass
    assert type(update.model.head) is type(model.head)  # which is settled anew
    assert {"log_score", "crps"} <= update.scores()["new rows"]["after"].keys()


def test_a_network_that_is_too_sure_is_made_wider_by_the_rows_that_it_has_not_seen() -> None:
    y = np.random.default_rng(0).normal(0, 0.3, 2000)
    sure = np.column_stack([np.zeros(2000), np.full(2000, -9.0)])
    head = GaussianHead().settled([sure], y)
    assert head.spread == pytest.approx(y.std(), rel=0.02)
    right = np.column_stack([np.zeros(2000), np.full(2000, np.log(np.expm1(0.3 - 0.001)))])
    assert GaussianHead().settled([right], y).spread < 0.06
    few = gn.Recipe(hidden=(8,), epochs=2, engine="numpy")
    steep = planted(200).with_columns(y=pl.col("x") * 300)
    scores = trained(steep, "gaussian", few).result()
    assert scores["log_score"] < np.log(scores["rmse"]) + 4


def test_what_cannot_be_a_distribution_is_refused_before_work_starts() -> None:
    rows = planted(60)
    with pytest.raises(gn.UnknownName, match=r"unknown distribution 'gausian'. Did you mean 'gaussian'"):
        gn.TableTraining(rows, "y", distribution="gausian")
    with pytest.raises(gn.InvalidInput, match="distribution='gaussian' is for numbers, but 'c' holds classes"):
        gn.TableTraining(rows.with_columns(c=pl.Series(["a", "b"] * 30)), "c", distribution="gaussian")
    with pytest.raises(gn.InvalidInput, match="metric='mae' chooses the loss and the epoch, and so does"):
        gn.TableTraining(rows, "y", recipe=gn.Recipe(metric="mae"), distribution="quantiles")
    quick = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
    plain = gn.TableTraining(rows, "y", recipe=quick)
    for _ in plain.epochs():
        pass
    with pytest.raises(gn.InvalidInput, match="predicts a number alone: train it with distribution="):
        plain.model.predict_distribution(rows)


@pytest.mark.long
@pytest.mark.parametrize(("kind", "metric"), [("gaussian", "log_score"), ("mixture", "crps"), ("quantiles", "crps")])
def test_a_score_chooses_the_epoch_in_the_unit_of_the_target(kind: Any, metric: Any, tmp_path: Any) -> None:
    quick = gn.Recipe(hidden=(8,), epochs=6, batch_size=64, metric=metric, engine="numpy")
    training = trained(planted(300), kind, quick, n_ensemble=1)
    assert training.chosen_by == metric and training.metric == "rmse"
    known = training.history[f"val_{metric}"]
    assert training.history.about["best_epoch"] == len(known) - int(np.argmin(known[::-1]))
    X, truth = training.parts["validation"]
    head = training.courses.head
    assert head is not None and isinstance(training.model.target, NumberTarget)
    said = head.distribution([training.model.network.predict(X)], training.model.target)
    assert getattr(said, metric)(truth).mean() == pytest.approx(min(known), rel=1e-4)
    again = gn.TableModel.load(training.model.save(tmp_path / "m.safetensors"))
    assert again.network.metrics == () and again == training.model
    found = gn.cross_validate(planted(100), "y", folds=2, recipe=quick, distribution=kind)
    assert found.training.chosen_by == metric and metric in found.spread


def test_what_cannot_be_scored_is_refused() -> None:
    for metric, distribution, said in (
        ("crps", None, "metric='crps' scores distributions, but a number alone is predicted: add a distribution"),
        ("mae", "gaussian", "leave one of them out, or take metric='crps' or 'log_score'"),
        ("crps", "histogram", "learned by the log score of its bins, which chooses the epoch too"),
    ):
        with pytest.raises(gn.InvalidInput, match=said):
            gn.TableTraining(planted(60), "y", recipe=gn.Recipe(metric=metric), distribution=distribution)
    with pytest.raises(gn.UnknownName, match=r"unknown metric 'crp'\. Did you mean 'crps'"):
        gn.Recipe(metric="crp")
    assert "crps" not in gn.Metric.registry and "scoreof" not in gn.Metric.registry


def test_rows_in_files_train_quantiles_but_no_histogram(tmp_path: Any) -> None:
    planted(400).write_csv(tmp_path / "t.csv")
    asked: Any = {"folder": tmp_path, "memory": 2**30, "recipe": gn.Recipe(hidden=(8,), epochs=2, engine="numpy")}
    training = gn.TableTraining.of_file(tmp_path / "t.csv", "y", distribution="quantiles", **asked)
    for _ in training.epochs():
        pass
    assert {"log_score", "crps"} <= training.result().keys()
    with pytest.raises(gn.InvalidInput, match="distribution='histogram' needs the whole table in memory"):
        gn.TableTraining.of_file(tmp_path / "t.csv", "y", distribution="histogram", **asked)


@pytest.mark.parametrize("kind", KINDS)
def test_the_mean_is_exported(kind: Any, tmp_path: Any) -> None:
    quick = gn.Recipe(hidden=(8,), epochs=1, engine="numpy")
    rows = planted(80)
    model = trained(rows, kind, quick).model
    gn.export(model, tmp_path / "model.py")
    space: dict[str, Any] = {}
    exec((tmp_path / "model.py").read_text(), space)
    np.testing.assert_allclose(np.ravel(space["predict"](rows[:3].to_dicts())), model.predict(rows[:3]), rtol=1e-5)


@pytest.mark.long
def test_a_mixture_finds_two_peaks() -> None:
    rng = np.random.default_rng(0)
    x, side = rng.uniform(-1, 1, 1500), rng.choice([-1, 1], 1500)
    frame = pl.DataFrame({"x": x, "y": 50 + side * (5 + 4 * x) + 0.5 * rng.normal(size=1500)})
    found = {kind: trained(frame, kind).result() for kind in ("gaussian", "mixture")}
    planted = np.log(2) + np.log(0.5 * np.sqrt(2 * np.pi)) + 0.5
    assert planted - 0.1 < found["mixture"]["log_score"] < planted + 0.4 < found["gaussian"]["log_score"] - 0.5
    assert found["mixture"]["crps"] < found["gaussian"]["crps"]


def test_a_mixture_that_is_too_sure_is_made_wider_by_the_rows_that_it_has_not_seen() -> None:
    y = np.random.default_rng(0).normal(0, 0.3, 2000)
    sure = np.tile([0.0, 0.0, -9.0], (2000, 2))
    assert MixtureHead(2).settled([sure], y).spread == pytest.approx(y.std(), rel=0.02)


@pytest.mark.parametrize("head", [GaussianHead(), MixtureHead(1)], ids=["gaussian", "mixture"])
def test_the_spread_counts_rows_by_weight(head: Head) -> None:
    y = np.random.default_rng(0).normal(0, [0.3] * 500 + [3.0] * 500)
    sure = np.tile([0.0, 0.0, -9.0], (1000, 1))[:, -head.n_outputs :]
    few, twice = np.repeat([1, 0], 500), np.repeat([2, 1], 500)
    for weights in (few, twice):
        repeated = head.settled([sure.repeat(weights, axis=0)], y.repeat(weights))
        assert described_head(head.settled([sure], y, 1.0 * weights)) == pytest.approx(described_head(repeated))


@pytest.mark.parametrize("head", [GaussianHead(), MixtureHead(1)], ids=["gaussian", "mixture"])
def test_the_spread_of_several_networks_is_that_of_their_mixture(head: Any) -> None:
    y = np.random.default_rng(0).choice([-1.0, 1.0], 500) + np.random.default_rng(1).normal(0, 0.2, 500)
    each = [np.tile([0.0, mean, -9.0], (500, 1))[:, -head.n_outputs :] for mean in (-1.0, 1.0)]
    found = head.settled(each, y)
    assert 0.1 < found.spread < 0.3
    target = NumberTarget(0, 1, -9, 9)
    scores = [
        replace(found, spread=found.spread * factor).distribution(each, target).log_score(y).mean()
        for factor in (0.9, 1.0, 1.1)
    ]
    assert scores[1] == min(scores)


def test_a_component_without_weight_gives_no_warning() -> None:
    said = MixtureHead(2).distribution([np.array([[900.0, 0.0, 0.0, -900.0, 5.0, -900.0]])], NumberTarget(0, 1, -9, 9))
    assert np.isfinite(said.log_score(3.0)).all() and np.isfinite(said.crps(3.0)).all()


def test_a_head_in_a_file_is_checked() -> None:
    for wrong in ({"components": 0}, {"floor": 0.0}, {"spread": -1.0}):
        with pytest.raises(gn.InvalidInput):
            head_from_description(described_head(MixtureHead()) | wrong)
    with pytest.raises(gn.InvalidInput, match="two or more rising probabilities"):
        QuantileHead((0.5, 0.1))
    with pytest.raises(gn.InvalidInput, match="three or more rising edges"):
        HistogramHead((0.0, 1.0), 5)
