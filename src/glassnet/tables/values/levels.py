"""Values of any type as the levels of texts that were learned: true is True, 3.1 is the level 3.10."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from glassnet.errors import WrongRow
from glassnet.tables.values.frames import family, to_texts

if TYPE_CHECKING:
    import narwhals as nw


def in_levels(series: "nw.Series[Any]", levels: Sequence[str]) -> list[str | None]:
    """A column (narwhals) as texts, which are levels where a value has the same meaning; None for missing values.

    Raises InvalidInput where several levels have the meaning of a value, as 3.1 and 3.10 have that of the number 3.1.
    """
    texts = to_texts(series)
    kind = "true" if type(series.dtype).__name__ == "Boolean" else family(series)
    if kind not in MEANINGS:
        return texts
    meanings = Meanings(levels)
    found: dict[str | None, str | None] = {None: None}
    for text in {text for text in texts if text is not None}:
        alike = meanings.alike(kind, text)
        if len(alike) > 1:
            raise meanings.ambiguous(series.name, text, alike, texts.index(text) + 1)
        found[text] = alike[0] if alike else text
    return [found[text] for text in texts]


class Meanings:
    """What levels mean as values of each kind.

    >>> Meanings(["3.10", "true", "three"]).alike("number", "3.1")
    ['3.10']
    """

    def __init__(self, levels: Sequence[str]):
        self.levels = levels
        self._same: dict[str, dict[Any, list[str]]] = {}

    def alike(self, kind: str, text: str) -> list[str]:
        """The levels with the meaning that a text has as a value of a kind."""
        if kind not in MEANINGS or (means := meaning(kind, text)) is None:
            return []
        if kind not in self._same:
            same = defaultdict(list)
            for level in self.levels:
                same[meaning(kind, level)].append(level)
            self._same[kind] = dict(same)
        return self._same[kind].get(means, [])

    def ambiguous(self, name: str, text: str, alike: Sequence[str], row: int) -> WrongRow:
        """The error for a value with the meaning of several levels."""
        return WrongRow(
            f"column {name!r} holds {text}",
            row,
            f", which may mean several levels in training, such as {alike[0]!r} and {alike[1]!r}: pass the "
            "column as text, or the file itself.",
        )


def kind_of(value: object) -> str:
    """The kind that one value is of: "true", "number" or "date"; "" for others."""
    if isinstance(value, bool):
        return "true"
    if isinstance(value, (int, float, Decimal)):
        return "number"
    return "date" if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)) else ""


def meaning(kind: str, text: str) -> Any:
    """What a text means as a value of a kind, None where it means nothing."""
    try:
        return MEANINGS[kind](text)
    except ValueError:
        return None


def moment(text: str) -> Any:
    """A date with or without a time, or a time of day."""
    try:
        return datetime.time.fromisoformat(text)
    except ValueError:
        return datetime.datetime.fromisoformat(text)


MEANINGS: dict[str, Callable[[str], Any]] = {
    "true": lambda text: {"true": True, "false": False}.get(text.lower()),
    "number": float,
    "date": moment,
}
