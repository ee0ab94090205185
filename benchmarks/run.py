"""Measures glassnet beside other libraries: `make bench`, `make bench-quick`, or `python -m benchmarks.run`."""

import argparse
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    cold_start,
    exports,
    features,
    fits,
    images,
    many_fits,
    predictions,
    profile,
    scaling,
    size,
    steps,
    whole_fits,
)
from benchmarks.cases import CASES
from benchmarks.goals import Goal, unmet
from benchmarks.options import Options
from benchmarks.report import load_now, markdown
from benchmarks.section import Section
from benchmarks.worker import set_threads

RESULTS = Path(__file__).parent / "results"
DATA = Path(__file__).parents[2] / "shared" / "data" / "tabular"
FAMILIES: dict[str, Callable[[Options], Section]] = {
    "steps": steps.run,
    "whole_fits": whole_fits.run,
    "fits": fits.run,
    "predictions": predictions.run,
    "exports": exports.run,
    "cold_start": cold_start.run,
    "size": size.run,
    "many_fits": many_fits.run,
    "features": features.run,
    "images": images.run,
    "scaling": scaling.run,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a first look in minutes; writes quick.md, not latest.md")
    parser.add_argument("--rounds", type=int, help="rounds over all libraries and rows (5, quick 2)")
    parser.add_argument("--seconds", type=float, help="of each library for each row in a round (0.5, quick 0.05)")
    parser.add_argument("--threads", type=int, help="threads of each library (its own default)")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES), metavar="FAMILY")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=[], metavar="CASE", help="of the training steps")
    parser.add_argument("--peers", nargs="+", default=[], metavar="PEER", help="by their names in each family's PEERS")
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the larger tables ({DATA})")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    return parser.parse_args()


def options_of(given: argparse.Namespace) -> Options:
    return Options(
        quick=given.quick,
        rounds=given.rounds or (2 if given.quick else 5),
        seconds=given.seconds or (0.05 if given.quick else 0.5),
        threads=given.threads,
        data=given.data,
        out=given.out,
        name="quick" if given.quick else "latest",
        peers=tuple(given.peers),
        cases=tuple(given.cases),
    )


def measured(name: str, options: Options) -> Section:
    """A family's section; one that fails says so, and does not take the others with it."""
    started = time.perf_counter()
    try:
        section = FAMILIES[name](options)
    except Exception as error:
        traceback.print_exc()
        title, reason = name.replace("_", " ").capitalize(), f"{type(error).__name__}: {error}"
        section = Section(title, f"Could not be measured: {reason}", [Goal(f"all of {title}, by {reason}", None, 1.0)])
    print(f"{name}: {time.perf_counter() - started:.0f} s\n\n{section.text}\n", flush=True)
    return section


def main() -> None:
    given, load = arguments(), load_now()
    options = options_of(given)
    set_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    sections = [measured(name, options) for name in given.families]
    if not options.quick:
        sections += profile.sections(sections, options)
    path = options.out / f"{options.name}.md"
    path.write_text(markdown(sections, options, load), encoding="utf-8")
    print(f"written to {path}\n\n{unmet([goal for section in sections for goal in section.goals])}")


if __name__ == "__main__":
    main()
