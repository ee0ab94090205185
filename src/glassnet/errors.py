"""What can go wrong, one class for each kind of mistake; every message is one sentence for the person who made it."""

from collections.abc import Iterable


class GlassnetError(Exception):
    """The parent of all errors that glassnet raises on purpose."""


class InvalidInput(GlassnetError, ValueError):
    """Data or a setting that cannot be worked with: what was expected, what came, and where."""


class UnknownName(InvalidInput):
    """A name that nothing is registered under."""

    def __init__(self, kind: str, name: object, known: Iterable[str]):
        self.known = sorted(known)
        close = closest(str(name), self.known)
        nearest = f" Did you mean {close!r}?" if close else ""
        super().__init__(f"unknown {kind} {name!r}.{nearest} Known: {', '.join(self.known)}.")


def closest(name: str, known: Iterable[str], alike: float = 0.5) -> str | None:
    """The known name that is most like a misspelt one, whatever its case."""
    from difflib import get_close_matches  # takes a tenth of the time that `import glassnet` takes

    by_lower = {other.lower(): other for other in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=alike)
    return by_lower[found[0]] if found else None


class ModelFileError(GlassnetError, ValueError):
    """A model file that is wrong, cut off, hostile, or newer than this library."""


class MissingExtra(GlassnetError, ImportError):
    """An optional dependency that is not installed."""


class Diverged(GlassnetError, ArithmeticError):
    """Training whose loss is no longer finite."""
