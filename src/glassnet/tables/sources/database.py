"""What every database does: tell its tables, write the answer to a query into a file, take rows into a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.sources.source import Source
from glassnet.tables.values.frames import listed, nearest

if TYPE_CHECKING:
    import polars as pl


WRITING = "insert update delete merge replace truncate create alter drop copy call do set begin commit attach pragma "
STATEMENTS = (WRITING + "vacuum grant import export install").split()


class Database(Protocol):
    """A database at a place; each method opens a connection of its own, and every mistake is InvalidInput."""

    source: Source

    def tables(self) -> list[str]:
        """Tables and views; those outside the usual schema as schema.table."""

    def identifier(self, table: str) -> str:
        """The name of a table as the database's SQL has it."""

    def answer(self, query: str, folder: Path) -> Path:
        """The rows of a query in a Parquet file in the folder, read in a transaction that cannot write."""

    def insert(self, table: str, frame: "pl.DataFrame", append: bool) -> None:
        """Put rows into a new table, or behind those of an existing one; all of them or none."""


def query_of(database: Database) -> str:
    """The query that the source asks for: its own, or all rows of its table, or of the only one there is."""
    source = database.source
    if source.query is not None:
        return reading_only(source.query.strip().rstrip("; \n"))
    names = database.tables()
    if source.table is None and len(names) != 1:
        if not names:
            raise InvalidInput(f"{source.shown} holds no table that may be read.")
        raise InvalidInput(
            f"{source.shown} holds {len(names)} tables ({listed(names, 5)}): choose one with --table, or rows of "
            "several with --query."
        )
    table = source.table or names[0]
    if table not in names:
        known = f"; the tables are {listed(names)}" if names else ""
        raise InvalidInput(f"{source.shown} has no table {table!r}{nearest(table, names)}{known}.")
    return f"SELECT * FROM {database.identifier(table)}"


def reading_only(query: str) -> str:
    """The query; InvalidInput for a statement that gives no rows. What it calls is stopped by the transaction."""
    first = query.split(maxsplit=1)[0].lower()
    if first in STATEMENTS:
        raise InvalidInput(f"--query takes SQL that gives rows, such as SELECT * FROM houses, got {query[:60]!r}.")
    return query


def check_insert(database: Database, table: str, append: bool) -> None:
    """Refuse to create a table that is there, and to append to one that is not; before any work."""
    names, shown = database.tables(), database.source.shown
    if table in names and not append:
        raise InvalidInput(
            f"{shown} has a table {table!r} already: name another with --into, or add the rows to it with --append."
        )
    if append and table not in names:
        raise InvalidInput(
            f"{shown} has no table {table!r}{nearest(table, names)} to append to: leave out --append to create it."
        )


def in_schema(name: str) -> str:
    """The name of a table, perhaps with that of its schema, as SQL has it.

    >>> in_schema("sales.orders of 2024")
    '"sales"."orders of 2024"'
    """
    return ".".join(quoted(part) for part in name.split(".", 1))


def quoted(name: str) -> str:
    """A name as SQL has it, whatever letters it has."""
    return '"' + name.replace('"', '""') + '"'


def of(expressions: Sequence[str], query: str) -> str:
    """A query for expressions of the rows of another."""
    return f"SELECT {', '.join(expressions)} FROM (\n{query}\n) AS rows"


def plain_types(frame: "pl.DataFrame") -> "pl.DataFrame":
    """The columns with types that each database has."""
    polars = require("polars", "tables", "a table")
    selectors = polars.selectors
    return frame.with_columns(
        selectors.unsigned_integer().cast(polars.Int64),
        (selectors.decimal() | selectors.float()).cast(polars.Float64),
        (selectors.categorical() | selectors.enum()).cast(polars.String),
    )
