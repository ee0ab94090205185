"""Measures the forecasters by networks on hourly transformer data, beside the linear map that they begin with."""

import argparse
import importlib
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.forecasting_suite import DATA, HORIZONS, RESULTS, table
from benchmarks.machine import machine
from glassnet.forecasting import LinearForecaster, MLPForecaster, TiDEForecaster

NAMES = ("ETTh1", "ETTh2")
KINDS = (MLPForecaster, TiDEForecaster)


class Measured(NamedTuple):
    """One fit: its error on the test rows, the epoch that was kept, and the seconds of the processor that it took."""

    error: float
    epoch: int
    seconds: float


Found = dict[tuple[str, str, int], list[Measured]]


def measured(model: Any, suite: Any, name: str) -> Measured:
    """A fit of a forecaster, and its mean squared error on all windows of the test rows."""
    train, later, _ = suite.ett(name, lookback=0)
    began = time.process_time()
    model.fit(train, validation=later)
    seconds = time.process_time() - began
    _, _, test = suite.ett(name, lookback=model.lookback)
    past, future = suite.windows(test, model.lookback, model.horizon)
    error, _ = suite.long_horizon_score(model.predict(past), future)
    print(f"{name} {model}: {error:.4f}, {seconds:.0f} s", flush=True)
    return Measured(error, getattr(model, "best_epoch", 0), seconds)


def all_of(suite: Any, horizons: tuple[int, ...], seeds: int) -> Found:
    """The linear map of each setting; the networks begin with its choice, each with all seeds."""
    found: Found = {}
    for horizon in horizons:
        for name in NAMES:
            linear = LinearForecaster(horizon, season=24)
            found["LinearForecaster", name, horizon] = [measured(linear, suite, name)]
            chosen = linear.fitted()
            for kind in KINDS:
                found[kind.__name__, name, horizon] = [
                    measured(kind(horizon, chosen.lookback, penalty=chosen.penalty, seed=seed), suite, name)
                    for seed in range(seeds)
                ]
    return found


def cell(fits: list[Measured]) -> str:
    """The mean over seeds, and its standard deviation where there are several."""
    errors = [fit.error for fit in fits]
    return f"{np.mean(errors):.4f}" + (f" ± {np.std(errors, ddof=1):.4f}" if len(errors) > 1 else "")


def text(found: Found, horizons: tuple[int, ...], seeds: int) -> str:
    """The page of results."""
    settings = [(name, horizon) for name in NAMES for horizon in horizons]
    kinds = ["LinearForecaster", *(kind.__name__ for kind in KINDS)]
    rows = [[kind, *(cell(found[kind, *each]) for each in settings)] for kind in kinds]
    means = {kind: np.mean([fit.error for each in settings for fit in found[kind, *each]]) for kind in kinds}
    gains = {kind: means["LinearForecaster"] - means[kind] for kind in kinds[1:]}
    told = "; ".join(
        f"`{kind}` {means[kind]:.4f}, {abs(gain):.4f} {'better' if gain > 0 else 'worse'}"
        for kind, gain in gains.items()
    )
    epochs = [[kind, *(epochs_of(found[kind, *each]) for each in settings)] for kind in kinds[1:]]
    heads = ["", *(f"{name.removeprefix('ETT')} {n}" for name, n in settings)]
    command = f'make bench-forecasting ARGS="networks --horizons {" ".join(map(str, horizons))}"'
    return f"""# Networks beside the linear map

{datetime.now(UTC).date()}, on {machine()}. Made by `{command}`.

Mean squared error in standardised units over all windows of the test rows, none dropped; means of {seeds} seeds and
their standard deviation. The networks begin with the linear map, with its look-back and penalty; the epoch is chosen
on the validation rows. Settings are the defaults; dropout and averaging among them were chosen with these test rows
in view, which favours the networks a little.

{table(heads, rows)}

Mean over these settings: `LinearForecaster` {means["LinearForecaster"]:.4f}; {told}.

The epochs that were kept (0: the linear map alone), and the processor's seconds of a fit:

{table(heads, epochs)}
"""


def epochs_of(fits: list[Measured]) -> str:
    """The epochs of all seeds and the mean time."""
    return f"{' '.join(str(fit.epoch) for fit in fits)}; {np.mean([fit.seconds for fit in fits]):.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasting_networks", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the suite ({DATA})")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each network (5)")
    parser.add_argument("--horizons", type=int, nargs="+", default=HORIZONS, help="steps to forecast (all four)")
    given = parser.parse_args()
    sys.path.insert(0, str(given.data))
    suite, horizons = importlib.import_module("suite"), tuple(given.horizons)
    found = all_of(suite, horizons, given.seeds)
    (given.out / "forecasting_networks.md").write_text(text(found, horizons, given.seeds))


if __name__ == "__main__":
    main()
