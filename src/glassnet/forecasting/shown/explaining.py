"""Where a forecast comes from: what each step of the past and each other column adds, to the last digit.

A linear map gives ŷ = μ + Σ (x_i − μ) W_i + σ W_σ + Σ c_j β_j: a sum with a term for each number that it sees.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.forecasting.dated.panel import Panel
from glassnet.forecasting.fitted import Fitted, Several
from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.values import carried
from glassnet.pictures.effects.contributions import contributions_figure
from glassnet.tables.number_format import readable

MOST = 10  # parts that are printed
LEVEL = "level of the past"
Part: TypeAlias = tuple[str, float, float, float]  # what it is called, value, weight, contribution


@answered
@dataclass(frozen=True, eq=False)
class ForecastExplanation:
    """The parts of one forecast.

    Attributes
    ----------
    parts
        A polars data frame: part, value (what the model sees), weight, contribution. On the scale of the model, the
        contributions add up to `total`.
    total
        The forecast on the scale of the model: of logarithms, log(1 + y).
    forecast
        The same in the units of the target.
    title, scale
        The target, series and stamp in words; "as they are", "log" or "box-cox 0.5".

    >>> table = {"day": np.arange(60), "y": np.arange(60) % 7}
    >>> model = gn.forecasting.Forecaster(3, season=7, model="seasonal naive").fit(table, time="day", target="y")
    >>> model.explain(step=2).parts.row(0)
    ('the value 6 steps back', 5.0, 1.0, 5.0)
    """

    parts: Any
    total: float
    forecast: float
    title: str
    scale: str

    def __str__(self) -> str:
        order = self.parts["contribution"].abs().arg_sort(descending=True)
        rows = self.parts[order[:MOST]].to_dicts()
        width = max(len(row["part"]) for row in rows)
        lines = [f"  {row['part']:<{width}}  {row['contribution']:+.4g}" for row in rows]
        rest = self.total - sum(row["contribution"] for row in rows)
        more = [f"  {'all others':<{width}}  {rest:+.4g}"] if len(order) > MOST else []
        of = "in units of the target" if self.scale == "as they are" else f"on the scale of {said_scale(self.scale)}"
        return "\n".join([f"{self.title}: {readable(self.forecast)}; contributions {of}", *lines, *more])

    def draw(self, theme: str | Theme = "light") -> Any:
        """A bar for each part, from the level of the past to the forecast, as a Figure.

        `theme` is "light" or "dark". Beyond 12 parts the smaller ones are added up in one bar.
        """
        rows = self.parts.rows()
        level = rows[0][3] if rows[0][0] == LEVEL else 0.0
        bars = rows[1:] if rows[0][0] == LEVEL else rows
        labels = [f"{part} = {readable(value)}" for part, value, _, _ in bars]
        on = "" if self.scale == "as they are" else f", on the scale of {said_scale(self.scale)}"
        title = f"Contributions to {self.title}"
        sizes = np.array([row[3] for row in bars])
        called = (LEVEL if level else "start", "forecast", "parts")
        return contributions_figure(sizes, labels, level, f"forecast{on}", title, theme, called)


def explained(
    panel: Panel, fitted: Fitted, k: int, step: int, names: tuple[str, ...], title: str
) -> ForecastExplanation:
    """The parts of the forecast for a step after the end of series k; `panel` holds the columns of what lies ahead."""
    parts = parts_of(panel, fitted, k, step, names)
    polars = require("polars", "tables", "an explanation")
    frame = polars.DataFrame(parts, schema=["part", "value", "weight", "contribution"], orient="row")
    total = float(frame["contribution"].sum())
    units = float(fitted.units(np.array([total]))[0])
    return ForecastExplanation(frame, total, units, title, fitted.candidate.scale)


def parts_of(panel: Panel, fitted: Fitted, k: int, step: int, names: tuple[str, ...]) -> list[Part]:
    """What adds up to the forecast, on the scale of the model."""
    if isinstance(fitted.model, Several):
        return of_mean(panel, fitted, fitted.model, k, step, names)
    name, n = panel.names[k], len(panel.values[k])
    z = carried(fitted.remains(panel, k), fitted.season)
    how, parts = fitted.how(name, n), list[Part]()
    if how == "model" and isinstance(fitted.model, LinearForecaster):
        parts = of_map(fitted.model, z, fitted.numbers.get(name, 0), step)
    elif how == "model" and fitted.candidate.model != "seasonal naive":
        raise InvalidInput(
            "only linear maps and repeated seasons are sums that can be explained: choose model='linear'."
        )
    else:
        length = {"model": fitted.season, "season": fitted.season, "last value": 1}[how]
        lag = length - (step - 1) % length
        value = float(z[n - lag])
        parts = [(said_lag(lag), value, 1.0, value)]
    if panel.future:
        values, beta = panel.future[k][n + step - 1], fitted.effects[name]
        parts += [(each, float(c), float(b), float(c * b)) for each, c, b in zip(names, values, beta, strict=True)]
    return parts


def of_mean(panel: Panel, fitted: Fitted, model: Several, k: int, step: int, names: tuple[str, ...]) -> list[Part]:
    """The parts of each of several models, as many times smaller as there are models."""
    if any(each.candidate.scale != fitted.candidate.scale for each in model.members):
        raise InvalidInput(
            f"a {fitted.candidate} is no sum that can be explained, as they are on different scales: choose a scale, "
            "such as scale='log', or leave out average=True."
        )
    share, found = 1 / len(model.members), list[Part]()
    for number, each in enumerate(model.members, start=1):
        own = parts_of(panel, each, k, step, names)
        found += [(f"{part}, in model {number}", value, w * share, c * share) for part, value, w, c in own]
    total = float(fitted.on_scale(panel, k, panel.lengths[[k]])[0, step - 1])
    rest = total - sum(part[3] for part in found)
    return found + ([("forecasts below 0 are 0", rest, 1.0, rest)] if abs(rest) > 1e-9 * max(1.0, abs(total)) else [])


def of_map(model: LinearForecaster, z: Any, number: int, step: int) -> list[Part]:
    """What a linear map adds up: the level, each step of the past less it, and how far the past swings."""
    past = z[-model.lookback :]
    level = float(past.mean())
    weights = model.maps[number if len(model.maps) > 1 else 0][:, step - 1]
    parts = [(LEVEL, level, 1.0, level)]
    lags = range(model.lookback, 0, -1)
    moves = past - level
    moves = moves if past.std() > 1e-12 * abs(level) else np.zeros_like(moves)  # nothing but rounding
    for lag, value, move, weight in zip(lags, past, moves, weights[: model.lookback], strict=True):
        parts.append((said_lag(lag), float(value), float(weight), float(move * weight)))
    if model.fitted().normalization == "centered":
        swing = float(past.std())
        parts.append(("how far the past swings", swing, float(weights[-1]), float(swing * weights[-1])))
    return parts


def said_scale(scale: str) -> str:
    """A scale of a model in words.

    >>> said_scale("log"), said_scale("box-cox 0.5")
    ('logarithms', 'values to the power 0.5')
    """
    return "logarithms" if scale == "log" else f"values to the power {scale.split()[-1]}"


def said_lag(lag: int) -> str:
    """A step of the past in words.

    >>> said_lag(1), said_lag(7)
    ('the latest value', 'the value 7 steps back')
    """
    return "the latest value" if lag == 1 else f"the value {lag} steps back"
