"""Which rows validate the networks of tabular estimators: whole groups, and the splits of scikit-learn."""

import numpy as np
import polars as pl
import pytest
import sklearn
from sklearn.model_selection import GridSearchCV, GroupKFold, ShuffleSplit, TimeSeriesSplit, cross_validate

import glassnet as gn
from glassnet.sklearn import TabularClassifier, TabularRegressor

QUICK = gn.Recipe(hidden=(4,), epochs=1)
rng = np.random.default_rng(0)
X = rng.normal(size=(120, 2))
GROUPS = np.array([f"g{k}" for k in rng.integers(0, 20, 120)])
y = np.where(X[:, 0] + rng.normal(size=120) > 0, "yes", "no")


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def classifier(**parameters):
    return TabularClassifier(recipe=QUICK, random_state=0, **parameters)


def test_groups_stay_on_one_side_of_each_network():
    for n in (1, 3):
        model = classifier(n_ensemble=n).fit(X, y, groups=GROUPS)
        assert len(model.members_) == n
        for member in model.members_:
            held = member.held_out
            assert not set(GROUPS[held]) & set(np.delete(GROUPS, held))
            assert 10 < len(held) < 40


def test_rows_without_weight_take_their_groups_along():
    weights = (rng.random(120) > 0.3).astype(float)
    model = classifier().fit(X, y, sample_weight=weights, groups=GROUPS)
    kept = GROUPS[weights > 0]
    held = model.members_[0].held_out
    assert not set(kept[held]) & set(np.delete(kept, held))


@pytest.mark.usefixtures("routing")
def test_groups_are_routed_by_cross_validate_and_searches():
    model = classifier().set_fit_request(groups=True)
    assert model.get_metadata_routing().fit.requests["groups"] is True
    found = cross_validate(model, X, y, cv=GroupKFold(3), params={"groups": GROUPS}, return_estimator=True)
    assert len(found["test_score"]) == 3 and all(0 <= score <= 1 for score in found["test_score"])
    search = GridSearchCV(model, {"recipe__dropout": [0.0, 0.1]}, cv=GroupKFold(2)).fit(X, y, groups=GROUPS)
    held = search.best_estimator_.members_[0].held_out
    assert not set(GROUPS[held]) & set(np.delete(GROUPS, held))


def test_a_splitter_chooses_the_rows_of_each_network():
    model = classifier(cv=TimeSeriesSplit(3)).fit(X, y)
    assert [member.held_out.tolist() for member in model.members_] == [[*range(k, k + 30)] for k in (30, 60, 90)]
    assert [member.history.about["n_samples"] for member in model.members_] == [30, 60, 90]
    model = classifier(cv=GroupKFold(4)).fit(X, y, groups=GROUPS)
    assert len(model.members_) == 4
    assert sorted(np.concatenate([member.held_out for member in model.members_])) == [*range(120)]
    pairs = [(np.arange(80), np.arange(80, 120)), (np.arange(120) >= 40, np.arange(120) < 40)]
    assert [len(member.held_out) for member in classifier(cv=pairs).fit(X, y).members_] == [40, 40]
    assert len(classifier(cv=2).fit(X, y).members_) == 2


def test_a_row_that_validates_several_networks_counts_once():
    splits = ShuffleSplit(3, test_size=0.5, random_state=0)
    model = TabularRegressor(recipe=QUICK, random_state=0, cv=splits).fit(X, X[:, 0])
    rows = np.unique(np.concatenate([member.held_out for member in model.members_]))
    said, truth, weights = model._said_of_held_out()
    assert len(said) == len(truth) == len(rows) < 120 and weights is None
    np.testing.assert_allclose(truth, X[rows, 0], atol=1e-6)
    row = rows[0]
    by = [model._said(m, model._encoded(X)[[row]])[0] for m in model.members_ if row in m.held_out]
    np.testing.assert_allclose(said[0], np.mean(by), rtol=1e-5)
    ends = TabularRegressor(recipe=QUICK, random_state=0, cv=splits, interval=0.8).fit(X, X[:, 0])
    assert ends.predict_interval(X[:3]).shape == (3, 2)


def test_row_numbers_of_cv_are_those_of_all_rows_whatever_their_weights():
    weights = np.ones(120)
    weights[:20] = 0
    pairs = [(np.arange(60), np.arange(60, 120))]
    (member,) = classifier(cv=pairs).fit(X, y, sample_weight=weights).members_
    assert (member.history.about["n_samples"], len(member.held_out)) == (40, 60)


def test_a_splitter_is_not_written_and_a_number_is(tmp_path):
    for cv, loaded in ((GroupKFold(2), None), (2, 2)):
        model = classifier(cv=cv).fit(X, y, groups=GROUPS)
        for member in model.members_:
            assert not set(GROUPS[member.held_out]) & set(np.delete(GROUPS, member.held_out))
        read = TabularClassifier.load(model.save(tmp_path / "model.safetensors"))
        assert read.cv == loaded
        np.testing.assert_array_equal(read.predict(X), model.predict(X))


@pytest.mark.parametrize(
    ("parameters", "given", "said"),
    [
        ({}, {"groups": GROUPS[:5]}, "X has 120 rows, groups has 5 values"),
        ({}, {"groups": ["a"] * 120}, "groups has one value in all 120 rows"),
        ({"n_ensemble": 4}, {"groups": [k % 3 for k in range(120)]}, "3 groups are too few to hold some out for 4"),
        ({"n_ensemble": 2, "cv": 3}, {}, "n_ensemble=2 and cv both say how many networks"),
        ({"cv": "five"}, {}, "cv='five' cannot divide 120 rows"),
        ({"cv": GroupKFold(3)}, {}, "The 'groups' parameter should not be None"),
        ({"cv": 200}, {}, "cv=200 cannot divide 120 rows"),
        (
            {"cv": [(np.arange(100), np.arange(90, 120))]},
            {},
            "split 1 of cv has 10 rows to train on that also validate",
        ),
        ({"cv": [(np.arange(100), [])]}, {}, "split 1 of cv has no rows to validate on"),
        ({"cv": [(np.arange(100), [120])]}, {}, "it names row 120"),
        ({"cv": []}, {}, "cv=[] "),
    ],
)
def test_what_cannot_divide_rows_meets_one_sentence(parameters, given, said):
    with pytest.raises(gn.InvalidInput) as error:
        classifier(**parameters).fit(pl.DataFrame({"a": X[:, 0], "b": X[:, 1]}), y, **given)
    assert said in str(error.value) and len(str(error.value)) < 500


def test_eight_networks_hold_each_row_out_once():
    weights = np.ones(120)
    weights[:7] = 0
    model = classifier(n_ensemble=8).fit(X, y, sample_weight=weights)
    held = np.concatenate([member.held_out for member in model.members_])
    np.testing.assert_array_equal(np.sort(held), np.arange(113))
    found = model.out_of_fold()
    assert np.isnan(found[:7]).all() and not np.isnan(found[7:]).any()
    one = model.members_[0]
    np.testing.assert_array_equal(
        found[7:][one.held_out], model._said(one, model.encoder_.transform(X[7:]))[one.held_out]
    )
    assert model.validation_score_ == np.mean(model.classes_[found[7:].argmax(axis=1)] == y[7:])


def test_rows_that_no_network_held_out_are_nan(tmp_path):
    model = TabularRegressor(recipe=QUICK, n_ensemble=1, random_state=0).fit(X, X[:, 0])
    found = model.out_of_fold()
    assert found.shape == (120,) and np.isnan(found).sum() == 120 - len(model.members_[0].held_out)
    model.partial_fit(X, X[:, 0])
    with pytest.raises(AttributeError, match="call fit"):
        model.out_of_fold()
