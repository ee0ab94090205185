"""Measures the tabular estimators on tables kept apart from development: `make bench-apart`.

Nothing is tuned on these tables: they confirm what was found on others. A fit that is in the results already is not
made again, so that a run which was stopped goes on; `--again` makes the fits of these models anew.
"""

import argparse
import importlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from benchmarks.apart.measuring import measure
from benchmarks.apart.peers import PEERS
from benchmarks.apart.report import OURS, complete, text
from benchmarks.apart.tables import TABLES, load, splits
from benchmarks.run import DATA, RESULTS
from benchmarks.tabular.models import MODELS
from benchmarks.tabular.results import REFERENCE, summary


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.apart", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the suite, for its measures ({DATA})")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument(
        "--names", nargs="+", choices=TABLES, default=list(TABLES), metavar="TABLE", help="tables (all)"
    )
    parser.add_argument(
        "--models", nargs="+", choices=[*PEERS, *MODELS], default=[*PEERS, *OURS], metavar="MODEL",
        help=", ".join([*PEERS, *MODELS]),
    )  # fmt: skip
    parser.add_argument("--splits", nargs="+", type=int, default=[0, 1, 2], help="of the three (all)")
    parser.add_argument("--again", action="store_true", help="make fits anew that are there already")
    return parser.parse_args()


def fits(given: argparse.Namespace) -> Iterator[tuple[str, str, int]]:
    """What is to be fitted: a first split of all tables, then the others; the models of a table one after another."""
    for split in given.splits:
        for name in given.names:
            if split in splits(TABLES[name]):
                yield from ((model, name, split) for model in given.models)


def main() -> None:
    given = arguments()
    sys.path.insert(0, str(given.data))
    score = importlib.import_module("suite").score
    warnings.filterwarnings("ignore")
    file = given.out / "apart.json"
    runs = measure(file, fits(given), lambda name, split: load(TABLES[name], split), score, given.again)
    if any(run["model"] == REFERENCE for run in complete(runs)):
        notes = given.out / "apart_notes.md"
        (given.out / "apart.md").write_text(text(runs, notes.read_text() if notes.exists() else ""))
        print(summary(complete(runs)).round(3).to_string())


if __name__ == "__main__":
    main()
