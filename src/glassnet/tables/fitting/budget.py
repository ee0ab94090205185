"""A time budget: how many epochs of networks trained side by side fit into the remaining time."""

import threading
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

from glassnet.calls import warn
from glassnet.tables.fitting.recipe import Recipe
from glassnet.training.loop.epochs import Training
from glassnet.training.parallel import side_by_side
from glassnet.training.stopping import MaxTime

PROBED = 2048  # rows at most, by which the pace is taken
WARMING = 8  # rows, before that
PROBING = 0.05  # of the time, to take the pace
SHARE = 0.9  # of the time that epochs may take, as their times vary
SHORTEST = 1e-3  # seconds: with less left, one epoch is trained
ONE_EPOCH = (
    "max_time leaves time for only one epoch, too little for a network to learn: allow more time. (The first training "
    "on a machine compiles its loops, once, which takes some ten seconds.)"
)


@dataclass(frozen=True)
class Budget:
    """A number of seconds from its creation; None for no limit.

    >>> Budget.of(None).left(), Budget.of("1m").left(0.5) > 29
    (None, True)
    """

    seconds: float | None
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, max_time: object) -> Self:
        """From seconds, a text such as "5m", or None."""
        return cls(None if max_time is None else MaxTime(max_time).seconds)

    def left(self, share: float = 1.0) -> float | None:
        """A share of the remaining seconds, never 0."""
        return None if self.seconds is None else max(share * (self.seconds - (time.monotonic() - self.began)), SHORTEST)


@dataclass(frozen=True)
class Pace:
    """The seconds that a network takes to start, and per epoch."""

    start: float
    epoch: float


def in_time(
    recipe: Recipe,
    budget: Budget,
    begin: Callable[[int, Recipe, int], Training],
    n_rows: int,
    n: int = 1,
    workers: int = 1,
) -> Recipe:
    """The recipe with the epochs that fit into a budget, by the pace of those of n networks that train side by side.

    `begin(k, recipe, every)` begins a training of network k on every so manieth of its `n_rows` rows.
    """
    every, workers = -(-n_rows // PROBED), min(workers, n)
    endless = replace(recipe, epochs=10**6, patience=None, max_time=None, stop_after=None)
    first = begin(0, replace(endless, hidden=(1,)), -(-n_rows // WARMING))
    with warnings.catch_warnings(action="ignore"), closing(first):  # so few rows may lack a class
        next(first)  # the first training in a process loads and compiles, which does not count
    fitted = replace(recipe, epochs=1, max_time=SHORTEST)
    if (left := budget.left() or 0.0) > SHORTEST:
        trainings = [partial(begin, k, endless, every) for k in range(workers)]
        found = pace(trainings, workers, PROBING * left)
        fitted = affordable(recipe, budget.left() or 0.0, replace(found, epoch=every * found.epoch), -(-n // workers))
    if fitted.epochs == 1 < recipe.epochs:
        warn(ONE_EPOCH)
    return fitted


def pace(trainings: Sequence[Callable[[], Training]], workers: int, seconds: float) -> Pace:
    """Measure the pace of the slowest of several networks side by side, without training them to the end."""
    found = side_by_side([partial(pace_of, begin, seconds) for begin in trainings], workers)
    return Pace(max(one.start for one in found), max(one.epoch for one in found))


def pace_of(begin: Callable[[], Training], seconds: float, stop: threading.Event) -> Pace:
    """The mean of at least two epochs after the first."""
    began, marks = time.monotonic(), []
    with closing(begin()) as training:
        for _ in training:
            marks.append(time.monotonic())
            if stop.is_set() or (len(marks) > 2 and marks[-1] - began > seconds):
                break
    epoch = (marks[-1] - marks[0]) / max(len(marks) - 1, 1)
    return Pace(max(marks[0] - began - epoch, 0.0), epoch)


def affordable(recipe: Recipe, seconds: float, pace: Pace, waves: int) -> Recipe:
    """The recipe with the number of epochs that fits, so that schedules finish, and the time of each network.

    Networks are trained in `waves`, one after the other. The time of an epoch is left for drawing parameters through
    the data and for what comes after the last.

    >>> affordable(Recipe(), 20.0, Pace(0.5, 0.5), 2).epochs, affordable(Recipe(), 1.0, Pace(0.5, 5.0), 1).epochs
    (16, 1)
    """
    each = max(seconds / waves, SHORTEST)
    epochs = int((SHARE * each - pace.start) / pace.epoch) - 1
    return replace(recipe, epochs=min(max(epochs, 1), recipe.epochs), max_time=each)
