"""What can go wrong, one class for each kind of mistake; every message is one sentence for the person who made it."""

from collections.abc import Iterable
from difflib import get_close_matches


class GlassnetError(Exception):
    """The parent of all errors that glassnet raises on purpose."""


class InvalidInput(GlassnetError, ValueError):
    """Data or a setting that cannot be worked with: what was expected, what came, and where."""


class UnknownName(InvalidInput):
    """A name that nothing is registered under."""

    def __init__(self, kind: str, name: object, known: Iterable[str]):
        self.known = sorted(known)
        close = get_close_matches(str(name).lower(), [k.lower() for k in self.known], n=1, cutoff=0.5)
        nearest = next((f" Did you mean {k!r}?" for k in self.known if close and k.lower() == close[0]), "")
        super().__init__(f"unknown {kind} {name!r}.{nearest} Known: {', '.join(self.known)}.")


class ModelFileError(GlassnetError, ValueError):
    """A model file that is wrong, cut off, hostile, or newer than this library."""


class MissingExtra(GlassnetError, ImportError):
    """An optional dependency that is not installed."""


class Diverged(GlassnetError, ArithmeticError):
    """Training whose loss is no longer finite."""
