"""The figure of the benchmarks: microseconds a step on a log scale, a column a case, a mark a library."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.peers import PEERS, REFERENCE
from benchmarks.report import Report

MARKS = "o*sD^vPX"
# Okabe and Ito: for every eye
COLORS = "black", "black", "#D55E00", "#E69F00", "#0072B2", "#56B4E9", "#CC79A7", "#009E73"
LOOKS = dict(zip(PEERS, zip(MARKS, COLORS, strict=True), strict=True))
WIDTH = 0.8  # of a case's column that the marks fill


def draw(report: Report, path: Path) -> None:
    figure = Figure(figsize=(11, 5.5), layout="constrained")
    axes = figure.subplots()
    for number, peer in enumerate(report.peers):
        _draw_peer(axes, report, peer, (number + 0.5) / len(report.peers) - 0.5)
    for line in range(1, len(report.cases)):
        axes.axvline(line - 0.5, color="0.85", linewidth=0.8)
    axes.set(yscale="log", ylabel="microseconds a training step", xlim=(-0.5, len(report.cases) - 0.5))
    axes.set_xticks(range(len(report.cases)), report.cases)
    axes.grid(axis="y", color="0.9")
    axes.set_axisbelow(True)
    axes.set_title("A training step: median of the rounds, bars from the fastest to the slowest round")
    axes.legend(loc="upper left", fontsize="small")
    figure.savefig(path, dpi=120)


def _draw_peer(axes: Axes, report: Report, peer: str, offset: float) -> None:
    marker, color = LOOKS[peer]
    spreads = [report.spread(case, peer) for case in report.cases]
    middles = [spread.median for spread in spreads]
    errors = [[s.median - s.low for s in spreads], [s.high - s.median for s in spreads]]
    places = [number + WIDTH * offset for number in range(len(report.cases))]
    size = 9 if peer == REFERENCE else 6
    axes.errorbar(places, middles, errors, fmt=marker, color=color, markersize=size, label=PEERS[peer].label)
