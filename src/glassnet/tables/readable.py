"""Numbers and settings as a person reads them."""

import math
from collections.abc import Mapping
from typing import Any


def readable(value: float) -> str:
    """Four significant digits, thousands with commas; what NaN means in a metric is said.

    >>> readable(23389.6), readable(0.012345), readable(12.0)
    ('23,390', '0.01235', '12')
    """
    if math.isnan(value):
        return "nan (a class has no rows here, or all)"
    if 1000 <= abs(value) < 1e15:
        return f"{round(value, 3 - math.floor(math.log10(abs(value)))):,.0f}"
    return f"{value:.4g}"


def counted(number: int, noun: str) -> str:
    """The number with its noun in the singular or the plural.

    >>> counted(1, "input"), counted(2, "input")
    ('1 input', '2 inputs')
    """
    return f"{number} {noun}" + ("" if number == 1 else "s")


def settings_in_words(description: Mapping[str, Any] | None) -> str:
    """A description of a loss, an optimizer or a penalty as its name with its settings.

    >>> settings_in_words({"name": "l2", "strength": 0.001}), settings_in_words(None)
    ('l2 (strength 0.001)', 'none')
    """
    if description is None:
        return "none"
    shown = {name: value for name, value in description.items() if name != "name" and value is not False}
    settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in shown.items())
    return f"{description['name']} ({settings})" if settings else str(description["name"])
