"""Measures the tabular estimators on the suite: `make bench-tabular`."""

import argparse
import importlib
import json
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.run import DATA, RESULTS
from benchmarks.tabular.models import MODELS, fitted
from benchmarks.tabular.report import text
from benchmarks.tabular.results import figure, merged, read, summary


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tabular", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the suite ({DATA})")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--names", nargs="+", default=[], help="tables (all)")
    parser.add_argument(
        "--models", nargs="+", choices=MODELS, default=list(MODELS), metavar="MODEL", help=", ".join(MODELS)
    )
    return parser.parse_args()


def run(suite: Any, model: str, name: str, split: int) -> dict[str, Any]:
    """One fit, with its score."""
    task, X, X_test, y, y_test = suite.load(name, split)
    times, predictions, probabilities = fitted(MODELS[model](task, split), task, X, y, X_test)
    scored = suite.score(task, y_test, predictions, probabilities)
    rounded = {key: round(value, 5) for key, value in (times | scored).items()}
    day = datetime.now(UTC).date().isoformat()
    return {"data": name, "split": split, "model": model, "task": task, **rounded, "day": day}


def main() -> None:
    given = arguments()
    sys.path.insert(0, str(given.data))
    suite = importlib.import_module("suite")
    warnings.filterwarnings("ignore", module="sklearn")
    file = given.out / "tabular.json"
    for name in given.names or suite.names():
        for model in given.models:
            for split in suite.splits(name):
                made = run(suite, model, name, split)
                print(json.dumps(made), flush=True)
                runs = merged(read(file), [made])
                file.write_text("[\n" + ",\n".join(map(json.dumps, runs)) + "\n]\n")
    runs = [*read(given.data / "peers.json"), *read(file)]
    found = summary(runs)
    notes = given.out / "tabular_notes.md"
    (given.out / "tabular.md").write_text(text(runs, found, notes.read_text() if notes.exists() else ""))
    figure(found).savefig(given.out / "tabular.png", dpi=150)
    print(found.round(3).to_string())


if __name__ == "__main__":
    main()
