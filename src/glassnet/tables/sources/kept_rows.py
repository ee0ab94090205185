"""The rows of a source beside the model that learned from them: the same seed gives the same model only with them."""

import os
import shutil
from pathlib import Path

from glassnet.files.atomic import CannotWrite
from glassnet.tables.reading.unpacking import file_kind

ENDINGS = {"Parquet": ".parquet", "text": ".csv", "JSON lines": ".jsonl", "JSON": ".json"}


def keep_rows(copy: Path, folder: Path) -> Path:
    """Move a copy into the folder as rows.parquet, rows.csv, …; CannotWrite if there is no room for it."""
    kept = folder / f"rows{ENDINGS.get(file_kind(copy), '.table')}"
    if kept == copy:
        return kept
    part = folder / f".{kept.name}.part"
    try:
        shutil.move(copy, part)
        os.replace(part, kept)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CannotWrite(f"could not keep the rows in {folder}: {error.strerror or error}.") from error
    return kept


def kept_rows(folder: Path) -> Path | None:
    """The rows that a run keeps in its folder, if it does."""
    places = (folder / f"rows{ending}" for ending in (*ENDINGS.values(), ".table"))
    return next((place for place in places if place.is_file()), None)


def forget_rows(folder: Path) -> None:
    """Remove the rows of a run that has come to nothing."""
    if (kept := kept_rows(folder)) is not None:
        kept.unlink()
