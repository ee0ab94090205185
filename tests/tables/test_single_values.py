"""One raw value is encoded exactly as a column of it: every format, kind of column, text and value."""

import datetime
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from glassnet.errors import WrongRow
from glassnet.tables.encoding.column_encoders import (
    CategoryColumn,
    CodedColumn,
    ColumnEncoder,
    DateColumn,
    NumberColumn,
)
from glassnet.tables.encoding.value_encoders import encode_values, value_encoder
from glassnet.tables.values.date_patterns import PATTERNS
from glassnet.tables.values.frames import as_series
from glassnet.tables.values.number_styles import STYLES, affixes, number_spelling
from glassnet.tables.values.seen_texts import kind_of
from glassnet.tables.values.single_dates import spelling_of
from glassnet.tables.values.single_texts import text_reader
from glassnet.tables.values.text_format import PAIRS, TextFormat

LEVELS = ("1", "12:30:00", "2020-01-31", "3.10", "3.2", "Rome", "true", "Ωmega")
STATED = ("%Y%m%d", "%d.%m.%y", "%d %b %Y", "%b %Y", "%A, %d %B %Y", "%Y", "%d/%m/%Y %H:%M", "%m/%d/%y %I:%M %p")
FORMATS = [
    *(TextFormat(missing=missing) for missing in ("marks", "no words", "empty", ("-", "-9", "3.10"))),
    *(TextFormat("number", *style) for style in STYLES),
    *(TextFormat("number", ".", ",", *pair) for pair in (("$", ""), ("", "%"), ("", "kg"))),
    TextFormat("number", ",", " ", "", "€"), TextFormat("number", missing=("NA", "-9")),
    TextFormat("boolean"), *(TextFormat("boolean", pattern=pair) for pair in PAIRS),
    *(TextFormat(type_, pattern=pattern) for type_, patterns in PATTERNS.items() for pattern in patterns),
    *(TextFormat("date", pattern=pattern) for pattern in STATED), TextFormat("time", pattern="%I:%M %p"),
    TextFormat("date"), TextFormat("time"),
]  # fmt: skip


def columns(form: TextFormat, missing: bool) -> list[ColumnEncoder]:
    named = ("x", missing, form)
    numbers = [kind(*named, 2.5, 0.75) for kind in (NumberColumn, DateColumn)]
    return [*numbers, CategoryColumn(*named, LEVELS), CodedColumn(*named, LEVELS)]


MOMENTS = st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31))
ODD = (
    "NA na n/a - -- ? . null None NaN nan inf -inf Infinity true TRUE False yes N t 0 00 01 -9 -9.0 3.1 3.10 1e400 "
    "1e5 1E-3 +5 −5 5. .5 . 1_000 0x10 1,234 1.234,5 1'234 $5 -$5 $-5 5% 5kg "
    "(5) (1,234) (-5) (5%) ($5) $(5) ((5)) (NA) (5 ١٢ 12:30 12:30:00 24:00 2020-02-30 "
    "2020-01-31T12:30Z 2020-01-31T12:30:00+02:00 20200131 9223372036854775808 9007199254740993 Rome rome "
    f"{7:030d} {'9' * 5000}"
)
WRITTEN = st.one_of(
    st.floats(allow_nan=False).map(str), st.integers().map(str), st.floats(-1e6, 1e6).map("{:,.2f}".format),
    st.builds(lambda day, pattern: day.strftime(pattern.replace("%.f", ".%f")), MOMENTS,
              st.sampled_from([*STATED, "%I:%M %p", *(each for some in PATTERNS.values() for each in some)])),
    st.sampled_from(ODD.split()),
    st.text("0123456789+-−.,' eE$%/:TZ\u00a0\u2009nka()", max_size=9),
)  # fmt: skip
TEXTS = st.builds(lambda before, text, after: before + text + after, st.sampled_from(["", " ", "\t\u3000"]), WRITTEN,
                  st.sampled_from(["", " ", "\n"]))  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(),
    st.sampled_from([1, 3.1, 3.2, -9, 20200131]), st.decimals(-10**6, 10**6, places=2),
    MOMENTS, st.dates(), st.times(), MOMENTS.map(lambda moment: moment.replace(tzinfo=datetime.UTC)),
    st.timedeltas(datetime.timedelta(-10**5), datetime.timedelta(10**5)), TEXTS,
)  # fmt: skip


def answer(encode: Any, *given: Any) -> Any:
    """What comes of it: the inputs, or the sentence."""
    try:
        return np.array(encode(*given), np.float32).reshape(1, -1).tolist()
    except WrongRow as error:
        return str(error)


@settings(max_examples=10 * settings().max_examples)
@example(TextFormat("date", pattern="%Y"), False, 0)  # a year that Python's dates do not have
@given(st.sampled_from(FORMATS), st.booleans(), VALUES)
def test_a_value_is_encoded_as_a_column_of_it(form: TextFormat, flag: bool, value: Any) -> None:
    series = as_series(pl.Series("x", [value]))
    for column in columns(replace(form, strays=flag), flag):
        assert answer(value_encoder(column), value) == answer(column.transform, series), column


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(2.5), 2.5), (np.int8(3), 3), (np.bool_(True), True), (np.str_("Rome"), "Rome"),
        (np.datetime64("2020-01-31T12:30:00.5", "ns"), datetime.datetime(2020, 1, 31, 12, 30, 0, 500_000)),
        (np.datetime64("NaT"), None), (np.timedelta64(90, "m"), datetime.timedelta(minutes=90)),
        (pd.Timestamp("2020-01-31"), datetime.datetime(2020, 1, 31)), (pd.NaT, None), (pd.NA, None),
        (pd.Period("2020-01"), datetime.datetime(2020, 1, 1)), (Decimal("NaN"), None), (float("nan"), None),
    ],
)  # fmt: skip
def test_values_of_numpy_and_pandas_are_those_of_python(value: Any, plain: Any) -> None:
    for form in (TextFormat(), TextFormat("date", pattern="%Y-%m-%d")):
        for column in columns(form, True):
            assert answer(value_encoder(column), value) == answer(value_encoder(column), plain), column


def test_arrays_of_any_type_are_read_as_their_values() -> None:
    number, date, category, _ = columns(TextFormat(), True)
    for values in (np.array([1.5, np.nan, np.inf]), np.array([1, 2, 3], np.int16), np.array([True, False, True])):
        one_by_one = [value_encoder(number)(value) for value in values.tolist()]
        np.testing.assert_array_equal(encode_values(number, values), np.array(one_by_one, np.float32))
    days = np.array(["2020-01-31", "NaT"], "datetime64[ns]")
    assert encode_values(date, days)[1].tolist() == [0, 1]
    assert encode_values(category, np.array(["Rome", " 1 ", None], object)).argmax(axis=1).tolist() == [5, 0, 8]


def test_a_wrong_value_is_named_with_its_row() -> None:
    number, date, category, _ = columns(TextFormat("number", ",", "."), False)
    with pytest.raises(
        WrongRow, match=r"column 'x' holds 'wide' in row 3, where a number is expected \(with the decimal"
    ):
        encode_values(number, ["1,5", "2", "wide"])
    with pytest.raises(WrongRow, match=r"column 'x' holds '2\.5' in row 1, where a date is expected\.$"):
        encode_values(date, [2.5])
    assert isinstance(category, CategoryColumn)
    ambiguous = replace(category, levels=("3.1", "3.10"))
    with pytest.raises(WrongRow, match=r"holds 3\.1 in row 2, which may mean several levels in training"):
        encode_values(ambiguous, [7, 3.1])


def expression_of(form: TextFormat) -> str:
    """The regular expression that the texts of a format are read by."""
    if form.type in PATTERNS:
        spelling = spelling_of(form.usual_pattern)
        return "" if spelling is None else spelling.expression
    return number_spelling(form.decimal, form.thousands, form.before, form.after).expression


@pytest.mark.parametrize("form", [*FORMATS, TextFormat("date", pattern="%H : %M %% %.f %S %Y - %m - %d")])
def test_a_pattern_repeats_blanks_once_at_a_place(form: TextFormat) -> None:
    """Otherwise the time for a text that does not fit would be that of its length squared."""
    bare = expression_of(form).replace(r"(?!\s)", "")
    assert re.search(r"\\s[*+]\(*(\?:|\?=)?\(*\\s", bare) is None


LONG = (
    "2024-01-01{}x",
    "7{}x",
    "{}7",
    "-{}",
    "{}",
    "7{}1",
    "7{}7 kg of something",
    "1e{}x",
    "12:30{}:15",
    "({}",
    "({})",
)
REPEATED = (" ", "7", "0", "\u2009", "1 234", "1,234", "1.", "x", "−")


@pytest.mark.parametrize("form", FORMATS)
def test_texts_of_a_million_signs_are_answered(form: TextFormat) -> None:
    read = text_reader(form)
    for around in LONG[:: 1 if form == TextFormat("number") else 4]:
        for sign in REPEATED:
            text = around.format(sign * (1_000_000 // len(sign)))
            assert read(text)[0] in (True, False)


@pytest.mark.parametrize("around", LONG)
def test_units_are_looked_for_in_long_texts(around: str) -> None:
    for sign in REPEATED:
        text = around.format(sign * (200_000 // len(sign)))
        assert len(affixes([text])) == 2
        assert kind_of(text) is not None


@pytest.mark.parametrize("form", [form for form in FORMATS if form.type in PATTERNS])
@pytest.mark.parametrize("n", [100, 101])
def test_a_long_date_is_one_up_to_100_signs_one_by_one_and_in_a_column(form: TextFormat, n: int) -> None:
    pattern = form.usual_pattern.replace("%.f", ".%f")
    text = datetime.datetime(2020, 1, 31, 12, 30).strftime(pattern)
    column = DateColumn("x", True, form, 2.5, 0.75)
    for long in (text + "0" * (n - len(text)), text[:-2] + " " * (n - len(text)) + text[-2:]):
        given = as_series(pl.Series("x", [long]))
        assert answer(value_encoder(column), long) == answer(column.transform, given)
        assert n == 100 or not text_reader(form)(long)[0]
