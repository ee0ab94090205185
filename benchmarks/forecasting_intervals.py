"""Measures what the intervals of `Forecaster` hold on hourly transformer data, week after week."""

import argparse
import importlib
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.forecasting_suite import DATA, RESULTS, table
from benchmarks.machine import machine
from glassnet.forecasting import Forecaster

WEEK, COVERAGE = 168, (0.8, 0.95)
NAMES = ("ETTh1", "ETTh2")


def rows_of(values: Any, first: int) -> Any:
    """Values (steps, channels) as a table with a row for each step and channel."""
    n, channels = values.shape
    steps, names = np.arange(first, first + n), [f"channel {k}" for k in range(channels)]
    frames = [pl.DataFrame({"channel": name, "step": steps, "y": values[:, k]}) for k, name in enumerate(names)]
    return pl.concat(frames)


def inside(forecaster: Forecaster, ahead: Any, n: int) -> Any:
    """Whether what came lies inside the intervals (coverages, channels, windows, steps), from n origins on."""
    _, past, fitted = forecaster.known()
    end = int(past.lengths[0])
    values = tuple(np.concatenate(both) for both in zip(past.values, ahead.T, strict=True))
    panel = replace(past, values=values)
    origins, horizon = end + np.arange(n), fitted.horizon
    found = []
    for k in range(len(panel)):
        truth = np.lib.stride_tricks.sliding_window_view(panel.values[k], horizon)[origins]
        each = fitted.ahead(panel, k, origins)
        found.append((each.low <= truth) & (truth <= each.high))
    return np.stack(found, axis=1)


def fitted_to(suite: Any, name: str, horizon: int) -> Forecaster:
    """A forecaster of the training and validation rows."""
    train, later, _ = suite.ett(name, lookback=0)
    forecaster = Forecaster(horizon, season=24, model="linear", channels="apart", coverage=COVERAGE)
    past = np.concatenate([train, later])
    return forecaster.fit(rows_of(past, 0), time="step", target="y", series="channel")


def measured(suite: Any, name: str, forecaster: Forecaster, horizon: int, update: bool) -> Any:
    """The share inside for each coverage, over all windows of the test rows."""
    train, later, test = suite.ett(name, lookback=0)
    known, last, found = len(train) + len(later), len(test) - horizon + 1, []
    for begin in range(0, last, WEEK if update else last):
        n = min(WEEK if update else last, last - begin)
        found.append(inside(forecaster, test[begin:], n))
        if update:
            forecaster.update(rows_of(test[begin : begin + n], known + begin))
    shares = np.concatenate(found, axis=2).mean(axis=(1, 2, 3))
    print(name, horizon, "updated" if update else "as it was", shares.round(3), forecaster, flush=True)
    return shares


def text(found: dict[tuple[str, bool], Any], horizon: int) -> str:
    """The page of results."""
    rows = [
        [name, "new rows taken in each week" if update else "as it was", *(f"{100 * share:.1f} %" for share in shares)]
        for (name, update), shares in found.items()
    ]
    return f"""# What intervals hold

{datetime.now(UTC).date()}, on {machine()}. Made by `python -m benchmarks.forecasting_intervals`.

`Forecaster({horizon}, model="linear", channels="apart")` on the channels of ETTh1 and ETTh2, fitted on training and
validation rows; the share of the {horizon} hours of all windows of the test rows (four months) inside its intervals.

{table(["", "the forecaster", *(f"{100 * share:g} %" for share in COVERAGE)], rows)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasting_intervals", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the suite ({DATA})")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--horizon", type=int, default=96, help="steps to forecast (96)")
    given = parser.parse_args()
    sys.path.insert(0, str(given.data))
    suite = importlib.import_module("suite")
    found = {}
    for name in NAMES:
        forecaster = fitted_to(suite, name, given.horizon)
        for update in (False, True):
            found[name, update] = measured(suite, name, forecaster, given.horizon, update)
    (given.out / "forecasting_intervals.md").write_text(text(found, given.horizon))


if __name__ == "__main__":
    main()
