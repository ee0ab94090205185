"""What is said of columns wins over every guess: the same for frames and files, at training and at prediction."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.encoding.column_kinds import find_columns, find_formats, read_as
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.values.column_options import ColumnOptions

N = 60
FEW = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
COLUMNS: dict[str, list[Any]] = {
    "id": [f"p{i}" for i in range(N)],
    "zip": [str(1000 + i % 5) for i in range(N)],
    "price": [f"1.{i % 10}00,5" if i % 7 else "n/k" for i in range(N)],
    "sold": [f"{1 + i % 28} Jan {20 + i % 3}" for i in range(N)],
    "month": [f"2020-{1 + i % 12:02}" for i in range(N)],
    "smoker": ["yes" if i % 3 else "no" for i in range(N)],
    "ymd": [20200101 + i % 28 for i in range(N)],
    "measure": [-999 if i % 5 == 0 else i for i in range(N)],
    "flag": [i % 2 for i in range(N)],
    "y": [i % 17 + 0.5 for i in range(N)],
}
SAID: dict[str, Any] = {
    "kinds": {"zip": "category", "price": "number", "smoker": "boolean", "ymd": "date", "flag": "category"},
    "date_formats": {"sold": "%d %b %y", "month": "%Y-%m"},
    "missing": ["-999"],
    "id": "id",
}
FOUND = {
    "zip": "category", "price": "number", "sold": "date", "month": "date", "smoker": "number", "ymd": "date",
    "measure": "number", "flag": "category",
}  # fmt: skip


def frame(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame(columns or COLUMNS)


def read(values: list[Any], **said: Any) -> list[Any]:
    """The values of a column as they are read by what is said of it."""
    table, options = frame(x=values), ColumnOptions(**said).on(["x"])
    (series,) = read_as(table, find_formats(table, options=options)).values()
    return series.to_list()


def trained(table: Any, **said: Any) -> gn.TableTraining:
    training = gn.TableTraining(table, "y", recipe=FEW, columns=said or SAID)
    for _ in training.epochs():
        pass
    return training


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow"])
def test_stated_kinds_are_the_same_from_every_library_and_in_the_saved_model(kind: str, tmp_path: Path) -> None:
    table = {"polars": frame(), "pandas": frame().to_pandas(), "arrow": frame().to_arrow()}[kind]
    training = trained(table)
    encoder = training.model.encoder
    assert {column.name: column.kind for column in encoder.encoders} == FOUND
    assert encoder.dropped == {"id": "is an id, kept beside predictions"}
    assert "price: 51 of 60 values are numbers; row 1 is 'n/k' (in 9 rows)" in training.notes
    assert {column.name for column in encoder.encoders if column.missing} == {"price", "measure"}
    loaded = gn.TableModel.load(training.model.save(tmp_path / "model.safetensors"))
    np.testing.assert_allclose(loaded.predict(table), training.model.predict(frame()), rtol=1e-3)
    assert list(loaded.predict_table(table)) == ["id", "prediction"]
    assert loaded.predict_table(table)["id"][:2] == ["p0", "p1"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_in_chunks_is_read_as_a_frame(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"table.{ending}"
    getattr(frame(), f"write_{ending}")(path)
    chunks = gn.TableTraining.of_file(path, "y", recipe=FEW, folder=tmp_path, memory=10_000, columns=SAID)
    for _ in chunks.epochs():
        pass
    encoder, whole = chunks.model.encoder, trained(gn.read_table(path) if ending == "parquet" else frame())
    assert {column.name: column.kind for column in encoder.encoders} == FOUND
    forms = {column.name: column.format for column in whole.model.encoder.encoders}
    for column in encoder.encoders:
        if column.name not in ("ymd", "flag", "measure"):  # in CSV these are texts
            assert column.format == forms[column.name]
    assert "id" in chunks.model.predict_table(frame())


def test_dates_are_read_as_their_format_says() -> None:
    day = datetime.date
    assert read(["1.2.20", ""], date_formats={"x": "%d.%m.%y"}) == [day(2020, 2, 1), None]
    assert read(["2020-03"], date_formats={"x": "%Y-%m"}) == [day(2020, 3, 1)]
    assert read([2020, 2021], date_formats={"x": "%Y"}) == [day(2020, 1, 1), day(2021, 1, 1)]
    assert read(["5:30 PM"], date_formats={"x": "%I:%M %p"}) == [datetime.time(17, 30)]
    assert read(["3/4/20 5:06"], date_formats={"x": "%m/%d/%y %H:%M"}) == [datetime.datetime(2020, 3, 4, 5, 6)]
    assert read([20200304.0], kinds={"x": "date"}) == [day(2020, 3, 4)]
    assert read(["3/4/2020"], date_formats={"x": "%m/%d/%Y"}) == [day(2020, 3, 4)]  # which would stay text


def test_truth_values_are_read_in_words_and_digits() -> None:
    for pair in (["yes", "No"], ["Y", "n"], ["1", "0"], [1, 0], ["t", "f"], ["on", "off"], ["TRUE", "false"]):
        assert read(pair, kinds={"x": "boolean"}) == [True, False]
    assert read([1.0, 0.0, 2.0], kinds={"x": "boolean"}) == [1.0, 0.0, None]


def test_numbers_are_read_by_the_stated_signs() -> None:
    assert read(["1,234", "5"], decimal=",") == [1.234, 5.0]
    assert read(["1,234", "5"], decimal=".") == [1234, 5]
    assert read(["1.234", "5"], thousands=".") == [1234, 5]
    assert read(["1.234", "5"], decimal=".", thousands="") == [1.234, 5.0]
    assert read(["007", "011"], kinds={"x": "number"}) == [7, 11]
    assert read(["$1,5", "$2,0"], decimal=",") == [1.5, 2.0]


def test_marks_take_the_place_of_the_usual_ones() -> None:
    assert read(["NA", "-9", "x", " "], missing=("-9",)) == ["NA", None, "x", None]
    assert read([1.5, -9.0, None], missing=(-9,)) == [1.5, None, None]
    assert read(["1", "?", "miss"], missing=("?", "MISS")) == [1, None, None]
    assert read(["NA", ""], missing=()) == ["NA", None]
    table = pd.DataFrame({"x": pd.Categorical(["a", "?", "b"])})
    formats = find_formats(table, options=ColumnOptions(missing=("?",)))
    assert read_as(table, formats)["x"].to_list() == ["a", None, "b"]


def test_stated_kinds_win_over_guesses() -> None:
    table = frame(row=range(30), name=[f"n{i}" for i in range(30)], code=[*range(15)] * 2, same=[1] * 30)
    said = ColumnOptions(kinds={"row": "number", "name": "category", "code": "category", "same": "number"})
    assert [column.kind for column in find_columns(table, options=said)] == [
        "number", "category", "category", "constant",
    ]  # fmt: skip
    texts = ColumnOptions(kinds={"row": "text", "code": "text"})
    assert [column.kind for column in find_columns(table[["row", "code"]], options=texts)] == ["identifier", "category"]


def test_columns_are_kept_and_dropped_by_name_also_with_commas() -> None:
    table = frame(**{"a": [1, 3, 3], "b": [2, 1, 3], "a,b": [3, 1, 2], "c": [1, 3, 2]})

    def left(**said: Any) -> list[str]:
        options = ColumnOptions(**said).on(table.columns)
        return [column.name for column in find_columns(table, options=options) if not column.reason]

    assert left(drop="a") == ["b", "a,b", "c"]
    assert left(drop=["a,b"]) == ["a", "b", "c"]
    assert left(drop="a,c") == ["b", "a,b"]
    assert left(keep=["a", "c"]) == ["a", "c"]
    assert left(kinds={"a, c": "id"}) == ["b", "a,b"]


def test_the_kind_of_the_target_decides_the_task() -> None:
    table = frame(x=[i % 7 + 0.5 for i in range(N)], y=["1" if i % 2 else "2" for i in range(N)])
    for kind, task in (("number", "regression"), ("category", "classification"), ("boolean", "classification")):
        assert gn.TableTraining(table, "y", recipe=FEW, columns={"kinds": {"y": kind}}).model.task == task
    with pytest.raises(gn.InvalidInput, match="is said to be a number, but the task to be classification"):
        gn.TableTraining(table, "y", "classification", FEW, columns={"kinds": {"y": "number"}})


def test_estimators_take_the_same() -> None:
    from glassnet.sklearn import TabularRegressor

    X = frame().drop("y").to_pandas()
    model = TabularRegressor(recipe=FEW, columns=SAID, random_state=0)
    with pytest.warns(UserWarning, match="reads text columns: 'price': 51 of 60"):
        model.fit(X, COLUMNS["y"])
    assert {column.name: column.kind for column in model.encoder_.encoders} == FOUND
    array = TabularRegressor(recipe=FEW, columns={"drop": "x0"}).fit(np.eye(12)[:, :4], np.arange(12.0))
    assert array.encoder_.columns == ("x1", "x2", "x3")


def test_a_request_is_read_back_from_json() -> None:
    from dataclasses import asdict

    from glassnet.files.schema import checked

    request = TableRequest("y", columns=ColumnOptions(**SAID))
    assert checked(asdict(request), TableRequest) == request


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"drop": ["prise"]}, r"there is no column 'prise' to drop \(did you mean 'price'\?\)"),
        ({"keep": "prise"}, r"there is no column 'prise' to keep \(did you mean 'price'\?\)"),
        ({"id": ["ID_"]}, "there is no column 'ID_' to take as an id"),
        ({"kinds": {"zap": "number"}}, r"no column 'zap' to read as a number \(did you mean 'zip'\?\)"),
        ({"date_formats": {"solt": "%Y"}}, r"no column 'solt' to read as a date \(did you mean 'sold'\?\)"),
        ({"drop": ["zip"], "keep": ["zip"]}, "column 'zip' is to be dropped, but is to be kept as well"),
        ({"drop": "zip,flag", "keep": ["zip"]}, "column 'zip' is to be dropped, but is to be kept as well"),
        ({"drop": ["y"]}, "the target 'y' cannot be dropped"),
        ({"id": ["y"]}, "the target 'y' cannot be the id"),
        ({"kinds": {"y": "date"}}, "the target 'y' cannot be a date"),
        ({"kinds": {"zip": "nmber"}}, "unknown kind of column 'nmber'. Did you mean 'number'"),
        ({"kind": {}}, "unknown field of columns 'kind'. Did you mean 'kinds'"),
        ({"kinds": ["zip"]}, "kinds must be a dict from columns to texts"),
        ({"drop": 5}, "drop must be a list of texts, got 5"),
        ({"decimal": "x"}, "decimal must be one of '.', ',', got 'x'"),
        ({"thousands": "_"}, "thousands must be one of"),
        ({"decimal": ",", "thousands": ","}, "are both ',': they must differ"),
        ({"date_formats": {"sold": "%d.%Q"}}, "the date format of 'sold' must be one such as %d.%m.%Y"),
        ({"date_formats": {"sold": "%H %d.%m.%Y"}}, "the date format of 'sold' must be one such as"),
        ({"date_formats": {"zip": "%Y"}, "kinds": {"zip": "number"}}, "has a date format, but is said to be a number"),
        (
            {"date_formats": {"sold": "%d.%m.%Y"}},
            "'sold' cannot be read as dates in the format %d.%m.%Y: 0 of 60 values fit, and row 1 is '1 Jan 20'",
        ),
        ({"kinds": {"id": "number"}}, "'id' cannot be read as numbers: .* row 1 is 'p0'; the kind category fits"),
        ({"kinds": {"zip": "boolean"}}, "'zip' cannot be read as true or false: .*'1000'; the kind number fits"),
        ({"kinds": {"month": "number"}}, "row 1 is '2020-01'; the kind category fits"),
        ({"kinds": {"measure": "date"}}, "'measure' cannot be read as dates: .*; the kind number fits"),
        ({"keep": ["y"]}, "no column to learn from .*; and 5 more"),
        ("zip", "columns must be a ColumnOptions or a dict of its fields, got 'zip'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(said: Any, sentence: str) -> None:
    with pytest.raises(gn.InvalidInput, match=sentence) as refused:
        gn.TableTraining(frame(), "y", columns=said)
    assert "\n" not in str(refused.value)


def test_dates_and_numbers_that_contradict_each_other_name_what_fits() -> None:
    table = frame(x=["31.12.2020", "30.11.2020"] * 3, either=["3/4/2020"] * 3 + ["4/5/2020"] * 3, y=range(6))
    with pytest.raises(gn.InvalidInput, match=r"the date format %d\.%m\.%Y fits"):
        gn.TableTraining(table, "y", columns={"date_formats": {"x": "%Y-%m-%d"}})
    with pytest.raises(gn.InvalidInput, match="may begin with the day or with the month: say which"):
        gn.TableTraining(table, "y", columns={"kinds": {"either": "date"}})
    dates = frame(x=[datetime.date(2020, 1, k) for k in range(1, 7)], y=range(6))
    with pytest.raises(gn.InvalidInput, match=r"'x' cannot be read as numbers: .*; the date format %Y-%m-%d fits"):
        gn.TableTraining(dates, "y", columns={"kinds": {"x": "number"}})


def test_an_id_that_a_later_table_lacks_is_told() -> None:
    model = trained(frame()).model
    assert model.notes_on([frame().drop("id")])[0] == "there is no id column 'id' in this table"
    assert list(model.predict_table(frame().drop("id"))) == ["prediction"]
    with pytest.raises(gn.InvalidInput, match="has the name of a column of the predictions"):
        trained(frame().rename({"id": "prediction"}), id="prediction").model.predict_table(
            frame().rename({"id": "prediction"})
        )
