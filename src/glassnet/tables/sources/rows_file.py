"""Data frames that come one after the other, written into one Parquet file."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import CannotWrite

if TYPE_CHECKING:
    import polars as pl

ROWS = "rows.parquet"
BATCH_ROWS = 50_000  # that are fetched at a time, where the other side leaves it open


def write_rows(frames: "Iterable[pl.DataFrame]", folder: Path, name: str) -> Path:
    """Write frames of the same columns and types into a file in the folder; `name` is where they come from.

    InvalidInput where there are no rows.
    """
    polars = require("polars", "tables", "a table")
    parts: list[Path] = []
    for frame in frames:
        if frame.height:
            parts.append(folder / f"part-{len(parts):06}.parquet")
            with room_in(folder, name):
                frame.write_parquet(parts[-1])
    if not parts:
        raise InvalidInput(f"{name} gives no rows.")
    if len(parts) == 1:
        return parts[0].rename(folder / ROWS)
    with room_in(folder, name):
        polars.scan_parquet(parts, glob=False).sink_parquet(folder / ROWS)
    for part in parts:
        part.unlink()
    return folder / ROWS


@contextmanager
def room_in(folder: Path, name: str) -> Iterator[None]:
    """The sentence for a copy that cannot be written."""
    try:
        yield
    except OSError as error:
        raise CannotWrite(
            f"could not write a copy of {name} into {folder}: {error.strerror or error}. The environment variable "
            "TMPDIR names a folder on a larger disk."
        ) from error
