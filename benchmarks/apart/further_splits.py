"""Measures all models on further splits of the suite's small tables: `make bench-splits`.

Three splits of a table of a thousand rows are few: with four errors more in 342 rows, a model that had six makes two
thirds more of them. On ten further splits, on which no setting was chosen, such luck evens out.
"""

import argparse
import importlib
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.apart.measuring import measure
from benchmarks.apart.peers import PEERS
from benchmarks.apart.report import OURS
from benchmarks.machine import machine
from benchmarks.run import DATA, RESULTS
from benchmarks.tabular.results import NAMES, REFERENCE, markdown, scores, summary, when_run

TABLES = ("breast_cancer", "titanic", "german", "concrete", "airfoil")  # those of the suite under 2,000 rows
SPLITS = range(200, 210)
MODELS = (*OURS, "glassnet Tabular, 8 networks")
HEAD = """# Small tables, split ten times more

Made by `make bench-splits`: the [suite's tables](tabular.md) under 2,000 rows, on splits with the seeds 200 to 209, on
which no setting was chosen. All models have their own defaults, and were fitted here in one run, on one thread each.
The machine was shared with other work, so times are those of the processor, and rough. Ratios are geometric means over
the tables, RealMLP-TD being 1; ROC AUC is the mean over the tables with classes."""
BESIDE = """## Beside {}, split by split

The error (or nRMSE) of glassnet's model less that of {} on the same split: the mean and its standard error,
in per cent of {}'s mean. Below zero, glassnet's model is better."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.apart.further_splits", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the suite ({DATA})")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--again", action="store_true", help="make fits anew that are there already")
    return parser.parse_args()


def complete(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs on tables and splits that all models were run on, with times of the processor."""
    frame = pd.DataFrame([*runs])
    whole = frame.groupby(["data", "split"])["model"].transform("nunique") == len({*PEERS, *MODELS})
    return [run | {"fit_s": run["cpu_s"]} for run, taken in zip(runs, whole, strict=True) if taken]


def differences(runs: Sequence[dict[str, Any]], other: str) -> str:
    """A row a table, a column a model of glassnet, in Markdown."""
    frame = pd.DataFrame([*runs])
    frame["score"] = frame["error"].fillna(frame["nrmse"]) if "nrmse" in frame else frame["error"]
    table = frame.pivot_table(index=["data", "split"], columns="model", values="score")
    lines = [["", *MODELS], ["---"] * (1 + len(MODELS))]
    for name, rows in table.groupby("data"):
        apart = 100 * rows[[*MODELS]].sub(rows[other], axis=0) / rows[other].mean()
        lines.append([str(name), *(f"{apart[model].mean():+.1f} ± {apart[model].sem():.1f}" for model in MODELS)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def text(every: Sequence[dict[str, Any]]) -> str:
    """The report in Markdown."""
    runs = complete(every)
    parts = [HEAD, markdown(summary(runs), ".2f")]
    for other in (REFERENCE, "catboost"):
        name = NAMES[other]
        parts += [BESIDE.format(name, name, name), differences(runs, other)]
    parts += ["## Scores", markdown(scores(runs), ".4f")]
    parts += ["## Log loss", markdown(scores(runs, "logloss"), ".4f")]
    parts += ["## Seconds of the processor to fit", markdown(scores(runs, "fit_s"), ".1f")]
    parts += ["## When it was run", "\n".join(f"- {day}" for day in when_run(runs))]
    return "\n\n".join([*parts, "## The machine", machine()]) + "\n"


def main() -> None:
    given = arguments()
    sys.path.insert(0, str(given.data))
    suite = importlib.import_module("suite")
    warnings.filterwarnings("ignore")
    wanted = [(model, name, split) for split in SPLITS for name in TABLES for model in (*PEERS, *MODELS)]
    runs = measure(given.out / "splits.json", wanted, suite.load, suite.score, given.again)
    (given.out / "splits.md").write_text(text(runs))
    print(summary(complete(runs)).round(3).to_string())


if __name__ == "__main__":
    main()
