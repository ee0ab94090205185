"""Estimators for tables: every kind of column, honest probabilities and intervals, scikit-learn's own checks."""

import pickle
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import glassnet as gn
from glassnet.engine.selection import installed
from glassnet.sklearn import TabularClassifier, TabularRegressor
from glassnet.tables.calibration.intervals import learned_ends
from glassnet.tables.fitting.budget import Pace
from glassnet.tables.fitting.ensemble import Encoded, held_out_parts

pytestmark = pytest.mark.filterwarnings("ignore:.*leaves out columns:UserWarning")
SMALL = gn.Recipe(hidden=(16,), epochs=12)
BY_ROWS = {
    "check_sample_weight_equivalence_on_dense_data": "batches and validation rows are drawn by rows, so that rows "
    "repeated are not rows of twice the weight"
}


def some(kind: Any, **more: Any) -> Any:
    return kind(**{"recipe": SMALL, "random_state": 0, "engine": "numpy"} | more)


def checks(engine: str, *kinds: Any) -> Any:
    estimators = [some(kind, engine=engine) for kind in kinds]
    return parametrize_with_checks(estimators, expected_failed_checks=lambda estimator: BY_ROWS)


@checks("numpy", TabularClassifier)
def test_scikit_learns_checks_pass(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.long
@checks("numpy", TabularRegressor)
def test_scikit_learns_checks_pass_for_numbers(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.long
@pytest.mark.skipif(not installed("numba"), reason="the compiled engine is not installed")
@checks("compiled", TabularClassifier)
def test_scikit_learns_checks_pass_on_the_compiled_engine(estimator: Any, check: Any) -> None:
    check(estimator)


def homes(n: int = 400) -> tuple[pl.DataFrame, np.ndarray]:
    """Numbers, texts of few and of many levels, dates and booleans, all with missing values."""
    rng = np.random.default_rng(0)
    size, age, town = rng.normal(100, 30, n), rng.integers(0, 80, n), rng.integers(0, 40, n)
    price = 3 * size - age + 20 * (town % 5) + rng.normal(0, 5, n)
    gone = rng.random((5, n)) < 0.1

    def column(values: Any, k: int) -> list[Any]:
        return [None if missing else value for value, missing in zip(values, gone[k], strict=True)]

    table = {
        "size": column(size.tolist(), 0),
        "built": column([date(2020, 1, 1) - timedelta(days=365 * int(a)) for a in age], 1),
        "town": column([f"town {t}" for t in town], 2),
        "kind": column(np.where(town % 5 > 2, "villa", "flat").tolist(), 3),
        "garden": column((town % 2 == 0).tolist(), 4),
        "same": ["x"] * n,
    }
    return pl.DataFrame(table), price


TABLE, PRICE = homes()


@pytest.mark.parametrize(
    "as_given", [lambda t: t, lambda t: pd.DataFrame(t.to_dict(as_series=False))], ids=["polars", "pandas"]
)
def test_a_table_of_every_kind_of_column_is_learned(as_given: Any) -> None:
    table = as_given(TABLE)
    model = some(TabularRegressor, recipe=gn.Recipe(hidden=(64, 64), epochs=60)).fit(table, PRICE)
    assert model.score(table, PRICE) > 0.8
    assert list(model.feature_names_in_) == TABLE.columns
    importances = dict(zip(TABLE.columns, model.feature_importances_, strict=True))
    assert importances["same"] == 0 and max(importances, key=importances.__getitem__) == "size"
    assert model.encoder_.dropped == {"same": "has the same value in every row"}


def test_unseen_categories_and_columns_that_are_missing_are_no_mistake_and_one() -> None:
    model = some(TabularRegressor).fit(TABLE, PRICE)
    new = TABLE[:3].with_columns(town=pl.lit("elsewhere"), kind=pl.lit("castle"), size=pl.lit(None, pl.Float64))
    assert np.isfinite(model.predict(new)).all()
    with pytest.raises(ValueError, match="size"):
        model.predict(TABLE.drop("size"))


@pytest.mark.parametrize("interval", [None, 0.8])
@pytest.mark.parametrize("number", [0.0, -2.5, 3])
def test_a_target_of_one_number_is_predicted_as_that(number: float, interval: Any) -> None:
    target = np.full(len(PRICE), number)
    model = some(TabularRegressor, interval=interval).fit(TABLE, target)
    assert (model.predict(TABLE) == number).all() and model.score(TABLE, target) == 1
    assert (model.predict_interval(TABLE, 0.8) == number).all()
    assert model.validation_score_ == 0 and not model.feature_importances_.any()


def test_predictions_stay_within_what_was_seen() -> None:
    model = some(TabularRegressor).fit(TABLE, PRICE)
    far = TABLE.with_columns(size=pl.lit(1e9))
    assert PRICE.min() <= model.predict(far).min() and model.predict(far).max() <= PRICE.max()


X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)


def test_classes_keep_their_names_and_probabilities_are_calibrated() -> None:
    digits = gn.datasets.digits()
    names = np.array([f"digit {k}" for k in range(10)])[digits.y]
    model = some(TabularClassifier, recipe=gn.Recipe(hidden=(64,), epochs=20))
    X_train, X, y_train, y = train_test_split(digits.X, names, train_size=1000, random_state=0)
    model.fit(X_train, y_train)
    assert list(model.classes_) == sorted(set(names)) and model.score(X, y) > 0.85
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    raw = model.members_[0].network.predict(model.encoder_.transform(frame(X)))
    assert log_loss(y, p) < log_loss(y, raw)  # labels were smoothed


def frame(X: Any) -> Any:
    return pl.DataFrame({f"x{k}": X[:, k] for k in range(X.shape[1])})


def test_an_ensemble_averages_networks_that_chose_their_epochs_on_different_rows() -> None:
    model = some(TabularClassifier, n_ensemble=3).fit(X_train, y_train)
    held = [member.held_out for member in model.members_]
    assert len(held) == 3 and not set(held[0]) & set(held[1]) and not set(held[1]) & set(held[2])
    assert abs(len(held[0]) - 0.2 * len(y_train)) <= 1
    alone = [model._said(member, model._encoded(X_test)) for member in model.members_]
    np.testing.assert_allclose(model.predict_proba(X_test), np.mean(alone, axis=0))


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_held_out_parts_are_disjoint_and_keep_the_shares_of_classes(n: int) -> None:
    from glassnet.tables.encoding.target import ClassTarget

    labels = np.repeat([0, 1], [160, 40])
    data = Encoded(None, ClassTarget((0, 1)), np.zeros((200, 1)), labels)  # type: ignore[arg-type]
    parts = [*held_out_parts(data, n, 0.2, np.random.default_rng(0))]
    together = np.concatenate(parts)
    assert len(parts) == n and len(set(together)) == len(together)
    for part in parts:
        assert abs(labels[part].mean() - 0.2) < 0.05 and abs(len(part) - 200 / max(n, 5)) <= 1


@pytest.mark.parametrize("n_rows", [53, 83])
def test_batches_of_each_network_are_equal_though_parts_differ_by_a_row(n_rows: int) -> None:
    X = np.random.default_rng(0).uniform(-1, 1, (n_rows, 2))
    model = some(TabularRegressor, recipe=gn.Recipe(hidden=(4,), epochs=3, batch_size=20)).fit(X, X[:, 0])
    assert len({len(member.held_out) for member in model.members_}) == 2
    for member in model.members_:
        steps = (n_rows - len(member.held_out)) // 20
        assert [epoch.steps for epoch in member.history] == [steps, 2 * steps, 3 * steps]


@pytest.mark.parametrize("interval", [None, 0.8])
def test_intervals_cover_new_rows_as_often_as_they_say(interval: Any) -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 1, (3000, 1))
    y = np.sin(6 * X[:, 0]) + rng.normal(0, 0.02 + 0.3 * X[:, 0])
    model = some(
        TabularRegressor, interval=interval, validation_fraction=0.4, recipe=gn.Recipe(hidden=(32,), epochs=30)
    ).fit(X[:1500], y[:1500])
    low, high = model.predict_interval(X[1500:], coverage=0.8).T
    assert 0.74 < np.mean((low <= y[1500:]) & (y[1500:] <= high)) < 0.86  # 600 rows choose the margin
    widths = high - low
    certain, uncertain = widths[X[1500:, 0] < 0.2].mean(), widths[X[1500:, 0] > 0.8].mean()
    assert uncertain > 2 * certain if interval else uncertain == pytest.approx(certain)


def noiseless(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).uniform(-1, 1, (n, 2))
    return X, X[:, 0]


@pytest.mark.parametrize("interval", [0.05, 0.5, 0.9])
def test_the_low_end_never_lies_above_the_high_one_though_nearly_noiseless_data_ask_for_a_negative_margin(
    interval: float,
) -> None:
    X, y = noiseless()
    model = some(TabularRegressor, interval=interval).fit(X, y)
    low, high = model.predict_interval(X).T
    assert (low <= high).all()
    encoded = model._encoded(X)
    ends = [learned_ends(member.network, model.target_, encoded) for member in model.quantile_members_]
    learned = np.mean(ends, axis=0)
    if interval == 0.05:
        assert model._interval.margin < 0 and (low == high).any()  # or nothing was tested
    assert y.min() <= learned.min() and learned.max() <= y.max()


def test_the_prediction_lies_in_the_middle_of_an_interval_of_one_width() -> None:
    X, y = noiseless()
    model = some(TabularRegressor).fit(X, y)
    np.testing.assert_allclose(model.predict_interval(X, 0.8).mean(axis=1), model.predict(X), atol=1e-12)


@pytest.mark.parametrize("interval", [None, 0.9])
def test_a_coverage_that_validation_rows_are_too_few_for_is_warned_of(interval: Any) -> None:
    X, y = noiseless(30)
    said = r"intervals of coverage 0\.9 need 9 validation rows or more, got 6: .* hold about 0\.86 of new rows"
    with pytest.warns(UserWarning, match=said):
        some(TabularRegressor, interval=interval, n_ensemble=1).fit(X, y).predict_interval(X, 0.9)


def test_intervals_count_rows_by_their_weight() -> None:
    X, y = noiseless(1000)
    noisy = np.arange(1000) % 2 == 0
    y = y + noisy * np.random.default_rng(1).normal(0, 1, 1000)
    for interval in (None, 0.8):
        calm, wild = (
            some(TabularRegressor, interval=interval).fit(X, y, sample_weight=np.where(noisy == loud, 1.0, 0.01))
            for loud in (False, True)
        )
        widths = [np.ptp(model.predict_interval(X, 0.8), axis=1).mean() for model in (calm, wild)]
        assert widths[0] < 0.5 * widths[1]


def test_after_another_interval_was_set_a_model_asks_for_another_fit() -> None:
    X, y = noiseless(100)
    model = some(TabularRegressor).fit(X, y)
    with pytest.raises(gn.InvalidInput, match=r"was fitted with interval=None and now has interval=0\.8: fit it again"):
        model.set_params(interval=0.8).predict_interval(X)
    model.fit(X, y)
    with pytest.raises(gn.InvalidInput, match=r"was fitted with interval=0\.8 and now has interval=None: fit it again"):
        model.set_params(interval=None).predict_interval(X)
    assert not hasattr(model.fit(X, y), "quantile_members_")


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_after_a_fit_that_failed_nothing_is_predicted_by_what_was_fitted_before(kind: Any) -> None:
    X, y = noiseless(100)
    model = some(kind).fit(X, y > 0)
    with pytest.raises(gn.InvalidInput, match="too few to hold some out"):
        model.set_params(n_ensemble=200).fit(1000 * X, y > 0)
    asked = [getattr(model, name, None) for name in ("predict", "predict_proba", "predict_interval")]
    for ask in [*filter(None, asked), lambda _: model.feature_importances_]:
        with pytest.raises(NotFittedError):
            ask(X)
    assert model.set_params(n_ensemble=1).fit(X, y > 0).predict(X).shape == (100,)


def at_a_pace_of(start: float, epoch: float) -> Any:
    return patch("glassnet.tables.fitting.budget.pace", lambda *_: Pace(start, epoch))


@pytest.mark.parametrize(("n", "epochs"), [(1, 179), (3, 59)])
def test_as_many_epochs_as_fit_into_the_time_are_trained_and_the_schedules_reach_their_end(n: int, epochs: int) -> None:
    model = some(TabularRegressor, recipe=gn.Recipe(hidden=(16,), epochs=100_000), max_time="30m", n_ensemble=n)
    with at_a_pace_of(0.0, 9.0):  # the NumPy engine trains one network after the other
        model.fit(*load_diabetes(return_X_y=True))
    history = model.members_[0].history
    assert abs(model.n_iter_ - epochs) <= 1 and history.about["ended"].startswith("epochs: all")
    assert history["learning_rate"][-1] < 0.02
    assert model.recipe_.max_time == "30m"


@pytest.mark.filterwarnings("ignore:max_time leaves time for only one epoch:UserWarning")  # as on a busy machine
@pytest.mark.parametrize("interval", [None, 0.9])
def test_a_fit_ends_in_its_time_though_epochs_take_longer_than_was_measured(interval: Any) -> None:
    model = some(TabularRegressor, recipe=gn.Recipe(hidden=(16,), epochs=10**6), max_time=0.4, interval=interval)
    with at_a_pace_of(0.0, 1e-6):
        model.fit(*load_diabetes(return_X_y=True))
    for member in [*model.members_, *getattr(model, "quantile_members_", [])]:
        assert member.history.about["ended"].startswith("max_time")


@pytest.mark.filterwarnings("ignore:max_time leaves time for only one epoch:UserWarning")  # as on a busy machine
def test_the_pace_is_measured() -> None:
    model = some(TabularRegressor, recipe=gn.Recipe(hidden=(16,), epochs=100_000), max_time=0.3, n_ensemble=2)
    model.fit(*load_diabetes(return_X_y=True), sample_weight=np.ones(442))
    assert 1 <= model.n_iter_ < 100_000


def test_the_few_rows_that_a_pace_is_taken_with_are_warned_of_by_nothing() -> None:
    recipe = gn.Recipe(hidden=(8,), epochs=2)
    model = some(TabularClassifier, recipe=recipe, metric="roc_auc", max_time="30m")  # of a class alone it is nan
    with at_a_pace_of(0.0, 1.0):
        assert model.fit(*load_breast_cancer(return_X_y=True)).n_iter_ == 2


def test_something_is_trained_however_short_the_time_and_one_epoch_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="max_time leaves time for only one epoch"):
        assert some(TabularRegressor, max_time=1e-6, interval=0.9).fit(X, y).n_iter_ == 1
    with at_a_pace_of(0.0, 200.0), pytest.warns(UserWarning, match="max_time leaves time for only one epoch"):
        assert some(TabularRegressor, max_time="5m").fit(X, y).n_iter_ == 1


def test_networks_of_an_interval_end_where_the_recipe_says() -> None:
    model = some(TabularRegressor, interval=0.8, recipe=gn.Recipe(hidden=(16,), epochs=9, stop_after=3)).fit(X, y)
    assert len(model.quantile_members_[0].history) == 3
    model = some(TabularRegressor, interval=0.8, recipe=gn.Recipe(hidden=(16,), epochs=400, patience=2)).fit(X, y)
    assert model.quantile_members_[0].history.about["ended"].startswith("early_stopping: val_loss")


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
def test_rows_of_weight_0_are_as_rows_that_are_not_there(kind: Any) -> None:
    weights = (np.random.default_rng(0).random(len(y)) < 0.1).astype(float)  # in some parts no row would count
    left_out = np.flatnonzero(weights)
    weighted = some(kind).fit(X, y, sample_weight=3 * weights)
    without = some(kind).fit(X[left_out], y[left_out], sample_weight=3 * weights[left_out])
    np.testing.assert_array_equal(weighted.predict(X), without.predict(X))
    assert weighted.encoder_.describe() == without.encoder_.describe()
    with pytest.raises(gn.InvalidInput, match="expected 4 rows or more with a sample_weight above 0, got 2"):
        some(kind).fit(X, y, sample_weight=np.eye(1, len(y))[0] + np.eye(1, len(y), 1)[0])


def test_where_roc_auc_is_not_defined_the_log_loss_chooses_the_epoch_and_it_is_said() -> None:
    rare = np.where(np.arange(len(X)) == 7, "rare", np.array(["no", "yes"])[y])
    with pytest.warns(UserWarning, match=r"validation rows of the class 'rare' are missing: without them roc_auc"):
        model = some(TabularClassifier, metric="roc_auc").fit(X, rare)
    about = model.members_[0].history
    assert about.about["best_epoch"] == len(about) - int(np.argmin(about["val_loss"][::-1]))
    assert np.isnan(model.validation_score_)


def test_importances_are_found_once_and_not_for_the_display(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def as_it_is(X: Any, **_: Any) -> Any:
        asked.append(1)
        return X

    monkeypatch.setattr("glassnet.insight.importance.shuffled", as_it_is)
    model = some(TabularRegressor).fit(*load_diabetes(return_X_y=True))
    assert "feature_importances_" not in model._repr_html_() and not asked
    assert model.feature_importances_ is model.feature_importances_ and len(asked) == 200
    if "members_" in model._repr_html_():  # a scikit-learn that shows fitted attributes
        assert "feature_importances_" in model._repr_html_() and len(asked) == 200
    assert "feature_importances_" not in vars(model.fit(*load_diabetes(return_X_y=True)))


def test_the_metric_says_what_the_model_is_for() -> None:
    losses = {
        m: some(TabularClassifier, metric=m).fit(X_train, y_train).members_[0].history.about["loss"]
        for m in ("accuracy", "log_loss", "roc_auc")
    }
    assert [loss["label_smoothing"] for loss in losses.values()] == [0.1, 0.1, 0.0]
    model = some(TabularRegressor, metric="mae").fit(*load_diabetes(return_X_y=True))
    assert model.members_[0].history.about["loss"]["name"] == "absolute_error"
    with pytest.raises(gn.UnknownName, match="unknown metric for regression 'accuracy'"):
        some(TabularRegressor, metric="accuracy").fit(*load_diabetes(return_X_y=True))


def test_the_same_seed_gives_the_same_model_and_it_is_cloned_and_pickled() -> None:
    one, other = (some(TabularClassifier).fit(X_train, y_train) for _ in range(2))
    np.testing.assert_array_equal(one.predict_proba(X_test), other.predict_proba(X_test))
    again = pickle.loads(pickle.dumps(one))
    np.testing.assert_array_equal(again.predict_proba(X_test), one.predict_proba(X_test))
    assert again.feature_importances_.tolist() == one.feature_importances_.tolist()
    assert clone(one).get_params() == one.get_params()


def test_weights_count() -> None:
    flipped = np.concatenate([y_train, 1 - y_train])
    weights = np.repeat([1.0, 1e-6], len(y_train))
    model = some(TabularClassifier).fit(np.concatenate([X_train] * 2), flipped, sample_weight=weights)
    assert model.score(X_test, y_test) > 0.9


@pytest.mark.long
def test_they_work_in_pipelines_searches_and_cross_validation() -> None:
    model = make_pipeline(StandardScaler(), some(TabularClassifier))
    assert cross_val_score(model, X, y, cv=3).mean() > 0.85
    search = GridSearchCV(some(TabularClassifier), {"metric": ["accuracy", "log_loss"]}, cv=2).fit(X, y)
    assert search.best_score_ > 0.85


@pytest.mark.parametrize(
    ("estimator", "given", "said"),
    [
        (some(TabularClassifier, n_ensemble=0), (X, y), "n_ensemble must be"),
        (some(TabularClassifier, validation_fraction=1.5), (X, y), r"validation_fraction must be in \(0, 1\), got 1.5"),
        (
            some(TabularRegressor, interval=90),
            (X, y),
            r"interval must be a probability in \(0, 1\), such as 0.9, got 90",
        ),
        (some(TabularClassifier), (X, np.zeros(len(X))), "needs two classes, got only one class"),
        (some(TabularClassifier), (X[:3], y[:3]), "expected 4 rows or more"),
    ],
)
def test_what_cannot_work_meets_one_sentence(estimator: Any, given: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        estimator.fit(*given)


def test_intervals_of_another_coverage_than_was_learned_are_refused() -> None:
    model = some(TabularRegressor, interval=0.8).fit(TABLE, PRICE)
    with pytest.raises(gn.InvalidInput, match=r"has learned intervals of coverage 0\.8, not 0\.9"):
        model.predict_interval(TABLE, coverage=0.9)


def test_settings_of_the_recipe_are_searched_by_their_names():
    X, y = np.random.default_rng(0).normal(size=(80, 2)), np.arange(80) % 2
    search = GridSearchCV(some(TabularClassifier), {"recipe__epochs": [1, 2], "recipe__dropout": [0.0]}, cv=2)
    search.fit(X, y)
    assert search.best_params_["recipe__epochs"] in (1, 2)
    assert search.best_estimator_.recipe == gn.Recipe(
        hidden=(16,), epochs=search.best_params_["recipe__epochs"], dropout=0
    )
    piped = make_pipeline(StandardScaler(), some(TabularRegressor)).set_params(tabularregressor__recipe__hidden=(3, 2))
    assert piped[-1].recipe == gn.Recipe(hidden=(3, 2), epochs=12)
    assert clone(piped)[-1].get_params()["recipe__hidden"] == (3, 2)


def test_settings_of_a_recipe_change_no_other_estimator_and_need_no_recipe():
    one = some(TabularClassifier)
    other = clone(one).set_params(recipe__epochs=99)
    assert (one.recipe.epochs, other.recipe.epochs, other.get_params()["recipe__epochs"]) == (12, 99, 99)
    assert TabularRegressor().set_params(recipe__epochs=7).recipe == gn.Recipe(epochs=7)
    both = TabularClassifier().set_params(recipe__epochs=5, recipe=gn.Recipe(hidden=(9,)), n_ensemble=2)
    assert (both.recipe, both.n_ensemble) == (gn.Recipe(hidden=(9,), epochs=5), 2)
    shallow = one.get_params(deep=False)
    assert "recipe__epochs" not in shallow and shallow.items() <= one.get_params().items()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"recipe__epoch": 3}, "unknown setting of a recipe 'epoch'. Did you mean 'epochs'?"),
        ({"recipe__epochs": 0}, "epochs must be a whole number of at least 1, got 0."),
        ({"recipe__hidden": 3}, "`hidden` must hold whole numbers of at least 1"),
        ({"recipe__validation": 0.3}, "decided by the estimator's own `validation_fraction`: set that."),
        ({"recipe__engine": "numpy"}, "decided by the estimator's own `engine`: set that."),
        ({"recipe__seed": 1}, "decided by the estimator's own `random_state`: set that."),
    ],
)
def test_a_setting_that_a_recipe_has_not_is_refused(given, said):
    estimator = some(TabularClassifier)
    with pytest.raises(gn.InvalidInput) as raised:
        estimator.set_params(**given)
    assert said in str(raised.value)
    assert estimator.recipe == SMALL
