"""The page of the results: the machine, every section, what was tried, and at the end the goals that are not met."""

import os
from datetime import datetime
from pathlib import Path

from benchmarks.goals import summary, unmet
from benchmarks.machine import machine
from benchmarks.options import Options
from benchmarks.section import Section, paragraphs
from benchmarks.timings import table

NOTES = Path(__file__).parent / "results" / "notes.md"  # written by hand: what was tried
PAGE = """# glassnet beside other libraries

{date}, on {machine}. Load before the start: {load:.1f}. Threads: {threads}.{quick}

Every library runs in a process of its own, and in each of {rounds} rounds all of them take a row in turn, for about
{seconds:g} seconds where the thing is that short. A number is the median over the rounds, with the fastest and the
slowest round in brackets.
"""
QUICK = " A quick look: fewer rounds, shorter ones, and fewer libraries than in the full run."


def markdown(sections: list[Section], options: Options, load: float) -> str:
    """The whole page."""
    head = PAGE.format(
        date=f"{datetime.now():%Y-%m-%d}",
        machine=machine(),
        load=load,
        threads="each library's own default" if options.threads is None else f"{options.threads} for every library",
        quick=QUICK if options.quick else "",
        rounds=options.rounds,
        seconds=options.seconds,
    )
    notes = NOTES.read_text(encoding="utf-8") if NOTES.exists() else ""
    return (
        paragraphs(head, *(part.markdown() for part in sections), libraries(sections), notes, ending(sections)) + "\n"
    )


def ending(sections: list[Section]) -> str:
    """The goals: how many are met, which, and last those that are not."""
    goals = [goal for section in sections for goal in section.goals]
    met = "\n".join(f"- {goal}" for goal in goals if goal.met)
    missed = unmet(goals)
    listed = "\n".join(f"- {line}" for line in missed.splitlines()) if not all(g.met for g in goals) else missed
    return paragraphs("## Goals", summary(goals), met, "### Not met", listed)


def libraries(sections: list[Section]) -> str:
    """Versions and threads of all that took part."""
    found: dict[str, str] = {}
    for section in sections:
        found |= {versions: threads or found.get(versions, "") for versions, threads in section.libraries.items()}
    rows = [[versions, threads] for versions, threads in sorted(found.items())]
    return paragraphs("## Libraries", table(["versions", "threads"], rows)) if rows else ""


def load_now() -> float:
    """Other work on the machine makes all times longer."""
    return os.getloadavg()[0]
