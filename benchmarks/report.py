"""What the timings say: the tables, the ratios to glassnet, and which goals are met."""

import argparse
import os
import platform
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.cases import CASES
from benchmarks.peers import PEERS, REFERENCE
from benchmarks.worker import Timing


class Spread(NamedTuple):
    """Many rounds in three numbers."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{short(self.median)} ({short(self.low)}–{short(self.high)})"


@dataclass(frozen=True)
class Goal:
    """glassnet takes no more time a step than another library."""

    sentence: str
    peer: str


GOALS = [Goal("The NumPy engine takes no more time a step than PyTorch eager", "pytorch")]


class Report:
    """The timings of a run, ready to be printed, written and drawn."""

    def __init__(
        self, timings: dict[tuple[str, str], list[Timing]], threads: dict[str, str], options: argparse.Namespace
    ):
        self.timings, self.threads, self.options = timings, threads, options
        self.cases, self.peers = options.cases, options.peers

    def spread(self, case: str, peer: str) -> Spread:
        """Microseconds a step."""
        return Spread.of([timing.microseconds for timing in self.timings[case, peer]])

    def ratio(self, case: str, peer: str) -> Spread:
        """Times glassnet's, taken round by round: what slows both in a round leaves the ratio alone."""
        pairs = zip(self.timings[case, peer], self.timings[case, REFERENCE], strict=True)
        return Spread.of([theirs.microseconds / ours.microseconds for theirs, ours in pairs])

    # ------------------------------------------------------------------ tables

    def steps(self) -> str:
        rows = [[case, *(str(self.spread(case, peer)) for peer in self.peers)] for case in self.cases]
        return table(["µs a step", *self._labels()], rows)

    def ratios(self) -> str:
        rows = [[case, *(str(self.ratio(case, peer)) for peer in self.peers[1:])] for case in self.cases]
        return table(["× glassnet's time", *self._labels()[1:]], rows)

    def libraries(self) -> str:
        rows = [[PEERS[p].label, versions(p), self.threads[p], self._cores(p)] for p in self.peers]
        return table(["library", "versions", "threads", f"cores busy, {self.cases[0]} … {self.cases[-1]}"], rows)

    def _labels(self) -> list[str]:
        return [PEERS[peer].label for peer in self.peers]

    def _cores(self, peer: str) -> str:
        return " ".join(f"{median(t.cores for t in self.timings[case, peer]):.1f}" for case in self.cases)

    # ------------------------------------------------------------------ goals

    def goals(self) -> list[str]:
        return [f"- {goal.sentence}: {self._verdict(goal)}" for goal in self._goals()]

    def unmet(self) -> str:
        """A line for each goal that is not met, with the cases that miss it."""
        missed = {goal: [case for case in self.cases if not self._met(goal, case)] for goal in self._goals()}
        lines = [
            f"Not met: {goal.sentence} ({', '.join(self._figure(goal, case) for case in cases)})"
            for goal, cases in missed.items()
            if cases
        ]
        return "\n".join(lines) or "All goals are met."

    def _goals(self) -> list[Goal]:
        return [goal for goal in GOALS if goal.peer in self.peers]

    def _met(self, goal: Goal, case: str) -> bool:
        return self.ratio(case, goal.peer).median >= 1.0

    def _figure(self, goal: Goal, case: str) -> str:
        ratio = self.ratio(case, goal.peer)
        unsure = ", within the spread" if ratio.low < 1.0 < ratio.high else ""
        return f"{case} {short(ratio.median)}{unsure}"

    def _verdict(self, goal: Goal) -> str:
        words = {True: "met", False: "**not met**"}
        return "; ".join(f"{words[self._met(goal, case)]} on {self._figure(goal, case)}" for case in self.cases)

    # ------------------------------------------------------------------ the page

    def markdown(self) -> str:
        options = self.options
        threads = "each library's own default" if options.threads is None else f"{options.threads} for every library"
        return PAGE.format(
            date=f"{datetime.now():%Y-%m-%d}",
            machine=machine(),
            load=options.load,
            threads=threads,
            rounds=options.rounds,
            seconds=options.seconds,
            cases=table(["case", "a step"], [[case, str(CASES[case])] for case in self.cases]),
            libraries=self.libraries(),
            steps=self.steps(),
            ratios=self.ratios(),
            goals="\n".join(self.goals()),
        )


PAGE = """# A training step, timed

{date}, on {machine}. Load before the start: {load:.1f}. Threads: {threads}.

In each of {rounds} rounds every library takes every case in turn, in a process of its own, for about
{seconds:g} seconds. A number is the median over the rounds, with the fastest and the slowest round behind it.
All computations are in float32, on one batch that stays the same.

![microseconds a step](latest.png)

## Microseconds a step

{steps}

## Ratios to glassnet's NumPy engine

Above 1, glassnet is faster. Ratios are taken round by round, so their median need not be the ratio of the medians.

{ratios}

## Goals

A goal is met on a case when its ratio is at least 1.

{goals}

## Cases

{cases}

## Libraries

What each does with a batch: glassnet's NumPy engine an epoch of this one batch, with the loss and the check that it is
finite; its compiled engine the same, and on small batches an epoch of 100, each gathered from the data; PyTorch
zero_grad, loss, backward and step; JAX a compiled step, or 100 of them (10 on wide) compiled into one scan; Keras
train_on_batch, and scikit-learn partial_fit, both with their own checks of the data.

{libraries}
"""


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table with columns of even width, as easy to read unrendered."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    lines = [" | ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) for row in [header, rule, *rows]]
    return "\n".join(f"| {line} |" for line in lines)


def short(value: float) -> str:
    """Three digits: 0.482, 4.82, 48.2, 482, 4,820."""
    decimals = 3 if value < 1 else max(0, 3 - len(str(int(value))))
    return f"{value:,.{decimals}f}"


def versions(peer: str) -> str:
    return ", ".join(f"{package} {version(package)}" for package in PEERS[peer].packages)


def machine() -> str:
    """The processor, its cores and the memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def processor() -> str:
    """The model of the processor; Linux says it in a file."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())
