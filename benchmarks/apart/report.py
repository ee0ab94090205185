"""The results in words."""

from collections.abc import Sequence
from typing import Any

from benchmarks.apart.peers import PEERS
from benchmarks.apart.tables import CLASSES, NUMBERS, TABLES, splits
from benchmarks.machine import machine
from benchmarks.tabular.results import NAMES, markdown, scores, summary, when_run

OURS = ("glassnet Tabular", "glassnet Tabular, 1 network of 256")
NEAR = 1.02  # of another's score: at most 2 % behind it
HEAD = """# Tables kept apart

Made by `make bench-apart`. The settings of glassnet's estimators were chosen on [fifteen other tables](tabular.md); on
these nobody had looked before, and nothing is tuned on them. They are all tables of the R packages modeldata and ISLR
that satisfy a rule, which stood before any model was fitted (`benchmarks/apart/tables.py` has it, with what is left out
and why). Measures and splits are those of the suite: classification error, or root mean squared error over the target's
standard deviation, on a held-out fifth of the rows (the mean of three splits for tables under 6,000 rows).

All models have their own defaults, and are fitted here in one run, on one thread each. The machine was shared with
other work, so times are those of the processor, and rough. Ratios are geometric means over the tables, each clipped to
1/3 … 3, RealMLP-TD being 1; ROC AUC is the mean over the tables with classes. LightGBM and CatBoost read
missing values themselves; before RealMLP-TD, which reads no missing numbers, they are medians, with a column that says
where.
"""


def complete(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs on those tables and splits on which the others and one network were run, with times of the processor.

    Of further models only those that were run on all of these.
    """
    done: dict[tuple[str, int], set[str]] = {}
    for run in runs:
        done.setdefault((run["data"], run["split"]), set()).add(run["model"])
    whole = {where: models for where, models in done.items() if models >= {*PEERS, OURS[1]}}
    common = set.intersection(*whole.values()) if whole else set()
    return [
        run | {"fit_s": run["cpu_s"]} for run in runs if (run["data"], run["split"]) in whole and run["model"] in common
    ]


def what(runs: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each table: its package, rows and target, columns that no model sees, and how many splits were run."""
    lines = ["| | package | rows | to predict | splits | left out |", "| --- | --- | --- | --- | --- | --- |"]
    for table in (*CLASSES, *NUMBERS):
        done = len({run["split"] for run in runs if run["data"] == table.item})
        target = f"{table.target}, {'classes' if table in CLASSES else 'a number'}"
        left_out = f"{', '.join(table.dropped)}: {table.why}" if table.dropped else ""
        count = f"{done} of {len(splits(table))}"
        lines.append(f"| {table.item} | {table.package} | {table.rows} | {target} | {count} | {left_out} |")
    return lines


def text(every: Sequence[dict[str, Any]], notes: str = "") -> str:
    """The report in Markdown; `notes` are what was written about these runs."""
    runs = complete(every)
    done = {run["data"] for run in runs}
    parts = [HEAD.strip(), markdown(summary(runs), ".2f")]
    parts += [beside(runs)]
    if missing := [name for name in TABLES if name not in done]:
        parts += [f"Not run with all models yet, and in no mean: {', '.join(missing)}. Another run goes on with them."]
    parts += [notes.strip()] if notes else []
    parts += ["## Tables", "\n".join(what(runs))]
    parts += ["## Scores", markdown(scores(runs), ".4f")]
    parts += ["## Log loss", markdown(scores(runs, "logloss"), ".4f")]
    parts += ["## ROC AUC", markdown(scores(runs, "auc"), ".4f")]
    parts += ["## Seconds of the processor to fit", markdown(scores(runs, "fit_s"), ".1f")]
    parts += ["## When it was run", "\n".join(f"- {day}" for day in when_run(runs))]
    return "\n\n".join([*parts, "## The machine", machine()]) + "\n"


def beside(runs: Sequence[dict[str, Any]], other: str = "catboost") -> str:
    """On how many tables glassnet's models are at most a little behind another."""
    table = scores(runs)
    near = [f"{name} on {(table[name] <= NEAR * table[NAMES[other]]).sum()}" for name in OURS if name in table]
    return f"At most 2 % behind {NAMES[other]}, of {len(table)} tables: {', '.join(near)}."
