"""Columns of Python objects: whatever they hold, and in whatever library, they become a plain column."""

import datetime
from decimal import Decimal
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.tables.columns import find_column
from glassnet.tables.frames import family, to_texts
from glassnet.tables.objects import as_text, is_missing, plain

WHEN = datetime.datetime(2020, 5, 17, 12, 30)
GONE = [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, Decimal("NaN")]
OBJECTS: list[Any] = [
    *GONE, True, np.bool_(False), 3, np.int64(-4), 2**70, 0.5, np.float32(2.0), Decimal("1.5"), "x", "3", "", WHEN,
    WHEN.date(), WHEN.time(), datetime.timedelta(days=2), (1, 2), b"bytes", pd.Period("2020-05", "M"),
]  # fmt: skip


def column(values: Any) -> Any:
    return plain(nw.from_native(pl.Series("x", values, dtype=pl.Object), series_only=True))


@given(st.lists(st.sampled_from(OBJECTS), min_size=1, max_size=6))
def test_any_objects_are_a_plain_column_and_missing_ones_are_missing(values: list[Any]) -> None:
    series = column(values)
    assert series.name == "x" and type(series.dtype).__name__ != "Object"
    assert series.is_null().to_list() == [is_missing(value) for value in values]
    assert find_column(series).kind in ("number", "date", "category", "constant", "empty")
    pandas = plain(nw.from_native(pd.Series(values, name="x", dtype=object), series_only=True))
    assert to_texts(pandas) == to_texts(series)


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        ([True, np.bool_(False)], "Boolean", "number"),
        ([1, np.int64(2), None], "Int64", "number"),
        ([1, True, 0.5], "Float64", "number"),
        ([1, 2**70], "Float64", "number"),
        ([Decimal("1.5"), 2], "Float64", "number"),
        ([WHEN, WHEN.date(), pd.NaT], "Datetime", "date"),
        ([WHEN.time(), None], "Time", "date"),
        ([datetime.timedelta(1), pd.Timedelta(2, "D")], "Duration", "date"),
        ([pd.Period("2020-05", "M"), pd.Period("2020-06", "M")], "Datetime", "date"),
        (["a", 1, 2.0], "String", "text"),
        ([WHEN, "a"], "String", "text"),
    ],
)
def test_objects_are_what_all_of_them_are(values: Any, dtype: str, kind: str) -> None:
    series = column(values)
    assert type(series.dtype).__name__ == dtype
    assert family(series) == ("date" if kind == "date" else kind)


def test_numbers_beside_texts_have_the_texts_that_they_have_alone() -> None:
    assert to_texts(column(["a", 2.0, np.float32(2), 2, 2.5])) == ["a", "2", "2", "2", "2.5"]
    assert as_text(np.float32("nan")) is None
