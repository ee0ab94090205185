"""What resamples draw: rows or groups, of many a part that stands for all, and intervals that few units widen."""

import numpy as np
import pytest

from glassnet.tables.judging import units
from glassnet.tables.judging.bootstrap import Resamples, student
from glassnet.tables.judging.judge import few
from glassnet.tables.judging.units import units_of
from glassnet.training.metrics import Metric

RMSE = Metric.of("rmse")


def two_models(seed, n_groups, n_rows=20):
    """(truth, outputs, others, groups): two models whose errors have a part that is common to a group."""
    draw = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_groups), draw.integers(n_rows // 2, 2 * n_rows, n_groups))
    ours, others = (draw.normal(size=n_groups)[groups] + draw.normal(size=len(groups)) for _ in range(2))
    return np.zeros(len(groups)), ours[:, None], others[:, None], groups


def held(n_groups, trials=50, **how):
    """How often the interval of the difference of two equally good models holds 0."""
    found = 0
    for seed in range(trials):
        truth, ours, others, groups = two_models(seed, n_groups, **how)
        one = Resamples(truth, seed, groups).difference(RMSE, ours, others)
        found += one.low <= 0 <= one.high
    return found / trials


@pytest.mark.parametrize("n_groups", [2, 3, 5, 10])
def test_of_two_equally_good_models_on_few_groups_none_is_called_better(n_groups):
    assert held(n_groups) >= 0.88


@pytest.mark.parametrize(("n_groups", "n_rows"), [(8, 60), (60, 10), (300, 3)])
def test_an_interval_of_more_rows_than_are_looked_at_still_holds_the_truth(monkeypatch, n_groups, n_rows):
    monkeypatch.setattr(units, "MOST_ROWS", 120)
    monkeypatch.setattr(units, "LEAST_GROUPS", 80)
    assert held(n_groups, n_rows=n_rows) >= 0.85


def test_each_group_is_represented_and_its_rows_count_as_often_as_there_are(monkeypatch):
    monkeypatch.setattr(units, "MOST_ROWS", 100)
    groups = np.repeat(["a", "b", "c"], [1, 300, 2000])
    found = units_of(len(groups), groups, 0)
    assert (found.n, found.n_all, found.narrowing) == (3, 3, 1.0) and len(found.rows) <= 103
    np.testing.assert_allclose(np.bincount(found.codes, found.weights), [1, 300, 2000])
    np.testing.assert_array_equal(np.unique(groups)[found.codes], groups[found.rows])
    assert len(np.unique(found.rows)) == len(found.rows)


def test_of_many_small_groups_whole_ones_are_looked_at(monkeypatch):
    monkeypatch.setattr(units, "MOST_ROWS", 100)
    monkeypatch.setattr(units, "LEAST_GROUPS", 10)
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(500), 2))
    found = units_of(1000, groups, 0)
    assert (found.n, len(found.rows), found.narrowing) == (50, 100, pytest.approx(10**-0.5))
    assert (np.bincount(groups[found.rows])[np.unique(groups[found.rows])] == 2).all() and (found.weights == 1).all()


def test_with_all_of_many_groups_looked_at_more_rows_do_not_make_an_interval_narrow(monkeypatch):
    truth, ours, _, groups = two_models(0, 60, 40)
    whole = Resamples(truth, 0, groups).interval(RMSE, ours)
    monkeypatch.setattr(units, "MOST_ROWS", 600)
    part = Resamples(truth, 0, groups).interval(RMSE, ours)
    assert part.high - part.low == pytest.approx(whole.high - whole.low, rel=0.3)
    assert part.low < RMSE(truth, ours) < part.high


def test_shares_stay_in_0_to_1_and_errors_above_0_however_few_the_groups():
    truth, groups = np.tile([0, 1], 10), np.repeat([0, 1], 10)
    said = np.where(np.arange(20) < 12, truth, 1 - truth)  # one group all right, one nearly all wrong
    outputs = np.eye(2)[said] * 0.8 + 0.1
    for name in ("accuracy", "f1", "balanced_accuracy", "roc_auc"):
        found = Resamples(truth, 0, groups).interval(Metric.of(name), outputs)
        assert (found.low, found.high) == (0, 1)
    loss = Resamples(truth, 0, groups).interval(Metric.of("log_loss"), outputs)
    assert loss.low == 0 and loss.high > 5
    gain = Resamples(truth, 0, groups).difference(Metric.of("accuracy"), outputs, outputs[::-1])
    assert -1 <= gain.low <= gain.high <= 1


def test_an_accuracy_of_1_on_few_groups_is_not_certain():
    truth, groups = np.zeros(30, int), np.arange(30) // 10
    found = Resamples(truth, 0, groups).interval(Metric.of("accuracy"), np.eye(2)[truth])
    assert (found.low, found.high) == (pytest.approx(0.4385, abs=0.001), 1)


def test_the_interval_of_50_rows_is_that_of_the_resamples():
    draw = np.random.default_rng(0)
    rows, outputs = Resamples(draw.normal(size=50)), np.zeros((50, 1))
    found = rows.interval(RMSE, outputs)
    assert [found.low, found.high] == pytest.approx(np.quantile(rows.scores(RMSE, outputs), [0.025, 0.975]))


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (10, 2.228), (48, 2.011)])
def test_the_t_of_student_is_that_of_tables(freedom, t):
    assert student(freedom) == pytest.approx(t, rel=0.002)


def test_few_groups_are_counted_where_there_are_groups():
    assert few(1000) == [] and few(1000, np.arange(1000) % 60) == []
    assert few(1000, np.arange(1000) % 3) == ["Only 3 groups were held out: every score here is rough."]
    assert few(1) == ["Only 1 row was held out: every score here is rough."]
