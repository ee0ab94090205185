import datetime
import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_wine

from glassnet.errors import InvalidInput
from glassnet.tables.datasets import iris
from glassnet.tables.encoding.column_encoders import CodedColumn, column_from_description
from glassnet.tables.encoding.column_kinds import find_columns
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.values.frames import as_series
from glassnet.tables.values.text_format import PAIRS, TextFormat

NUMBERS = st.one_of(st.none(), st.floats(), st.integers(-(2**60), 2**60).map(float), st.sampled_from([0.0, 1.0]))
LETTERS = st.characters(exclude_categories=["Cs", "Nd"])  # texts that are all digits are numbers
WORDS = st.one_of(
    st.none(),
    st.sampled_from(["Rome", "Oslo", ""]),
    st.text(LETTERS, max_size=3).filter(lambda text: text.strip().lower() not in "|".join(PAIRS).split("|")),
)
DATES = st.one_of(st.none(), st.datetimes())


@st.composite
def frames(draw: Any) -> Any:
    n = draw(st.integers(1, 40))
    column = {
        "number": (NUMBERS, pl.Float64),
        "word": (WORDS, pl.String),
        "date": (DATES, pl.Datetime),
        "flag": (st.one_of(st.none(), st.booleans()), pl.Boolean),
    }
    series = [
        pl.Series(name, draw(st.lists(values, min_size=n, max_size=n)), dtype)
        for name, (values, dtype) in column.items()
    ]
    return pl.DataFrame([*series, pl.Series("anchor", [0.5 + i for i in range(n)] if n > 1 else [None])])


def learned(frame: Any) -> Any:
    try:
        return TableEncoder.learn(frame)
    except InvalidInput:
        return TableEncoder.learn(pl.concat([frame, frame]).with_columns(anchor=pl.int_range(2 * frame.height) * 0.5))


@given(frames(), frames())
def test_the_description_gives_the_same_transform_through_json(train: Any, new: Any) -> None:
    encoder = learned(train)
    again = TableEncoder.from_description(json.loads(json.dumps(encoder.describe())))
    assert again == encoder and again.feature_names == encoder.feature_names
    assert np.array_equal(again.transform(new), encoder.transform(new))


@given(frames(), frames())
def test_outputs_are_finite_float32_as_many_as_names_and_within_three_unless_codes(train: Any, new: Any) -> None:
    encoder = learned(train)
    no_codes = [place for place in range(len(encoder.feature_names)) if place not in encoder.codes]
    for frame in (train, new):
        outputs = encoder.transform(frame)
        assert outputs.dtype == np.float32 and outputs.shape == (frame.height, len(encoder.feature_names))
        assert np.isfinite(outputs).all() and np.abs(outputs[:, no_codes]).max() <= 3


@given(frames(), st.integers(0, 99))
def test_the_order_of_the_training_rows_does_not_matter(train: Any, seed: Any) -> None:
    encoder = learned(train)
    shuffled = learned(train.sample(fraction=1.0, shuffle=True, seed=seed))
    assert shuffled.encoders == encoder.encoders


@given(frames())
def test_pandas_gives_what_polars_gives(train: Any) -> None:
    rows = train.drop("date", "flag").with_columns(word=pl.col("word").replace("", None))
    encoder = learned(rows)
    pandas = pd.DataFrame(rows.to_dict(as_series=False))
    assert np.array_equal(encoder.transform(pandas), encoder.transform(rows))


def test_numbers_are_scaled_by_quartiles_and_clipped_smoothly() -> None:
    encoder = TableEncoder.learn(pl.DataFrame({"x": [0.0, 1.0, 2.0, 3.0, 4.0, 100.0, -50.0]}))
    z = (np.array([2.0, 5.0, 1e9, -1e9]) - 2) / 3  # the quartiles are ½ and 3½
    expected = z / np.sqrt(1 + (z / 3) ** 2)
    assert np.allclose(encoder.transform(pl.DataFrame({"x": [2.0, 5.0, 1e9, -1e9]}))[:, 0], expected)
    assert np.abs(expected).max() <= 3


def test_real_measurements_come_out_around_zero() -> None:
    wine = pl.DataFrame(dict(zip(load_wine().feature_names, load_wine().data.T, strict=True)))
    outputs = TableEncoder.learn(wine).transform(wine)
    assert outputs.shape == (178, 13)
    assert np.allclose(np.median(outputs, axis=0), 0, atol=1e-6) and 0.4 < outputs.std() < 0.9


AS_NUMBER, AS_TEXT = TextFormat("number").describe(), TextFormat().describe()


def test_where_the_quartiles_agree_half_the_range_is_the_scale() -> None:
    encoder = TableEncoder.learn(pl.DataFrame({"gain": [0] * 9 + [50]}))
    assert encoder.describe()["columns"] == [
        {"kind": "number", "name": "gain", "missing": False, "format": AS_NUMBER, "median": 0.0, "scale": 25.0}
    ]


def test_a_column_of_one_value_and_missing_ones_has_scale_one() -> None:
    encoder = TableEncoder.learn(pl.DataFrame({"x": [5.0, None]}))
    assert encoder.transform(pl.DataFrame({"x": [5.0, None]})).tolist() == [[0, 0], [0, 1]]


def test_missing_numbers_become_the_median_and_are_marked_where_learned() -> None:
    train = pl.DataFrame({"with": [1.0, 2.0, 3.0, None], "without": [1.0, 2.0, 3.0, 4.0]})
    encoder = TableEncoder.learn(train)
    assert encoder.feature_names == ("with", "with missing", "without")
    new = pl.DataFrame({"with": [None, 2.0], "without": [float("-inf"), 2.5]})
    assert encoder.transform(new).tolist() == [[0, 1, 0], [0, 0, 0]]


def test_huge_and_tiny_numbers_overflow_nowhere() -> None:
    huge = pl.DataFrame(
        {"x": [1.7e308, -1.7e308, 1e-320, 0.0, float("inf")], "tiny": [5e-324, 0.0, 1e308, 0.0, 5e-324]}
    )
    outputs = TableEncoder.learn(huge).transform(huge)
    assert np.isfinite(outputs).all() and np.abs(outputs).max() <= 3


def test_a_category_has_an_output_for_each_level_and_for_missing() -> None:
    encoder = TableEncoder.learn(pl.DataFrame({"city": ["Rome", None, "Oslo", "Rome"]}))
    assert encoder.feature_names == ("city=Oslo", "city=Rome", "city missing")
    new = pl.DataFrame({"city": ["Rome", "Bonn", None]})
    assert encoder.transform(new).tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_a_missing_category_that_was_never_missing_in_training_is_all_zeros() -> None:
    encoder = TableEncoder.learn(pl.DataFrame({"city": ["Rome", "Oslo", "Rome"]}))
    assert encoder.transform(pl.DataFrame({"city": [None, "Oslo"]})).tolist() == [[0, 0], [1, 0]]


@pytest.mark.parametrize("values", [[1, 2], [1.0, 2.0], ["1", "2"], [True, False]])
def test_a_category_is_compared_by_its_text(values: Any) -> None:
    words = ["True", "False"] if values[0] is True else ["1", "2"]
    encoder = TableEncoder.learn(pl.DataFrame({"code": pl.Series(words * 3, dtype=pl.Categorical)}))
    expected = encoder.transform(pl.DataFrame({"code": words}))
    assert np.array_equal(encoder.transform(pl.DataFrame({"code": values})), expected) and expected.sum() == 2


ZIPS = [f"Z{i % 25:03}" for i in range(100)]


def test_many_levels_are_codes_and_rare_unseen_and_missing_ones_have_their_own() -> None:
    encoder = TableEncoder.learn(pl.DataFrame({"zip": [*ZIPS, "once", None]}))
    assert encoder.feature_names == ("zip",) and encoder.codes == {0: 27}
    outputs = encoder.transform(pl.DataFrame({"zip": ["Z000", "Z024", "once", "Zürich", None]}))
    assert outputs.tolist() == [[1], [25], [0], [0], [26]]


def test_a_missing_level_that_was_never_missing_in_training_counts_as_unseen() -> None:
    encoder = TableEncoder.learn(pl.DataFrame({"zip": ZIPS}))
    assert encoder.codes == {0: 26}
    assert encoder.transform(pl.DataFrame({"zip": [None, "Z024"]})).tolist() == [[0], [25]]


@pytest.mark.parametrize(("one_hot", "n_outputs"), [(24, 1), (25, 25)])
def test_up_to_how_many_levels_a_category_has_an_output_for_each_can_be_said(one_hot: Any, n_outputs: Any) -> None:
    encoder = TableEncoder.learn(pl.DataFrame({"zip": ZIPS}), one_hot=one_hot)
    assert len(encoder.feature_names) == n_outputs


def test_nine_levels_are_outputs_and_ten_are_codes() -> None:
    table = pl.DataFrame({f"{n}": [f"level {i % n}" for i in range(90)] for n in (9, 10)})
    assert [len(column.names) for column in TableEncoder.learn(table).encoders] == [9, 1]


def test_the_places_of_codes_and_of_numbers_are_known() -> None:
    days = [datetime.date(2020, 1, 1 + i % 9) for i in range(100)]
    ages = [None if i % 7 == 0 else float(i % 11) for i in range(100)]
    table = pl.DataFrame({"zip": ZIPS, "age": ages, "city": ["Rome", "Oslo"] * 50, "day": days, "code": ZIPS})
    encoder = TableEncoder.learn(table)
    assert encoder.feature_names == ("zip", "age", "age missing", "city=Oslo", "city=Rome", "day", "code")
    assert encoder.codes == {0: 26, 6: 26} and encoder.measured == (1, 5)


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=2)), min_size=1), st.lists(st.one_of(st.none(), st.text(max_size=2)))
)
def test_codes_are_whole_numbers_below_their_number_and_survive_json(train: Any, new: Any) -> None:
    column = CodedColumn.learn(as_series(pl.Series("x", train, pl.String)), TextFormat(missing="empty"))
    again = column_from_description(json.loads(json.dumps(column.describe())))
    assert again == column and isinstance(again, CodedColumn)
    series = as_series(pl.Series("x", [*train, *new], pl.String))
    codes = again.transform(series)[:, 0]
    assert np.array_equal(codes, column.transform(series)[:, 0]) and np.array_equal(codes, np.rint(codes))
    assert codes.min() >= 0 and codes.max() < column.n_codes
    for text, code in zip([*train, *new], codes, strict=True):
        assert text is None or (code > 0) == (train.count(text) > 1)


def test_dates_are_learned_as_days_and_taken_as_text_too() -> None:
    days = [datetime.date(2020, 1, day) for day in (1, 5, 9)]
    encoder = TableEncoder.learn(pl.DataFrame({"day": days}))
    assert encoder.describe()["columns"][0]["kind"] == "date"
    assert encoder.transform(pl.DataFrame({"day": days}))[1] == 0
    as_words = pl.DataFrame({"day": [str(day) for day in days]})
    assert np.array_equal(encoder.transform(as_words), encoder.transform(pl.DataFrame({"day": days})))


def test_columns_without_use_are_left_out_with_a_reason() -> None:
    frame = pl.DataFrame({"row": range(4), "same": [1] * 4, "x": [1.5, 2, 1, 4], "y": list("abab")})
    encoder = TableEncoder.learn(frame, drop=["y"])
    assert encoder.columns == ("x",)
    assert encoder.dropped == {"row": "numbers the rows", "same": "has the same value in every row"}


def test_other_columns_and_another_order_change_nothing() -> None:
    frame = iris().to_polars()
    encoder = TableEncoder.learn(frame, drop="species")
    mixed = frame.select(reversed(frame.columns)).with_columns(note=pl.lit("x"))
    assert np.array_equal(encoder.transform(mixed), encoder.transform(frame))


def test_missing_columns_are_listed_with_the_nearest_and_the_unknown_ones() -> None:
    frame = iris().to_polars()
    encoder = TableEncoder.learn(frame.with_columns(age=frame["petal_width"] * 2), drop=["species"])
    with pytest.raises(InvalidInput) as caught:
        encoder.transform(frame.rename({"petal_width": "Petal_Width"}))
    assert str(caught.value) == (
        "the table lacks columns that were in training: 'petal_width' (did you mean 'Petal_Width'?), 'age'; "
        "it has columns that were not in training: 'Petal_Width', 'species'."
    )


def test_text_where_numbers_were_learned_is_named_with_its_row() -> None:
    encoder = TableEncoder.learn(pl.DataFrame({"age": [30, 40, 50, 20]}))
    with pytest.raises(InvalidInput, match="column 'age' holds 'old' in row 3, where a number is expected"):
        encoder.transform(pl.DataFrame({"age": ["30", None, "old"]}))
    with pytest.raises(InvalidInput, match="holds '2020-01-01' in row 1, where a number"):
        encoder.transform(pl.DataFrame({"age": [datetime.date(2020, 1, 1)]}))
    assert encoder.transform(pl.DataFrame({"age": ["35", None]})).tolist() == [[0], [0]]


def test_text_where_dates_were_learned_is_named_with_its_row() -> None:
    encoder = TableEncoder.learn(pl.DataFrame({"day": [datetime.date(2020, 1, day) for day in (1, 5, 9)]}))
    with pytest.raises(InvalidInput, match="column 'day' holds 'soon' in row 1, where a date is expected"):
        encoder.transform(pl.DataFrame({"day": ["soon"]}))


def test_a_table_without_rows_is_refused() -> None:
    frame = iris().to_polars()
    with pytest.raises(InvalidInput, match="has no rows"):
        TableEncoder.learn(frame.head(0))
    with pytest.raises(InvalidInput, match="has no rows"):
        TableEncoder.learn(frame).transform(frame.head(0))


def test_a_table_without_a_useful_column_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"no column to learn from \('x' has the same value in every row\)"):
        TableEncoder.learn(pl.DataFrame({"x": [1, 1], "y": [0, 1]}), drop=["y"])
    with pytest.raises(InvalidInput, match=r"\('row' numbers the rows; 'x' has the same value in every row\)"):
        columns = find_columns(pl.DataFrame({"row": [1, 2, 3], "x": [1, 1, 2]}))
        TableEncoder.learn(pl.DataFrame({"row": [1, 2], "x": [1, 1]}), columns=columns)
    with pytest.raises(InvalidInput, match="it has no other columns"):
        TableEncoder.learn(pl.DataFrame({"y": [0, 1]}), drop=["y"])


def test_a_name_to_drop_that_is_no_column_is_refused() -> None:
    with pytest.raises(InvalidInput, match="did you mean 'species'"):
        TableEncoder.learn(iris().to_polars(), drop=["specie"])


NUMBER = {"kind": "number", "name": "x", "missing": False, "format": AS_NUMBER, "median": 0.0, "scale": 1.0}
CODED = {"kind": "coded", "name": "x", "missing": False, "format": AS_TEXT, "levels": ["a", "b"]}
CATEGORY = {"kind": "category", "name": "x", "missing": False, "format": AS_TEXT, "levels": ["a", "b"]}

CODED_WITHOUT_LEVELS = {name: value for name, value in CODED.items() if name != "levels"}


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (NUMBER | {"kind": "nmber"}, "unknown kind of column 'nmber'. Did you mean 'number'"),
        (NUMBER | {"extra": 1}, r"`table.encoder.columns\[0\]` has an unknown field 'extra'. Known: format, median,"),
        (NUMBER | {"scale": 0.0}, "a scale above 0"),
        (NUMBER | {"median": float("nan")}, r"columns\[0\].median` must be a finite number, got nan"),
        (NUMBER | {"median": "0"}, r"columns\[0\].median` must be a finite number, got '0'"),
        (NUMBER | {"missing": 1}, "missing` must be true or false, got 1"),
        (NUMBER | {"format": None}, "format` must be an object"),
        (NUMBER | {"format": AS_NUMBER | {"decimal": ";"}}, "unknown text format"),
        (NUMBER | {"format": AS_NUMBER | {"type": "date", "pattern": "%Q"}}, "unknown text format"),
        (NUMBER | {"format": AS_NUMBER | {"missing": "all"}}, "unknown text format"),
        (NUMBER | {"format": AS_NUMBER | {"after": "k" * 99}}, "unknown text format"),
        (CODED_WITHOUT_LEVELS, r"columns\[0\]` lacks the field 'levels'"),
        (CODED | {"kind": "hashed"}, "unknown kind of column 'hashed'"),
        (CODED | {"levels": ["a", "a"]}, "distinct texts as levels"),
        (CODED | {"missing": "no"}, "missing` must be true or false, got 'no'"),
        (CATEGORY | {"levels": "ab"}, "levels` must be a list, got 'ab'"),
        (CATEGORY | {"levels": ["a", "a"]}, "distinct texts as levels"),
        (CATEGORY | {"levels": [1]}, r"levels\[0\]` must be a string, got 1"),
    ],
)
def test_a_wrong_description_is_refused(column: Any, message: Any) -> None:
    with pytest.raises(InvalidInput, match=message):
        TableEncoder.from_description({"columns": [column], "dropped": {}})
    with pytest.raises(InvalidInput, match=r"`table\.encoder` lacks the field 'dropped'"):
        TableEncoder.from_description({"columns": [column]})


def test_few_rows_of_texts_are_read_one_by_one_as_many_are(monkeypatch: pytest.MonkeyPatch) -> None:
    day = datetime.date(2020, 1, 1)
    days = [day + datetime.timedelta(days=7 * k) for k in range(100)]
    texts = {
        "price": [f"$ {1000 + k:,}.50" for k in range(100)],
        "weight": [None if k % 9 == 0 else f"{k},5" for k in range(100)],
        "sold": [f"{each:%d.%m.%Y}" for each in days],
        "seen": [f"{each:%Y-%m-%d} 12:30" for each in days],
        "open": [f"{k % 24}:15" for k in range(100)],
        "new": [["true", "false", ""][k % 3] for k in range(100)],
        "city": [[" Rome", "Oslo", "NA", None][k % 4] for k in range(100)],
        "street": [f"street {k % 15}" for k in range(100)],
    }
    frame = pl.DataFrame(texts)
    encoder = TableEncoder.learn(frame)
    whole, few = encoder.transform(frame), frame[[3, 9, 2]]
    odd = few.with_columns(pl.lit("unseen").alias("city"), pl.lit("2020-03-04T05:06:07Z").alias("sold"))
    expected = [encoder.transform(pl.concat([odd, frame]))[:3], whole[[3, 9, 2]]]
    read: list[Any] = []

    def read_as(frame: Any, formats: Any) -> dict[str, Any]:
        read.append(formats)
        return {}

    monkeypatch.setattr("glassnet.tables.encoding.encoder.read_as", read_as)
    for rows, inputs in zip((odd, few), expected, strict=True):
        for each in (rows, rows.to_pandas(), rows.to_arrow()):
            np.testing.assert_array_equal(encoder.transform(each), inputs)
    assert read == [{}] * 6
    with pytest.raises(InvalidInput, match=r"column 'weight' holds 'light' in row 2, where a number is expected"):
        encoder.transform(few.with_columns(pl.Series("weight", ["1,5", "light", "NA"])))
