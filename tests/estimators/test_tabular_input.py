"""What a tabular estimator takes as X and y: frames and arrays alike, and one sentence for all else."""

import warnings
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import glassnet as gn
from glassnet.sklearn import TabularClassifier, TabularRegressor

SMALL = gn.Recipe(hidden=(8,), epochs=3)
N = 60
rng = np.random.default_rng(0)
X = rng.normal(size=(N, 2))
y = X[:, 0]
FRAMES = {
    "pandas": pd.DataFrame(X, columns=["a", "b"]),
    "polars": pl.DataFrame(X, schema=["a", "b"]),
    "arrow": pa.table({"a": X[:, 0], "b": X[:, 1]}),
}


def some(kind: Any = TabularRegressor, **more: Any) -> Any:
    return kind(**{"recipe": SMALL, "random_state": 0, "engine": "numpy"} | more)


@pytest.mark.parametrize("frame", FRAMES.values(), ids=list(FRAMES))
def test_names_and_places_are_mixed_with_the_warning_of_scikit_learn(frame: Any) -> None:
    expected = some().fit(X, y).predict(X)
    with pytest.warns(UserWarning, match="X has feature names, but TabularRegressor was fitted without feature names"):
        np.testing.assert_array_equal(some().fit(X, y).predict(frame), expected)
    with pytest.warns(UserWarning, match="X does not have valid feature names, but TabularRegressor was fitted with"):
        np.testing.assert_array_equal(some().fit(frame, y).predict(X), expected)
    with pytest.warns(UserWarning, match="feature names"), pytest.raises(ValueError, match="X has 1 features, but"):
        some().fit(frame, y).predict(X[:, :1])


def test_columns_with_numbers_for_names_are_found_by_name_and_have_importances() -> None:
    frame = pd.DataFrame(X)
    model = some(recipe=gn.Recipe(hidden=(8,), epochs=20)).fit(frame, y)
    np.testing.assert_array_equal(model.predict(frame[[1, 0]]), model.predict(frame))
    assert model.feature_importances_[0] > abs(model.feature_importances_[1]) and model.n_features_in_ == 2


def test_missing_values_among_objects_are_missing_and_no_category() -> None:
    texts, numbers = ["x", np.nan, None, "y", "x"] * 12, [1.0, np.nan, 2, pd.NA, None] * 12
    given = np.array([texts, numbers], dtype=object).T
    town, size = some().fit(given, y).encoder_.encoders
    assert (town.kind, town.missing, town.levels) == ("category", True, ("x", "y"))
    assert (size.kind, size.missing, size.median) == ("number", True, 1.5)
    lists, frame = some().fit(given.tolist(), y), some().fit(pd.DataFrame(given), y)
    assert lists.encoder_.encoders == (town, size)
    assert [encoder.names for encoder in frame.encoder_.encoders] == [("0=x", "0=y", "0 missing"), ("1", "1 missing")]


@pytest.mark.parametrize("values", [X, np.array([["u", "v"], ["v", "u"]] * 30)])
def test_what_is_masked_is_missing(values: np.ndarray) -> None:
    masked = np.ma.masked_array(values, mask=rng.random(values.shape) < 0.2)
    model = some().fit(masked, y)
    assert all(column.missing for column in model.encoder_.encoders)
    np.testing.assert_array_equal(model.predict(masked), model.predict(np.ma.filled(masked.astype(object), np.nan)))
    assert (model.predict(masked) != model.predict(values)).any()


@pytest.mark.parametrize("kind", ["M8[Y]", "M8[D]", "M8[s]", "M8[ns]", "m8[D]", "m8[h]", "m8[s]"])
def test_arrays_of_dates_and_durations_are_read_in_every_unit(kind: str) -> None:
    given = (np.arange(60)[:, None] % 13 * 10**9 if "ns" in kind else np.arange(60)[:, None] % 13).astype(kind)
    [column] = some().fit(given, y).encoder_.encoders
    expected = given.astype(kind[0] + "8[us]").astype(float) / 86_400e6
    assert column.kind == "date" and column.median == pytest.approx(np.median(expected))


def test_dates_among_objects_are_dates() -> None:
    days = [date(2020, 1, 1) + timedelta(k % 30) for k in range(N)]
    given = np.array([days, y], dtype=object).T
    assert [encoder.kind for encoder in some().fit(given, y).encoder_.encoders] == ["date", "number"]


@pytest.mark.parametrize("as_given", [np.asarray, pl.DataFrame, pd.DataFrame, lambda X: X.astype(object)])
def test_infinite_values_are_missing_in_arrays_and_frames_alike(as_given: Any) -> None:
    given = X.copy()
    given[0, 0], given[1, 0], given[2, 0] = np.inf, -np.inf, np.nan
    (first, second), expected = some().fit(as_given(given), y).encoder_.encoders, np.median(given[3:, 0])
    assert first.missing and not second.missing and first.median == pytest.approx(expected)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "expected a data frame of polars, pandas or pyarrow, got NoneType"),
        ({"a": [1.0] * N}, r"got a dict: convert it with polars.DataFrame\(…\) or pandas"),
        ([{"a": 1.0}] * N, r"got a list: convert it with polars.DataFrame\(…\) or pandas"),
        ("houses.csv", r"got 'houses.csv': read a file with glassnet.read_table\(…\)"),
        (FRAMES["polars"].lazy(), r"got a LazyFrame, which has no rows yet: pass its .collect\(\)"),
        (pd.DataFrame(X, columns=["a", "a"]), "several columns named 'a'"),
    ],
    ids=["None", "dict", "records", "path", "lazy", "names twice"],
)
def test_what_is_no_table_meets_one_sentence(given: Any, said: str) -> None:
    for estimator in (some(), some(TabularClassifier)):
        with pytest.raises(gn.InvalidInput, match=said):
            estimator.fit(given, y > 0)
    with pytest.raises(gn.InvalidInput, match=said):
        some().fit(X, y).predict(given)


def test_columns_that_are_left_out_are_named_once_with_the_reason() -> None:
    frame = FRAMES["pandas"].assign(
        row=np.arange(N),
        name=[f"n{k}" for k in range(N)],
        same=1,
        price=[f"{k},5" if k == 7 else f"{k}.5" for k in range(N)],
    )
    reasons = (
        "TabularRegressor leaves out columns: 'row' numbers the rows; 'name' differs from row to row; 'same' has the "
        'same value in every row; to keep numeric columns that carry information, say so: columns={"kinds": {…: '
        '"number"}}; to keep text that groups rows, say so: columns={"kinds": {…: "category"}}.'
    )
    with pytest.warns(UserWarning) as told:
        model = some(n_ensemble=2).fit(frame, y)
    odd = (
        "TabularRegressor reads text columns: 'price': 59 of 60 values are numbers; row 8 is '7,5'; read as missing "
        "(--kind price=category keeps them)."
    )
    assert [str(warning.message) for warning in told] == [reasons, odd]
    assert {warning.filename for warning in told} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.predict(frame).shape == (N,)
        grouped = frame[["a", "row"]].assign(row=frame.row.astype(float), group=[f"g{k % 35}" for k in range(N)])
        assert not some().fit(grouped.astype({"group": "category"}), y).encoder_.dropped


def test_numbers_stored_as_text_are_read_as_numbers() -> None:
    frame = pd.DataFrame(X.astype(str), columns=["a", "b"])
    model, expected = some().fit(frame, y), some().fit(FRAMES["pandas"], y)
    np.testing.assert_allclose(model.predict(frame), expected.predict(FRAMES["pandas"]), rtol=1e-5)
    np.testing.assert_array_equal(some().fit(X.astype(str), y).predict(X.astype(str)), model.predict(frame))


def test_an_only_column_is_learned_from_though_it_numbers_the_rows() -> None:
    model = some(recipe=gn.Recipe(hidden=(16,), epochs=60)).fit(np.arange(N)[:, None], np.arange(N) / 2)
    assert model.score(np.arange(N)[:, None], np.arange(N) / 2) > 0.8


CLASSES = (y > 0).astype(int)


@pytest.mark.parametrize(
    ("estimator", "target", "said"),
    [
        (some(recipe="simple"), y, r"recipe must be a glassnet.Recipe, such as .*, got 'simple'"),
        (some(recipe={"epochs": 3}), y, r"recipe must be a glassnet.Recipe, such as .*, got \{'epochs': 3\}"),
        (some(recipe=gn.Recipe), y, r"recipe must be a glassnet.Recipe, such as .*, got <class 'glassnet.*Recipe'>"),
        (some(validation_fraction="a"), y, r"validation_fraction must be in \(0, 1\), got 'a'"),
        (some(validation_fraction=0.001), y, "60 rows are too few to hold some out for a share of 0.001"),
        (some(n_ensemble=100), y, "60 rows are too few to hold some out for 100 networks"),
        (some(TabularClassifier, n_ensemble=60), CLASSES, "60 rows of 2 classes are too few to hold some out for 60 n"),
        (some(TabularClassifier), np.arange(N), "y has 60 classes in 60 rows: .*; TabularRegressor predicts numbers"),
        (some(), ["a", "b"] * 30, "y must hold numbers, got .* with values such as 'a'"),
        (some(), pd.Series(["a", "b"] * 30), "y must hold numbers, got object with values such as 'a'"),
        (some(), pd.date_range("2020", periods=N), "y must hold numbers, got datetime64.* with values such as"),
        (some(), y[:50], "expected a target for each row of X: X has 60 rows, y has 50 values"),
        (some(TabularClassifier), ["a", None, "b"] * 20, r"y is missing \(NaN\) in 20 of 60 rows \(the first is row 2"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:The number of unique classes:UserWarning")
def test_parameters_and_targets_that_cannot_work_meet_one_sentence(estimator: Any, target: Any, said: str) -> None:
    with pytest.raises(gn.InvalidInput, match=said):
        estimator.fit(X, target)


def test_numbers_of_numpy_are_numbers() -> None:
    model = some(interval=np.float32(0.8), validation_fraction=np.float32(0.25), n_ensemble=np.int64(2)).fit(X, y)
    assert model.predict_interval(X).shape == (N, 2) and model.predict_interval(X, coverage=0.8).shape == (N, 2)


def test_booleans_may_come_as_text_at_prediction() -> None:
    frame = FRAMES["pandas"].assign(a=X[:, 0] > 0)
    model = some().fit(frame, y)
    np.testing.assert_array_equal(model.predict(frame.assign(a=frame.a.astype(str))), model.predict(frame))
    with pytest.raises(gn.InvalidInput, match="column 'a' holds 'yes' in row 1, where true or false is expected"):
        model.predict(frame.assign(a="yes"))


def arrow() -> tuple[Any, np.ndarray]:
    """An Arrow table with a column of every kind, with missing values, and numbers that depend on it."""
    size, town = rng.normal(size=200), rng.integers(0, 3, 200)
    days = [date(2020, 1, 1) + timedelta(int(k)) for k in rng.integers(0, 900, 200)]
    names = [["Rome", "Oslo", None][k] for k in town]
    columns = {
        "size": pa.array([None, *size[1:]]),
        "town": pa.array(names).dictionary_encode(),
        "text": pa.array(names),
        "built": pa.array([*days[:-1], None]),
        "sold": pa.array([datetime(d.year, d.month, d.day, tzinfo=UTC) for d in days]),
        "garden": pa.array([True, False, None, True] * 50),
        "large": pa.array(["l"] * 200, pa.large_string()),
    }
    return pa.table(columns), size + town


@pytest.mark.filterwarnings("ignore:.*leaves out columns:UserWarning")
def test_arrow_tables_are_learned_and_predicted_with_categories_dates_and_missing_values() -> None:
    table, target = arrow()
    model = some(recipe=gn.Recipe(hidden=(32,), epochs=40)).fit(table, target)
    assert model.score(table, target) > 0.6
    assert list(model.feature_names_in_) == table.column_names
    kinds = {encoder.name: (encoder.kind, encoder.missing) for encoder in model.encoder_.encoders}
    assert kinds == {
        "size": ("number", True), "town": ("category", True), "text": ("category", True), "built": ("date", True),
        "sold": ("date", False), "garden": ("number", True),
    }  # fmt: skip
    importances = dict(zip(table.column_names, model.feature_importances_, strict=True))
    assert max(importances, key=importances.__getitem__) == "size" and importances["large"] == 0
    np.testing.assert_array_equal(model.predict(table), model.predict(pl.from_arrow(table)))
    classes = pa.array(np.where(target > 1, "dear", "cheap").tolist())
    assert set(some(TabularClassifier).fit(table, classes).predict(table)) <= {"dear", "cheap"}


def test_a_table_without_surprises_meets_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for frame in FRAMES.values():
            some().fit(frame, y).predict(frame)
