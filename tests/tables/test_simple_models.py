"""The simple models of a verdict: the best constant for a metric, classes that were not trained on, and weights."""

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import glassnet as gn
from glassnet.sklearn import TabularClassifier
from glassnet.tables.judging.baselines import baselines, boosting, linear
from glassnet.tables.judging.constant import constant
from glassnet.tables.judging.known import Known, said_of_classes
from glassnet.training.metrics import Metric

N = 300
rng = np.random.default_rng(0)
x = rng.normal(size=N)


@pytest.fixture(autouse=True)
def the_same_draws():
    """Whatever test ran before."""
    rng.bit_generator.state = np.random.default_rng(1).bit_generator.state


def trained(frame, how, **settings):
    training = gn.TableTraining(frame, "y", recipe=gn.Recipe(hidden=(8,), epochs=2, **how), n_ensemble=1, **settings)
    assert list(training.epochs())
    return training


def known_of(y, weights=None, held_out=None, factors=None):
    """Rows with one input, encoded, of which all are held out unless others are given."""
    training = trained(pl.DataFrame({"x": x, "y": y}), {})
    encoder, target = training.model.encoder, training.model.target
    X = encoder.transform(pl.DataFrame({"x": x}))
    rows = X if held_out is None else held_out
    return Known(encoder, target, X, target.encode(pl.Series(y)), rows, weights, factors=factors)


def test_a_model_of_noise_does_not_beat_always_yes_in_f1():
    labels = rng.choice(["no", "yes"], N, p=[0.6, 0.4])
    verdict = trained(pl.DataFrame({"x": x, "y": labels}), {"metric": "f1"}).verdict()
    share = float(np.mean(verdict.comparisons[0].scores["accuracy"]))
    assert verdict.comparisons[0].scores["f1"] == pytest.approx(2 * share / (1 + share))
    assert verdict.sentence.startswith("Do not rely on it") and "than saying yes of every row (0." in verdict.sentence
    assert "the label is yes, which is best for F1." in verdict.comparisons[0].said
    assert verdict.comparisons[0].scores["log_loss"] < 0.75  # its probabilities are the shares all the same


def test_the_constant_of_folds_says_the_best_class_for_f1_too():
    labels = rng.choice(["no", "yes"], N, p=[0.6, 0.4])
    recipe = gn.Recipe(hidden=(8,), epochs=1, metric="f1")
    found = gn.cross_validate(pl.DataFrame({"x": x, "y": labels}), "y", folds=2, n_ensemble=1, recipe=recipe).verdict
    share = np.mean(labels == "yes")
    assert found.comparisons[0].scores["f1"] == pytest.approx(2 * share / (1 + share))


@pytest.mark.parametrize("metric", ["rmse", "mae", "median_absolute_error", "mape", "r2"])
def test_a_constant_is_one_that_its_metric_prefers_to_others(metric):
    known = known_of(np.exp(rng.normal(size=N)))
    truth, said, measure = known.target.decode(known.y), constant(known, metric), Metric.of(metric)
    assert said.called in said.said and len(np.unique(said.outputs)) == 1
    others = [measure(truth, np.full((N, 1), each)) for each in (truth.mean(), truth.max(), np.quantile(truth, 0.9))]
    sign = 1 if measure.higher_is_better else -1
    assert all(sign * measure(truth, said.outputs) >= sign * other - 1e-9 for other in others)


@pytest.mark.parametrize(("metric", "label"), [("accuracy", 0), ("balanced_accuracy", 0), ("f1", 1), ("log_loss", 0)])
def test_of_two_classes_a_metric_chooses_what_is_said_of_every_row(metric, label):
    known = known_of(["a"] * 200 + ["b"] * 100)
    found = constant(known, metric)
    assert (found.seen_by(Metric.of(metric)).argmax(axis=1) == label).all()
    np.testing.assert_allclose(found.outputs[0], [2 / 3, 1 / 3], atol=0.01)


def test_a_class_that_no_training_row_has_is_not_impossible_and_is_told():
    frame = pl.DataFrame({"when": np.arange(N), "x": x, "y": ["a", "b"] * 120 + ["a", "b", "c"] * 20})
    verdict = trained(frame, {"test": 0.2, "metric": "log_loss"}, time="when").verdict()
    assert verdict.comparisons[0].scores["log_loss"] == pytest.approx(
        -(2 * np.log((120 + 1 / 3) / 241) + np.log(1 / 723)) / 3
    )
    assert verdict.comparisons[2].scores["log_loss"] < 5
    assert "No training row is of the class 'c', of which held-out rows are." in verdict.remarks


@pytest.mark.parametrize("classes", ["ab", "abc"])
def test_training_rows_of_one_class_give_a_verdict_that_says_so(classes):
    labels = ["a"] * 240 + list(rng.choice([*classes], 60))
    verdict = trained(pl.DataFrame({"when": np.arange(N), "x": x, "y": labels}), {"test": 0.2}, time="when").verdict()
    share = np.mean(np.array(labels[240:]) == "a")
    assert [other.scores["accuracy"] for other in verdict.comparisons] == [pytest.approx(share)] * 3
    assert "All training rows are of the class 'a': the simple models know no other." in verdict.remarks


def test_rows_of_weight_0_are_unknown_to_every_simple_model():
    weights = (np.arange(N) % 3 > 0) * 2.0
    for y in (np.where(weights > 0, x, 50.0), np.where((weights > 0) & (x > 0), "yes", np.where(x > 1, "odd", "no"))):
        known = known_of(y, weights)
        some = known_of(y).of(np.flatnonzero(weights))
        for one, other in zip(baselines(known, "mae", 0), baselines(some, "mae", 0), strict=True):
            np.testing.assert_allclose(one.outputs, other.outputs, atol=1e-9)


@pytest.mark.parametrize("metric", ["rmse", "mae"])
def test_a_row_of_weight_2_counts_like_two_rows(metric):
    weights = rng.integers(1, 3, N).astype(float)
    known = known_of(rng.normal(size=N) + x, weights)
    twice = known_of(known.target.decode(known.y))
    places = np.repeat(np.arange(N), weights.astype(int))
    twice = Known(known.encoder, known.target, known.X[places], known.y[places], known.held_out)
    np.testing.assert_allclose(constant(known, metric).outputs, constant(twice, metric).outputs)
    np.testing.assert_allclose(linear(known.that_count(), 0).outputs, linear(twice, 0).outputs, atol=0.03)
    theirs = LinearRegression().fit(known.X, known.y, weights).predict(known.held_out)
    np.testing.assert_allclose(
        linear(known.that_count(), 0).outputs[:, 0], known.target.within(known.target.decode(theirs)), atol=0.05
    )


def test_the_weighted_logistic_regression_is_that_of_scikit_learn():
    weights = np.where(x > 0, 4.0, 1.0)
    known = known_of(np.where(x + rng.normal(size=N) > 0, "yes", "no"), weights).that_count()
    theirs = LogisticRegression(C=2.0).fit(known.X, known.y, known.weights).predict_proba(known.held_out)
    np.testing.assert_allclose(linear(known, 0).outputs, theirs, atol=0.015)  # C: the penalty of one of two columns


def test_a_training_and_its_folds_pass_weights_to_the_simple_models():
    weights = (np.arange(N) % 2).astype(float)
    frame = pl.DataFrame({"x": x, "w": weights, "y": np.where(weights > 0, x, 40 - x) + 0.01 * rng.normal(size=N)})
    known = frame.filter(pl.col("w") > 0)
    training = trained(pl.concat([frame.filter(pl.col("w") == 0), known[50:]]), {}, weight="w", test=known[:50])
    assert training.verdict().comparisons[1].scores["rmse"] < 0.1
    found = gn.cross_validate(frame, "y", folds=2, n_ensemble=1, recipe=gn.Recipe(hidden=(8,), epochs=1), weight="w")
    assert found.verdict.comparisons[0].said.startswith("In the first fold: The constant is the mean of the other rows")
    assert abs(float(found.verdict.comparisons[0].said.split()[-1].rstrip("."))) < 0.5  # not 20


def test_class_weights_move_the_linear_model_and_the_boosting_but_not_the_constant():
    y = ["no"] * 200 + ["yes"] * 100
    weighed, plain = (known_of(y, each, factors=each) for each in (np.repeat([1.0, 8.0], [200, 100]), None))
    for kind in (linear, boosting):
        said, before = (kind(each.that_count(), 0).outputs[:, 1].mean() for each in (weighed, plain))
        assert said > before + 0.2
    one, other = (constant(each.that_count(), "accuracy").outputs for each in (weighed, plain))
    np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("weights", ["balanced", {"yes": 8.0}, {"yes": 0.5, "no": 0.1}])
def test_a_balanced_model_of_noise_does_not_beat_the_constant(weights):
    frame = pl.DataFrame({"x": x, "y": rng.choice(["no", "yes"], N, p=[0.7, 0.3])})
    first, *others = trained(frame, {}, class_weight=weights).verdict().comparisons
    assert first.said.endswith("the largest is no.") and first.scores["accuracy"] > 0.6
    assert len(others) == 2


def test_an_estimator_passes_its_class_weights_to_the_simple_models():
    X, y = pl.DataFrame({"x": x}), np.array(["no"] * 200 + ["yes"] * 100)
    recipe = gn.Recipe(hidden=(8,), epochs=1)
    losses = []
    for weights in ({"yes": 8.0}, None):
        estimator = TabularClassifier(recipe=recipe, class_weight=weights, n_ensemble=1).fit(X, y)
        losses.append([estimator.verdict(X, y, *given).comparisons[1].scores["log_loss"] for given in ((), (X, y))])
    assert np.all(np.array(losses[0]) > np.array(losses[1]) + 0.1)


def test_boosting_of_rows_of_one_class_is_sure_of_it_but_for_a_row():
    known = known_of(["a"] * 150 + ["b"] * 150)
    found = boosting(known.of(np.arange(150)), 0).outputs
    np.testing.assert_allclose(found, [[150.5 / 151, 0.5 / 151]] * N)
    assert list(said_of_classes(known.of(np.arange(150)), np.array([0, 1]))) == [
        "No training row is of the class 'b', of which held-out rows are.",
        "All training rows are of the class 'a': the simple models know no other.",
    ]
