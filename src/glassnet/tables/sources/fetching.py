"""One file on this machine with the rows of a source: the file itself, or a copy that is removed afterwards."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from glassnet.errors import InvalidInput
from glassnet.files.own import own_folder, remove
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.reading.read_options import ReadOptions
from glassnet.tables.reading.unpacking import check_file, file_kind
from glassnet.tables.sources.containers import WORKBOOK, container
from glassnet.tables.sources.database import Database, query_of
from glassnet.tables.sources.databases import database_of
from glassnet.tables.sources.file_set import joined
from glassnet.tables.sources.rows_file import ROWS, room_in
from glassnet.tables.sources.source import STANDARD_INPUT, Source
from glassnet.tables.sources.standard_input import spooled
from glassnet.tables.sources.urls import copied
from glassnet.tables.sources.workbook import read_sheet

Step = tuple[Source, tuple[str, ...]]  # where the rows are next, and notes


@contextmanager
def fetched(source: Source) -> Iterator[LocalTable]:
    """The rows of a source as a file, for as long as the context lasts; errors about a copy name the source.

    What arrives from standard input or a URL may itself be a workbook or a database.
    """
    copies = Copies(source)
    try:
        yield copies.last()
    except InvalidInput as error:
        if (named := copies.named(str(error))) == str(error):
            raise
        raise InvalidInput(named) from error
    finally:
        copies.remove()


class Copies:
    """The copies that are made on the way from a source to a file that is read as it is, each from the one before."""

    def __init__(self, source: Source):
        self.source, self.here = source, source
        self.folder: Path | None = None
        self.made: list[str] = []

    def last(self) -> LocalTable:
        """The file that is read."""
        notes: tuple[str, ...] = ()
        while (step := self._step()) is not None:
            self.here, said = step
            self.made.append(self.here.place)
            notes += said
        if not self.here.is_bundled:
            check_file(Path(self.here.place))
        check_choices(self.here, self.source.shown)
        check_is_text(self.source, self.here)
        return LocalTable(Path(self.here.place), notes, bool(self.made), self.here.known)

    def named(self, message: str) -> str:
        """A message with the source in the place of a copy."""
        for path in sorted(self.made, key=len, reverse=True):
            message = message.replace(path, self.source.shown)
        return message

    def remove(self) -> None:
        """Remove all copies."""
        if self.folder is not None:
            remove(self.folder)

    def _step(self) -> Step | None:
        """Bring the rows one step nearer; None where they are in a file that is read as it is."""
        here = self.here
        if here.place == STANDARD_INPUT:
            return here.at(spooled(self._room())), ()
        if (database := database_of(here)) is not None:
            return answer_of(database, self._room()), ()
        if here.scheme:
            return here.at(copied(here, self._room())), ()
        if here.is_folder or here.is_pattern:
            path, notes = joined(here, self._room())
            one = ReadOptions(here.known.separator)  # the texts of all files are written in UTF-8, without more above
            return replace(here.at(path), sheet=None, known=one), notes
        return self._sheet() if container(Path(here.place)) == WORKBOOK else None

    def _sheet(self) -> Step:
        frame, notes = read_sheet(Path(self.here.place), self.here.sheet, self.source.shown)
        path = self._room() / ROWS
        with room_in(path.parent, self.source.shown):
            frame.write_parquet(path)
        return replace(self.here.at(path), sheet=None), notes

    def _room(self) -> Path:
        """The folder of the copies."""
        if self.folder is None:
            self.folder = own_folder(tempfile.gettempdir(), "glassnet-")
        return self.folder


def answer_of(database: Database, folder: Path) -> Source:
    """The rows that are asked of a database, as a file."""
    path = database.answer(query_of(database), folder)
    return replace(database.source.at(path), query=None, table=None)


def check_choices(here: Source, shown: str) -> None:
    """Refuse what is asked of a source that does not offer it."""
    for option, value in (("--query", here.query), ("--table", here.table)):
        if value is not None:
            raise InvalidInput(f"{option} takes rows from a database, but {shown} is not one.")
    if here.sheet is not None:
        raise InvalidInput(f"--sheet names a sheet of a workbook, but {shown} is not one.")


def check_is_text(source: Source, last: Source) -> None:
    """Refuse to be told how a table is laid out that is not text."""
    if not source.known.said:
        return
    kind = "a bundled table" if last.is_bundled else file_kind(Path(last.place))
    if kind != "text":
        raise InvalidInput(
            f"{source.shown} is {kind} and not text: it has no separator, no encoding and no lines above its rows."
        )
