"""Values of any type as the levels of texts that were learned: true is True, 3.1 is the level 3.10."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Sequence
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
    same: dict[Any, list[str]] = defaultdict(list)
    for level in levels:
        same[meaning(kind, level)].append(level)
    found: dict[str | None, str | None] = {None: None}
    for text in {text for text in texts if text is not None}:
        alike = [] if (means := meaning(kind, text)) is None else same[means]
        if len(alike) > 1:
            raise WrongRow(
                f"column {series.name!r} holds {text}",
                texts.index(text) + 1,
                f", which may mean several levels in training, such as {alike[0]!r} and {alike[1]!r}: pass the "
                "column as text, or the file itself.",
            )
        found[text] = alike[0] if alike else text
    return [found[text] for text in texts]


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
