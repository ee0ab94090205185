"""Gradient descent on f(x, y) = x² + y²: step by step against the gradient (2x, 2y) to the minimum (0, 0)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.demos import drawing
from glassnet.demos.table import table
from glassnet.formulas.elementary import Array

N_STEPS, RATE = 1000, 0.01
SHOWN = (0, 1, 10, 100, 500, 1000)


@dataclass(frozen=True, eq=False)
class Result:
    """The points (n_steps + 1, 2) from start to end, and f at the last of them."""

    path: Array
    end: float
    figures: tuple[Path, ...] = ()


def f(point: Array) -> float:
    """x² + y²."""
    return float((point**2).sum())


def gradient(point: Array) -> Array:
    """(2x, 2y)."""
    return 2 * point


def descend(point: Array) -> Array:
    """All points of the way, the start included."""
    path, rule = [point], gn.SGD(RATE)
    for t in range(1, N_STEPS + 1):
        (point,) = rule.update(point.copy(), gradient(point), t, RATE)
        path.append(point)
    return np.array(path)


def run(out: Path | None = None, say: Callable[[str], Any] = print) -> Result:
    """Print the way down, and draw it where `out` is given."""
    drawing.prepare(out)
    path = descend(np.random.RandomState(0).rand(2, 1))[:, :, 0]
    result = Result(path, f(path[-1]), (draw(path, out),) if out else ())
    say(f"Gradient descent on x² + y², learning rate {RATE}\n")
    say(table(["step", "x", "y", "f"], [[t, *(f"{v:.6g}" for v in path[t]), f"{f(path[t]):.6g}"] for t in SHOWN]))
    exact = (1 - 2 * RATE) ** (2 * N_STEPS) * f(path[0])
    say(f"\nf at the end:        {result.end!r}")
    say("the tutorial's:      around 2.3e-18")
    say(f"on paper:            {exact!r}")
    say("\nEach step multiplies x and y by 1 − 2 · 0.01 = 0.98, so that f after t steps is 0.98²ᵗ f(start).")
    return result


def draw(path: Array, out: Path) -> Path:
    """The way over the contours of f."""
    figure, axes = drawing.new_figure()
    x, y = np.meshgrid(np.linspace(-0.5, 1.1, 161), np.linspace(-0.3, 0.9, 121))
    levels = axes.contourf(x, y, x**2 + y**2, levels=12, cmap="Blues")
    figure.colorbar(levels, label="f(x, y)")
    axes.plot(*path[::10].T, ".-", color=drawing.VERMILION, label="every 10th of 1000 steps")
    axes.plot(*path[0], "o", color=drawing.VERMILION, markersize=9, label="start")
    axes.plot(0, 0, "*", color="black", markersize=12, label="minimum")
    axes.set(xlabel="x", ylabel="y", title="Gradient descent on f(x, y) = x² + y²", aspect="equal")
    axes.legend(loc="lower right")
    return drawing.save(figure, out, "descent")
