"""The state of a training in one line: epoch, measured values, speed and time left."""

import math
import time
from collections import deque

from glassnet.training.epoch import Epoch

RECENT = 50  # epochs whose pace counts
LONG, CUT = 10, 3  # letters of a name, and of each of its words where it is longer
# What is done to fit a line into a narrow terminal, from nothing to most: (how short names are, what is dropped)
FITTINGS = (
    (0, ()),
    (1, ()),
    (1, ("threads",)),
    (1, ("threads", "rows")),
    (1, ("threads", "rows", "rate")),
    (2, ("threads", "rows", "rate")),
    (2, ("threads", "rows", "rate", "time")),
    (2, ("threads", "rows", "rate", "time", "trained")),
)


class Standing:
    """The latest epoch of a training, and the pace at which epochs come."""

    def __init__(self, n_epochs: int | None, n_rows: int | None, n_threads: int | None = None):
        self.n_epochs, self.n_rows, self.n_threads = n_epochs, n_rows, n_threads
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
            some = "trained" in left_out
            parts = [text for name, text in self._parts(short, some).items() if text and name not in left_out]
            if len(line := (" " if short else "  ").join(parts)) <= room:
                break
        return line

    def _parts(self, short: int, validated: bool = False) -> dict[str, str]:
        of = "" if self.n_epochs is None else f"/{self.n_epochs}"
        where = f"epoch {self.number:>{len(of) - 1 if of else 0}}{of}"
        if self.epoch is None:
            return {"epoch": where}
        return {
            "epoch": where,
            "values": measured(self.epoch, short, validated),
            "rate": f"rate {self.epoch.learning_rate:.3g}",
            "rows": f"{compact(self.n_rows / self.pace)} rows/s" if self.n_rows and self.pace else "",
            "time": self._time(),
            "threads": self._threads(),
        }

    @property
    def ended(self) -> bool:
        """Whether the latest epoch is the last."""
        return self.over or self.number == self.n_epochs

    def _threads(self) -> str:
        n = self.n_threads
        return f"on {n} thread{'s' * (n != 1)}" if n and self.ended else ""

    def _time(self) -> str:
        if self.ended:
            return f"in {clock(self.latest - self.started, 1)}"
        if self.n_epochs is None or self.pace is None:
            return ""
        waited = time.perf_counter() - self.latest
        return f"{clock(max(0.0, (self.n_epochs - self.number) * self.pace - waited))} left"


def measured(epoch: Epoch, short: int, validated: bool = False) -> str:
    """The measured values with three digits, so that a line keeps its width; or those of validation alone."""
    values = {name: value for name, value in epoch.values.items() if name.startswith("val_")} if validated else {}
    shown = ((SHORTER[short](name), value) for name, value in (values or epoch.values).items())
    return (" " if short else "  ").join(f"{name} {f'{value:#.3g}'.rstrip('.')}" for name, value in shown)


def acc(name: str) -> str:
    """A name with the usual word for accuracy."""
    return name.replace("accuracy", "acc")


def cut(name: str) -> str:
    """A long name by the beginnings of its words.

    >>> cut("val_median_absolute_error"), cut("val_loss")
    ('val_med_abs_err', 'val_loss')
    """
    short = acc(name)
    return "_".join(word[:CUT] for word in short.split("_")) if len(short.removeprefix("val_")) > LONG else short


SHORTER = (str, acc, cut)


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
