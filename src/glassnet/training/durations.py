"""Durations as text, such as "1h30m"."""

import re

from glassnet.errors import InvalidInput, brief

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_of(text: str) -> float:
    """The seconds that a text such as "1h30m" means."""
    dense = text.replace(" ", "")
    dense += "s" if dense[-1:].isdigit() and len(re.findall("[a-z]", dense)) == 0 else ""
    parts = re.findall(r"(\d+(?:\.\d*)?)([smhd])", dense)
    sizes = [UNITS[unit] for _, unit in parts]
    if "".join(map("".join, parts)) != dense or sizes != sorted(set(sizes), reverse=True) or not parts:
        raise InvalidInput(f"MaxTime takes seconds, or a string such as '90s', '5m' or '1h30m', got {brief(text)}.")
    return sum(float(number) * UNITS[unit] for number, unit in parts)
