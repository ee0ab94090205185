"""Which database a source is."""

from pathlib import Path

from glassnet.tables.sources.containers import DUCKDB, SQLITE, container
from glassnet.tables.sources.database import Database
from glassnet.tables.sources.duckdb import DuckDB
from glassnet.tables.sources.postgresql import PostgreSQL
from glassnet.tables.sources.source import SERVERS, Source
from glassnet.tables.sources.sqlite import SQLite


def database_of(source: Source) -> Database | None:
    """The database at a place; None where there is none."""
    if source.scheme in SERVERS:
        return PostgreSQL(source)
    inside = container(Path(source.place)) if source.is_file else ""
    return SQLite(source) if inside == SQLITE else DuckDB(source) if inside == DUCKDB else None
