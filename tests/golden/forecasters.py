"""The forecasters of the golden files: series with columns beside them, a gap, and what is planned."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from glassnet.forecasting import Forecaster

STEPS, HORIZON = 120, 5
COLUMNS: dict[str, Any] = {"time": "day", "target": "sales", "series": "shop", "future": ["promo"], "past": ["visits"]}
MADE: dict[str, dict[str, Any]] = {  # by the name of the file: what is asked of the forecaster
    "linear-apart-log": {"model": "linear", "scale": "log", "channels": "apart", "calendar": ["month"]},
    "linear-shared": {"model": "linear", "scale": "as they are", "channels": "shared", "nonnegative": False},
    "network": {"model": "mlp", "scale": "as they are"},
    "seasonal-naive": {"model": "seasonal naive", "fill": "missing", "frequency": "day"},
}


def rows() -> pl.DataFrame:
    """Two shops, a value of one of them missing."""
    t, rng, frames = np.arange(STEPS + HORIZON), np.random.default_rng(0), []
    days = [dt.date(2024, 1, 1) + dt.timedelta(int(k)) for k in t]
    for name, size in (("nord", 30.0), ("süd", 50.0)):
        promo = (rng.random(len(t)) < 0.2).astype(float)
        sales = (size * (3 + np.sin(2 * np.pi * t / 7) + promo + rng.normal(0, 0.1, len(t)))).round(2)
        columns = {"shop": name, "day": days, "promo": promo, "visits": rng.integers(5, 20, len(t)), "sales": sales}
        frames.append(pl.DataFrame(columns))
    gone = (pl.col("shop") == "nord") & (pl.col("day") == days[50])
    return pl.concat(frames).with_columns(sales=pl.when(gone).then(None).otherwise("sales"))


def fitted(name: str) -> Forecaster:
    """A forecaster that has learned all but the last days."""
    known = rows().filter(pl.col("day") < dt.date(2024, 1, 1) + dt.timedelta(STEPS))
    return Forecaster(HORIZON, **MADE[name]).fit(known, **COLUMNS)


def plan() -> pl.DataFrame:
    """What is planned for the last days."""
    return rows().filter(pl.col("day") >= dt.date(2024, 1, 1) + dt.timedelta(STEPS))


def in_json(found: pl.DataFrame) -> dict[str, list[Any]]:
    """Forecasts as JSON has them."""
    return {name: [*map(str, found[name])] if name == "day" else found[name].to_list() for name in found.columns}
