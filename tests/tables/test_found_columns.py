"""What was found of each column: the same from every kind of table, and kept in the model file."""

import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.encoding.found_columns import FoundColumn

N = 50
DAY = datetime.date(2020, 1, 1)
TABLE = pl.DataFrame(
    {
        "size": [None if i % 10 == 0 else i * 1.5 for i in range(N)],
        "sold": [DAY + datetime.timedelta(days=i * 3 % N) for i in range(N)],
        "seen": [datetime.datetime(2020, 1, 1, 12) + datetime.timedelta(hours=i * 7) for i in range(N)],
        "at": [datetime.time(i % 24, 30) for i in range(N)],
        "took": [datetime.timedelta(hours=12 * (1 + i % 4)) for i in range(N)],
        "city": [None if i % 5 == 0 else ["Oslo", "Rome", "Bonn", "Lima"][i % 4] for i in range(N)],
        "street": [f"street {i % 12}" for i in range(N)],
        "name": [f"name {i}" for i in range(N)],
        "flag": [i % 3 == 0 for i in range(N)],
        "y": [i * 0.5 for i in range(N)],
    }
)


def found(table: Any) -> dict[str, FoundColumn]:
    training = gn.TableTraining(table, "y", recipe=gn.Recipe(hidden=(4,), epochs=1, engine="numpy", test=0.02))
    assert [column.name for column in training.model.columns] == [name for name in TABLE.columns if name != "y"]
    return {column.name: column for column in training.model.columns}


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow"])
def test_ranges_levels_missing_values_and_inputs_are_told(kind: str) -> None:
    columns = found({"polars": TABLE, "pandas": TABLE.to_pandas(), "arrow": TABLE.to_arrow()}[kind])
    assert columns["size"].cells[1:3] in (("number", "1.5 … 73.5"), ("number", "1.5 … 72"), ("number", "3 … 73.5"))
    assert columns["size"].missing in (4, 5)
    assert columns["size"].inputs == "2"
    assert columns["sold"].values == "2020-01-01 … 2020-02-19"
    assert columns["seen"].values.startswith("2020-01-01 12:00 … 2020-01-15")
    assert columns["at"].values == "00:30 … 23:30"
    assert columns["took"].values == "0.5 days … 2 days"
    assert columns["city"].values == "4 levels: Bonn, Lima, Oslo, …"
    assert columns["city"].missing in (9, 10)
    assert columns["street"].cells[1:] == (
        "coded",
        "12 levels beside rare ones: street 0, street 1, street 10, …",
        "",
        "13 codes",
    )
    assert columns["name"].cells[1:] == ("identifier", "dropped: differs from row to row", "", "")
    assert columns["flag"].cells[1:3] == ("boolean", "true or false")


@pytest.mark.parametrize(
    ("values", "more", "words"),
    [
        (["true", "false", None], {}, "true or false"),
        ([True, False, None], {}, "true or false"),
        (["TRUE", "FALSE", "true"], {}, "true or false"),
        (["yes", "no", "yes"], {"kinds": {"flag": "boolean"}}, "yes or no"),
        ([1, 0, 1], {"kinds": {"flag": "boolean"}}, "1 or 0"),
    ],
)
def test_truth_values_are_shown_as_such(values: Any, more: Any, words: str, tmp_path: Path) -> None:
    table = pl.DataFrame({"flag": values * 20, "y": [float(i % 7) for i in range(3 * 20)]})
    table.write_parquet(tmp_path / "t.parquet")
    for each in (table, pl.read_parquet(tmp_path / "t.parquet")):
        training = gn.TableTraining(each, "y", recipe=gn.Recipe(hidden=(4,), epochs=1, engine="numpy"), columns=more)
        (column,) = training.model.columns
        assert (column.kind, column.values, column.low, column.high) == ("boolean", words, 0.0, 1.0)
        for _ in training.epochs():
            pass
        new = table[:10].with_columns(flag=pl.lit(None, table["flag"].dtype))
        update = gn.TableUpdate(training.model, new, epochs=1, engine="numpy")
        assert (update.model.columns[0].kind, update.model.columns[0].values) == ("boolean", words)


def test_it_is_kept_in_the_model_file(tmp_path: Path) -> None:
    training = gn.TableTraining(TABLE, "y", recipe=gn.Recipe(hidden=(4,), epochs=1, engine="numpy"))
    model = gn.TableModel.load(training.model.save(tmp_path / "model.safetensors"))
    assert model.columns == training.model.columns
    assert gn.TableModel.load(model.save(tmp_path / "again.safetensors")).columns == model.columns
