"""Files that hold several tables, recognised by their first bytes: databases and workbooks."""

import zipfile
from pathlib import Path

SQLITE, DUCKDB, WORKBOOK = "an SQLite database", "a DuckDB database", "a workbook"
OLE = b"\xd0\xcf\x11\xe0"  # old Office documents
SHEETS = ("xl/", "content.xml")  # in the archives of Excel and LibreOffice
TEXT_DOCUMENT = b"application/vnd.oasis.opendocument.text"


def container(path: Path) -> str:
    """What a file is that holds several tables, or "" for one that is a table, or is not there."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        beginning = file.read(100)
    if beginning.startswith(b"SQLite format 3\0"):
        return SQLITE
    if beginning[8:12] == b"DUCK":
        return DUCKDB
    return WORKBOOK if beginning.startswith(OLE) or _is_workbook(path, beginning) else ""


def _is_workbook(path: Path, beginning: bytes) -> bool:
    if not beginning.startswith(b"PK\x03\x04") or TEXT_DOCUMENT in beginning:
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith(SHEETS) for name in archive.namelist())
    except zipfile.BadZipFile:  # reading the table says so
        return False
