"""DuckDB files, through its own library, which writes and reads Parquet; opened read-only, but to take predictions."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from glassnet.errors import InvalidInput, first_line
from glassnet.extras import require
from glassnet.tables.sources.database import in_schema, of, plain_types, quoted
from glassnet.tables.sources.rows_file import ROWS
from glassnet.tables.sources.source import Source

if TYPE_CHECKING:
    import polars as pl

TABLES = """SELECT CASE WHEN table_schema = current_schema() THEN table_name ELSE table_schema || '.' || table_name END
FROM information_schema.tables WHERE table_catalog = current_database() ORDER BY 1"""
KEPT = (
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT"),
    *("DOUBLE", "VARCHAR", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
    "TIMESTAMP WITH TIME ZONE",
)
NUMBERS = ("DECIMAL", "HUGEINT", "UHUGEINT")
DAYS = "epoch({}) / 86400"


class DuckDB:
    """A file with the first bytes of a DuckDB database."""

    def __init__(self, source: Source):
        self.source = source

    def tables(self) -> list[str]:
        """Tables and views."""
        with self._connected() as connection:
            return [name for (name,) in connection.execute(TABLES).fetchall()]

    def identifier(self, table: str) -> str:
        """The name of a table as SQL has it."""
        return in_schema(table)

    def answer(self, query: str, folder: Path) -> Path:
        """The rows of a query; types that polars lacks become numbers or texts."""
        rows = folder / ROWS
        with self._connected() as connection:
            connection.execute("BEGIN TRANSACTION")
            described = connection.execute(f"DESCRIBE {of(['*'], query)}").fetchall()
            columns = [expression(name, dtype) for name, dtype, *_ in described]
            n_rows = connection.execute(f"COPY ({of(columns, query)}) TO {text(rows)} (FORMAT parquet)").fetchone()[0]
        if not n_rows:
            raise InvalidInput(f"the query of {self.source.shown} gives no rows.")
        return rows

    def insert(self, table: str, frame: "pl.DataFrame", append: bool) -> None:
        """Put rows into a new table, or behind those of an existing one; all of them or none."""
        start = "INSERT INTO {} BY NAME" if append else "CREATE TABLE {} AS"
        with TemporaryDirectory(prefix="glassnet-") as folder, self._connected(read_only=False) as connection:
            plain_types(frame).write_parquet(rows := Path(folder) / ROWS)
            connection.execute(f"{start.format(self.identifier(table))} SELECT * FROM read_parquet({text(rows)})")

    @contextmanager
    def _connected(self, read_only: bool = True) -> Iterator[Any]:
        duckdb = require("duckdb", "duckdb", "reading a DuckDB database")
        try:
            with duckdb.connect(self.source.place, read_only=read_only) as connection:
                yield connection
        except duckdb.Error as error:
            raise InvalidInput(f"{self.source.shown} (DuckDB) answers: {first_line(error)[:300]}.") from error


def expression(name: str, dtype: str) -> str:
    """A column with a type that polars has."""
    column, kind = quoted(name), dtype.partition("(")[0]
    if kind in KEPT:
        return column
    if kind in NUMBERS:
        return f"{column}::DOUBLE AS {column}"
    return f"{DAYS.format(column) if kind == 'INTERVAL' else f'{column}::VARCHAR'} AS {column}"


def text(path: Path) -> str:
    """A path as a text in SQL."""
    return "'" + str(path).replace("'", "''") + "'"
