"""Measures `Forecaster` on M4 hourly beside AutoETS, AutoTheta, AutoARIMA and LightGBM on lags, one thread each.

What takes seconds a series is measured on some series that are drawn with a seed; `Forecaster` on these and on all.
"""

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.forecasting_suite import DATA, M4, RESULTS, table
from benchmarks.machine import machine
from glassnet.engine.machine.blas import one_thread
from glassnet.forecasting import Forecaster

HORIZON, SEASON, START = 48, 24, pd.Timestamp("2020-01-01")
Forecasts = dict[str, Any]
Series = Sequence[tuple[str, Any, Any]]


class Measured(NamedTuple):
    """What a method reached on some series, and the seconds of the processor that fit and forecast took."""

    name: str
    n: int
    scores: dict[str, float]
    seconds: float
    inside: tuple[float, ...] = ()

    @property
    def each(self) -> float:
        """Seconds a series."""
        return self.seconds / self.n


def long_table(series: Series) -> Any:
    """All pasts below each other, as the other libraries want them."""
    frames = [
        pd.DataFrame({"unique_id": name, "ds": START + pd.to_timedelta(np.arange(len(past)), "h"), "y": past})
        for name, past, _ in series
    ]
    return pd.concat(frames, ignore_index=True)


def by_name(frame: Any, column: str) -> Forecasts:
    """The forecasts of each series."""
    return {name: group[column].to_numpy() for name, group in frame.groupby("unique_id", sort=False)}


def of_glassnet(series: Series) -> tuple[Forecasts, Any]:
    """`Forecaster` with nothing said but the horizon; its intervals too."""
    columns: dict[str, str] = {"time": "ds", "target": "y", "series": "unique_id"}
    with one_thread():
        found = Forecaster(HORIZON).fit(long_table(series), **columns).predict()
    found = found if isinstance(found, pd.DataFrame) else found.to_pandas()
    return by_name(found, "forecast"), found


def of_statsforecast(name: str) -> Callable[[Series], tuple[Forecasts, Any]]:
    """A model of statsforecast with the season said."""

    def forecasts(series: Series) -> tuple[Forecasts, Any]:
        models = importlib.import_module("statsforecast.models")
        made = importlib.import_module("statsforecast").StatsForecast(
            models=[getattr(models, name)(season_length=SEASON)], freq="h", n_jobs=1
        )
        found = made.forecast(df=long_table(series), h=HORIZON)
        return by_name(found.reset_index(), name), None

    return forecasts


def of_lightgbm(series: Series) -> tuple[Forecasts, Any]:
    """LightGBM on lags of up to a week and the hour, one model of all series, on differences to a day before."""
    mlforecast, lightgbm = importlib.import_module("mlforecast"), importlib.import_module("lightgbm")
    differences = importlib.import_module("mlforecast.target_transforms").Differences
    made = mlforecast.MLForecast(
        models={"LightGBM": lightgbm.LGBMRegressor(num_threads=1, verbosity=-1, random_state=0)},
        freq="h",
        lags=[*range(1, 25), 48, 72, 96, 120, 144, 168],
        date_features=["hour"],
        target_transforms=[differences([SEASON])],
        num_threads=1,
    )
    return by_name(made.fit(long_table(series)).predict(HORIZON), "LightGBM"), None


def scored(suite: Any, series: Series, forecasts: Forecasts) -> dict[str, float]:
    """The competition's scores over these series."""
    rows = []
    for name, past, future in series:
        scale = np.abs(past[SEASON:] - past[:-SEASON]).mean()
        for forecast in (np.asarray(forecasts[name], float), suite.naive2(past, len(future), SEASON)):
            gap = np.abs(future - forecast)
            rows.append((200 * (gap / (np.abs(future) + np.abs(forecast))).mean(), gap.mean() / scale))
    ours, theirs = np.array(rows[::2]).mean(axis=0), np.array(rows[1::2]).mean(axis=0)
    return {"smape": float(ours[0]), "mase": float(ours[1]), "owa": float((ours / theirs).mean())}


def share_inside(series: Series, found: Any) -> tuple[float, ...]:
    """The share of the 48 hours that came inside the intervals of 80 and of 95 %."""
    truth = {name: future for name, _, future in series}
    came = np.concatenate([truth[name] for name in found["unique_id"].unique()])
    return tuple(
        float(((found[f"low_{share}"] <= came) & (came <= found[f"high_{share}"])).mean()) for share in (80, 95)
    )


def measured(suite: Any, name: str, method: Callable[[Series], tuple[Forecasts, Any]], series: Series) -> Measured:
    """One method on some series; what it compiles first is not counted, as it has seen two short series before."""
    method([(which, past[-16 * SEASON :], future) for which, past, future in series[:2]])
    began = time.process_time()
    forecasts, found = method(series)
    seconds = time.process_time() - began
    inside = share_inside(series, found) if found is not None else ()
    done = Measured(name, len(series), scored(suite, series, forecasts), seconds, inside)
    print(done, flush=True)
    return done


def row(done: Measured) -> list[str]:
    """A line of the table."""
    scores = done.scores
    numbers = [f"{scores['smape']:.2f}", f"{scores['mase']:.3f}", f"{scores['owa']:.3f}"]
    return [done.name, str(done.n), *numbers, f"{done.seconds:.0f} s", f"{done.each:.3f} s"]


def text(some: list[Measured], every: list[Measured], seed: int) -> str:
    """The page of results."""
    heads = ["", "series", "sMAPE", "MASE", "OWA", "fit and forecast", "a series"]
    ours, slowest = some[0], max(some[1:] or some, key=lambda each: each.each)
    low, high = (100 * each for each in every[0].inside)
    packages = ", ".join(f"{name} {version(name)}" for name in ("statsforecast", "mlforecast", "lightgbm"))
    published = [[name, "414", f"{smape:.2f}", f"{mase:.3f}", f"{owa:.3f}", "", ""] for name, smape, mase, owa in M4]
    return f"""# M4 hourly, beside other libraries

{datetime.now(UTC).date()}, on {machine()}. Made by `python -m benchmarks.forecasting_peers`; {packages}. Seconds are
those of the processor, with one thread; what a library compiles on its first call is not counted.

`Forecaster(horizon=48)` finds the season itself; the others are told that it is 24. LightGBM sees the last 24 hours,
the same hour of the week before, and the hour of the day, with its 100 trees on differences to the day before.

{table(heads, [row(each) for each in every] + published)}

The intervals of `Forecaster` for 80 and 95 % hold {low:.1f} and {high:.1f} % of the hours that came.

On {ours.n} series that were drawn with seed {seed}, as some of the methods take long:

{table(heads, [row(each) for each in some])}

For a series, {slowest.name} takes {slowest.each / ours.each:.1f} times as long as `Forecaster` on these series, and
{slowest.each / every[0].each:.1f} times as long as on all, where what is compared first takes less of the time.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasting_peers", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the suite ({DATA})")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--series", type=int, default=20, help="series for what takes long (20)")
    parser.add_argument("--seed", type=int, default=0, help="for the draw of these series (0)")
    given = parser.parse_args()
    sys.path.insert(0, str(given.data))
    suite = importlib.import_module("suite")
    series = suite.m4("m4_hourly")
    drawn = np.random.default_rng(given.seed).choice(len(series), given.series, replace=False)
    few = [series[k] for k in sorted(drawn.tolist())]
    quick: list[tuple[str, Callable[[Series], tuple[Forecasts, Any]]]] = [
        ("**Forecaster**", of_glassnet),
        ("LightGBM on lags", of_lightgbm),
    ]
    slow = [(name, of_statsforecast(name)) for name in ("AutoTheta", "AutoETS", "AutoARIMA")]
    every = [measured(suite, *each, series) for each in quick]
    some: list[Measured] = []
    for each in [*quick, *slow]:
        some.append(measured(suite, *each, few))
        (given.out / "forecasting_m4.md").write_text(text(some, every, given.seed))


if __name__ == "__main__":
    main()
