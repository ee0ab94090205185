"""What cannot be asked of some series: refused before anything is learned."""

from collections.abc import Sequence

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.forecasting.candidates import COUNTS
from glassnet.forecasting.dated.panel import Panel
from glassnet.tables.number_format import counted

FARTHEST, FARTHEST_TIMES = 1000, 10  # horizons up to the longer: so many steps, or times the longest series


def check_horizon(panel: Panel, horizon: int) -> None:
    """Refuse a horizon of which nothing can be told."""
    longest = int(panel.lengths.max())
    if horizon > max(FARTHEST, FARTHEST_TIMES * longest):
        raise InvalidInput(
            f"a horizon of {horizon} steps is more than {FARTHEST_TIMES} times as long as the longest series, which "
            f"has {counted(longest, 'step')}: choose a shorter one."
        )


def check_scale(panel: Panel, scale: str | None, called: str = "scale") -> None:
    """Refuse logarithms and powers of values below 0, with the first of them."""
    for k, values in enumerate(panel.values):
        below = np.flatnonzero(values < 0)
        if below.size and scale not in (None, "as they are"):
            hint = ". Say scale='as they are'" if called == "scale" else ""
            place, value = panel.place(k, panel.starts[k] + int(below[0])), values[below[0]]
            raise InvalidInput(f"{called}={scale!r} needs values of at least 0; {place} has {value:g}{hint}.")


def check_counts(panel: Panel, models: Sequence[str]) -> None:
    """Refuse a network for counts where it cannot work."""
    if COUNTS in models:
        check_scale(panel, COUNTS, "model")
        if panel.future:
            raise InvalidInput(
                f"model={COUNTS!r} sees no columns beside the target: leave them out, or name other models."
            )
