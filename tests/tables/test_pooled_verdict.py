"""The verdict over folds: every simple model is judged by its own outputs."""

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.judging.within_folds import WithinFolds, said_of_folds, with_folds
from glassnet.training.metrics import Metric

rng = np.random.default_rng(0)
X = rng.normal(size=(300, 2))
LINE = pl.DataFrame({"x": X[:, 0], "z": X[:, 1], "y": 10 * X[:, 0] + 50 + rng.normal(size=300)})


def test_each_simple_model_of_the_folds_is_judged_by_its_own_outputs():
    verdict = gn.cross_validate(LINE, "y", folds=3, n_ensemble=1, recipe=gn.Recipe(hidden=(16,), epochs=20)).verdict
    assert verdict.sentence.startswith("Use a linear regression instead: its RMSE of 1.")
    for other in verdict.comparisons:
        better = other.better["rmse"]
        assert better.low < other.scores["rmse"] - verdict.scores["rmse"] < better.high
    assert len({other.better["rmse"] for other in verdict.comparisons}) == 3


@pytest.mark.parametrize(("metric", "how"), [("roc_auc", "group"), ("average_precision", "time")])
def test_noise_beats_no_constant_that_other_shares_in_other_folds_make_look_bad(metric, how):
    place, draw = np.arange(300) // 25, np.random.default_rng(1)
    yes = draw.random(300) < np.linspace(0.15, 0.85, 12)[place]
    frame = pl.DataFrame({"place": place, "x": draw.normal(size=300), "y": np.where(yes, "yes", "no")})
    recipe = gn.Recipe(hidden=(8,), epochs=2, metric=metric)
    group, time = ("place" if how == each else None for each in ("group", "time"))
    verdict = gn.cross_validate(frame, "y", folds=4, n_ensemble=1, recipe=recipe, group=group, time=time).verdict
    assert verdict.comparisons[0].scores["roc_auc"] == 0.5
    assert verdict.sentence.startswith("Do not rely on it")
    assert "ROC AUC and average precision are means over the folds, weighted by their rows." in verdict.remarks


def test_the_roc_auc_of_folds_is_the_mean_of_their_own_by_rows():
    yes = X[:, 0] + rng.normal(size=300) > 0
    frame = pl.DataFrame({"x": X[:, 0], "y": np.where(yes, "yes", "no")})
    found = gn.cross_validate(frame, "y", folds=3, n_ensemble=1, recipe=gn.Recipe(hidden=(8,), epochs=20))
    sizes = found.out_of_fold.group_by("fold", maintain_order=False).len().sort("fold")["len"].to_numpy()
    for name in ("roc_auc", "average_precision", "accuracy"):
        mean = np.average([each[name] for each in found.scores], weights=sizes)
        assert found.verdict.scores[name] == pytest.approx(mean)
    interval = found.verdict.intervals["roc_auc"]
    assert interval.low < found.verdict.scores["roc_auc"] < interval.high


def test_folds_of_one_class_are_left_out_of_a_ranking_and_counted():
    truth, folds = np.array([0, 1, 0, 1, 1, 1, 0, 0]), np.array([0, 0, 0, 0, 1, 1, 2, 2])
    score = np.array([0.1, 0.4, 0.6, 0.9, 0.2, 0.3, 0.8, 0.9])
    outputs = np.column_stack([1 - score, score])
    within = WithinFolds(Metric.of("roc_auc"))
    assert (within.name, within(truth, with_folds(outputs, folds))) == ("roc_auc", 0.75)
    assert np.isnan(within(truth, with_folds(outputs, np.arange(8))))
    weights = np.array([1.0, 1, 1, 1, 0, 0, 0, 0])
    assert within(truth, with_folds(outputs, folds), weights) == 0.75
    parts = [(truth[folds == k], outputs[folds == k]) for k in range(3)]
    assert said_of_folds([within], parts)[1:] == [
        "The ROC AUC leaves out 2 of 3 folds, whose held-out rows are not of all classes."
    ]


def test_larger_folds_count_more_in_a_ranking():
    truth, folds = np.array([0, 1, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1, 1])
    score = np.array([0.2, 0.8, 0.1, 0.9, 0.3, 0.4])  # 1 in the first fold, half in the second
    outputs = np.column_stack([1 - score, score])
    assert WithinFolds(Metric.of("roc_auc"))(truth, with_folds(outputs, folds)) == pytest.approx((2 * 1 + 4 * 0.5) / 6)
