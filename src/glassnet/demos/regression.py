"""A ReLU network memorises random numbers: its loss falls a million times, then stands still, and here is why."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.demos import drawing
from glassnet.demos.table import table
from glassnet.formulas.elementary import Array

SEED = 4  # the tutorial names none; with this one the loss has converged after 1000 loops, as the tutorial's has
N_LOOPS, RATE = 1000, 1e-6

TUTORIAL = {
    0: 3107119.8819272295,
    10: 6477731.174215912,
    20: 503218.95979508833,
    30: 186387.32762751653,
    40: 87792.08797737992,
    50: 45913.89335566323,
    60: 25153.979455418485,
    70: 14326.035509846992,
    80: 8452.117490799272,
    90: 5143.63172174059,
    100: 3218.3550710330437,
    200: 141.09191752470858,
    300: 59.34055206962512,
    400: 58.5022453137973,
    500: 58.49755563734828,
    600: 58.49744545275112,
    700: 58.49744260872595,
    800: 58.49744253070574,
    900: 58.49744252846752,
}  # loop: the loss before its update


@dataclass(frozen=True, eq=False)
class Result:
    """`losses` before the update of each loop; `before`, `after`: prediction − target of each row around the training.

    `off` marks the rows whose hidden units are all off after it, `floor` is Σ y² over them.
    """

    losses: list[float]
    before: Array
    after: Array
    off: Array
    floor: float
    figures: tuple[Path, ...] = ()


def start() -> tuple[gn.Network, Array, Array]:
    """(network, X, y), all numbers standard normal, drawn in the tutorial's order."""
    draw = np.random.RandomState(SEED).randn
    X, y = draw(128, 1000), draw(128, 1)
    net = gn.Network([gn.Dense(100, "relu", bias=False), gn.Dense(1, bias=False)], dtype="float64").build(1000, seed=0)
    net.arrays["0.W"][...] = draw(1000, 100)
    net.arrays["1.W"][...] = draw(100, 1)
    return net, X, y


def train(net: gn.Network, X: Array, y: Array) -> list[float]:
    """The loss of each loop, before its update."""
    optimizer, epochs = gn.SGD(RATE), N_LOOPS
    return net.fit(X, y, loss="sum_of_squared_errors", optimizer=optimizer, epochs=epochs, batch_size=len(X))["loss"]


def all_off(net: gn.Network, X: Array) -> Array:
    """For each row, whether no hidden unit fires; it then predicts 0 and sends no gradient to any weight."""
    return np.all(X @ net.arrays["0.W"] <= 0, axis=1)


def run(out: Path | None = None, say: Callable[[str], Any] = print) -> Result:
    """Train, print the tutorial's tables beside ours and the reason for the plateau; draw where `out` is given."""
    drawing.prepare(out)
    net, X, y = start()
    before = net.predict(X) - y
    losses = train(net, X, y)
    after, off = net.predict(X) - y, all_off(net, X)
    floor = float((y[off] ** 2).sum())
    figures = (draw_losses(losses, floor, int(off.sum()), out), draw_relu(out)) if out else ()
    result = Result(losses, before, after, off, floor, figures)
    for line in report(result):
        say(line)
    return result


def report(result: Result) -> list[str]:
    """The text of the demo."""
    losses, off, floor = result.losses, result.off, result.floor
    loops = [[i, f"{loss:.6f}", f"{losses[i]:.6f}"] for i, loss in TUTORIAL.items()]
    rows = [[i, f"{result.before[i, 0]:.4f}", f"{result.after[i, 0]:.4e}", "all" if off[i] else ""] for i in range(5)]
    return [
        "128 × 1000 → 100 ReLU → 1, sum of squared errors. The tutorial names no seed: its weights differ.\n",
        table(["loop", "tutorial's loss", "ours"], loops),
        "\nprediction − target of the first five rows:\n",
        table(["row", "before", "after", "units off"], rows),
        f"\nWhy it stops improving: in {off.sum()} of {len(off)} rows every hidden unit is off. Such a row predicts 0,",
        "whatever the weights of the second layer, and its gradient is 0, so its error never shrinks.",
        "All other rows are learned.",
        f"  loss at the end        {losses[-1]!r}\n  Σ y² over these rows   {floor!r}",
    ]


def draw_losses(losses: list[float], floor: float, n_off: int, out: Path) -> Path:
    """The loss over the loops, the tutorial's printed values, and the level that explains the plateau."""
    figure, axes = drawing.new_figure()
    axes.semilogy(losses, color=drawing.BLUE, label=f"glassnet, seed {SEED}")
    axes.semilogy(TUTORIAL.keys(), TUTORIAL.values(), "o", color=drawing.ORANGE, label="the tutorial's printed values")
    label = f"Σ y² over the {n_off} rows whose hidden units are all off: {floor:.2f}"
    axes.axhline(floor, color=drawing.VERMILION, linestyle="--", label=label)
    drawing.tidy(axes, xlabel="loop", ylabel="sum of squared errors", title="Memorising random numbers")
    axes.legend(frameon=False)
    return drawing.save(figure, out, "loss")


def draw_relu(out: Path) -> Path:
    """max(x, 0)."""
    figure, axes = drawing.new_figure()
    x = np.linspace(-5, 10, 301)
    axes.plot(x, gn.ReLU().value(x), color=drawing.BLUE)
    drawing.tidy(axes, xlabel="x", ylabel="max(x, 0)", title="ReLU")
    return drawing.save(figure, out, "relu")
