"""Tables at a URL, copied to this machine once: over HTTP whole, from object stores through polars."""

import base64
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from glassnet.errors import InvalidInput, first_line
from glassnet.extras import require
from glassnet.tables.sources.rows_file import ROWS, room_in
from glassnet.tables.sources.source import DOWNLOADED, Source

PATIENCE = 60  # seconds without a byte
SCANS = {  # how polars reads a file at a URL, by its ending; other files are taken as text
    "scan_parquet": (".parquet", ".pq"),
    "scan_ipc": (".arrow", ".feather", ".ipc"),
    "scan_ndjson": (".jsonl", ".ndjson"),
}


def copied(source: Source, folder: Path) -> Path:
    """Copy what is at a URL into the folder; InvalidInput in one sentence that holds no secret."""
    return downloaded(source, folder) if source.scheme in DOWNLOADED else through_polars(source, folder)


def downloaded(source: Source, folder: Path) -> Path:
    """A file of any kind over HTTP, also from a server that gives no parts of files, as polars would ask for."""
    path = folder / (PurePosixPath(unquote(urlsplit(source.shown).path)).name or "download")
    try:
        with urllib.request.urlopen(request_for(source), timeout=PATIENCE) as answer:
            with room_in(folder, source.shown), path.open("wb") as file:
                copy_parts(answer, file)
            length = answer.headers.get("Content-Length")
    except urllib.error.HTTPError as error:
        error.close()
        raise InvalidInput(f"{source.shown} cannot be read: the server answers {error.code} {error.reason}.") from None
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        raise unreadable(source, str(getattr(error, "reason", error)) or type(error).__name__) from None
    if length and path.stat().st_size != int(length):
        raise unreadable(source, f"the connection ended after {path.stat().st_size:,} of {int(length):,} bytes")
    return path


def request_for(source: Source) -> urllib.request.Request:
    """The request; a name and a password in the URL go into a header, as browsers send them."""
    parts = urlsplit(source.place)
    user, _, host = parts.netloc.rpartition("@")
    request = urllib.request.Request(parts._replace(netloc=host, fragment="").geturl())
    request.add_header("User-Agent", "glassnet")
    if user:
        request.add_header("Authorization", f"Basic {base64.b64encode(unquote(user).encode()).decode()}")
    return request


def copy_parts(answer: Any, file: Any) -> None:
    """Copy an answer into a file; what the network does is told from what the disk does."""
    try:
        shutil.copyfileobj(answer, file)
    except (TimeoutError, ConnectionError) as error:
        raise http.client.HTTPException(str(error) or "the connection was lost") from error


def through_polars(source: Source, folder: Path) -> Path:
    """A file, or a pattern of Parquet files, that polars reads from an object store."""
    polars, path = require("polars", "tables", "reading a table"), folder / ROWS
    ending = PurePosixPath(urlsplit(source.shown).path.removesuffix("*")).suffix.lower()
    scan = next((name for name, endings in SCANS.items() if ending in endings), "")
    try:
        if scan:
            every = {"infer_schema_length": None} if scan == "scan_ndjson" else {}
            frame: Callable[..., Any] = getattr(polars, scan)
            frame(source.place, **every).sink_parquet(path)
        else:
            copy_lines(source, path := folder / "lines")
    except (polars.exceptions.PolarsError, OSError) as error:
        raise unreadable(source, first_line(error)) from None
    return path


def copy_lines(source: Source, path: Path) -> None:
    """The lines of a text at a URL, unpacked, as a file."""
    if any(sign in source.shown for sign in "*?["):
        raise InvalidInput(f"{source.shown} is a pattern: of files at a URL, only Parquet files can be read together.")
    polars = require("polars", "tables", "reading a table")
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for part in polars.scan_lines(source.place, glob=False).collect_batches(maintain_order=True):
            file.writelines(f"{line}\n" for line in part.to_series())


def unreadable(source: Source, why: str) -> InvalidInput:
    """The sentence for a place that cannot be read."""
    return InvalidInput(f"{source.shown} cannot be read: {source.without_secrets(why)[:200].rstrip('.')}.")
