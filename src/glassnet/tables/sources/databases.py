"""Which database a source is, and tables that are written into it."""

from pathlib import Path
from typing import Any

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.tables.sources.containers import DUCKDB, SQLITE, container
from glassnet.tables.sources.database import Database, check_insert
from glassnet.tables.sources.duckdb import DuckDB
from glassnet.tables.sources.postgresql import PostgreSQL
from glassnet.tables.sources.source import SERVERS, Source
from glassnet.tables.sources.sqlite import SQLite
from glassnet.tables.values.frames import as_frame
from glassnet.training.inputs.checks import check_flag


def database_of(source: Source) -> Database | None:
    """The database at a place; None where there is none."""
    if source.scheme in SERVERS:
        return PostgreSQL(source)
    inside = container(Path(source.place)) if source.is_file else ""
    return SQLite(source) if inside == SQLITE else DuckDB(source) if inside == DUCKDB else None


@answered
def write_table(frame: Any, place: str | Path, table: str, *, append: bool = False) -> int:
    """Write a data frame into a table of a database: all of its rows, or none.

    With the columns of the rows and of `TableModel.predict_table` side by side, it does what `glassnet predict --into`
    does.

    Parameters
    ----------
    frame
        A data frame of pandas, polars or Arrow.
    place
        The database: "postgresql://host/name", or a file of SQLite or DuckDB.
    table
        The name of the table, which is created.
    append
        Add the rows to a table that is there; False by default.

    Gives the number of rows. Raises InvalidInput for what is no database, one that cannot be reached, a table that is
    there already or, with `append`, is not there; MissingExtra without what reaches the database.

    >>> import pathlib, sqlite3, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "flowers.db"
    >>> with sqlite3.connect(file) as connection:
    ...     _ = connection.execute("CREATE TABLE notes (text)")
    >>> gn.write_table(gn.datasets.iris().to_polars(), file, "flowers")
    150
    >>> gn.read_table(file, table="flowers").shape
    (150, 5)
    """
    source = Source.of(place)
    database = database_of(source)
    if database is None:
        raise InvalidInput(f"expected a database to write into, postgresql://… or a file of one, got {source.shown}.")
    if not isinstance(table, str) or not table:
        raise InvalidInput(f"table must be the name of a table, got {brief(table)}.")
    check_flag(append, "append")
    rows = as_frame(frame).to_polars()
    check_insert(database, table, append)
    database.insert(table, rows, append)
    return len(rows)
