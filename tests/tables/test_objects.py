"""Columns of Python objects: whatever they hold, and in whatever library, they become a plain column."""

import datetime
from decimal import Decimal
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.tables.encoding.column_kinds import find_column, find_formats
from glassnet.tables.values.frames import as_frame, family, to_days, to_numbers, to_texts
from glassnet.tables.values.objects import as_text, is_missing, plain

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
    assert find_column(series, find_formats(series.to_frame())["x"]).kind in (
        "number",
        "date",
        "category",
        "constant",
        "empty",
    )
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


BEFORE, LAST, SIX = datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31), datetime.time(6)
OF_ARROW: list[tuple[pa.DataType, Any, float]] = [
    (pa.int64(), -(2**60) - 1, -(2.0**60)),
    (pa.uint64(), 2**64 - 1, 2.0**64),
    (pa.decimal128(30, 1), Decimal("123456789012345678901234.5"), 123456789012345678901234.5),
    *[(pa.time32(unit), SIX, 0.25) for unit in ("s", "ms")],
    *[(pa.time64(unit), SIX, 0.25) for unit in ("us", "ns")],
    *[(pa.duration(unit), datetime.timedelta(hours=36), 1.5) for unit in ("s", "ms", "us", "ns")],
    *[(pa.timestamp(unit), BEFORE, -719162.0) for unit in ("s", "ms", "us")],
    (pa.timestamp("us", "Europe/Paris"), LAST.replace(tzinfo=datetime.UTC), 2932896.0),
    (pa.timestamp("ns"), WHEN, 18399 + 12.5 / 24),
    (pa.date32(), BEFORE.date(), -719162.0),
    (pa.date64(), LAST.date(), 2932896.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "read"), OF_ARROW, ids=lambda x: str(x) if isinstance(x, pa.DataType) else ""
)
@pytest.mark.parametrize("as_given", ["arrow", "pandas"])
def test_arrows_numbers_and_dates_are_read_whatever_their_size_and_unit(
    kind: pa.DataType, value: Any, read: float, as_given: str
) -> None:
    table = pa.table({"x": pa.array([value, None], kind)})
    frame = table if as_given == "arrow" else table.to_pandas(types_mapper=pd.ArrowDtype)
    series = plain(as_frame(frame)["x"])
    numbers = to_numbers(series) if family(series) == "number" else to_days(series)
    np.testing.assert_array_equal(numbers, [read, np.nan])
    assert series.name == "x"
