"""Measures the forecasters on hourly transformer data and on M4 hourly."""

import argparse
import importlib
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forecasting_suite import DATA, HORIZONS, M4, RESULTS, table
from benchmarks.machine import machine
from glassnet.forecasting import LinearForecaster

# Mean squared errors on all windows of the test rows, as published (the suite's README has the sources).
PUBLISHED = {
    "DLinear": ([0.375, 0.405, 0.439, 0.472], [0.289, 0.383, 0.448, 0.605]),
    "TiDE": ([0.375, 0.412, 0.435, 0.454], [0.270, 0.332, 0.360, 0.419]),
    "PatchTST, rerun by FITS": ([0.385, 0.413, 0.440, 0.456], [0.274, 0.338, 0.367, 0.391]),
    "FITS": ([0.372, 0.404, 0.427, 0.424], [0.271, 0.331, 0.354, 0.377]),
    "ridge of the suite": ([0.371, 0.405, 0.431, 0.442], [0.273, 0.334, 0.358, 0.390]),
}


def long_horizon(suite: Any, name: str, horizon: int) -> tuple[float, float, float]:
    """Mean squared and absolute error on every window of the test rows, and the seconds of the fit."""
    train, later, _ = suite.ett(name, lookback=0)
    began = time.process_time()
    model = LinearForecaster(horizon, season=24).fit(train, validation=later)
    seconds = time.process_time() - began
    _, _, test = suite.ett(name, lookback=model.lookback)
    past, future = suite.windows(test, model.lookback, horizon)
    print(f"{name} {horizon}: {model}", flush=True)
    return *suite.long_horizon_score(model.predict(past), future), seconds


def m4(suite: Any) -> tuple[dict[str, float], float]:
    """The competition's scores, and the seconds of the fit: a map for each series, of logarithms."""
    series = suite.m4("m4_hourly")
    began = time.process_time()
    model = LinearForecaster(48, season=24, channels="apart", normalization=("centered", "standardized"))
    forecasts = np.expm1(model.fit([np.log1p(past) for _, past, _ in series]).forecast())
    seconds = time.process_time() - began
    print(f"M4 hourly: {model}", flush=True)
    return suite.m4_score({name: forecasts[:, k] for k, (name, *_) in enumerate(series)}), seconds


def text(errors: dict[tuple[str, int], tuple[float, float, float]], scores: dict[str, float], seconds: float) -> str:
    """The page of results."""
    ours = [f"{errors[name, n][0]:.3f}" for name in ("ETTh1", "ETTh2") for n in HORIZONS]
    took = [f"{errors[name, n][2]:.0f} s" for name in ("ETTh1", "ETTh2") for n in HORIZONS]
    published = [[name, *(f"{each:.3f}" for each in both[0] + both[1])] for name, both in PUBLISHED.items()]
    heads = ["", *(f"{name} {n}" for name in ("h1", "h2") for n in HORIZONS)]
    found = ["**LinearForecaster**", f"{scores['smape']:.2f}", f"{scores['mase']:.3f}", f"{scores['owa']:.3f}"]
    others = [[name, f"{smape:.2f}", f"{mase:.3f}", f"{owa:.3f}"] for name, smape, mase, owa in M4]
    return f"""# Forecasts

{datetime.now(UTC).date()}, on {machine()}. Made by `make bench-forecasting`. Seconds are those of the processor.

## ETTh1 and ETTh2

Mean squared error in standardised units over all windows of the test rows, none dropped, for four horizons. Look-back
and penalty are chosen on the training and validation rows, the map is solved on the training rows. The other rows are
published figures; DLinear's dropped the last batch.

{table(heads, [["**LinearForecaster**", *ours], *published, ["time of the fit, choice included", *took]])}

## M4 hourly

414 series, 48 hours ahead, as the competition scored them. `LinearForecaster` takes logarithms, and has a map for each
series; everything is chosen on the past. Fit and forecast of all series took {seconds:.0f} s. The others are published.

{table(["", "sMAPE", "MASE", "OWA"], [found, *others])}
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasting_linear", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the suite ({DATA})")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    given = parser.parse_args()
    sys.path.insert(0, str(given.data))
    suite = importlib.import_module("suite")
    errors = {(name, n): long_horizon(suite, name, n) for name in ("ETTh1", "ETTh2") for n in HORIZONS}
    (given.out / "forecasting.md").write_text(text(errors, *m4(suite)))


if __name__ == "__main__":
    main()
