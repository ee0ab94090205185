"""The figures: microseconds a step for each library, and seconds against each size."""

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.spread import Spread
from benchmarks.timings import Results

if TYPE_CHECKING:
    from benchmarks.scaling import Measured

MARKS = "o*_sD^vPX<>"
# Okabe and Ito: for every eye
COLORS = "black", "#D55E00", "#E69F00", "#0072B2", "#56B4E9", "#CC79A7", "#009E73"
WIDTH = 0.84  # of a case's column that the marks fill


def steps(results: Results, reference: str, path: Path) -> None:
    """Microseconds a step on a log scale, a column a case, a mark a library."""
    figure = Figure(figsize=(12, 6.5), layout="constrained")
    axes = figure.subplots()
    for number, (peer, mark, color) in enumerate(zip(results.peers, cycle(MARKS), cycle(COLORS), strict=False)):
        offset = WIDTH * ((number + 0.5) / len(results.peers) - 0.5)
        _draw_peer(axes, results, peer, offset, fmt=mark, color=color, markersize=9 if peer == reference else 6)
    for line in range(1, len(results.rows)):
        axes.axvline(line - 0.5, color="0.85", linewidth=0.8)
    axes.set(yscale="log", ylabel="microseconds a training step", xlim=(-0.5, len(results.rows) - 0.5))
    axes.set_xticks(range(len(results.rows)), results.rows)
    axes.grid(axis="y", color="0.9")
    axes.set_axisbelow(True)
    axes.set_title("A training step: median of the rounds, bars from the fastest to the slowest round")
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    figure.savefig(path, dpi=120)


def _draw_peer(axes: Axes, results: Results, peer: str, offset: float, **looks: object) -> None:
    columns = [(x, case) for x, case in enumerate(results.rows) if results.has(case, peer)]
    spreads = [Spread.of([1e6 * s for s in results.seconds(case, peer)]) for _, case in columns]
    errors = [[s.median - s.low for s in spreads], [s.high - s.median for s in spreads]]
    places, middles = [x + offset for x, _ in columns], [s.median for s in spreads]
    axes.errorbar(places, middles, errors, label=results.peers[peer].label, **looks)  # type: ignore[arg-type]


def scaling(sweeps: "Mapping[str, Measured]", path: Path) -> None:
    """Seconds of an epoch against each size on log scales, with the fit over the larger half."""
    figure = Figure(figsize=(15, 4.5), layout="constrained")
    panels = figure.subplots(1, len(sweeps), squeeze=False, sharey=True)[0]
    for axes, (name, measured) in zip(panels, sweeps.items(), strict=True):
        _draw_sweep(axes, measured)
        axes.set(xscale="log", yscale="log", xlabel=name, ylabel="seconds an epoch" if name == "rows" else "")
        axes.set_xticks(measured.values[::2], [f"{value:,}" for value in measured.values[::2]])
        axes.minorticks_off()
        axes.grid(color="0.9")
        axes.legend(loc="upper left", fontsize="small")
    figure.suptitle("Cost against size, compiled engine: an epoch's time, and its slope against multiply-adds")
    figure.savefig(path, dpi=120)


def _draw_sweep(axes: Axes, measured: "Measured") -> None:
    spreads = [Spread.of(list(seconds)) for seconds in measured.rounds]
    errors = [[s.median - s.low for s in spreads], [s.high - s.median for s in spreads]]
    middles = np.array([s.median for s in spreads])
    axes.errorbar(measured.values, middles, errors, fmt="o", color="black", label="measured")
    slope, intercept = measured.fitted(middles)
    line = np.exp(intercept) * measured.work[measured.half] ** slope
    axes.plot(measured.values[measured.half], line, color="#D55E00", label=f"slope {slope:.2f} against the work")
