"""JSON from a file, read strictly: duplicate fields and non-JSON values are refused."""

import json
from collections import Counter
from typing import Any

from glassnet.errors import brief

MOST_OBJECTS = 2_000_000  # in a text: each takes many times the memory of its characters


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a JSON number")


def read_json(text: str | bytes) -> Any:
    """What a text of JSON says; ValueError in a few words for what is no JSON, or names a field twice.

    >>> read_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    ValueError: the field 'a' occurs twice
    """
    try:
        return json.loads(text, object_pairs_hook=_Objects(), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("lists and objects are nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None


class _Objects:
    """Makes objects of their fields, and counts them."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.made += 1
        if self.made > MOST_OBJECTS:
            raise ValueError(f"it holds more than {MOST_OBJECTS:,} objects")
        return with_distinct_names(pairs)


def with_distinct_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object with these fields; ValueError where two have one name."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the field {brief(twice)} occurs twice")
    return found
