"""Folds: every row predicted once by a training that has not seen it, and a final model on all rows."""

from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.fitting.cross_validation import Folds
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.judging import baselines, bootstrap
from glassnet.tables.number_format import readable
from glassnet.tables.reading.read import TableFile

QUICK = gn.Recipe(hidden=(4,), epochs=2)
N = 120
rng = np.random.default_rng(0)
TABLE = pl.DataFrame(
    {
        "patient": rng.integers(0, 15, N),
        "day": np.arange(N) // 2,
        "x": rng.normal(size=N),
        "city": rng.choice(["Rome", "Oslo"], N),
        "y": rng.normal(size=N),
        "label": rng.choice(["a", "b", "b"], N),
    }
)


@pytest.fixture(autouse=True)
def brief_verdicts(monkeypatch):
    """Few resamples, few steps of the logistic regression, and no boosted trees to compare with."""
    monkeypatch.setattr(bootstrap, "MANY", 10)
    monkeypatch.setattr(baselines, "MOST_EPOCHS", 20)
    monkeypatch.setattr(baselines, "find_spec", lambda name: None)


def folds(target, n=4, repeats=1, final="refit", table=TABLE, **how):
    return Folds(TableRequest(target, None, QUICK, **how), TableFile(table), n, repeats, final)


def test_every_row_is_predicted_once_in_each_repetition_by_a_model_that_has_not_seen_it():
    found = gn.cross_validate(TABLE, "label", folds=4, repeats=2, recipe=QUICK)
    table = found.out_of_fold
    assert len(found.scores) == 8 and table.height == 2 * N
    for _, part in table.group_by("repeat"):
        assert sorted(part["row"]) == [*range(N)]
        assert part["label"].to_list() == TABLE["label"][part["row"].to_list()].to_list()
    first, second = (table.filter(repeat=k)["fold"].to_list() for k in (1, 2))
    assert first != second
    shares = table.filter(pl.col("repeat") == 1).group_by("fold").agg((pl.col("label") == "a").mean())
    assert np.ptp(shares["label"].to_numpy()) < 0.05
    held = table.filter(repeat=1, fold=1)
    accuracy = (held["label"] == held["prediction"]).mean()
    assert found.scores[0]["accuracy"] == pytest.approx(accuracy)


def test_the_intervals_of_all_folds_together_resample_whole_groups(monkeypatch):
    monkeypatch.setattr(bootstrap, "MANY", 200)
    alike = TABLE.with_columns(x=pl.col("patient") / 15.0, y=(pl.col("patient") % 3).cast(pl.Float64))
    alike = pl.concat([alike] * 10)
    assert alike["patient"].n_unique() == 15
    alone, grouped = (
        gn.cross_validate(
            alike.select("patient", "x", "y"), "y", task="regression", folds=3, recipe=QUICK, group=group
        ).verdict
        for group in (None, "patient")
    )
    assert [any("15 held-out groups" in said for said in one.remarks) for one in (alone, grouped)] == [False, True]
    widths = [one.intervals["rmse"].high - one.intervals["rmse"].low for one in (alone, grouped)]
    assert widths[1] > 2 * widths[0]


def test_what_is_learned_in_a_fold_is_learned_from_its_own_rows():
    (_, first), *_ = folds("y").trainings()
    seen = np.delete(TABLE["y"].to_numpy(), first.prepared.test_rows)
    assert (first.model.target.mean, first.model.target.low) == (pytest.approx(seen.mean()), seen.min())
    assert first.n_train == N - len(first.test) == 90


def test_the_score_is_that_of_the_rows_out_of_the_folds_with_its_spread_over_them():
    found = gn.cross_validate(TABLE, "y", folds=4, recipe=QUICK)
    table = found.out_of_fold
    rmse = np.sqrt(((table["y"] - table["prediction"]) ** 2).mean())
    assert found.verdict.scores["rmse"] == pytest.approx(rmse) and found.verdict.n_rows == N
    each = [scores["rmse"] for scores in found.scores]
    assert found.spread["rmse"] == (pytest.approx(np.mean(each)), pytest.approx(np.std(each, ddof=1)))
    assert [other.name for other in found.verdict.comparisons][:2] == ["constant", "linear"]
    assert "4 folds, rmse" in repr(found)


def test_the_final_model_has_all_rows():
    refitted = gn.cross_validate(TABLE, "label", folds=3, recipe=QUICK)
    assert (refitted.training.n_train, len(refitted.training.test)) == (N, 0)
    assert len(refitted.training.model.networks) == 4
    several = gn.cross_validate(TABLE, "label", folds=3, recipe=QUICK, final="ensemble")
    assert len(several.training.model.networks) == 3
    for final in ("refit", "ensemble"):  # the folds are of one kind
        _, training = next(folds("label", final=final).trainings())
        assert len(training.courses.main) == 4
    assert several.training.model.predict(TABLE[:2]).shape == (2,)


def test_folds_keep_groups_and_the_order_of_time():
    for _, training in folds("label", group="patient").trainings():
        rest = np.delete(np.arange(N), training.prepared.test_rows)
        assert not set(TABLE["patient"][training.prepared.test_rows]) & set(TABLE["patient"][rest])
    before = 0
    for _, training in folds("y", time="day").trainings():
        rows = training.prepared.test_rows
        assert training.train["day"].to_numpy().max() < TABLE["day"][rows].min()
        assert before < training.n_train
        before = training.n_train


def test_rows_without_a_target_are_in_no_fold_and_rows_keep_their_numbers():
    table = TABLE.with_columns(y=pl.when(pl.int_range(N) % 10 == 3).then(None).otherwise("y"))
    rows = gn.cross_validate(table, "y", folds=3, recipe=QUICK).out_of_fold["row"].to_list()
    assert rows == [row for row in range(N) if row % 10 != 3]


def test_ids_stand_beside_the_predictions():
    found = gn.cross_validate(TABLE, "y", folds=3, recipe=QUICK, columns={"id": ["patient"]})
    assert found.out_of_fold["patient"].to_list() == TABLE["patient"].to_list()


def test_the_same_seed_gives_the_same_folds_and_predictions():
    one, other = (gn.cross_validate(TABLE, "y", folds=3, recipe=QUICK).out_of_fold for _ in range(2))
    assert one.equals(other)


def test_a_line_is_told_of_each_fold():
    told: list[str] = []
    gn.cross_validate(TABLE, "y", folds=2, recipe=QUICK, tell=told.append)
    assert [line.split(": rmse")[0] for line in told] == ["fold 1 of 2", "fold 2 of 2"]


@pytest.mark.long
def test_ensembles_intervals_and_calibration_are_asked_for_as_of_a_training():
    found = gn.cross_validate(TABLE, "y", folds=2, recipe=QUICK, n_ensemble=2, interval=0.8)
    model: Any = found.training.model
    assert len(model.networks) == len(model.interval.networks) == 2 and model.interval.coverage == 0.8
    assert (found.out_of_fold["lower"] <= found.out_of_fold["upper"]).all()
    plain, calibrated = (gn.cross_validate(TABLE, "label", folds=2, recipe=QUICK, calibrate=c) for c in (False, True))
    assert plain.training.model.calibration is None and calibrated.training.model.calibration is not None
    p = [each.out_of_fold["probability of a"].to_numpy() for each in (plain, calibrated)]
    assert not np.allclose(*p)
    strict = gn.cross_validate(TABLE, "label", folds=2, recipe=QUICK, threshold=0.9)
    assert ((strict.out_of_fold["probability of b"] >= 0.9) == (strict.out_of_fold["prediction"] == "b")).all()


@pytest.mark.long
def test_weights_count_in_each_fold_but_not_in_its_score():
    table = TABLE.with_columns(w=pl.when(pl.col("city") == "Rome").then(5.0).otherwise(0.1))
    plain = gn.cross_validate(table, "y", folds=2, recipe=QUICK, columns={"drop": ["w"]})
    weighed = gn.cross_validate(table, "y", folds=2, recipe=QUICK, weight="w")
    assert not weighed.out_of_fold["prediction"].equals(plain.out_of_fold["prediction"])
    assert "w" not in weighed.training.model.encoder.columns
    rmse = np.sqrt(((weighed.out_of_fold["y"] - weighed.out_of_fold["prediction"]) ** 2).mean())
    assert weighed.verdict.scores["rmse"] == pytest.approx(rmse)
    balanced = gn.cross_validate(TABLE, "label", folds=2, recipe=QUICK, class_weight="balanced")
    assert balanced.training.prepared.weights is not None


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"n_ensemble": 0}, "n_ensemble must be a whole number of at least 1"),
        ({"n_ensemble": 2, "final": "ensemble"}, "the final ensemble has a network for each of the 5 folds"),
        ({"interval": 2.0}, "interval must be a probability in (0, 1)"),
        ({"interval": 0.9, "target_name": "label"}, "interval=0.9 is for numbers, but 'label' holds classes"),
        ({"threshold": 0.3}, "threshold=0.3 is for classes, but 'y' holds numbers"),
        ({"weight": "wieght"}, "there is no weight column 'wieght'"),
        ({"class_weight": "even"}, "class_weight must be 'balanced', or map classes"),
        ({"folds": 1}, "folds must be a whole number of at least 2, got 1"),
        ({"folds": 2.5}, "folds must be a whole number"),
        ({"folds": 70}, "70 folds are too many: there are 60 pairs of rows among 120 rows"),
        ({"folds": 200, "target_name": "label"}, "rows of the smallest class among 120 rows"),
        ({"folds": 16, "group": "patient"}, "16 folds are too many: there are 15 groups among 120 rows"),
        ({"folds": 60, "time": "day"}, "60 folds are too many: there are 58 different times after the first two"),
        ({"repeats": 0}, "repeats must be a whole number of at least 1"),
        ({"repeats": 2, "time": "day"}, "folds by time are the same each time"),
        ({"final": "refitted"}, "unknown final model 'refitted'. Did you mean 'refit'?"),
        ({"group": "patent"}, "no group column 'patent' (did you mean 'patient'?)"),
    ],
)
def test_what_cannot_be_divided_meets_one_sentence(how, said):
    with pytest.raises(gn.InvalidInput) as error:
        gn.cross_validate(TABLE, **{"target_name": "y", "recipe": QUICK} | how)
    assert said in str(error.value) and len(str(error.value)) < 500


NAMES = [
    *((name, {}) for name in ("row", "fold", "repeat", "prediction")),
    ("lower", {"interval": 0.8}),
    ("quantile 0.5", {"distribution": "gaussian"}),
    ("standard deviation", {"distribution": "quantiles"}),
]


@pytest.mark.parametrize(("name", "how"), [*NAMES, ("probability of a", {"target_name": "label"})])
@pytest.mark.parametrize("what", ["target", "id"])
def test_a_target_or_an_id_with_the_name_of_a_column_of_the_predictions_is_refused(what, name, how):
    of = how.get("target_name", "y")
    table = TABLE.rename({of if what == "target" else "patient": name})
    more = {"target_name": name if what == "target" else of} | ({"columns": {"id": [name]}} if what == "id" else {})
    lines: list[str] = []
    with pytest.raises(gn.InvalidInput, match=f"the {what} column '{name}' has the name of a column of the predict"):
        gn.cross_validate(table, folds=2, recipe=QUICK, tell=lines.append, **how | more)
    assert not lines  # nothing was trained


def test_a_name_that_no_column_of_the_predictions_has_keeps_its_place():
    table = TABLE.rename({"y": "quantile 0.5", "patient": "lower"})
    found = gn.cross_validate(table, "quantile 0.5", folds=2, recipe=QUICK, columns={"id": ["lower"]}).out_of_fold
    assert found.columns == ["row", "fold", "repeat", "quantile 0.5", "lower", "prediction"]
    assert found["quantile 0.5"].to_list() == TABLE["y"].to_list()


@pytest.mark.parametrize("kind", ["gaussian", "histogram"])
def test_distributions_of_all_folds_are_scored_together_beside_that_of_the_other_rows(kind):
    found = gn.cross_validate(TABLE, "y", folds=3, recipe=QUICK, distribution=kind)
    (said,) = found.verdict.of_distributions
    counts = [40, 40, 40]
    log_score, crps = (
        np.average([one[name] for one in found.scores], weights=counts) for name in ("log_score", "crps")
    )
    assert said.startswith(f"It predicts distributions ({kind}): their log score is {readable(log_score)}, their CRPS")
    assert f"their CRPS {readable(crps)}; the normal distribution of the other rows has " in said
    assert not gn.cross_validate(TABLE, "y", folds=3, recipe=QUICK).verdict.of_distributions
