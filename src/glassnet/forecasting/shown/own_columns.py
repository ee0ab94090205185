"""The columns that tables of forecasts, paths and scores have by themselves: no column of a table may be named so."""

from collections.abc import Sequence

from glassnet.errors import InvalidInput

AHEAD = ("forecast", "path", "value")  # beside the series and the time, in forecasts and paths
EARLIER = ("step", "time", "truth", "naive", "unit", "fold", "error", "mae", "smape")  # beside the series, in scores


def check_own_columns(time: str, series: str | None, coverage: Sequence[float]) -> None:
    """Refuse a column of time or series with the name of a column that is made beside it."""
    shares = [f"{100 * share:g}" for share in coverage]
    ahead = (*AHEAD, *(f"{end}_{share}" for share in shares for end in ("low", "high")))
    earlier = (*ahead, *EARLIER, *(f"inside_{share}" for share in shares))
    for name, what, taken in ((time, "time", ahead), (series, "series", earlier)):
        if name in taken:
            raise InvalidInput(
                f"the {what} column must not be named {name!r}, which is a column of forecasts or of their scores: "
                "rename it."
            )
