"""What is known of a text file: it wins over what would be found in its first rows."""

import codecs
from dataclasses import dataclass
from encodings.aliases import aliases
from typing import Annotated

from glassnet.errors import InvalidInput, brief
from glassnet.files.schema import Within
from glassnet.tables.values.frames import nearest

NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}


@dataclass(frozen=True)
class ReadOptions:
    """How a text file is laid out; None and 0 leave it to be found.

    separator   what stands between values: one character, or its name ("tab", "space", …)
    skip_lines  how many lines stand above the names of the columns
    encoding    a name that Python knows, such as "cp1252" or "latin-1"
    """

    separator: str | None = None
    skip_lines: Annotated[int, Within(0)] = 0
    encoding: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "separator", separator_of(self.separator))
        if type(self.skip_lines) is not int or self.skip_lines < 0:
            raise InvalidInput(f"skip_lines must be a whole number of at least 0, got {brief(self.skip_lines)}.")
        if self.encoding is not None:
            object.__setattr__(self, "encoding", encoding_named(self.encoding))

    @property
    def said(self) -> bool:
        """Whether anything is known."""
        return self != NOTHING_KNOWN

    def words(self) -> list[str]:
        """The options of a command that say the same."""
        said = [("--separator", self.separator), ("--skip-lines", self.skip_lines), ("--encoding", self.encoding)]
        return [word for option, value in said if value for word in (option, str(value))]


def separator_of(given: object) -> str | None:
    """The character that a separator is."""
    if given is None:
        return None
    found = NAMED.get(given, given) if isinstance(given, str) else given
    if not isinstance(found, str) or len(found) != 1 or not found.isascii() or found in '"\n\r' or found.isalnum():
        names = ", ".join(name for name in NAMED if name != "\\t")
        raise InvalidInput(f"the separator must be one sign such as ; or |, or one of {names}, got {brief(given)}.")
    return found


def encoding_named(given: object) -> str:
    """The name of an encoding of texts, as Python writes it; InvalidInput with the nearest for an unknown one.

    >>> encoding_named("latin-1"), encoding_named("UTF8")
    ('iso8859-1', 'utf-8')
    """
    try:
        found = codecs.lookup(given) if isinstance(given, str) else None
    except LookupError:
        found = None
    if found is None or not found._is_text_encoding:
        known = [name.replace("_", "-") for name in (*aliases.values(), *aliases) if not name.isdigit()]
        close = nearest(given, known)
        raise InvalidInput(
            f"unknown encoding {brief(given)}{close}: expected one that Python knows, such as utf-8, cp1252 or latin-1."
        )
    return str(found.name)


NOTHING_KNOWN = ReadOptions()
