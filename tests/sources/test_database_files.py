"""SQLite and DuckDB files: what their columns become, which rows are taken, and that reading never writes."""

import datetime
import sqlite3
from contextlib import closing
from typing import Any

import duckdb
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.tables.sources.databases import database_of
from glassnet.tables.sources.source import Source


def sqlite(path: Any, *statements: str) -> Any:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def duck(path: Any, *statements: str) -> Any:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


MADE = {"sqlite": sqlite, "duckdb": duck}
HOUSES = (
    'CREATE TABLE houses (price INTEGER, "größe m²" DOUBLE, city TEXT)',
    "INSERT INTO houses VALUES (100, 1.5, 'Rom'), (NULL, 2.5, NULL), (300, NULL, 'Køln')",
)
ROWS = pl.DataFrame({"price": [100, None, 300], "größe m²": [1.5, 2.5, None], "city": ["Rom", None, "Køln"]})


@pytest.mark.parametrize("kind", MADE)
def test_the_only_table_a_table_and_a_query_are_read(tmp_path: Any, kind: str) -> None:
    path = MADE[kind](tmp_path / "houses.db?x#y%20", *HOUSES)
    assert gn.read_table(path).cast({"price": pl.Int64}).equals(ROWS)
    MADE[kind](path, "CREATE VIEW dear AS SELECT * FROM houses WHERE price > 200")
    assert gn.read_table(path, table="dear")["city"].to_list() == ["Køln"]
    query = 'WITH x AS (SELECT city FROM houses) SELECT upper(city) AS "a b" FROM x ORDER BY city DESC; -- all'
    assert gn.read_table(path, query=query[:-7]).rows() == gn.read_table(path, query=query[:-8] + " -- x").rows()
    assert gn.read_table(path, query=query[:-8]).columns == ["a b"]


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({}, r"holds 2 tables \('houses', 'other'\): choose one with --table, or rows of several with --query\.$"),
        ({"table": "house"}, r"has no table 'house' \(did you mean 'houses'\?\); the tables are 'houses', 'other'\.$"),
        ({"query": "SELECT nope FROM houses"}, r"answers: .*nope.*\.$"),
        ({"query": "SELECT * FROM houses WHERE price > 1000"}, r"the query of .*x\.db gives no rows\.$"),
        ({"query": "DELETE FROM houses"}, r"--query takes SQL that gives rows, such as SELECT \* FROM houses, got"),
        ({"query": "SELECT 1 AS x) AS r; DROP TABLE houses; --"}, r"answers: "),
        ({"sheet": "x", "table": "other"}, r"--sheet names a sheet of a workbook, but .*x\.db is not one\.$"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(tmp_path: Any, kind: str, choice: Any, said: str) -> None:
    path = MADE[kind](tmp_path / "x.db", *HOUSES, "CREATE TABLE other (a INTEGER)", "INSERT INTO other VALUES (1)")
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match=said) as caught:
        gn.read_table(path, **choice)
    assert "\n" not in str(caught.value) and path.read_bytes() == before


def test_a_column_of_sqlite_has_the_type_that_holds_all_its_values(tmp_path: Any) -> None:
    path = sqlite(
        tmp_path / "x.db",
        "CREATE TABLE t (a, b, c, d, e)",
        "INSERT INTO t VALUES (1, 1, 1, x'00ff', NULL), (NULL, 2.5, 'x', 'y', NULL)",
    )
    table = gn.read_table(path)
    assert table.rows() == [(1, 1.0, "1", "00FF", None), (None, 2.5, "x", "y", None)]
    assert [str(dtype) for dtype in table.dtypes[:4]] == ["Int64", "Float64", "String", "String"]


def test_types_that_polars_lacks_become_numbers_or_texts(tmp_path: Any) -> None:
    path = duck(
        tmp_path / "x.db",
        "CREATE TABLE t AS SELECT 1.25::DECIMAL(10, 2) AS n, 3::HUGEINT AS h, INTERVAL 36 HOUR AS i, [1, 2] AS l, "
        "DATE '2024-03-01' AS d, {'a': 1} AS s, true AS b",
    )
    assert gn.read_table(path).row(0) == (1.25, 3.0, 1.5, "[1, 2]", datetime.date(2024, 3, 1), "{'a': 1}", True)


@pytest.mark.parametrize("kind", MADE)
def test_rows_are_put_into_a_new_table_or_behind_those_of_an_old_one(tmp_path: Any, kind: str) -> None:
    database = database_of(Source(str(MADE[kind](tmp_path / "x.db", *HOUSES))))
    assert database is not None
    frame = pl.DataFrame({"n": [1, 2], "Wörter": ["a", None], "p": [0.5, None], "d": [datetime.date(2024, 3, 1), None]})
    database.insert("neue Tabelle", frame, append=False)
    database.insert("neue Tabelle", frame, append=True)
    table = gn.read_table(database.source.place, table="neue Tabelle")
    assert table.rows() == (frame if kind == "duckdb" else frame.cast({"d": str})).rows() * 2
    with pytest.raises(InvalidInput, match=r"answers: "):
        database.insert("neue Tabelle", frame.with_columns(more=1), append=True)
    with pytest.raises(InvalidInput, match=r"answers: .*exists"):
        database.insert("neue Tabelle", frame, append=False)
    assert len(gn.read_table(database.source.place, table="neue Tabelle")) == 4


@pytest.mark.parametrize(("beginning", "said"), [(b"SQLite format 3\0", "SQLite"), (b"12345678DUCK", "DuckDB")])
def test_a_file_that_only_begins_as_a_database_is_one_sentence(tmp_path: Any, beginning: bytes, said: str) -> None:
    (tmp_path / "x.csv").write_bytes(beginning + bytes(90))
    with pytest.raises(InvalidInput, match=rf"x\.csv \({said}\) answers: .*\.$"):
        gn.read_table(tmp_path / "x.csv")
