"""SQLite files, through Python's own library; they are opened read-only, but to take predictions."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from glassnet.errors import InvalidInput, first_line
from glassnet.extras import require
from glassnet.tables.sources.database import of, plain_types, quoted
from glassnet.tables.sources.rows_file import BATCH_ROWS, write_rows
from glassnet.tables.sources.source import Source

if TYPE_CHECKING:
    import polars as pl

TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"


class SQLite:
    """A file with the first bytes of an SQLite database."""

    def __init__(self, source: Source):
        self.source = source

    def tables(self) -> list[str]:
        """Tables and views."""
        with self._connected("ro") as connection:
            return [name for (name,) in connection.execute(TABLES)]

    def identifier(self, table: str) -> str:
        """The name of a table as SQL has it."""
        return quoted(table)

    def answer(self, query: str, folder: Path) -> Path:
        """The rows of a query; a column has the type that holds all its values, as SQLite gives each its own."""
        with self._connected("ro") as connection:
            connection.execute("BEGIN")  # one state of the file for both queries
            cursor = connection.execute(of(["*"], query) + " LIMIT 0")
            names = [name for name, *_ in cursor.description]
            kinds = connection.execute(of([f"group_concat(DISTINCT typeof({quoted(name)}))" for name in names], query))
            columns = [column_of(name, kind or "") for name, kind in zip(names, next(kinds), strict=True)]
            return write_rows(self._frames(connection, query, columns), folder, f"the query of {self.source.shown}")

    def _frames(
        self, connection: sqlite3.Connection, query: str, columns: list[tuple[str, str, str]]
    ) -> "Iterator[pl.DataFrame]":
        polars = require("polars", "tables", "a table")
        schema = {name: getattr(polars, dtype) for name, dtype, _ in columns}
        cursor = connection.execute(of([expression for _, _, expression in columns], query))
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield polars.DataFrame(rows, schema=schema, orient="row", infer_schema_length=None)

    def insert(self, table: str, frame: "pl.DataFrame", append: bool) -> None:
        """Put rows into a new table, or behind those of an existing one; all of them or none."""
        frame = plain_types(frame)
        named = ", ".join(map(quoted, frame.columns))
        written = ", ".join(f"{quoted(name)} {sql_type(dtype)}" for name, dtype in frame.schema.items())
        places = ", ".join("?" * frame.width)
        with self._connected("rw") as connection, connection:  # which commits, or takes all back
            connection.execute("BEGIN IMMEDIATE")
            if not append:
                connection.execute(f"CREATE TABLE {self.identifier(table)} ({written})")
            rows = frame.cast({require("polars.selectors", "tables", "a table").temporal(): str}).iter_rows()
            connection.executemany(f"INSERT INTO {self.identifier(table)} ({named}) VALUES ({places})", rows)

    @contextmanager
    def _connected(self, mode: str) -> Iterator[sqlite3.Connection]:
        try:
            address = f"{Path(self.source.place).absolute().as_uri()}?mode={mode}"
            with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise InvalidInput(f"{self.source.shown} (SQLite) answers: {first_line(error)[:300]}.") from error


def column_of(name: str, kinds: str) -> tuple[str, str, str]:
    """The name of a column, its polars type, and the expression that gives values of this type."""
    seen, column = {*kinds.split(",")} - {"null", ""}, quoted(name)
    if seen <= {"integer", "real"}:
        return name, "Int64" if seen == {"integer"} else "Float64", column
    if seen == {"text"}:
        return name, "String", column
    return name, "String", f"CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE CAST({column} AS TEXT) END"


def sql_type(dtype: "pl.DataType") -> str:
    """The type of a column in SQLite."""
    return "INTEGER" if dtype.is_integer() else "REAL" if dtype.is_float() else "TEXT"
