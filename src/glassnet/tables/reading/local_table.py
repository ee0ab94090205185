"""A table in a file of this machine, with what was found on the way to it."""

from pathlib import Path
from typing import NamedTuple

from glassnet.files.paths import as_path
from glassnet.tables.reading.read_options import NOTHING_KNOWN, ReadOptions


class LocalTable(NamedTuple):
    """A file that `read_file` and `Pieces` read.

    path    where it is
    notes   what is unusual about the place that it is a copy of, in words
    copied  whether it is a copy, which is removed when the work is done
    known   how it is laid out if it is text, as far as that was said
    """

    path: Path
    notes: tuple[str, ...] = ()
    copied: bool = False
    known: ReadOptions = NOTHING_KNOWN

    @classmethod
    def of(cls, path: "str | Path | LocalTable") -> "LocalTable":
        """A file as it is."""
        return path if isinstance(path, cls) else cls(as_path(path))


def with_notes(before: tuple[str, ...], found: tuple[str, ...]) -> tuple[str, ...]:
    """The notes on a place, then those on the file that are not among them.

    >>> with_notes(("2 files",), ("values are separated by tabs",))
    ('2 files', 'values are separated by tabs')
    """
    return before + tuple(note for note in found if note not in before)
