import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from glassnet.errors import InvalidInput
from glassnet.tables.datasets import iris
from glassnet.tables.encoding.column_kinds import find_columns
from glassnet.tables.values.frames import as_frame, as_series, check_column, to_days, to_numbers, to_texts
from glassnet.tables.values.objects import as_text

N = 60
DAY = datetime.date(2020, 1, 1)


def kind(values: Any, dtype: Any = None) -> Any:
    series = pl.Series(values, dtype=dtype, strict=False)
    return find_columns(pl.DataFrame({"x": series, "beside": np.arange(len(series)) + 0.5}))[0].kind


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 1, 2], "number"),
        ([0.5, None, 0.5], "number"),
        ([True, False, True], "number"),
        ([Decimal("1.5"), Decimal("2")], "number"),
        ([0.5, float("inf")], "number"),
        ([DAY, None], "date"),
        ([datetime.datetime(2020, 1, 1, 5), datetime.datetime(2020, 1, 2)], "date"),
        ([datetime.time(5), datetime.time(6)], "date"),
        ([datetime.timedelta(5), datetime.timedelta(6)], "date"),
        (["a", "b", "a"], "category"),
        (["a", None, "a"], "category"),
        ([str(i + 3) for i in range(20)], "number"),
        (["1", "2", "1", "3"] * 10, "number"),
        (["1", "2", "1", "x"] * 10, "category"),
        ([str(i / 4) for i in range(N)], "number"),
        ([str(i % 30 + 0.5) for i in range(N)], "number"),
        ([str(i % 30 + 100) for i in range(N)], "number"),
        ([str(i) for i in range(100, 100 + N)], "number"),
        ([str(i) for i in range(N)], "identifier"),
        ([f"{i:03}" for i in range(N)], "identifier"),
        ([f"level {i % 25}" for i in range(N)], "category"),
        ([f"name {i}" for i in range(N)], "identifier"),
        ([f"name {i}" for i in range(N)] + [None] * 100, "identifier"),
        (range(N), "identifier"),
        (range(1, N + 1), "identifier"),
        (range(2, N), "number"),
        ([*range(N), 0], "number"),
        ([0.0, 1.0, 2.0, 3.0], "number"),
        ([0, 1], "number"),
        ([5, 5, 5], "constant"),
        (["a", "a"], "constant"),
        ([DAY, DAY], "constant"),
        ([None, None], "empty"),
        ([float("nan"), float("inf")], "empty"),
        ([[1], [2]], "other"),
    ],
)
def test_the_kind_of_a_column(values: Any, expected: Any) -> None:
    assert kind(list(values)) == expected


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["a", "b"])])
def test_text_categories_and_enums_are_categories(dtype: Any) -> None:
    assert kind(["a", "b", "a"], dtype) == "category"
    assert kind([None, None], dtype) == "empty"


def test_categories_by_their_type_are_identifiers_only_where_each_row_has_its_own() -> None:
    levels = [f"level {i % 35}" for i in range(N)]
    assert kind(levels) == "identifier" and kind(levels, pl.Categorical) == "category"
    assert kind([f"name {i}" for i in range(N)], pl.Categorical) == "identifier"
    assert kind([str(i + 0.5) for i in range(N)] * 2, pl.Categorical) == "category"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (range(N), "number"),
        ([str(i) for i in range(N)], "number"),
        ([f"level {i % 35}" for i in range(N)], "category"),
        ([f"name {i}" for i in range(N)], "identifier"),
        ([5] * N, "constant"),
    ],
)
def test_an_identifier_that_is_alone_is_kept_where_it_can_be_learned_from(values: Any, expected: str) -> None:
    table = pl.DataFrame({"x": list(values), "same": "a"})
    assert find_columns(table)[0].kind == expected
    (x,) = find_columns(table[["x"]])
    assert (x.kind, bool(x.reason)) == (expected, expected in ("identifier", "constant"))


def test_periods_of_pandas_are_dates_and_its_intervals_categories() -> None:
    months, size = pd.period_range("2020-01", periods=N, freq="M"), pd.Series(np.arange(N) % 7.0)
    month, interval = find_columns(pd.DataFrame({"month": months, "size": pd.cut(size, 3).astype(object)}))
    assert (month.kind, interval.kind) == ("date", "category")
    assert to_days(as_series(pd.Series(months[:1]))).tolist() == [18262.0]


def test_texts_that_spell_true_and_false_are_numbers_where_booleans_were_learned() -> None:
    assert to_numbers(as_series(["True", "false", None, "2"])).tolist()[:2] == [1.0, 0.0]


def test_left_out_columns_say_why() -> None:
    frame = pl.DataFrame({"row": [1, 2, 3], "same": ["x"] * 3, "none": [None] * 3, "list": [[1]] * 3, "age": [3, 4, 4]})
    reasons = {column.name: column.reason for column in find_columns(frame)}
    assert reasons == {
        "row": "numbers the rows",
        "same": "has the same value in every row",
        "none": "has no values",
        "list": "holds values of type List(Int64), which cannot be encoded",
        "age": "",
    }


def reason(values: Any) -> str:
    return find_columns(pl.DataFrame({"x": values}))[0].reason


def test_numbers_that_float64_cannot_tell_apart_are_left_out_for_that_reason() -> None:
    for values in ([2**60, 2**60 + 1, 2**60 + 2], [1e301, 2e305]):
        assert reason(values) == "has values that differ only beyond 15 digits or 1e300"
    assert reason([2**60, 2**60]) == "has the same value in every row"
    assert kind([2**60, 2**61]) == "number"


def test_an_identifier_that_is_nearly_numbers_says_which_row_is_none() -> None:
    texts = [str(1000.5 + i) for i in range(N)]
    texts[4:10] = ["1,23", "n 2", "n 3", "n 4", "n 5", "n 6"]
    expected = (
        "54 of 60 values are numbers; row 5 is '1,23', row 6 is 'n 2', row 7 is 'n 3', and 3 other values; read as "
        "text (--kind x=number reads these values as missing)"
    )
    assert reason(texts) == f"differs from row to row, though {expected}"
    assert reason([f"name {i}" for i in range(N)]) == "differs from row to row"
    assert reason([str(i) if i % 4 else f"name {i}" for i in range(N)]) == "differs from row to row"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 2], "number"),
        ([1, None, 2.5], "number"),
        ([True, None, False], "number"),
        ([True, False], "number"),
        ([DAY, None], "date"),
        ([DAY, DAY + datetime.timedelta(1)], "date"),
        ([1, "a", None], "category"),
        ([None, None], "empty"),
    ],
)
def test_object_columns_of_pandas_are_what_their_values_are(values: Any, expected: Any) -> None:
    assert find_columns(pd.DataFrame({"x": pd.Series(values, dtype=object)}))[0].kind == expected


def test_numbers_of_pandas_and_polars_are_the_same() -> None:
    expected = [1.0, np.nan, 3.0]
    for column in (
        pl.Series([1, None, 3]),
        pl.Series(["1", None, "3"]),
        pd.Series([1, None, 3]),
        pd.Series([1, None, 3], dtype="Int64"),
        pd.Series([1, None, 3], dtype=object),
        np.array([1, np.nan, 3]),
        [1, None, 3],
    ):
        assert np.array_equal(to_numbers(as_series(column)), expected, equal_nan=True)


def test_infinite_numbers_are_missing_and_what_came_is_not_changed() -> None:
    given = np.array([1.0, np.inf, -np.inf])
    frame = pd.DataFrame({"x": given})
    assert np.array_equal(to_numbers(as_series(frame["x"])), [1, np.nan, np.nan], equal_nan=True)
    assert np.isinf(frame["x"]).sum() == 2


def test_dates_are_days_since_1970() -> None:
    noon = datetime.datetime(1970, 1, 3, 12)
    for column, day in [
        (pl.Series([datetime.date(1970, 1, 3)]), 2.0),
        (pl.Series([noon]), 2.5),
        (pd.Series([pd.Timestamp(noon)]), 2.5),
        (pl.Series([noon]).dt.replace_time_zone("UTC"), 2.5),
        (pl.Series([noon.time()]), 0.5),
        (pl.Series([datetime.timedelta(hours=6)]), 0.25),
        (["1970-01-03T12:00:00"], 2.5),
        (["1970-01-03T12:00:00+12:00"], 2.0),
        (pd.Series([noon.date()], dtype=object), 2.0),
    ]:
        assert to_days(as_series(column)).tolist() == [day]


def test_missing_dates_are_missing_in_either_library() -> None:
    for column in (pl.Series([DAY, None]), pd.Series([pd.Timestamp(DAY), pd.NaT]), [str(DAY), None]):
        assert np.isnan(to_days(as_series(column))).tolist() == [False, True]


def test_one_has_the_same_text_as_number_and_as_word() -> None:
    assert [as_text(value) for value in (1, 1.0, "1", 1.5, True, float("nan"))] == ["1", "1", "1", "1.5", "True", None]
    assert to_texts(as_series(pd.Series(pd.Categorical([1, None, 2])))) == ["1", None, "2"]


@pytest.mark.parametrize("given", [np.zeros((2, 2)), [1, 2], pl.LazyFrame({"a": [1]}), None])
def test_what_is_no_data_frame_is_refused(given: Any) -> None:
    with pytest.raises(InvalidInput, match="expected a data frame of polars, pandas or pyarrow, got"):
        as_frame(given)


def test_columns_of_the_same_name_are_refused() -> None:
    with pytest.raises(InvalidInput, match="got one with several columns named 'a'"):
        as_frame(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_what_is_no_column_is_refused() -> None:
    with pytest.raises(InvalidInput, match="expected a column"):
        as_series(3)


def test_numbered_columns_of_pandas_get_their_number_as_name() -> None:
    assert as_frame(pd.DataFrame([[1, 2]])).columns == ["0", "1"]
    levels = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["size"], [0, 1]]))
    assert as_frame(levels)["('size', 1)"].to_list() == [2]


def test_names_that_are_the_same_as_text_are_refused():
    with pytest.raises(InvalidInput, match="a name for each column, got one with several columns named '1'"):
        as_frame(pd.DataFrame([[1, 2]], columns=[1, "1"]))


def test_an_unknown_column_is_named_with_the_nearest() -> None:
    frame = iris().to_polars()
    check_column(frame, "species")
    with pytest.raises(InvalidInput, match=r"there is no column 'Species' \(did you mean 'species'\?\)"):
        check_column(frame, "Species")
    with pytest.raises(InvalidInput, match=r"no target column 'zzz'; the columns are 'sepal_length', .*'species'"):
        check_column(frame, "zzz", "target column")
    with pytest.raises(InvalidInput, match="'c9' and 40 more"):
        check_column(pl.DataFrame({f"c{i}": [1] for i in range(50)}), "zzz")
