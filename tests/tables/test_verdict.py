"""The verdict: a model beside simple ones on the same rows, with intervals, in a sentence that says what is so."""

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

import glassnet as gn
from glassnet.errors import InvalidInput, UnknownName
from glassnet.tables.judging import baselines
from glassnet.tables.judging.baselines import boosting, expanded, linear
from glassnet.tables.judging.bootstrap import Resamples
from glassnet.tables.judging.constant import constant
from glassnet.tables.judging.known import Known
from glassnet.tables.judging.units import MOST_ROWS
from glassnet.training.metrics import Metric

SMALL = gn.Recipe(hidden=(8,), epochs=3, sigma=0.1)  # slow waves: something is learned in three epochs
rng = np.random.default_rng(0)
NOISE = rng.normal(size=(300, 3))


def trained(frame, target, recipe=SMALL, task=None):
    training = gn.TableTraining(frame, target, task, recipe=recipe, n_ensemble=1)
    for _ in training.epochs():
        pass
    return training


def table(y, X=NOISE):
    return pl.DataFrame({**{f"x{k}": x for k, x in enumerate(X.T)}, "y": y})


@pytest.fixture
def no_boosting(monkeypatch):
    monkeypatch.setattr(baselines, "find_spec", lambda name: None)


@pytest.mark.usefixtures("no_boosting")
def test_a_model_of_random_labels_is_not_to_be_relied_on():
    verdict = trained(table(rng.integers(0, 2, 300)), "y").verdict()
    assert verdict.sentence.startswith("Do not rely on it: its accuracy of ")
    assert "on 60 held-out rows is " in verdict.sentence and "the class shares" in verdict.sentence
    assert verdict.comparisons[0].better["accuracy"].low <= 0


@pytest.mark.usefixtures("no_boosting")
def test_a_model_that_a_linear_one_beats_gives_way_to_it():
    y = NOISE @ [3.0, -2.0, 1.0]
    verdict = trained(table(y), "y").verdict()
    assert verdict.sentence.startswith("Use a linear regression instead: its RMSE of ")
    assert verdict.comparisons[1].wins("rmse")
    assert verdict.comparisons[1].scores["rmse"] < 0.3 * verdict.scores["rmse"]


@pytest.mark.usefixtures("no_boosting")
def test_a_model_that_only_a_network_can_be_is_believed():
    X = np.random.default_rng(1).uniform(-1, 1, (600, 2))
    recipe = gn.Recipe(hidden=(32,), epochs=60)
    verdict = trained(table(np.where(X[:, 0] * X[:, 1] > 0, "same", "other"), X), "y", recipe).verdict()
    assert verdict.sentence.startswith("Believe it: its accuracy of ")
    assert "beats the class shares" in verdict.sentence and "and a logistic regression (0." in verdict.sentence
    assert all(comparison.beaten("accuracy") for comparison in verdict.comparisons)


@pytest.mark.usefixtures("no_boosting")
def test_probabilities_worse_than_the_class_shares_are_called_so():
    y = (NOISE[:, 0] + 0.3 * NOISE[:, 1] > 0).astype(int)
    training = trained(table(y), "y", gn.Recipe(hidden=(8,), epochs=20, sigma=0.1))
    [*training.model.network.arrays.values()][-2][...] *= 40  # nearly the same classes, but far too sure of them
    verdict = training.verdict()
    assert verdict.scores["log_loss"] > verdict.comparisons[0].scores["log_loss"]
    assert "do not use its probabilities, whose log loss of" in verdict.sentence
    assert "of the class shares (0.6" in verdict.sentence and "and of a logistic regression (0." in verdict.sentence


def test_the_verdict_is_one_sentence_with_the_interval_and_says_what_the_rows_were_used_for():
    training = trained(gn.datasets.iris().to_polars(), "species")
    verdict = training.verdict()
    assert verdict.sentence.endswith(".") and ". " not in verdict.sentence and "\n" not in verdict.sentence
    assert [comparison.name for comparison in verdict.comparisons] == ["constant", "linear", "boosting"]
    assert [*verdict.others] == ["training", "validation"]
    best = training.history.about["best_epoch"]
    assert verdict.others["validation"]["accuracy"] == pytest.approx(training.history["val_accuracy"][best - 1])
    assert len(training.parts["training"][1]) == training.history.about["n_samples"]
    assert any("Only 30 rows were held out" in remark for remark in verdict.remarks)
    for part in ("95 % interval", "boosting", "logistic regression", "training rows"):
        assert part in verdict.text() and part in verdict._repr_html_()
    assert training.verdict() == verdict  # nothing in it is drawn anew


def known_of(training):
    X, y = training.rows()
    return Known(training.model.encoder, training.model.target, X, y, training.held_out[0], training.prepared.weights)


def test_the_logistic_regression_is_that_of_scikit_learn():
    known = known_of(trained(gn.datasets.iris().to_polars(), "species"))
    theirs = LogisticRegression(C=1.0).fit(known.X, known.y).predict_proba(known.held_out)
    np.testing.assert_allclose(linear(known, 0).outputs, theirs, atol=0.02)


def test_a_constant_is_the_shares_the_mean_or_the_median_of_the_other_rows():
    numbers = trained(table(np.exp(NOISE[:, 0])), "y")
    y = numbers.train["y"].to_numpy()
    assert constant(known_of(numbers), "rmse").outputs[0, 0] == pytest.approx(y.mean())
    assert constant(known_of(numbers), "mae").outputs[0, 0] == pytest.approx(np.median(y))
    shares = constant(known_of(trained(table(["a"] * 200 + ["b"] * 100), "y")), "accuracy").outputs
    np.testing.assert_allclose(shares[0], [2 / 3, 1 / 3], atol=0.01)


def test_codes_of_a_category_are_inputs_of_their_own_for_a_linear_model():
    found = expanded(np.array([[0.5, 2], [1.5, 0]], np.float32), {1: 3})
    np.testing.assert_array_equal(found, [[0.5, 0, 0, 1], [1.5, 1, 0, 0]])
    levels = [f"level {k}" for k in rng.integers(0, 12, 300)]
    by_level = table([int(level[6:]) * 2.0 for level in levels]).with_columns(level=pl.Series(levels))
    training = trained(by_level, "y", task="regression")
    (truth, known) = training.held_out[1], known_of(training)
    assert Metric.of("r2")(truth, linear(known, 0).outputs) > 0.9
    assert Metric.of("r2")(truth, boosting(known, 0).outputs) > 0.8


@pytest.mark.usefixtures("no_boosting")
def test_a_wide_table_has_no_linear_model_and_says_so(monkeypatch):
    monkeypatch.setattr(baselines, "MOST_INPUTS", 2)
    verdict = trained(table(NOISE[:, 0]), "y").verdict()
    assert len(verdict.comparisons) == 1 and "No linear model" in verdict.remarks[0]


def test_baselines_look_at_so_many_rows_and_say_so(monkeypatch):
    monkeypatch.setattr(baselines, "MOST_ROWS", 50)
    verdict = trained(table(NOISE[:, 0]), "y").verdict()
    assert all("fitted to 50 rows" in comparison.said for comparison in verdict.comparisons[1:])


@pytest.mark.long
def test_intervals_hold_the_truth_about_as_often_as_they_say():
    metric, hits = Metric.of("rmse"), 0
    for seed in range(40):
        draw = np.random.default_rng(seed)
        interval = Resamples(draw.normal(size=200), seed).interval(metric, np.zeros((200, 1)))
        hits += interval.low < 1 < interval.high
    assert 33 <= hits <= 40


def test_an_interval_of_many_rows_is_as_narrow_as_its_rows_say(monkeypatch):
    truth = np.random.default_rng(0).normal(size=4 * MOST_ROWS)
    interval = Resamples(truth).interval(Metric.of("rmse"), np.zeros((len(truth), 1)))
    assert interval.high - interval.low == pytest.approx(2 * 1.96 / np.sqrt(2 * len(truth)), rel=0.3)
    assert interval.low < Metric.of("rmse")(truth, np.zeros(len(truth))) < interval.high


def test_rows_of_a_group_are_resampled_together(no_boosting):
    draw = np.random.default_rng(0)
    truth, groups = np.repeat(draw.normal(size=20), 10), np.repeat(np.arange(20), 10)
    alone, together = (
        Resamples(truth, 0, each).interval(Metric.of("rmse"), np.zeros((200, 1))) for each in (None, groups)
    )
    assert together.high - together.low > 2 * (alone.high - alone.low)  # √10 times as wide
    frame = table(draw.integers(0, 2, 300)).with_columns(patient=pl.Series(np.arange(300) // 5))
    training = gn.TableTraining(frame, "y", recipe=SMALL, group="patient")
    list(training.epochs())
    assert any("12 held-out groups as independent" in remark for remark in training.verdict().remarks)


def test_an_accuracy_of_1_on_few_rows_is_not_certain():
    right = np.eye(2)[np.zeros(30, int)]
    assert Resamples(np.zeros(30, int)).interval(Metric.of("accuracy"), right).low == pytest.approx(0.886, abs=0.001)


@pytest.mark.parametrize("groups", [np.zeros(8, int), None])
def test_one_row_or_one_group_does_not_tell_what_is_chance(groups):
    truth, ours, other = (np.arange(8.0)[: 1 if groups is None else 8] for _ in range(3))
    rows, metric = Resamples(truth, 0, groups), Metric.of("rmse")
    found = rows.interval(metric, ours[:, None] + 1), rows.difference(metric, ours[:, None], other[:, None] + 9)
    assert np.isnan([(one.low, one.high) for one in found]).all()


@pytest.mark.usefixtures("no_boosting")
def test_a_verdict_on_one_held_out_group_believes_nothing_and_says_why():
    person = np.arange(300) // 100
    frame = table(person + NOISE[:, 0]).with_columns(person=pl.Series(person))
    training = gn.TableTraining(frame, "y", recipe=SMALL, group="person")
    list(training.epochs())
    verdict = training.verdict()
    assert (
        verdict.sentence.startswith("Do not rely on it: its RMSE of")
        and "(unknown) on 100 held-out" in verdict.sentence
    )
    assert "All held-out rows are of one group, which does not tell how much is chance." in verdict.remarks


@pytest.mark.long
@pytest.mark.usefixtures("no_boosting")
def test_any_model_of_a_table_can_be_compared_on_rows_of_ones_own():
    iris = gn.datasets.iris().to_polars()
    training = trained(iris, "species")
    ours, asked = training.verdict(), gn.compare_baselines(training.model, training.train, training.test)
    assert asked.scores == ours.scores and asked.comparisons[0].scores == ours.comparisons[0].scores
    assert gn.compare_baselines(training.model, iris, iris, metric="log_loss").metric == "log_loss"
    with pytest.raises(UnknownName, match="metric for classification"):
        gn.compare_baselines(training.model, iris, iris, metric="rmse")
    with pytest.raises(InvalidInput, match="no target column 'species'"):
        gn.compare_baselines(training.model, iris, iris.drop("species"))


@pytest.mark.parametrize(("n", "surely"), [(2, False), (3, False), (4, True), (30, True)])
def test_few_units_that_all_differ_alike_may_differ_by_chance(n, surely):
    truth = np.ones(n, int)
    found = Resamples(truth).difference(Metric.of("accuracy"), np.eye(2)[truth], np.eye(2)[1 - truth])
    assert (found.low > 0) == surely and found.high == 1 and found.low < 1
    back = Resamples(truth).difference(Metric.of("accuracy"), np.eye(2)[1 - truth], np.eye(2)[truth])
    assert (back.high < 0) == surely and back.low == -1
    same = Resamples(truth).difference(Metric.of("accuracy"), np.eye(2)[truth], np.eye(2)[truth])
    assert (same.low, same.high) == (0, 0)


@pytest.mark.usefixtures("no_boosting")
def test_class_weights_beside_row_weights_do_not_move_the_constant():
    draw = np.random.default_rng(0)
    rare = draw.random(300) < 0.13
    frame = table(np.where(rare, "yes", "no")).with_columns(w=pl.Series(1 + draw.random(300) * 0.01))
    constants = {}
    for weights in (None, {"yes": 20.0}, "balanced"):
        training = gn.TableTraining(frame, "y", recipe=SMALL, n_ensemble=1, weight="w", class_weight=weights)
        list(training.epochs())
        constants[str(weights)] = training.verdict().comparisons[0].scores["log_loss"]
    assert len({round(score, 6) for score in constants.values()}) == 1
