"""The results of a search: its trials in order, as a file and as figures."""

import csv
import io
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import GlassnetError
from glassnet.tuning.search import ENDED

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

UNENDED = {"RUNNING": "running", "WAITING": "waiting", "FAIL": "killed"}
LEAST_TRIALS = 4  # whole ones, before one can say what matters


class NothingFound(GlassnetError):
    """A search in which no training reached a finite validation loss."""


def least_loss(trial: "FrozenTrial") -> float | None:
    """The least validation loss of a trial, or None."""
    if whole(trial):
        return trial.value
    return min((value for value in trial.intermediate_values.values() if isfinite(value)), default=None)


def known_loss(trial: "FrozenTrial") -> float:
    """The least validation loss of a trial that has one."""
    loss = least_loss(trial)
    assert loss is not None
    return loss


def whole(trial: "FrozenTrial") -> bool:
    """Whether a trial has trained to its end."""
    return trial.state.name == "COMPLETE"


def ranked(trials: Sequence["FrozenTrial"]) -> list["FrozenTrial"]:
    """The trials that have a loss, the least first; those that were given up come after the whole ones."""
    found = [(not whole(trial), least_loss(trial), trial.number, trial) for trial in trials]
    return [trial for *_, trial in sorted(entry for entry in found if entry[1] is not None)]  # numbers differ


def best(trials: Sequence["FrozenTrial"]) -> "FrozenTrial":
    """The trial to keep."""
    order = ranked(trials)
    if not order:
        raise NothingFound(f"none of {len(trials)} trials reached a finite validation loss: give the search more time.")
    return order[0]


def row(trial: "FrozenTrial") -> dict[str, Any]:
    """A trial as a line of a table."""
    duration = None if trial.duration is None else round(trial.duration.total_seconds(), 3)
    return {
        "trial": trial.number,
        "ended": UNENDED.get(trial.state.name) or trial.user_attrs[ENDED],
        "val_loss": least_loss(trial),
        "epochs": len(trial.intermediate_values),
        "seconds": duration,
        **trial.params,
    }


def trials_csv(trials: Sequence["FrozenTrial"]) -> bytes:
    """All trials as CSV, in the order in which they began."""
    rows = [row(trial) for trial in trials]
    names = list(dict.fromkeys(name for line in rows for name in line))
    writer = csv.DictWriter(text := io.StringIO(), names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def importances(study: "Study") -> dict[str, float]:
    """The share of each setting in how much whole trials differ, the largest first; empty for a few trials.

    PED-ANOVA: how far the settings of the better trials lie from those of all (Watanabe et al. 2023, arXiv 2304.10255).
    """
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
    from optuna.trial import TrialState

    if len(study.get_trials(False, (TrialState.COMPLETE,))) < LEAST_TRIALS:
        return {}
    return get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())


def importance_figure(shares: Mapping[str, float], theme: str | Theme = "light") -> Any:
    """A bar for each setting, the most important on top."""
    with drawn_in(theme):
        figure, axes = new_figure(5.2, 0.9 + 0.36 * len(shares))
        names, values = list(shares)[::-1], list(shares.values())[::-1]
        bars = axes.barh([name.replace("_", " ") for name in names], values)
        axes.bar_label(bars, [f"{value:.0%}" for value in values], padding=3)
        axes.set(xlim=(0, 1.15 * max(values)), xlabel="importance for the validation loss")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        return figure
