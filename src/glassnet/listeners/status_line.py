"""The state of a training in one line: epoch, measured values, speed and time left."""

import math
import time
from collections import deque

from glassnet.training.epoch import Epoch

RECENT = 50  # epochs whose pace counts
# What is done to fit a line into a narrow terminal, from nothing to most: (short names, what is dropped)
FITTINGS = (
    (False, ()),
    (True, ()),
    (True, ("rows",)),
    (True, ("rows", "rate")),
    (True, ("rows", "rate", "time")),
)


class Standing:
    """The latest epoch of a training, and the pace at which epochs come."""

    def __init__(self, n_epochs: int | None, n_rows: int | None):
        self.n_epochs, self.n_rows = n_epochs, n_rows
        self.started = self.latest = time.perf_counter()
        self.ends: deque[float] = deque(maxlen=RECENT)
        self.epoch: Epoch | None = None
        self.over = False

    def add(self, epoch: Epoch) -> None:
        """An epoch has ended."""
        self.epoch, self.latest = epoch, time.perf_counter()
        self.ends.append(self.latest)

    @property
    def number(self) -> int:
        """That of the latest epoch, 0 before the first."""
        return 0 if self.epoch is None else self.epoch.number

    @property
    def pace(self) -> float | None:
        """Seconds an epoch takes; the first epoch, which may have compiled, counts only while it is the only one."""
        if len(self.ends) > 1:
            return (self.ends[-1] - self.ends[0]) / (len(self.ends) - 1)
        return None if self.epoch is None else self.epoch.seconds

    def line(self, room: float = math.inf) -> str:
        """All in one line of at most `room` characters, if that can be."""
        for short, left_out in FITTINGS:
            parts = [text for name, text in self._parts(short).items() if text and name not in left_out]
            if len(line := (" " if short else "  ").join(parts)) <= room:
                break
        return line

    def _parts(self, short: bool) -> dict[str, str]:
        of = "" if self.n_epochs is None else f"/{self.n_epochs}"
        where = f"epoch {self.number:>{len(of) - 1 if of else 0}}{of}"
        if self.epoch is None:
            return {"epoch": where}
        return {
            "epoch": where,
            "values": measured(self.epoch, short),
            "rate": f"rate {self.epoch.learning_rate:.3g}",
            "rows": f"{compact(self.n_rows / self.pace)} rows/s" if self.n_rows and self.pace else "",
            "time": self._time(),
        }

    def _time(self) -> str:
        if self.over or self.number == self.n_epochs:
            return f"in {clock(self.latest - self.started, 1)}"
        if self.n_epochs is None or self.pace is None:
            return ""
        waited = time.perf_counter() - self.latest
        return f"{clock(max(0.0, (self.n_epochs - self.number) * self.pace - waited))} left"


def measured(epoch: Epoch, short: bool) -> str:
    """The measured values with three digits, so that a line keeps its width."""
    line = (" " if short else "  ").join(f"{name} {f'{v:#.3g}'.rstrip('.')}" for name, v in epoch.values.items())
    return line.replace("accuracy", "acc") if short else line


def compact(number: float) -> str:
    """A count in three digits.

    >>> compact(950), compact(12_345), compact(999_900)
    ('950', '12.3k', '1M')
    """
    for unit in ("", "k", "M"):
        if number < 999.5:
            return f"{number:.3g}{unit}"
        number /= 1000
    return f"{number:.3g}G"


def clock(seconds: float, digits: int = 0) -> str:
    """A duration for people.

    >>> clock(3.21), clock(3.21, 1), clock(75), clock(3675)
    ('3 s', '3.2 s', '1:15', '1:01:15')
    """
    if seconds < 59.5:
        return f"{seconds:.{digits}f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
