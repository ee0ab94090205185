"""Tables in other formats than delimited text: Parquet, Arrow, Avro, JSON, and JSON lines."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glassnet.errors import InvalidInput, first_line
from glassnet.extras import require

SCANNED = {"Parquet": "scan_parquet", "Arrow": "scan_ipc", "JSON lines": "scan_ndjson"}  # by polars, in chunks
WHOLE = {"Parquet": "read_parquet", "Arrow": "read_ipc", "Avro": "read_avro", "JSON": "read_json"}
WHOLE |= {"JSON lines": "read_ndjson", "Arrow stream": "read_ipc_stream"}


def read_binary(path: Path, kind: str, content: bytes) -> Any:
    """The data frame in the content of a file; its columns hold single values."""
    polars = require("polars", "tables", "reading a table")
    every = {"infer_schema_length": None} if kind.startswith("JSON") else {}
    content = content.removeprefix(codecs.BOM_UTF8) if every else content
    with broken(path, kind):
        frame = getattr(polars, WHOLE[kind])(io.BytesIO(content), **every)
    check_flat(path, frame.schema)
    return frame


def scanned(path: Path, kind: str) -> Any:
    """A lazy frame of a file that is read in chunks."""
    if kind not in SCANNED:
        raise InvalidInput(
            f"{path} is {kind}, which cannot be read in chunks: save it as Parquet, or allow more --memory."
        )
    every = {"infer_schema_length": None} if kind == "JSON lines" else {"glob": False} if kind == "Parquet" else {}
    with broken(path, kind):
        scan = getattr(require("polars", "tables", "reading a table"), SCANNED[kind])(path, **every)
        check_flat(path, scan.collect_schema())
    return scan


def check_flat(path: Path, schema: Any) -> None:
    """Refuse columns that hold lists or objects."""
    for name, type_ in schema.items():
        if type_.is_nested():
            raise InvalidInput(
                f"{path}: column {name!r} holds lists or objects ({str(type_)[:60]}), but a row needs single values; "
                "write JSON as pandas.DataFrame.to_json(orient='records') does."
            )


@contextmanager
def broken(path: Path, kind: str) -> Iterator[None]:
    """The error for a file that cannot be read, in one sentence."""
    polars = require("polars", "tables", "reading a table")
    try:
        yield
    except (polars.exceptions.PolarsError, OSError) as error:
        raise InvalidInput(f"{path} is a damaged or truncated {kind} file ({first_line(error)[:200]}).") from error
