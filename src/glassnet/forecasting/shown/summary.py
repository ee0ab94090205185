"""What was found in a table and chosen for it, in lines of text."""

from collections.abc import Sequence

from glassnet.forecasting.dated.known_ahead import Beside
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.fitted import Fitted
from glassnet.forecasting.selecting import Scored

UNIT = "mean absolute error on the latest steps, held out, in units of the change over a season"


def found_in_words(panel: Panel, fitted: Fitted, beside: Beside) -> str:
    """What was found in the table, on one line."""
    season = "no season" if fitted.season == 1 else f"a season of {fitted.season} steps"
    lengths = panel.lengths
    length = f"{lengths[0]} steps" if len(set(lengths)) == 1 else f"{lengths.min()} to {lengths.max()} steps"
    return f"{beside.columns.target}: {len(panel)} series, {panel.axis.frequency}, {length}, {season}"


def kept_in_words(fitted: Fitted, beside: Beside) -> list[str]:
    """What holds of the forecasts: intervals, zero, columns beside the target."""
    shares = zip(fitted.intervals.coverage, fitted.intervals.measured, strict=False)
    lines = [
        f"intervals of {100 * share:g} % held {100 * found:.0f} % of later values"
        for share, found in shares
        if found == found  # NaN where nothing came later
    ]
    lines += ["forecasts are not below 0, as no value was"] if fitted.nonnegative else []
    return lines + ([f"columns beside the target: {', '.join(beside.names)}"] if beside.names else [])


def summary_of(panel: Panel, fitted: Fitted, beside: Beside, choices: Sequence[Scored], notes: Sequence[str]) -> str:
    """What was found in the table, which model was chosen, and why."""
    scores = [f"  {each.score:.3f}  {each.candidate}" for each in choices]
    lines = [found_in_words(panel, fitted, beside), f"chosen: {fitted.candidate}", *scores, f"  ({UNIT})"]
    return "\n".join([*lines, *kept_in_words(fitted, beside), *notes])
