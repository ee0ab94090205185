"""Where a table is: a file, several of them, standard input, a URL, or a database; and what to take from there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from glassnet.errors import InvalidInput, closest
from glassnet.files.paths import as_path
from glassnet.tables.datasets import is_bundled
from glassnet.tables.reading.read_options import NOTHING_KNOWN, ReadOptions

STANDARD_INPUT = "-"
DOWNLOADED = ("http", "https")
OBJECTS = ("s3", "gs", "az", "hf")  # object stores that polars reads
SERVERS = ("postgresql", "postgres")
SCHEMES = (*OBJECTS, *DOWNLOADED, *SERVERS)
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")  # longer than the letter of a drive
HIDDEN = "***"


@dataclass(frozen=True)
class Source:
    """A place as it was given, and what is taken from it.

    place  a file, a folder, a pattern of files, "-", a URL, or the name of a bundled table
    query  SQL that gives the rows; of a database
    table  the table of a database that is read whole
    sheet  the sheet of an Excel workbook
    known  how a text file is laid out

    >>> Source("postgresql://ada:secret@host/shop?sslmode=require&password=x", table="orders").shown
    'postgresql://ada@host/shop?sslmode=require'
    """

    place: str
    query: str | None = None
    table: str | None = None
    sheet: str | None = None
    known: ReadOptions = NOTHING_KNOWN

    def __post_init__(self) -> None:
        if self.query is not None and self.table is not None:
            raise InvalidInput("--query and --table both say which rows to take from a database: give one of them.")
        if self.query is not None and not self.query.strip():
            raise InvalidInput("--query is empty: expected SQL such as SELECT * FROM houses.")
        if (scheme := self.scheme) and scheme not in SCHEMES:
            near = closest(scheme, SCHEMES, alike=0.6)
            known = ", ".join(f"{name}://" for name in SCHEMES)
            hint = f" (did you mean {near}://?)" if near else ""
            raise InvalidInput(f"{self.shown} begins with {scheme}://{hint}, but a URL begins with one of {known}.")
        try:
            urlsplit(self.place if scheme else "")
        except ValueError as error:
            raise InvalidInput(f"{self.shown} is not a URL: {error}.") from None
        if scheme in SERVERS and self.place.partition("://")[2].partition("/")[0].count("@") > 1:
            raise InvalidInput("the password in a URL may hold no @: write %40 for it, or set PGPASSWORD instead.")

    @classmethod
    def of(cls, place: "str | Path | Source", name: str = "path") -> Self:
        """A place as a source; InvalidInput for what is not a place."""
        if isinstance(place, cls):
            return place
        path = as_path(place, name)
        return cls(place if isinstance(place, str) else str(path))  # a path has one slash for the two of a URL

    @property
    def scheme(self) -> str:
        """What a URL begins with, "" for what is none."""
        found = SCHEME.match(self.place)
        return found[1].lower() if found else ""

    @property
    def is_pattern(self) -> bool:
        """Whether the place is a pattern of several files, and not a file of such a name."""
        return not self.scheme and any(sign in self.place for sign in "*?[") and not Path(self.place).exists()

    @property
    def is_file(self) -> bool:
        """Whether the place is one file, there or not, or a bundled table."""
        return not (self.scheme or self.place == STANDARD_INPUT or self.is_pattern or self.is_folder)

    @property
    def is_folder(self) -> bool:
        """Whether the place is a folder."""
        return not self.scheme and Path(self.place).is_dir() and not self.is_bundled

    @property
    def is_bundled(self) -> bool:
        """Whether the place is the name of a bundled table."""
        return is_bundled(self.place)

    @property
    def shown(self) -> str:
        """The place as messages and reports have it: without passwords, keys and tokens."""
        if self.place == STANDARD_INPUT:
            return "standard input"
        if not self.scheme:
            return self.place
        scheme, _, rest = self.place.partition("://")
        rest, _, options = rest.partition("?")
        host, slash, path = rest.partition("#")[0].partition("/")
        user, at, host = host.rpartition("@")
        known = [option for option in options.split("&") if option and scheme in SERVERS and "pass" not in option]
        return f"{scheme}://{user.partition(':')[0]}{at}{host}{slash}{path}{'?' * bool(known)}{'&'.join(known)}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What is written in the place but must not be written anywhere else, the longest first."""
        if not self.scheme:
            return ()
        scheme, _, rest = self.place.partition("://")
        rest, _, options = rest.partition("?")
        password = rest.partition("/")[0].rpartition("@")[0].partition(":")[2]
        hidden = [option for option in options.split("&") if scheme not in SERVERS or "pass" in option]
        values = [option.partition("=")[2] for option in hidden]
        found = {password, *hidden, *values, *map(unquote, (password, *values))}
        return tuple(sorted(found - {""}, key=len, reverse=True))

    @property
    def holds_password(self) -> bool:
        """Whether a password is part of the URL of a database."""
        return self.scheme in SERVERS and self.secrets != ()

    @property
    def label(self) -> str:
        """A short name, for the folder of a run: "houses" for tables/houses.csv.gz, "orders" for a table of a database.

        >>> Source("https://host/data/houses.csv?key=1").label, Source("data/*.csv").label, Source("-").label
        ('houses', 'data', 'stdin')
        """
        if self.place == STANDARD_INPUT:
            return "stdin"
        path = Path(urlsplit(self.shown).path if self.scheme else self.place)
        named = [
            part for part in (path.name, *(folder.name for folder in path.parents)) if not re.search(r"[*?[]", part)
        ]
        return self.table or next(iter(named)).lstrip(".").split(".")[0] or "table"

    def without_secrets(self, text: str) -> str:
        """A text, such as the message of a driver, with every secret replaced."""
        for secret in (self.place, *self.secrets) if self.secrets else ():
            text = text.replace(secret, self.shown if secret == self.place else HIDDEN)
        return text

    @property
    def words(self) -> list[str]:
        """The words of a command that name the source, without secrets."""
        chosen = {"--query": self.query, "--table": self.table, "--sheet": self.sheet}
        place = self.place if self.place == STANDARD_INPUT else self.shown
        return [place, *(word for option, value in chosen.items() if value is not None for word in (option, value))]

    def shown_in(self, words: Sequence[str]) -> list[str]:
        """The words of a command without secrets."""
        return [self.shown if word == self.place and self.secrets else word for word in words]

    def at(self, path: Path) -> "Source":
        """The same choice from a file that is a copy of the place."""
        return replace(self, place=str(path))
