"""The table of results in words."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchmarks.machine import machine
from benchmarks.tabular.results import markdown, ranks_beside_peers, scores, when_run

HEAD = """# Fifteen tables

Made by `make bench-tabular`. Classification error, or root mean squared error over the target's standard deviation, on
the same held-out fifth of the rows for every model (the mean of three splits for tables under 6,000 rows). glassnet's
models and "scikit-learn MLP" were run here; the others' scores, and their times on two shared cores, come with the
suite. Ratios are geometric means over the tables, each clipped to 1/3 … 3, RealMLP-TD being 1. The mean rank
is over all models of this table; the next one has the ranks where one of them alone stands beside the six peers.

Log loss and ROC AUC (the mean over the tables with classes; of more than two classes, each against the rest) are those
of the probabilities as they are predicted, which "glassnet Tabular" calibrates on its validation rows by default.
"""

BESIDE = "## Mean ranks: one of glassnet's or scikit-learn's beside the six peers"
LAST = """## When it was run

All at once, before the days that are named here; on those, these tables were run again, without the others:"""


def text(runs: Sequence[dict[str, Any]], found: pd.DataFrame, notes: str = "") -> str:
    """The report in Markdown; `notes` are what was written about these runs."""
    parts = [HEAD, markdown(found, ".2f"), "![Score against fitting time](tabular.png)"]
    parts += [BESIDE, markdown(ranks_beside_peers(runs), ".2f")]
    parts += ["## Scores", markdown(scores(runs), ".4f")]
    parts += ["## Log loss", markdown(scores(runs, "logloss"), ".4f")]
    parts += ["## ROC AUC", markdown(scores(runs, "auc"), ".4f")]
    parts += ["## Seconds to fit", markdown(scores(runs, "fit_s"), ".1f")]
    if days := when_run(runs):
        parts += [LAST, "\n".join(f"- {day}" for day in days)]
    parts += [notes.strip()] if notes else []
    return "\n\n".join([*parts, "## The machine", machine()]) + "\n"
