"""PostgreSQL, through Arrow's own driver: the answer to a query comes in batches and never lies in memory whole.

A cursor on the server gives them: each is fetched by a statement of its own, whose errors are exceptions, and which
Ctrl-C interrupts. A single stream of all rows breaks off inside the library that reads it.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassnet.errors import InvalidInput, first_line
from glassnet.extras import require
from glassnet.tables.sources.database import in_schema, of, plain_types, quoted
from glassnet.tables.sources.rows_file import BATCH_ROWS, write_rows
from glassnet.tables.sources.source import Source
from glassnet.tables.values.frames import listed

if TYPE_CHECKING:
    import polars as pl

TABLES = """SELECT CASE WHEN n.nspname = ANY (current_schemas(false)) THEN c.relname::text
ELSE n.nspname || '.' || c.relname END AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema'
AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"""
READ_ONLY = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL cursor_tuple_fraction = 1",  # all rows are wanted, not the first ones soon
)
NO_STREAM = {"adbc.postgresql.use_copy": "false"}
PATIENCE = 20  # seconds for a server that does not answer at the start
KEPT = ("bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "name", "time")
CASTS = {  # of other types, to what polars has; a value such as infinity is none
    **dict.fromkeys(("date", "timestamp", "timestamptz"), "CASE WHEN isfinite({0}) THEN {0} END"),
    "numeric": "{0}::float8",  # which the driver gives as text
    "money": "{0}::numeric::float8",
    "interval": "(extract(epoch FROM {0}) / 86400)::float8",
}


class PostgreSQL:
    """A database on a server; what is not said in the URL is as the environment or the service file has it."""

    def __init__(self, source: Source):
        self.source = source

    def tables(self) -> list[str]:
        """Tables and views that may be read; those outside the search path as schema.table."""
        with self._cursor() as cursor:
            return [name for frame in self._frames(cursor, TABLES) for name in frame.to_series().to_list()]

    def identifier(self, table: str) -> str:
        """The name of a table as SQL has it."""
        return in_schema(table)

    def answer(self, query: str, folder: Path) -> Path:
        """The rows of a query; types that polars lacks become numbers or texts on the server."""
        arrow = require("nanoarrow", "postgresql", "reading from PostgreSQL")
        with self._cursor() as cursor:
            cursor.execute(of(["*"], query) + " LIMIT 0")
            with arrow.ArrayStream(cursor.fetch_arrow()) as stream:
                fields = [(field.name, type_of(field)) for field in stream.schema.fields]
            self._check_names([name for name, _ in fields])
            frames = self._frames(cursor, of([expression(*field) for field in fields], query))
            return write_rows(frames, folder, f"the query of {self.source.shown}")

    def insert(self, table: str, frame: "pl.DataFrame", append: bool) -> None:
        """Put rows into a new table, or behind those of an existing one; all of them or none."""
        schema, _, name = table.rpartition(".")
        with self._cursor(writing=True) as cursor:
            mode = "append" if append else "create"
            cursor.adbc_ingest(name, plain_types(frame), mode=mode, db_schema_name=schema or None)

    def _frames(self, cursor: Any, query: str) -> "Iterator[pl.DataFrame]":
        polars = require("polars", "tables", "a table")
        cursor.execute(f"DECLARE glassnet NO SCROLL CURSOR FOR {query}")
        while True:
            cursor.execute(f"FETCH {BATCH_ROWS} FROM glassnet")
            frame = polars.DataFrame(cursor.fetch_arrow())
            if not frame.height:
                return
            yield frame

    def _check_names(self, names: list[str]) -> None:
        if twice := [name for name, n in Counter(names).items() if n > 1]:
            raise InvalidInput(
                f"the query of {self.source.shown} gives several columns named {listed(twice, 3)}: tell them apart "
                "with AS."
            )

    @contextmanager
    def _cursor(self, writing: bool = False) -> Iterator[Any]:
        """A cursor in a transaction that is committed at the end, or taken back where anything fails."""
        driver = require("adbc_driver_postgresql.dbapi", "postgresql", "reading from PostgreSQL")
        require("nanoarrow", "postgresql", "reading from PostgreSQL")
        try:
            connection = driver.connect(self._address())
        except driver.Error as error:
            raise InvalidInput(f"could not connect to {self.source.shown}: {self._reason(error)}.") from None
        try:
            with connection, connection.cursor(adbc_stmt_kwargs=None if writing else NO_STREAM) as cursor:
                for statement in () if writing else READ_ONLY:
                    cursor.execute(statement)
                yield cursor
                connection.commit()
        except driver.Error as error:
            raise InvalidInput(f"{self.source.shown} answers: {self._reason(error)}.") from None

    def _address(self) -> str:
        """The URL, with a limit for connecting where none is said."""
        place = self.source.place
        if "PGCONNECT_TIMEOUT" in os.environ or "connect_timeout=" in place:
            return place
        return f"{place}{'&' if '?' in place else '?'}connect_timeout={PATIENCE}"

    def _reason(self, error: Exception) -> str:
        """What the server or the network says, in a line without secrets."""
        details = dict(getattr(error, "details", ()))
        if (primary := details.get(b"PG_DIAG_MESSAGE_PRIMARY")) is not None:
            said = primary.decode(errors="replace")
        else:
            found = re.search(r"(?:ERROR|FATAL|PANIC):\s+(.+)", str(error)) or re.search(
                r"\[libpq\] Failed to (?:execute query '.*'|[^:]*): (.+)", str(error), re.DOTALL
            )
            said = found[1].partition("\n")[0] if found else first_line(error)
        return self.source.without_secrets(said)[:300].strip().rstrip(".")


def type_of(field: Any) -> str:
    """The name of a column's type on the server."""
    return str(dict(field.metadata or {}).get(b"POSTGRESQL:type", b"").decode())


def expression(name: str, dtype: str) -> str:
    """A column with a type that polars has."""
    column = quoted(name)
    return column if dtype in KEPT else f"{CASTS.get(dtype, '{0}::text').format(column)} AS {column}"
