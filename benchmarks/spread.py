"""Many rounds in three numbers, and how numbers are written."""

from statistics import median
from typing import NamedTuple

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


class Spread(NamedTuple):
    """The median of the rounds, and the fastest and the slowest of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{short(self.median)} ({short(self.low)}–{short(self.high)})"


def ratio(these: list[float], those: list[float]) -> Spread:
    """These divided by those, round by round: what slows both in a round leaves the ratio alone."""
    return Spread.of([this / that for this, that in zip(these, those, strict=True)])


def short(value: float) -> str:
    """Three digits: 0.482, 4.82, 48.2, 482, 4,820."""
    decimals = 3 if value < 1 else max(0, 3 - len(str(int(value))))
    return f"{value:,.{decimals}f}"


def durations(seconds: list[float]) -> str:
    """The spread of times, in the largest unit that the median fills."""
    spread = Spread.of(seconds)
    size, unit = next((entry for entry in UNITS if spread.median >= entry[0]), UNITS[-1])
    return f"{Spread(*(value / size for value in spread))} {unit}"
