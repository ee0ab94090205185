"""A search that compares its trials by folds of the rows that are not held out."""

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.fitting.training import TableTraining
from glassnet.tuning import fold_trainings
from glassnet.tuning.fold_trainings import fold_parts, folds_for, on_parts
from glassnet.tuning.measure import Measure

pytest.importorskip("optuna")
QUICK = gn.Recipe(hidden=(4,), epochs=2, engine="numpy")
IRIS = gn.datasets.iris().to_polars()


def test_each_row_that_is_not_held_out_validates_one_fold():
    base = TableTraining(IRIS, "species", recipe=QUICK, n_ensemble=1)
    parts = fold_parts(base, 4)
    assert sorted(np.concatenate(parts)) == [*range(120)]
    trainings = on_parts(base, QUICK, parts, Measure())
    epochs = list(trainings.epochs())
    means = [np.mean([one.history["val_loss"][k] for one in trainings.trainings]) for k in range(2)]
    assert trainings.means == pytest.approx(means)
    assert len(epochs) == 2 and epochs[-1].val_loss == trainings.means[-1]
    assert all(one.history.about["n_validation"] == 30 for one in trainings.trainings)


def test_groups_stay_whole():
    table = IRIS.with_row_index("plant").with_columns(plant=np.arange(150) // 5)
    base = TableTraining(table, "species", recipe=QUICK, group="plant", n_ensemble=1)
    plants = base.train["plant"].to_numpy()
    for part in fold_parts(base, 3):
        assert not set(plants[part]) & set(np.delete(plants, part))


def test_the_best_trial_has_the_least_mean_loss(tmp_path):
    found = gn.tune(IRIS, "species", recipe=QUICK, trials=2, folds=3, folder=tmp_path)
    assert found.score == min(trial.value for trial in found.trials if trial.value is not None)
    with pytest.raises(gn.InvalidInput, match="holds a search with folds 3, not 2"):
        gn.tune(IRIS, "species", recipe=QUICK, trials=2, folds=2, folder=tmp_path)


def test_few_rows_are_compared_by_five_folds_unless_these_cannot_be(monkeypatch):
    def by_itself(table=IRIS, **how):
        return folds_for(TableTraining(table, "species", recipe=QUICK, **how), "auto")

    assert by_itself() == 5
    assert by_itself(time="sepal_length") is None and by_itself(validation=IRIS[::10]) is None
    plants = IRIS.with_columns(plant=np.arange(150) // 5)
    assert by_itself(plants, group="plant") == 5
    assert by_itself(plants.with_columns(plant=np.arange(150) // 30), group="plant") is None
    assert by_itself(IRIS.filter(pl.int_range(150) < 104)) is None  # of one class four rows
    base = TableTraining(IRIS, "species", recipe=QUICK, n_ensemble=1)
    assert (folds_for(base, None), folds_for(base, 3)) == (None, 3)
    monkeypatch.setattr(fold_trainings, "FEW", 100)
    assert by_itself() is None


def test_a_search_says_by_how_many_folds_it_compared():
    found = gn.tune(IRIS, "species", recipe=QUICK, trials=1)
    assert found.folds == 5
    parts = fold_parts(TableTraining(IRIS, "species", recipe=QUICK, n_ensemble=1), 5)
    trainings = on_parts(TableTraining(IRIS, "species", recipe=QUICK, n_ensemble=1), found.recipe, parts, Measure())
    for _ in trainings.epochs():
        pass
    assert min(trainings.means) == pytest.approx(found.score)
    assert gn.tune(IRIS, "species", recipe=QUICK, trials=1, folds=None).folds is None


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"folds": "some"}, "folds must be a whole number of at least 2, 'auto' or None, got 'some'"),
        ({"folds": 1}, "folds must be a whole number of at least 2, got 1"),
        ({"folds": 50}, "50 folds are too many: there are 40 rows of the smallest class"),
        ({"folds": 3, "time": "sepal_length"}, "a search does not validate by folds where by time the latest rows"),
    ],
)
def test_folds_that_cannot_be_meet_one_sentence(how, said):
    with pytest.raises(gn.InvalidInput) as error:
        gn.tune(IRIS, "species", recipe=QUICK, trials=1, **how)
    assert said in str(error.value)
