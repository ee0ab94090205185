"""Labels that fit: names, long columns of things folded to their first and last, ink on colours."""

from collections.abc import Sequence
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.pictures.picture_inputs import short


def names_of(given: Sequence[Any] | None, n: int, what: str) -> list[str] | None:
    """Given names cut short, None without; refused where their number is another."""
    if given is None:
        return None
    if isinstance(given, str) or len(given) != n:
        raise InvalidInput(f"{what} must have {n} names, got {given!r}.")
    return [short(str(name)) for name in given]


def folded(n: int, most: int) -> list[int | None]:
    """0…n − 1, or where that is more than `most` the first and last few, with None for those between.

    >>> folded(3, 5), folded(784, 5)
    ([0, 1, 2], [0, 1, None, 782, 783])
    """
    if n <= most:
        return list(range(n))
    first = (most - 1) // 2
    last = most - 1 - first
    return [*range(first), None, *range(n - last, n)]


def readable(colour: Any) -> str:
    """Black or white, whichever stands out from a colour."""
    r, g, b = colour[:3]
    return "black" if 0.299 * r + 0.587 * g + 0.114 * b > 0.5 else "white"
