"""A real PostgreSQL server: types, names, what fails and when, what is written back, and that reading cannot write."""

import datetime
from collections.abc import Callable
from typing import Any

import adbc_driver_postgresql.dbapi as driver
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.tables.sources.databases import database_of
from glassnet.tables.sources.rows_file import write_rows
from glassnet.tables.sources.source import Source
from tests.sources.postgresql_server import Server

Do = Callable[..., Any]
TYPES = """CREATE TABLE types AS SELECT 1::int2 AS a, 12.50::numeric(10, 2) AS b, 1e20::numeric AS c,
DATE '2024-03-01' AS d, TIMESTAMPTZ '2024-03-01 12:00+02' AS e, TIME '12:30' AS f, INTERVAL '36 hours' AS g,
'ß'::varchar AS h, true AS i, '3.50'::money AS j, '{"x": 1}'::jsonb AS k, ARRAY[1, 2] AS l, '1.5'::float4 AS m,
'x'::"char" AS n
UNION ALL SELECT NULL, 'NaN', NULL, 'infinity', '-infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'NaN', NULL"""


@pytest.fixture
def do(postgresql: Server) -> Do:
    """Run SQL on the server, in a schema that is emptied before each test."""

    def run(*statements: str) -> None:
        with driver.connect(postgresql.url, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    run("DROP SCHEMA IF EXISTS elsewhere CASCADE", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return run


def test_types_become_numbers_dates_and_texts_and_what_is_infinite_is_missing(postgresql: Server, do: Do) -> None:
    do(TYPES)
    table = gn.read_table(postgresql.url)
    noon = datetime.datetime(2024, 3, 1, 10, tzinfo=datetime.UTC)
    first = (1, 12.5, 1e20, datetime.date(2024, 3, 1), noon, datetime.time(12, 30), 1.5, "ß", True, 3.5)
    assert table.row(0) == (*first, '{"x": 1}', "{1,2}", 1.5, "x")
    second = table.row(1)
    assert second[1] != second[1] and second[12] != second[12]  # NaN
    assert [value for place, value in enumerate(second) if place not in (1, 12)] == [None] * 12


def test_names_of_any_letters_and_rows_in_their_order(postgresql: Server, do: Do) -> None:
    do(
        'CREATE TABLE "Häuser ""neu""" ("größe m²" float8, "a{0}b" int)',
        'INSERT INTO "Häuser ""neu""" SELECT g / 2.0, g FROM generate_series(1, 120000) g',
    )
    table = gn.read_table(postgresql.url, table='Häuser "neu"')
    assert table.columns == ["größe m²", "a{0}b"] and len(table) == 120_000
    last = gn.read_table(postgresql.url, query='SELECT * FROM "Häuser ""neu""" ORDER BY 2 DESC -- the last first\n;')
    assert last["a{0}b"].to_list() == sorted(table["a{0}b"].to_list(), reverse=True)


def test_a_table_of_another_schema_has_its_name_in_front(postgresql: Server, do: Do) -> None:
    do("CREATE SCHEMA elsewhere", "CREATE TABLE elsewhere.t AS SELECT 1 AS a", "CREATE TABLE u AS SELECT 2 AS a")
    assert gn.read_table(postgresql.url, table="elsewhere.t").row(0) == (1,)
    with pytest.raises(InvalidInput, match=r"holds 2 tables \('elsewhere.t', 'u'\): choose one with --table"):
        gn.read_table(postgresql.url)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"query": "SELECT nope FROM t"}, r'answers: column "nope" does not exist\.$'),
        ({"query": "SELEC 1"}, r'answers: syntax error at or near "1"\.$'),
        ({"query": "SELECT 1 / (a - 2) AS x FROM t"}, r"answers: division by zero\.$"),
        ({"query": "SELECT 1 / (g - 99999) AS x FROM generate_series(1, 100000) g"}, r"answers: division by zero\.$"),
        ({"query": "SELECT * FROM t WHERE false"}, r"the query of postgresql:///postgres\?host=.* gives no rows\.$"),
        ({"query": "SELECT t.a, u.a FROM t, t AS u"}, r"gives several columns named 'a': tell them apart with AS\.$"),
        ({"query": "INSERT INTO t VALUES (3) RETURNING a"}, r"--query takes SQL that gives rows, such as"),
        ({"query": "WITH x AS (INSERT INTO t VALUES (3) RETURNING a) SELECT * FROM x"}, r"answers: WITH clause"),
        ({"query": "SELECT write()"}, r"answers: cannot execute INSERT in a read-only transaction\.$"),
        ({"query": "SELECT nextval('s')"}, r"answers: cannot execute nextval\(\) in a read-only transaction\.$"),
        ({"query": "SELECT 1) AS x; DELETE FROM t; --"}, r"answers: "),
        ({"table": "tt"}, r"has no table 'tt' \(did you mean 't'\?\); the tables are 't'\.$"),
    ],
)
def test_a_query_that_fails_is_one_sentence_and_changes_nothing(
    postgresql: Server, do: Do, choice: Any, said: str
) -> None:
    do(
        "CREATE TABLE t AS SELECT 1 AS a UNION ALL SELECT 2",
        "CREATE SEQUENCE s",
        "CREATE FUNCTION write() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (3); SELECT 1'",
    )
    with pytest.raises(InvalidInput, match=said) as caught:
        gn.read_table(postgresql.url, **choice)
    assert "\n" not in str(caught.value)
    assert gn.read_table(postgresql.url)["a"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ada:secret@127.0.0.1:9/shop", r"postgresql://ada@127\.0\.0\.1:9/shop: .*Connection refused"),
        ("postgresql://ada:secret@nowhere.invalid/shop", r"could not translate host name \"nowhere.invalid\""),
        ("postgresql:///shop?host=/nowhere&password=secret", r"socket \"/nowhere/.* failed: No such file or directory"),
        ("postgresql:///shop?sslmod=off", r'invalid URI query parameter: "sslmod"'),
    ],
)
def test_a_server_that_is_away_is_one_sentence_without_the_password(url: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=f"^could not connect to .*{said}") as caught:
        gn.read_table(url, table="t")
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_server_that_goes_away_in_the_middle_is_one_sentence_and_leaves_nothing(
    postgresql: Server, do: Do, tmp_path: Any, monkeypatch: Any
) -> None:
    def write(frames: Any, folder: Any, name: str) -> Any:
        def then_killed() -> Any:
            for frame in frames:
                yield frame
                postgresql.kill()

        return write_rows(then_killed(), folder, name)

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("glassnet.tables.sources.postgresql.write_rows", write)
    monkeypatch.setattr("glassnet.tables.sources.postgresql.BATCH_ROWS", 10)
    try:
        with pytest.raises(InvalidInput, match=r"answers: (server closed|terminating) (the )?connection") as caught:
            gn.read_table(postgresql.url, query="SELECT g FROM generate_series(1, 100) g")
    finally:
        postgresql.start()
    monkeypatch.undo()
    assert "\n" not in str(caught.value) and list(tmp_path.iterdir()) == []
    assert gn.read_table(postgresql.url, query="SELECT 1 AS a").row(0) == (1,)


def test_rows_are_written_back_all_or_none(postgresql: Server, do: Do) -> None:
    database = database_of(Source(postgresql.url))
    assert database is not None
    frame = pl.DataFrame(
        {"id": [1, 2], "Schätzung": [0.5, None], "class": ["a", None], "day": [datetime.date(2024, 3, 1), None]},
        schema_overrides={"id": pl.UInt8, "class": pl.Categorical},
    )
    database.insert("neue Tabelle", frame, append=False)
    database.insert("neue Tabelle", frame, append=True)
    assert gn.read_table(postgresql.url, table="neue Tabelle").rows() == frame.rows() * 2
    do('ALTER TABLE "neue Tabelle" ADD CHECK (id < 4)')
    for wrong in (frame.with_columns(more=1), frame.with_columns(id=pl.Series([3, 4]))):
        with pytest.raises(InvalidInput, match=r"answers: "):
            database.insert("neue Tabelle", wrong, append=True)
    with pytest.raises(InvalidInput, match=r'answers: relation "neue Tabelle" already exists'):
        database.insert("neue Tabelle", frame, append=False)
    assert len(gn.read_table(postgresql.url, table="neue Tabelle")) == 4
