"""What was measured, one line a fit, and what follows: ratios to RealMLP-TD, ranks, a table and a figure."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

REFERENCE = "realmlp_td"
MOST = 3.0  # a table's ratio is clipped to 1/3 … 3
NAMES = {
    "catboost": "CatBoost", "hgb": "scikit-learn histogram boosting", "lgbm": "LightGBM", "realmlp_td": "RealMLP-TD",
    "realmlp_tds": "RealMLP-TD-S", "sklearn_mlp": "scikit-learn MLP, peers' run",
}  # fmt: skip
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "black")  # Okabe and Ito: for every eye
MARKS = "osD^vPX"


def merged(old: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """All runs; a new one takes the place of an old one of the same model, table and split."""
    found = {(run["model"], run["data"], run["split"]): run for run in (*old, *new)}
    return [found[key] for key in sorted(found)]


def read(path: Path) -> list[dict[str, Any]]:
    """The runs of a file; none where there is no file."""
    runs: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    return runs


def scores(runs: Sequence[dict[str, Any]], measure: str = "score") -> pd.DataFrame:
    """A row a table, a column a model: the mean over the splits of the error or nRMSE, or of another measure."""
    frame = pd.DataFrame(runs)
    frame["score"] = frame["error"].fillna(frame["nrmse"]) if "nrmse" in frame else frame["error"]
    frame["model"] = frame["model"].replace(NAMES)
    return frame.pivot_table(index="data", columns="model", values=measure, aggfunc="mean")


def geometric_mean(ratios: pd.DataFrame) -> pd.Series:
    """Of each column, each ratio clipped."""
    return np.exp(np.log(ratios.clip(1 / MOST, MOST)).mean())


def summary(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """A row a model: mean rank, ratios to RealMLP-TD for classes and for numbers, mean ROC AUC, and of fitting time."""
    table, times, losses = scores(runs), scores(runs, "fit_s"), scores(runs, "logloss")
    classes = sorted({run["data"] for run in runs if "error" in run})
    numbers = sorted({run["data"] for run in runs if "nrmse" in run})
    reference = NAMES[REFERENCE]
    ratios = table.div(table[reference], axis=0)
    whole = table.columns[table.notna().all()]
    return pd.DataFrame(
        {
            "mean rank": table[whole].rank(axis=1).mean(),
            "error": geometric_mean(ratios.loc[classes]),
            "log loss": geometric_mean(losses.div(losses[reference], axis=0)),
            "ROC AUC": scores(runs, "auc").mean(),
            "nRMSE": geometric_mean(ratios.loc[numbers]),
            "fitting time": np.exp(np.log(times.div(times[reference], axis=0)).mean()),
        }
    ).sort_values("mean rank")


def ranks_beside_peers(runs: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """A row a model that was run here: mean ranks where it alone stands beside the suite's peers, its own first.

    They are over the tables that the model was run on.
    """
    table, peers = scores(runs), list(NAMES.values())
    rows = {
        name: table[[name, *peers]].dropna().rank(axis=1).mean().rename({name: "itself"})
        for name in table.columns.difference(peers)
    }
    return pd.DataFrame(rows).T[["itself", *peers]].sort_values("itself")


def when_run(runs: Iterable[dict[str, Any]]) -> list[str]:
    """Which tables were run with which model on which day, a line a day and model; of runs without a day nothing."""
    found: dict[tuple[str, str], set[str]] = {}
    for run in runs:
        if "day" in run:
            found.setdefault((run["day"], run["model"]), set()).add(run["data"])
    return [f"{day}, {model}: {', '.join(sorted(tables))}" for (day, model), tables in sorted(found.items())]


def markdown(frame: pd.DataFrame, form: str) -> str:
    """A table in Markdown."""
    lines = [["", *map(str, frame.columns)], ["---"] * (1 + frame.shape[1])]
    lines += [
        [str(name), *("" if np.isnan(v) else format(v, form) for v in row)]
        for name, row in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def figure(found: pd.DataFrame) -> Figure:
    """Score against fitting time, both relative to RealMLP-TD; glassnet's models are filled."""
    drawn = Figure(figsize=(9, 5.2), layout="constrained")
    panels = drawn.subplots(1, 2)
    for axes, kind in zip(panels, ("error", "nRMSE"), strict=True):
        for k, (name, row) in enumerate(found.iterrows()):
            colour, ours = COLOURS[k % len(COLOURS)], str(name).startswith("glassnet")
            filled = {"facecolor": colour if ours else "white", "edgecolor": colour, "linewidth": 1.6}
            axes.scatter(row["fitting time"], row[kind], s=70, marker=MARKS[k % len(MARKS)], label=str(name), **filled)
        axes.axhline(1, color="grey", linewidth=0.6, zorder=0)
        axes.set(xscale="log", xlabel="fitting time, RealMLP-TD = 1", ylabel=f"{kind}, RealMLP-TD = 1")
        axes.grid(color="0.92")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    drawn.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return drawn
