"""The results of a search: its trials in order, as a file and as figures."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import GlassnetError
from glassnet.tuning.measure import Measure
from glassnet.tuning.trial_marks import ENDED

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

UNENDED = {"RUNNING": "running", "WAITING": "waiting", "FAIL": "killed"}
LEAST_TRIALS = 4  # whole ones, before one can say what matters


class NothingFound(GlassnetError):
    """A search in which no training reached a finite value on the validation rows."""


def score_of(trial: "FrozenTrial", measure: Measure) -> float | None:
    """The best value of a trial, or None."""
    return trial.value if whole(trial) else measure.best(trial.intermediate_values.values())


def known_score(trial: "FrozenTrial", measure: Measure) -> float:
    """The best value of a trial that has one."""
    score = score_of(trial, measure)
    assert score is not None
    return score


def whole(trial: "FrozenTrial") -> bool:
    """Whether a trial has trained to its end."""
    return trial.state.name == "COMPLETE"


def ranked(trials: Sequence["FrozenTrial"], measure: Measure) -> list["FrozenTrial"]:
    """The trials that have a value, the best first; those that were given up come after the whole ones."""
    sign = -1 if measure.higher else 1
    found = [(score_of(trial, measure), trial) for trial in trials]
    known = [(not whole(trial), sign * score, trial.number, trial) for score, trial in found if score is not None]
    return [trial for *_, trial in sorted(known)]  # numbers differ


def best(trials: Sequence["FrozenTrial"], measure: Measure) -> "FrozenTrial":
    """The trial to keep."""
    order = ranked(trials, measure)
    if not order:
        raise NothingFound(
            f"none of {len(trials)} trials reached a finite {measure.in_words}: give the search more time."
        )
    return order[0]


def row(trial: "FrozenTrial", measure: Measure) -> dict[str, Any]:
    """A trial as a line of a table."""
    duration = None if trial.duration is None else round(trial.duration.total_seconds(), 3)
    return {
        "trial": trial.number,
        "ended": trial.user_attrs.get(ENDED) or UNENDED[trial.state.name],
        measure.name: score_of(trial, measure),
        "epochs": len(trial.intermediate_values),
        "seconds": duration,
        **trial.params,
    }


def trials_csv(trials: Sequence["FrozenTrial"], measure: Measure) -> bytes:
    """All trials as CSV, in the order in which they began."""
    rows = [row(trial, measure) for trial in trials]
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


def importance_figure(shares: Mapping[str, float], measure: Measure, theme: str | Theme = "light") -> Any:
    """A bar for each setting, the most important on top."""
    with drawn_in(theme):
        figure, axes = new_figure(5.2, 0.9 + 0.36 * len(shares))
        names, values = list(shares)[::-1], list(shares.values())[::-1]
        bars = axes.barh([name.replace("_", " ") for name in names], values)
        axes.bar_label(bars, [f"{value:.0%}" for value in values], padding=3)
        axes.set(xlim=(0, 1.15 * max(values)), xlabel=f"importance for the {measure.in_words}")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        return figure
