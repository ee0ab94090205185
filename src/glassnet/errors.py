"""The errors, one class for each kind of mistake; every message is one sentence for the person who made it."""

import reprlib
from collections.abc import Iterable

from glassnet.habits import instead_of_value

LONGEST = 500  # characters of a message
LONGEST_NAME = 200  # characters of a name that is compared with known ones

_shortening = reprlib.Repr()
_shortening.maxstring = _shortening.maxother = 80
_shortening.maxlong = 40


class GlassnetError(Exception):
    """Base class of all errors that glassnet raises on purpose; long messages are shortened in the middle."""

    def __init__(self, message: str = ""):
        message = str(message)
        if len(message) > LONGEST:
            message = f"{message[: LONGEST - 152]} … {message[-149:]}"
        super().__init__(message)


class InvalidInput(GlassnetError, ValueError):
    """Raised for data or settings that cannot work: the message says what was expected, what came, and where."""


class WrongRow(InvalidInput):
    """Data that cannot be used because of one row, counted from 1: the message before and after its number."""

    def __init__(self, before: str, row: int, after: str):
        super().__init__(f"{before} in row {row}{after}")
        self.before, self.row, self.after = before, row, after

    def __reduce__(self) -> tuple[type, tuple[str, int, str]]:
        return type(self), (self.before, self.row, self.after)

    def below(self, n_rows: int) -> "WrongRow":
        """The same error with so many more rows above."""
        return WrongRow(self.before, self.row + n_rows, self.after)


class UnknownName(InvalidInput):
    """Raised for a name that there is not; the message suggests the nearest one, and `known` lists all.

    `of` says of what, `instead` what to write in its place.

    >>> UnknownName("loss", "cross_entropi", ["cross_entropy", "huber"])
    UnknownName("unknown loss 'cross_entropi'. Did you mean 'cross_entropy'? Known: cross_entropy, huber.")
    """

    def __init__(self, kind: str, name: object, known: Iterable[str], of: str = "", instead: str | None = None):
        self.kind, self.name, self.known, self.of = kind, name, sorted(known), of
        self.instead = instead or instead_of_value(kind, name)
        if self.instead is not None:
            nearest = f" {self.instead}."
        else:
            close = closest(name, self.known) if isinstance(name, str) else None
            nearest = f" Did you mean {close!r}?" if close else ""
        said = f"unknown {kind} {brief(name)}{of and f' of {of}'}."
        super().__init__(f"{said}{nearest} Known: {', '.join(self.known) or 'none'}.")

    def __reduce__(self) -> tuple[type, tuple[str, object, list[str], str, str | None]]:
        return type(self), (self.kind, self.name, self.known, self.of, self.instead)


def brief(value: object) -> str:
    """A value as messages show it: its `repr`, shortened, whatever the value is."""
    try:
        if not isinstance(value, type) and hasattr(value, "shape") and hasattr(value, "dtype") and value.shape:
            return f"an array of {value.dtype}, shape {value.shape}"
        return " ".join(_shortening.repr(value).replace("...", "…").split())
    except Exception:  # an integer of more digits than Python writes, or an object that cannot be shown
        return f"an object of type {type(value).__name__}"


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters, its beginning and its end.

    >>> shortened("0123456789" * 3, 13)
    '01234567 … 89'
    """
    end = most // 5
    return text if len(text) <= most else f"{text[: most - end - 3]} … {text[-end:]}"


def first_line(error: Exception) -> str:
    """The message of an error, in one line."""
    return str(error).partition("\n")[0].strip().rstrip(".")


def closest(name: str, known: Iterable[str], alike: float = 0.5) -> str | None:
    """The known name that is most like a misspelt one, whatever its case; of none that is longer than names are."""
    if len(name) > LONGEST_NAME:
        return None
    from difflib import get_close_matches  # takes a tenth of the time that `import glassnet` takes

    by_lower = {other.lower(): other for other in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=alike)
    return by_lower[found[0]] if found else None


class OutOfMemory(GlassnetError, MemoryError):
    """Raised when there is not enough memory; the message says for what."""


class ModelFileError(GlassnetError, ValueError):
    """Raised for a model file that is damaged, truncated, hostile, or newer than this library."""


class MissingExtra(GlassnetError, ImportError):
    """Raised when an optional dependency is not installed; the message says what to install."""


class Diverged(GlassnetError, ArithmeticError):
    """Raised when the loss is no longer finite: the message says when; the network keeps its last good parameters."""
