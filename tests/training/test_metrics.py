"""Metrics against scikit-learn's, on random rows with ties, weights and missing classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.training.metrics import Metric

sk = pytest.importorskip("sklearn.metrics")
seeds = st.integers(0, 10**6)
weighted = st.booleans()


def rows(seed, n_classes, with_weights, n=40):
    rng = np.random.default_rng(seed)
    p = np.round(rng.dirichlet(np.ones(n_classes), n), 1) + 1e-3  # ties
    y = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n - n_classes)])
    return y, p / p.sum(axis=1, keepdims=True), rng.integers(1, 4, n) if with_weights else None


def close(name, *given, expected):
    assert Metric.of(name)(*given) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(seeds, weighted)
def test_of_three_classes(seed, with_weights):
    y, p, w = rows(seed, 3, with_weights)
    said = p.argmax(axis=1)
    close("accuracy", y, p, w, expected=sk.accuracy_score(y, said, sample_weight=w))
    close("top_k_accuracy", y, p, w, expected=sk.top_k_accuracy_score(y, p, k=2, sample_weight=w))
    for name, theirs in [("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)]:
        close(name, y, p, w, expected=theirs(y, said, average="macro", sample_weight=w, zero_division=0))
    close("log_loss", y, p, w, expected=sk.log_loss(y, p, sample_weight=w))
    close("accuracy", np.eye(3)[y], p, w, expected=sk.accuracy_score(y, said, sample_weight=w))
    if with_weights is False:
        close("roc_auc", y, p, expected=sk.roc_auc_score(y, p, multi_class="ovr"))
    close("average_precision", y, p, w, expected=sk.average_precision_score(y, p, sample_weight=w))


@given(seeds, weighted)
def test_of_yes_or_no(seed, with_weights):
    y, p, w = rows(seed, 2, with_weights)
    yes, said = p[:, 1], p[:, 1] > 0.5
    for given_p in (p, yes, yes[:, None]):
        if np.abs(yes - 0.5).min() < 1e-9 and given_p is p:
            continue  # argmax takes class 0 where both are level
        close("accuracy", y, given_p, w, expected=sk.accuracy_score(y, said, sample_weight=w))
        close("precision", y, given_p, w, expected=sk.precision_score(y, said, sample_weight=w, zero_division=0))
        close("recall", y, given_p, w, expected=sk.recall_score(y, said, sample_weight=w))
        close("f1", y, given_p, w, expected=sk.f1_score(y, said, sample_weight=w))
        close("roc_auc", y, given_p, w, expected=sk.roc_auc_score(y, yes, sample_weight=w))
        close("average_precision", y, given_p, w, expected=sk.average_precision_score(y, yes, sample_weight=w))
        close("log_loss", y, given_p, w, expected=sk.log_loss(y, yes, sample_weight=w))


@given(seeds)
def test_of_many_yes_or_no_outputs(seed):
    rng = np.random.default_rng(seed)
    p, y = np.round(rng.uniform(size=(30, 3)), 1) + 0.013, rng.integers(0, 2, (30, 3))
    y[:2] = [[0, 0, 0], [1, 1, 1]]
    close("accuracy", y, p, expected=sk.accuracy_score(y, p > 0.5))
    close("f1", y, p, expected=sk.f1_score(y, p > 0.5, average="macro", zero_division=0))
    close("roc_auc", y, p, expected=sk.roc_auc_score(y, p))
    close("average_precision", y, p, expected=sk.average_precision_score(y, p))


@given(seeds, weighted, st.integers(1, 3))
def test_of_numbers(seed, with_weights, outputs):
    rng = np.random.default_rng(seed)
    y, p = rng.normal(size=(2, 30, outputs)) * 10
    w = rng.integers(1, 4, 30) if with_weights else None
    close("mae", y, p, w, expected=sk.mean_absolute_error(y, p, sample_weight=w))
    close("rmse", y, p, w, expected=sk.root_mean_squared_error(y, p, sample_weight=w))
    close("r2", y, p, w, expected=sk.r2_score(y, p, sample_weight=w))


def test_edges():
    close("r2", [2.0, 2.0], [2.0, 2.0], expected=1)
    close("r2", [2.0, 2.0], [2.0, 1.0], expected=0)
    assert np.isnan(Metric.of("roc_auc")([1, 1], [0.2, 0.9]))
    assert np.isnan(Metric.of("average_precision")([0, 0], [0.2, 0.9]))
    assert np.isfinite(Metric.of("log_loss")([1, 0], [0.0, 1.0]))
    with pytest.raises(gn.InvalidInput, match="mae compares numbers one by one"):
        Metric.of("mae")([1, 2], [[1, 2], [3, 4]])
    with pytest.raises(gn.UnknownName, match=r"unknown metric 'accuracy_score'. Did you mean 'accuracy'\?"):
        Metric.of("accuracy_score")


def test_every_metric_is_tested_here_and_says_which_way_is_better():
    better = {name for name, metric in Metric.registry.items() if metric.higher_is_better}  # type: ignore[attr-defined]
    assert set(Metric.registry) - better == {
        "log_loss", "tempered_log_loss", "mae", "rmse", "brier", "mape", "median_absolute_error", "pinball"
    }  # fmt: skip
    assert better == {
        "accuracy", "top_k_accuracy", "precision", "recall", "f1", "roc_auc", "average_precision", "r2",
        "balanced_accuracy", "precision_at_recall",
    }  # fmt: skip


def truth_of(seed, n=40):
    rng = np.random.default_rng(seed)
    return np.round(rng.normal(size=n), 1) + 5, np.round(rng.normal(size=n), 1) + 5, rng.integers(0, 4, n) + (n == 1)


@given(seeds, weighted, st.sampled_from([2, 3, 5]))
def test_tempered_log_loss_is_the_least_log_loss_over_temperatures(seed, with_weights, n_classes):
    y, p, w = rows(seed, n_classes, with_weights)
    scores = np.log(np.maximum(p, 1e-12))
    sharper = [scores / t for t in np.geomspace(0.05, 20, 4001)]
    losses = [np.average(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y], weights=w) for z in sharper]
    found = Metric.of("tempered_log_loss")(y, p, w)
    assert found == pytest.approx(min(losses), abs=1e-4)
    assert found <= Metric.of("log_loss")(y, p, w) + 1e-4


def test_tempered_log_loss_of_sure_and_right_probabilities_is_no_negative_zero():
    assert str(gn.metrics.TemperedLogLoss()([0, 1, 1], np.eye(2)[[0, 1, 1]])) == "0.0"


def test_tempered_log_loss_does_not_change_with_the_temperature_of_the_probabilities_and_wants_classes():
    _, p, w = rows(3, 4, True)
    y = p.argmax(axis=1)
    y[::3] = (y[::3] + 1) % 4
    hot = p**0.3 / (p**0.3).sum(axis=1, keepdims=True)
    metric = gn.metrics.TemperedLogLoss()
    assert metric(y, hot, w) == pytest.approx(metric(y, p, w), abs=1e-4)
    assert metric(np.eye(4)[y], p, w) == metric(y, p, w)
    with pytest.raises(gn.InvalidInput, match="compares class probabilities, two or more in a row; use log_loss"):
        metric([0, 1], [0.2, 0.7])


@given(seeds, weighted, st.sampled_from([2, 3, 5]))
def test_balanced_accuracy_and_brier(seed, with_weights, n_classes):
    y, p, w = rows(seed, n_classes, with_weights)
    said = p.argmax(axis=1)
    close("balanced_accuracy", y, p, w, expected=sk.balanced_accuracy_score(y, said, sample_weight=w))
    close("brier", y, p, w, expected=sk.brier_score_loss(y, p, sample_weight=w, labels=np.arange(n_classes)))
    close("brier", np.eye(n_classes)[y], p, w, expected=sk.brier_score_loss(y, p, sample_weight=w))
    if n_classes == 2:
        close("brier", y, p[:, 1], w, expected=sk.brier_score_loss(y, p[:, 1], sample_weight=w))
        yes = p[:, 1] > 0.5
        close("balanced_accuracy", y, p[:, 1], w, expected=sk.balanced_accuracy_score(y, yes, sample_weight=w))


@given(seeds, weighted, st.sampled_from([0.05, 0.5, 0.8, 1.0]))
def test_precision_at_recall_is_the_best_of_the_curve(seed, with_weights, recall):
    y, p, w = rows(seed, 2, with_weights)
    precisions, recalls, _ = sk.precision_recall_curve(y, p[:, 1], sample_weight=w)
    metric = gn.metrics.PrecisionAtRecall(recall)
    assert metric(y, p, w) == pytest.approx(precisions[:-1][recalls[:-1] >= recall - 1e-12].max(), rel=1e-9)


@given(seeds, weighted)
def test_f1_of_a_class_and_macro(seed, with_weights):
    for n_classes in (2, 3):
        y, p, w = rows(seed, n_classes, with_weights)
        said, each = p.argmax(axis=1), None
        each = sk.f1_score(y, said, average=None, sample_weight=w, zero_division=0)
        for k in range(n_classes):
            assert gn.metrics.F1(k)(y, p, w) == pytest.approx(each[k])
        macro = sk.f1_score(y, said, average="macro", sample_weight=w, zero_division=0)
        assert gn.metrics.F1("macro")(y, p, w) == pytest.approx(macro)


@given(seeds, weighted)
def test_of_other_errors_of_numbers(seed, with_weights):
    y, p, w = truth_of(seed)
    w = w + 1 if with_weights else None
    close("mape", y, p, w, expected=sk.mean_absolute_percentage_error(y, p, sample_weight=w))
    close("median_absolute_error", y, p, None, expected=sk.median_absolute_error(y, p))
    close("pinball", y, p, w, expected=sk.mean_pinball_loss(y, p, sample_weight=w))
    for level in (0.1, 0.9):
        found = gn.metrics.Pinball(level)(y, p, w)
        assert found == pytest.approx(sk.mean_pinball_loss(y, p, sample_weight=w, alpha=level), rel=1e-9)
    if w is not None:  # whole weights are rows that occur so often
        close("median_absolute_error", y, p, w, expected=sk.median_absolute_error(np.repeat(y, w), np.repeat(p, w)))


def test_one_class_and_level_scores():
    y, level = np.ones(6, int), np.full((6, 2), 0.5)
    assert gn.metrics.BalancedAccuracy()(y, level) == 0.0  # argmax takes class 0
    assert gn.metrics.BalancedAccuracy()(y, level[:, ::-1] + [-0.1, 0.1]) == 1.0
    assert np.isnan(gn.metrics.PrecisionAtRecall()(np.zeros(6, int), level))
    assert gn.metrics.PrecisionAtRecall()(np.array([0, 1] * 3), level) == 0.5
    assert gn.metrics.Brier()(y, level) == 0.25
    assert gn.metrics.MedianAbsoluteError()([1.0, 5.0], [2.0, 2.0], [1, 0]) == 1.0
    assert gn.metrics.MAPE()([0.0], [0.0]) == 0.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gn.metrics.F1("micro"), "F1: `of_class` must be 'macro', the number of a class or None, got 'micro'."),
        (lambda: gn.metrics.F1(3)([0, 1], [[0.5, 0.5], [0.5, 0.5]]), "F1: there is no class 3: the outputs have 2"),
        (lambda: gn.metrics.Pinball(1.5), "Pinball: `level` must be a number in (0, 1), got 1.5."),
        (lambda: gn.metrics.PrecisionAtRecall(0), "PrecisionAtRecall: `recall` must be a share in (0, 1], got 0."),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(gn.InvalidInput) as caught:
        make()
    assert message in str(caught.value)
