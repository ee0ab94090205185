"""Where the time of a training step goes, measured part by part, for the cases that miss a goal."""

import cProfile
import pstats
from functools import partial
from typing import Any

from benchmarks.cases import CASES
from benchmarks.options import Options
from benchmarks.section import Section, paragraphs
from benchmarks.spread import short
from benchmarks.timings import table
from benchmarks.worker import Failure, Measure, Stopwatch, Worker

TEXT = """For each case that misses a goal: microseconds of a step of the compiled engine, of the parts of its
program run by themselves, and of the parts of the floor. What the parts do not cover is the gathering of rows and
the call."""
CALLS, LONGEST = 50, 8  # steps of the NumPy engine under the profiler, and functions that are listed


def sections(measured: list[Section], options: Options) -> list[Section]:
    """A section where a case misses a goal, else none."""
    missed = [goal.sentence for section in measured for goal in section.goals if not goal.met]
    cases = [name for name in CASES if any(line.startswith(f"{name}: a training step") for line in missed)]
    return [Section("Where the time goes", paragraphs(TEXT, profile(cases, options.seconds)))] if cases else []


def profile(cases: list[str], seconds: float) -> str:
    """A table with a line a case, and the longest functions of the NumPy engine's steps."""
    with Worker(partial(prepare, seconds), str) as worker:
        parts = {case: worker.ask(("parts", case)) for case in cases}
        functions = {case: worker.ask(("functions", case)) for case in cases}
    found = {case: answer for case, answer in parts.items() if not isinstance(answer, Failure)}
    names = list(dict.fromkeys(name for answer in found.values() for name in answer))
    rows = [[case, *(short(1e6 * answer[name]) for name in names)] for case, answer in found.items()]
    failed = "\n".join(f"- {case}: {answer.reason}" for case, answer in parts.items() if isinstance(answer, Failure))
    listings = (
        f"{case}, NumPy engine, under the profiler, which itself takes about half of the time:\n\n{listing}"
        for case, listing in functions.items()
    )
    return paragraphs(table(["µs", *names], rows) if rows else "", failed, *listings)


def prepare(seconds: float, question: tuple[str, str]) -> Measure:
    """Runs in a process of its own."""
    what, case = question
    return partial({"parts": parts, "functions": functions}[what], case, seconds)


def parts(case: str, seconds: float) -> dict[str, float]:
    """Seconds by part of a step."""
    from benchmarks.peers.floor import Floor
    from benchmarks.peers.glassnet import parts_of, step_compiled

    found = {"a step": Stopwatch(step_compiled(CASES[case]), seconds).time().seconds}
    times = {name: Stopwatch(call, seconds).time().seconds for name, call in parts_of(CASES[case]).items()}
    empty = times.pop("nothing")  # what calling a part costs, which a step pays once
    found |= {name: max(0.0, value - empty) for name, value in times.items()}
    return found | {f"floor: {name}": value for name, value in Floor(CASES[case]).seconds(seconds).items()}


def functions(case: str, _: float) -> str:
    """The functions that take longest by themselves, as a table."""
    from benchmarks.peers.glassnet import step_numpy

    step: Any = step_numpy(CASES[case]).run
    step()
    profiler = cProfile.Profile()
    profiler.runcall(lambda: [step() for _ in range(CALLS)])
    found: Any = pstats.Stats(profiler).strip_dirs()
    longest = sorted(found.stats.items(), key=lambda item: -item[1][2])[:LONGEST]
    rows = [[place(*where), short(row[1] / CALLS), short(1e6 * row[2] / CALLS)] for where, row in longest]
    return table(["function", "calls a step", "µs a step by itself"], rows)


def place(file: str, line: int, name: str) -> str:
    """Where a function stands; what is built in has a name alone."""
    return name if file == "~" else f"{file}:{line} {name}"
