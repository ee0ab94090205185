"""The file of predictions: written piece by piece, whole or not at all."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import CannotWrite, check_writable, in_place_of
from glassnet.files.own import own_folder, remove

Take = Callable[[Any], None]
PIECE = 1 << 20  # characters that are passed on at a time


def check_out(out: Path | None) -> None:
    """Refuse a file of predictions that cannot be written, before any work."""
    if out is None:
        return
    if out.suffix.lower() not in KINDS:
        raise InvalidInput(f"--out takes a file that ends in .csv or .parquet, got {str(out)!r}.")
    check_writable(out)


@contextmanager
def prediction_file(out: Path | None) -> Iterator[Take]:
    """A function that takes data frames one after the other; in the end all of them are in the file.

    None stands for CSV on the screen. After an error nothing is written, and a file that was there is unchanged.
    """
    fill = KINDS[out.suffix.lower() if out else ".csv"]
    if out is not None and (out.is_file() or not out.exists()):
        with in_place_of(Path(os.path.realpath(out))) as path, fill(path) as take:
            yield told(take, out)
        return
    with tempfile.TemporaryDirectory(prefix="glassnet-") as folder:  # for the screen, a pipe, or a device
        path = Path(folder) / "predictions"
        with fill(path) as take:
            yield told(take, path)
        pass_on(path, out)


def told(take: Take, path: Path) -> Take:
    """The same with one sentence for a disk that is full."""

    def taking(frame: Any) -> None:
        try:
            take(frame)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotWrite(f"could not write {path}: {reason}. What was there before is unchanged.") from error

    return taking


def pass_on(path: Path, out: Path | None) -> None:
    """Copy a file to the screen, or into a pipe or a device."""
    if out is not None:
        with path.open("rb") as file, out.open("wb") as target:
            shutil.copyfileobj(file, target)
        return
    with path.open(encoding="utf-8", newline="") as text:
        while piece := text.read(PIECE):
            sys.stdout.write(piece)


@contextmanager
def csv_file(path: Path) -> Iterator[Take]:
    """Data frames as the lines of a CSV file."""
    n_frames = 0

    def take(frame: Any) -> None:
        nonlocal n_frames
        frame.write_csv(file, include_header=n_frames == 0)
        n_frames += 1

    with path.open("xb") as file:
        yield take


@contextmanager
def parquet_file(path: Path) -> Iterator[Take]:
    """Data frames as the rows of a Parquet file: as files of their own first, which are then joined piece by piece."""
    polars, folder = require("polars", "tables", "writing predictions"), own_folder(path.parent, ".parts-")
    parts: list[Path] = []

    def take(frame: Any) -> None:
        parts.append(folder / f"{len(parts):06}.parquet")
        frame.write_parquet(parts[-1])

    try:
        yield take
        if len(parts) == 1:
            parts[0].rename(path)
        else:
            polars.scan_parquet(parts, glob=False).sink_parquet(path)
    finally:
        remove(folder)


KINDS: dict[str, Callable[[Path], AbstractContextManager[Take]]] = {".csv": csv_file, ".parquet": parquet_file}
