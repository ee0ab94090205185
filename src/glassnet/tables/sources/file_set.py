"""A folder or a pattern of files with the same columns, as one file: the rows of one after those of another."""

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.number_format import counted
from glassnet.tables.reading.binary_tables import SCANNED
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.reading.read import read_file
from glassnet.tables.reading.unpacking import file_kind, packed_with
from glassnet.tables.sources.containers import WORKBOOK, container
from glassnet.tables.sources.rows_file import room_in, write_rows
from glassnet.tables.sources.source import Source
from glassnet.tables.sources.workbook import read_sheet
from glassnet.tables.values.frames import listed

if TYPE_CHECKING:
    import polars as pl


class Member(NamedTuple):
    """One of the files, and its rows."""

    path: Path
    pieces: Pieces

    @property
    def columns(self) -> list[str]:
        """Their names."""
        return self.pieces.columns

    @property
    def is_text(self) -> bool:
        """Whether its columns are texts that tell their types only together."""
        return self.pieces.kind == "text"


def files_of(source: Source) -> list[Path]:
    """The files in a folder, or of a pattern, by name; hidden files, and those that begin with _, are left out."""
    place = Path(source.place)
    found = place.iterdir() if source.is_folder else map(Path, glob.glob(source.place, recursive=True))
    files = sorted(path for path in found if path.is_file() and not path.name.startswith((".", "_")))
    if not files and source.is_folder:
        inside = any(path.is_dir() for path in place.iterdir())
        hint = f": '{place / '**' / '*.csv'}' names those in its folders" if inside else ""
        raise InvalidInput(f"{place} is a folder without files{hint}.")
    if not files:
        raise InvalidInput(f"there is no file of the pattern {source.place}.")
    return files


def joined(source: Source, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Write the rows of all files into one file in the folder, and say so; text stays text, others become Parquet."""
    files = files_of(source)
    members = [member(path, source, folder / f"file-{number:06}.parquet") for number, path in enumerate(files)]
    if source.sheet is not None and not any(container(path) for path in files):
        raise InvalidInput(f"--sheet names a sheet of a workbook, but {source.shown} has none.")
    for other in members[1:]:
        check_alike(members[0], other)
    note = f"{counted(len(files), 'file')} of {source.shown}, {listed([path.name for path in files], 3)}"
    if members[0].is_text:
        return write_text(members, folder, source.shown), (note, *members[0].pieces.notes)
    return write_rows(typed_alike(members), folder, source.shown), (note,)


def member(path: Path, source: Source, copy: Path) -> Member:
    """A file as pieces, of one that is read whole only by way of a copy in Parquet."""
    inside = container(path)
    if inside not in ("", WORKBOOK):
        raise InvalidInput(f"{path} is {inside}, which is read by itself, not with other files.")
    scanned = not inside and (file_kind(path) == "text" or (file_kind(path) in SCANNED and not packed_with(path)))
    if scanned:
        return Member(path, Pieces(LocalTable(path, known=source.known)))
    frame = read_sheet(path, source.sheet, str(path)).frame if inside else read_file(path).frame
    with room_in(copy.parent, str(path)):
        frame.write_parquet(copy)
    return Member(path, Pieces(copy))


def check_alike(first: Member, other: Member) -> None:
    """Refuse a file that has other columns than the first; their order may differ."""
    if first.is_text != other.is_text:
        kinds = [each.pieces.kind for each in (first, other)]
        raise InvalidInput(f"{first.path} is {kinds[0]}, but {other.path} is {kinds[1]}: put them into two folders.")
    lacks = [name for name in first.columns if name not in other.columns]
    more = [name for name in other.columns if name not in first.columns]
    if lacks or more:
        said = [f"lacks {listed(lacks, 3)}"] * bool(lacks) + [f"has {listed(more, 3)} besides"] * bool(more)
        raise InvalidInput(f"{other.path} has other columns than {first.path}: it {' and '.join(said)}.")


def write_text(members: Sequence[Member], folder: Path, name: str) -> Path:
    """The texts of all files below the names of the first, separated as in it."""
    path, names, separator = folder / "joined", members[0].columns, members[0].pieces.separator
    with room_in(folder, name), path.open("wb") as file:
        for number, member in enumerate(members):
            for place, frame in enumerate(member.pieces):
                frame.select(names).write_csv(file, separator=separator, include_header=not number and not place)
    return path


def typed_alike(members: Sequence[Member]) -> "Iterator[pl.DataFrame]":
    """The rows of all files, with the types that can hold those of each."""
    polars, types = require("polars", "tables", "reading a table"), {}
    for name in members[0].columns:
        types[name] = members[0].pieces.schema[name]
        for other in members[1:]:
            pair = [polars.Series([], dtype=dtype).to_frame() for dtype in (types[name], other.pieces.schema[name])]
            try:
                types[name] = polars.concat(pair, how="vertical_relaxed").dtypes[0]
            except polars.exceptions.PolarsError:
                raise InvalidInput(
                    f"column {name!r} is {pair[0].dtypes[0]} in {members[0].path}, but {pair[1].dtypes[0]} in "
                    f"{other.path}: save them with the same types."
                ) from None
    for each in members:
        for frame in each.pieces:
            yield frame.select(polars.col(name).cast(dtype) for name, dtype in types.items())
