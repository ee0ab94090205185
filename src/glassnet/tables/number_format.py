"""Numbers in a readable form."""

import math

NO_SCORE = "one class has no rows here, or all of them"  # what a score of nan means


def readable(value: float) -> str:
    """Four significant digits, thousands with commas where there are five digits or more.

    >>> readable(23389.6), readable(1987), readable(0.012345), readable(12.0)
    ('23,390', '1987', '0.01235', '12')
    """
    if 9999.5 <= abs(value) < 1e15:  # four digits may be a year
        return f"{round(value, 3 - math.floor(math.log10(abs(value)))):,.0f}"
    return f"{value:.4g}"


def counted(number: int, noun: str) -> str:
    """The number with its noun in the singular or the plural.

    >>> counted(1, "input"), counted(2, "input")
    ('1 input', '2 inputs')
    """
    return f"{number} {noun}" + ("" if number == 1 else "s")
