"""Three clouds of points that overlap: a small network comes close to the best that any classifier can do on them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.demos import drawing
from glassnet.demos.table import table
from glassnet.formulas.elementary import Array

CENTRES = np.array([[0.0, -2], [2, 2], [-2, 2]])
SEED, N_EPOCHS, RATE = 0, 10_000, 1e-5  # the tutorial writes the rate as 10e-6
SHADES = (drawing.BLUE, drawing.ORANGE, drawing.GREEN)

Rule = Callable[[Array], Array]  # points (n, 2) to class numbers (n,)


@dataclass(frozen=True, eq=False)
class Result:
    """`losses` before the update of each epoch, `loss` after the last; shares of points whose class is found.

    train_accuracy, nearest_accuracy   on the 1500 points: by the network, by the nearest centre
    true_accuracy, bayes_accuracy      on all points that could come, likewise
    """

    losses: list[float]
    loss: float
    train_accuracy: float
    nearest_accuracy: float
    true_accuracy: float
    bayes_accuracy: float
    figures: tuple[Path, ...] = ()


def start() -> tuple[gn.Network, Array, Array]:
    """(network, X, y), all numbers standard normal, drawn in the tutorial's order."""
    draw = np.random.RandomState(SEED).randn
    X = np.vstack([draw(500, 2) + centre for centre in CENTRES])
    net = gn.Network([gn.Dense(5, "sigmoid"), gn.Dense(3, "softmax")], dtype="float64").build(2, seed=0)
    for name, shape in {"0.W": (2, 5), "0.b": (5,), "1.W": (5, 3), "1.b": (3,)}.items():
        net.arrays[name][...] = draw(*shape)
    return net, X, np.repeat(np.arange(3), 500)


def train(net: gn.Network, X: Array, y: Array) -> list[float]:
    """The summed loss of each epoch, before its update."""
    loss = gn.CrossEntropy(reduction="sum")
    return net.fit(X, y, loss=loss, optimizer=gn.SGD(RATE), epochs=N_EPOCHS, batch_size=len(X))["loss"]


def nearest_centre(X: Array) -> Array:
    """The Bayes rule: of equally likely normal clouds of one width, the nearest centre's is the likeliest."""
    return np.argmin(squared_distances(X), axis=1)


def squared_distances(X: Array) -> Array:
    """From each point to each centre, (n, 3)."""
    return np.sum((X[:, np.newaxis] - CENTRES) ** 2, axis=2)


def true_accuracy(rule: Rule, step: float = 0.02) -> float:
    """The share of all points that a rule classifies rightly: the density of the class it names, summed over a grid."""
    across = np.arange(-8, 8, step)
    X = np.column_stack([axis.ravel() for axis in np.meshgrid(across, across)])
    density = np.exp(-squared_distances(X) / 2) / (2 * np.pi)
    return float(density[np.arange(len(X)), rule(X)].sum() * step**2 / 3)


def run(out: Path | None = None, say: Callable[[str], Any] = print) -> Result:
    """Train, print the loss and the rates beside the tutorial's; draw where `out` is given."""
    drawing.prepare(out)
    net, X, y = start()
    losses = train(net, X, y)

    def network(points: Array) -> Array:
        return np.argmax(net.predict(points), axis=1)

    result = Result(
        losses=losses,
        loss=net.evaluate(X, y)["loss"],
        train_accuracy=float(np.mean(network(X) == y)),
        nearest_accuracy=float(np.mean(nearest_centre(X) == y)),
        true_accuracy=true_accuracy(network),
        bayes_accuracy=true_accuracy(nearest_centre),
    )
    if out:
        result = replace(result, figures=(draw_regions(network, X, y, result, out), draw_loss(losses, out)))
    for line in report(result):
        say(line)
    return result


def report(result: Result) -> list[str]:
    """The text of the demo."""
    epochs = [[i, f"{result.losses[i]:.3f}"] for i in range(0, N_EPOCHS, 1000)] + [[N_EPOCHS, f"{result.loss:.3f}"]]
    rates = [
        ["the network", f"{result.train_accuracy:.2%}", f"{result.true_accuracy:.2%}"],
        ["nearest centre", f"{result.nearest_accuracy:.2%}", f"{result.bayes_accuracy:.2%}"],
    ]
    return [
        f"2-5-3, sigmoid and softmax, 1500 points, seed {SEED}. Cross-entropy before each update, summed:\n",
        table(["epoch", "loss"], epochs),
        "\nClassified correctly:\n",
        table(["", "these points", "all possible points"], rates),
        "the tutorial's network: around 97%",
        "\nNo classifier can do better on new points than the nearest centre, which is the Bayes rule here.",
    ]


def boundaries() -> list[Array]:
    """The Bayes boundaries: rays from the point as far from all centres, each through the middle of two of them."""
    squares = np.sum(CENTRES**2, axis=1)
    meeting = np.linalg.solve(2 * (CENTRES[1:] - CENTRES[0]), squares[1:] - squares[0])
    middles = [(CENTRES[i] + CENTRES[j]) / 2 for i, j in ((0, 1), (0, 2), (1, 2))]
    return [np.array([meeting, meeting + 20 * (middle - meeting)]) for middle in middles]


def draw_regions(network: Rule, X: Array, y: Array, result: Result, out: Path) -> Path:
    """The network's regions as colours, the Bayes boundaries as lines, the points on top."""
    figure, axes = drawing.new_figure()
    x1, x2 = np.meshgrid(np.linspace(-8.5, 8.5, 851), np.linspace(-5.5, 5.5, 551))
    region = network(np.column_stack([x1.ravel(), x2.ravel()])).reshape(x1.shape)
    axes.contourf(x1, x2, region, levels=[-0.5, 0.5, 1.5, 2.5], colors=SHADES, alpha=0.25)
    for k, shade in enumerate(SHADES):
        axes.plot(*X[y == k].T, ".", color=shade, markersize=4, label=f"class {k}")
    for k, ray in enumerate(boundaries()):
        axes.plot(*ray.T, "k--", label="" if k else "Bayes boundary")
    title = f"Classified correctly: network {result.true_accuracy:.2%}, Bayes rule {result.bayes_accuracy:.2%}"
    axes.set(xlim=(-8.5, 8.5), ylim=(-5.5, 5.5), xlabel="x₁", ylabel="x₂", title=title, aspect="equal")
    figure.legend(loc="outside lower center", ncols=4, markerscale=2, frameon=False)
    return drawing.save(figure, out, "regions")


def draw_loss(losses: list[float], out: Path) -> Path:
    """The cost curve."""
    figure, axes = drawing.new_figure()
    axes.semilogy(losses, color=drawing.BLUE)
    drawing.tidy(axes, xlabel="epoch", ylabel="cross-entropy, summed over 1500 points", title="Three clouds")
    return drawing.save(figure, out, "loss")
