import datetime
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_diabetes, load_digits

from glassnet.errors import InvalidInput
from glassnet.tables.datasets import iris
from glassnet.tables.encoding.target import ClassTarget, NumberTarget, learn_target, target_from_description
from glassnet.tables.encoding.task import find_task
from glassnet.tables.values.text_format import TextFormat


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b", "a"], "classification"),
        ([True, False], "classification"),
        ([0, 1, 1, 0], "classification"),
        (load_digits().target, "classification"),
        (pd.Series(["a", "b"], dtype="category"), "classification"),
        (pl.Series(["a", "b"], dtype=pl.Categorical), "classification"),
        ([1, 2, 3], "regression"),
        (range(100), "regression"),
        ([0.0, 1.0, 1.0, 0.0], "classification"),
        ([Decimal(0), Decimal(1), Decimal(1), Decimal(0)], "classification"),
        ([0.5, 1.0, 1.0, 0.5], "regression"),
        (load_diabetes().target, "regression"),
        ([i % 21 for i in range(100)], "regression"),
    ],
)
def test_the_task_is_found_from_the_column(values: Any, task: Any) -> None:
    assert find_task(list(values) if isinstance(values, range) else values) == task


def test_a_given_task_overrules_and_an_unknown_one_is_refused() -> None:
    assert find_task(["a", "b"], "regression") == "regression"
    assert find_task([0.5, 1.5], "classification") == "classification"
    with pytest.raises(InvalidInput, match=r"unknown task 'regresion'\. Did you mean 'regression'"):
        find_task([1, 2], "regresion")


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["no", "yes", "no"], ("no", "yes")),
        ([10, 2, 10, 2], (2, 10)),
        ([True, False, True], (False, True)),
        ([1.0, 2.0, 1.0, 2.0, 1.0], (1, 2)),
        ([1.5, 2.0, 1.5, 2.0, 1.5], (1.5, 2.0)),
    ],
)
@pytest.mark.parametrize("make", [list, np.array, pl.Series, pd.Series])
def test_classes_come_back_in_their_type(values: Any, classes: Any, make: Any) -> None:
    target = ClassTarget.learn(make(values))
    assert target.classes == classes and [type(c) for c in target.classes] == [type(c) for c in classes]
    decoded = target.decode(target.encode(make(values)))
    assert decoded.tolist() == values and target.encode(make(values)).dtype == np.intp


def test_species_are_encoded_as_scikit_learn_numbers_them() -> None:
    target = learn_target(iris().to_polars(), "species")
    assert isinstance(target, ClassTarget) and target.names == ("setosa", "versicolor", "virginica")
    assert np.array_equal(target.encode(iris().to_polars()["species"]), iris().y)


def test_classes_are_compared_by_their_text() -> None:
    target = ClassTarget((0, 1))
    for column in ([1, 0], ["1", "0"], [1.0, 0.0]):
        assert target.encode(column).tolist() == [1, 0]


def test_classes_of_another_type_are_kept_as_text() -> None:
    days = [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)] * 3
    assert ClassTarget.learn(pl.Series(days)).classes == ("2020-01-01", "2020-01-02")
    assert ClassTarget.learn(pd.Series([1, "a", 1, "a"], dtype=object)).classes == ("1", "a")


def test_numbers_are_standardised_and_come_back() -> None:
    y = load_diabetes().target
    target = learn_target(pl.DataFrame({"progress": y}), "progress")
    assert isinstance(target, NumberTarget)
    encoded = target.encode(pl.Series(y))
    assert np.isclose(encoded.mean(), 0) and np.isclose(encoded.std(), 1) and encoded.dtype == np.float64
    assert np.allclose(target.decode(encoded.astype(np.float32)), y, rtol=1e-5)
    assert target.decode(np.zeros((3, 1))).shape == (3, 1)


def test_predictions_are_kept_between_the_least_and_the_largest_number() -> None:
    y = load_diabetes().target
    target = NumberTarget.learn(y)
    assert (target.low, target.high) == (y.min(), y.max()) == (25.0, 346.0)
    assert target.within(np.array([[-1e9], [100.0], [347.0]])).tolist() == [[25.0], [100.0], [346.0]]
    assert np.array_equal(target.within(y), y)


def test_huge_numbers_are_standardised_without_overflow() -> None:
    y = [1e100, -1e100, 0.0]
    target = NumberTarget.learn(y)
    assert np.allclose(target.decode(target.encode(y)), y)


def test_numbers_whose_squares_overflow_are_refused() -> None:
    refused(r"'y' is 1e\+250 in row 2: numbers to predict must lie within ±1e100", [1.0, 1e250, 2.0])
    with pytest.raises(InvalidInput, match="must lie within"):
        NumberTarget.learn([1.0, 2.0]).encode([-1e250])


@pytest.mark.parametrize(
    "target",
    [ClassTarget(("a", "b")), ClassTarget((0, 1)), ClassTarget((False, True)), NumberTarget(1.5, 2.0, -1.0, 4.0)],
)
def test_the_description_gives_the_target_back_through_json(target: Any) -> None:
    again = target_from_description(json.loads(json.dumps(target.describe())))
    assert again == target and repr(again) == repr(target)


NUMBER = {
    "task": "regression",
    "mean": 0.0,
    "scale": 1.0,
    "low": -2.0,
    "high": 2.0,
    "format": TextFormat("number").describe(),
}
CLASSES = {"task": "classification", "format": TextFormat().describe()}


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"task": "clustering"}, "unknown task 'clustering'"),
        ({"task": "classification"}, "`table.target` lacks the field 'classes'"),
        (CLASSES | {"classes": ["a"]}, "two or more different classes"),
        (CLASSES | {"classes": ["1", 1]}, "two or more different classes"),
        (CLASSES | {"classes": [None, []]}, "must be a string or a whole number or a finite number"),
        ({"task": "regression", "mean": 0.0}, "lacks the field '"),
        (NUMBER | {"scale": -1.0}, "a scale above 0"),
        (NUMBER | {"mean": "0"}, "mean` must be a finite number, got '0'"),
        (NUMBER | {"low": 3.0}, "low ≤ high"),
        (NUMBER | {"high": float("inf")}, "high` must be a finite number, got inf"),
    ],
)
def test_a_wrong_description_is_refused(description: Any, message: Any) -> None:
    with pytest.raises(InvalidInput, match=message):
        target_from_description(description)


def refused(message: Any, values: Any, task: Any = None) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        learn_target(pl.DataFrame({"y": values}), "y", task)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_an_unknown_target_column_is_named_with_the_nearest() -> None:
    with pytest.raises(InvalidInput, match=r"no target column 'specie' \(did you mean 'species'\?\)"):
        learn_target(iris().to_polars(), "specie")


def test_missing_values_are_counted_with_the_first_row() -> None:
    refused(r"'y' is missing in row 2 and in 1 later row: remove such rows or fill them", ["a", None, "b", None])
    refused(r"missing or infinite in row 3: remove", [1.0, 2.0, float("inf")])
    refused("missing or infinite in row 2", [1, None, 2], "classification")
    with pytest.raises(InvalidInput, match="'y' is missing in row 2: remove"):
        ClassTarget(("a", "b")).encode(pl.Series("y", ["a", None]))


def test_one_class_or_one_number_leaves_nothing_to_learn() -> None:
    refused("'y' has only one class, 'a'", ["a", "a"])
    refused("'y' is 3 in every row", [3, 3, 3], "regression")
    refused("'y' is 0.1 in every row", [0.1] * 7)


def test_as_many_classes_as_rows_are_too_many() -> None:
    refused("'y' has 4 different values in 5 rows: too many for classes", [0.1, 0.2, 0.3, 0.4, 0.4], "classification")
    refused("'y' has 30 different values in 30 rows: too many for classes", [f"name {i}" for i in range(30)])
    hint = r"too many for classes \(56 of 62 values are numbers; row 57 is 'a', row 58 is 'b', row 59 is 'c', and 3 "
    refused(hint, [*map(str, range(56)), *"abcdef"])
    alike = r"too many for classes \(if they are numbers, write all alike: '0\.5 kg', '15 g'\)\.$"
    refused(alike, [f"{k}5 g" if k % 2 else f"{k}.5 kg" for k in range(40)])


def test_text_is_no_number_to_predict() -> None:
    refused("'y' holds 'b' in row 2, where a number is expected", ["1", "b"], "regression")


def test_no_rows_are_no_target() -> None:
    refused("'y' has no rows", [])


def test_classes_that_were_not_in_training_are_listed() -> None:
    with pytest.raises(InvalidInput, match="not in training: 'c', 'd'; known classes: 'a', 'b'"):
        ClassTarget(("a", "b")).encode(["a", "d", "c", "c"])
