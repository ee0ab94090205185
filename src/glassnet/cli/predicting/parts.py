"""A folder of predictions: a part for each file of the table, kept where it is finished, so that a run can go on."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from glassnet.cli.predicting.prediction_file import prediction_file
from glassnet.errors import InvalidInput, first_line
from glassnet.extras import require
from glassnet.files.atomic import check_room, make_folder, write_whole
from glassnet.tables.model import TableModel
from glassnet.tables.sources.file_set import files_of
from glassnet.tables.sources.source import OBJECTS, Source

MANIFEST = "manifest.jsonl"
PART = ".parquet"
Record = dict[str, Any]


class Part(NamedTuple):
    """A file of the table, and the name of its part in the folder; `state` changes when the file does."""

    source: Source
    name: str
    state: tuple[int, int] | None


def is_folder_of_parts(out: Path | None, source: Source) -> bool:
    """Whether --out names a folder of parts: one that is there, or for several files a new name without an ending."""
    if out is None or source.is_bundled:
        return False
    several = source.is_folder or source.is_pattern or is_pattern_of_objects(source)
    return (several and not out.suffix and not out.exists()) or (out.is_dir() and (several or source.is_file))


def is_pattern_of_objects(source: Source) -> bool:
    """Whether a source is several files in an object store."""
    return source.scheme in OBJECTS and any(sign in source.place for sign in "*?[")


def parts_of(source: Source) -> list[Part]:
    """The files of a folder or a pattern, in an object store too, or one file; parts lie as the files do."""
    if is_pattern_of_objects(source):
        top = common_url(source.place)
        return [Part(named(source, url), part_name(url, top), None) for url in urls_of(source)]
    if source.is_file:
        return [Part(source, part_name(Path(source.place).name, ""), state(Path(source.place)))]
    files = files_of(source)
    top = Path(os.path.commonpath([path.parent for path in files])).as_posix()
    return [Part(named(source, str(path)), part_name(path.as_posix(), top), state(path)) for path in files]


def named(source: Source, place: str) -> Source:
    """One of the files of a source."""
    return Source(place, source.query, source.table, source.sheet, source.known)


def urls_of(source: Source) -> list[str]:
    """The Parquet files of a pattern in an object store, as polars finds them."""
    polars = require("polars", "tables", "reading a table")
    try:
        scanned = polars.scan_parquet(source.place, include_file_paths="glassnet file")
        found = scanned.select(polars.col("glassnet file").unique()).collect().to_series().to_list()
    except (polars.exceptions.PolarsError, OSError) as error:
        why = source.without_secrets(first_line(error))[:200].rstrip(".")
        raise InvalidInput(f"{source.shown} cannot be read: {why}.") from None
    return sorted(found)


def common_url(pattern: str) -> str:
    """What all files of a pattern begin with, up to a slash."""
    before = min(pattern.index(sign) for sign in "*?[" if sign in pattern)
    return pattern[:before].rpartition("/")[0]


def part_name(place: str, top: str) -> str:
    """Where the part of a file is in the folder.

    >>> part_name("houses/north/a.parquet", "houses"), part_name("b.csv", ""), part_name("s3://box/2024/c.pq", "s3://box")
    ('north/a.parquet', 'b.csv.parquet', '2024/c.pq.parquet')
    """
    inside = place.removeprefix(top).lstrip("/") if top else place
    return inside if PurePosixPath(urlsplit(inside).path).suffix == PART else inside + PART


def state(path: Path) -> tuple[int, int] | None:
    """Size and time of the last change of a file; None where it cannot be told."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def fingerprint(models: Mapping[str, TableModel]) -> str:
    """What tells models apart: a hash of all that they hold."""
    digest = hashlib.sha256()
    for name, model in models.items():
        described = {"name": name, "network": model.network.describe(), "table": model.describe()}
        digest.update(json.dumps(described, sort_keys=True, default=str).encode())
        for key, array in sorted(model.arrays.items()):
            digest.update(f"{key} {array.dtype} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


class PartsFolder:
    """The folder and its manifest: a first line on what makes the parts, then a line for each that is finished."""

    def __init__(self, folder: Path, made_by: Record):
        self.folder, self.made_by, self.manifest = folder, made_by, folder / MANIFEST
        first, self.finished = self._read()
        if first is not None and first != made_by:
            changed = [name for name, value in made_by.items() if first.get(name) != value]
            raise InvalidInput(
                f"{folder} holds parts that were made with another {' and '.join(changed) or 'version'}: give --out "
                "another folder, or remove this one."
            )
        if first is None and folder.is_dir() and any(folder.iterdir()):
            raise InvalidInput(
                f"{folder} is not empty and holds no {MANIFEST} of predictions: give --out a new folder."
            )
        make_folder(folder)
        check_room(folder, 1)
        if first is None:
            write_whole(self.manifest, json.dumps(made_by).encode())

    def _read(self) -> tuple[Record | None, dict[str, Record]]:
        try:
            lines = self.manifest.read_text(encoding="utf-8").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return None, {}
        records = [*read_lines(lines)]
        if not records:
            raise InvalidInput(
                f"{self.manifest} does not say what made the parts: remove {self.folder}, or give another."
            )
        return records[0], {record["part"]: record for record in records[1:] if "part" in record}

    def has(self, part: Part) -> bool:
        """Whether a part is finished, and the file that it was made from is as it was."""
        record = self.finished.get(part.name)
        as_it_was = record is not None and record.get("state") == (None if part.state is None else [*part.state])
        return as_it_was and (self.folder / part.name).is_file()

    def write(self, part: Part, frames: Iterable[Any]) -> int:
        """Write a part whole or not at all, and note it; gives the number of its rows."""
        path, n_rows = self.folder / part.name, 0
        make_folder(path.parent)
        with prediction_file(path) as take:
            for frame in frames:
                take(frame)
                n_rows += len(frame)
        with self.manifest.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps({"part": part.name, "rows": n_rows, "state": part.state}))
            file.flush()
            os.fsync(file.fileno())
        return n_rows


def read_lines(lines: Iterable[str]) -> Iterator[Record]:
    """The records in lines of JSON; a line that was cut off when a run was killed counts for nothing."""
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def predict_parts(
    parts: Iterable[Part], folder: PartsFolder, predict: Callable[[Source], Iterable[Any]]
) -> tuple[int, int]:
    """Predict what is not finished yet, file by file; gives how many parts were made, and how many were there."""
    parts = [*parts]
    left = [part for part in parts if not folder.has(part)]
    for part in left:
        folder.write(part, predict(part.source))
    return len(left), len(parts) - len(left)
