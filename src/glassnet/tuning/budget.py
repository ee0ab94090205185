"""The time that a search may take."""

import math
import re
import time

from glassnet.errors import InvalidInput

UNITS = {"h": 3600, "m": 60, "s": 1}
SPELLED = re.compile("".join(rf"(?:(\d+(?:\.\d+)?){unit})?" for unit in UNITS))


class Budget:
    """A time that begins to run now; None never runs out."""

    def __init__(self, length: "str | float | None"):
        self.until = math.inf if length is None else time.monotonic() + seconds_of(length)

    def spent(self) -> bool:
        """Whether it has run out."""
        return time.monotonic() >= self.until


def seconds_of(length: object) -> float:
    """A length of time in seconds, from a number of seconds or a text.

    >>> seconds_of("90s"), seconds_of("5m"), seconds_of("1h30m"), seconds_of(2.5)
    (90.0, 300.0, 5400.0, 2.5)
    """
    if isinstance(length, (int, float)) and not isinstance(length, bool) and 0 <= length < math.inf:
        return float(length)
    found = SPELLED.fullmatch(length.strip()) if isinstance(length, str) and length.strip() else None
    if found is None:
        raise InvalidInput(f"a budget must be a time such as 90s, 5m or 1h30m, got {length!r}.")
    return sum(float(part or 0) * unit for part, unit in zip(found.groups(), UNITS.values(), strict=True))
