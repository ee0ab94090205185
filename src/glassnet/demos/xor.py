"""Exclusive or: a printed gradient that is wrong yet often seems to learn, beside the right one on the same start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.demos import drawing
from glassnet.demos.table import table
from glassnet.formulas.elementary import Array
from glassnet.insight.gradient_check import relative_error
from glassnet.typing import MetricLike, TrainingSettings

X = np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 1], [0, 0, 1]])  # the third input is always 1
Y = np.array([[1.0], [1], [0], [0]])
SEED, N_STEPS = 1, 8000
SEEDS, N_STEPS_EACH = range(20), 5000

TUTORIAL = [
    0.5013730688788007,
    0.4664830127093482,
    0.24207358013744795,
    0.09891100378926312,
    0.087323152676015,
    0.06892222408037366,
    0.05528837086156295,
    0.027425185939300573,
]  # the mean absolute error before every 1000th update

Parameters = dict[str, Array]


@dataclass(frozen=True, eq=False)
class Result:
    """What the printed update and the right gradient lead to.

    printed, right                mean absolute error before each update, seed 1
    printed_errors, right_errors  how far each array's gradient is from finite differences, relative to the largest
    printed_solved, right_solved  the seeds whose four rounded outputs are right after 5000 updates
    """

    printed: list[float]
    right: list[float]
    printed_errors: dict[str, float]
    right_errors: dict[str, float]
    printed_solved: list[int]
    right_solved: list[int]
    figures: tuple[Path, ...] = ()


def draws(seed: int) -> Parameters:
    """All parameters standard normal, weights first."""
    randn = np.random.RandomState(seed).randn
    return {"0.W": randn(3, 4), "1.W": randn(4, 1), "0.b": randn(4), "1.b": randn(1)}


# ---------------------------------------------------------------- as the tutorial prints it


def sigmoid(x: Array) -> Array:
    """σ(x) as the tutorial writes it."""
    return 1.0 / (1.0 + np.exp(-x))


def sigmoid_prime(x: Array) -> Array:
    """σ'(x) of a score x."""
    s = sigmoid(x)
    return s * (1 - s)


def forward(p: Parameters, X: Array) -> tuple[Array, Array]:
    """(hidden activations, outputs)."""
    hidden = sigmoid(X @ p["0.W"] + p["0.b"])
    return hidden, sigmoid(hidden @ p["1.W"] + p["1.b"])


def printed_gradient(p: Parameters, hidden: Array, output: Array) -> Parameters:
    """What the tutorial subtracts from each array; it is meant to be the gradient of ½ Σ (output − Y)²."""
    delta_output = (output - Y) * sigmoid_prime(output)  # wrong: the output is σ already, its slope is a (1 − a)
    delta_hidden = delta_output @ p["1.W"].T * sigmoid_prime(hidden)  # wrong likewise
    return {
        "0.W": X.T @ delta_hidden,
        "1.W": hidden.T @ delta_output,
        "0.b": np.mean(delta_hidden, axis=1),  # wrong: over the units, not the rows; 4 of each, so nobody notices
        "1.b": np.mean(delta_output, keepdims=True)[0],  # a mean, where the weights have a sum
    }


def train_as_printed(p: Parameters, n_steps: int) -> list[float]:
    """Change p as the tutorial does; gives the mean absolute error before each update."""
    errors = []
    for _ in range(n_steps):
        hidden, output = forward(p, X)
        errors.append(float(np.mean(np.abs(Y - output))))
        for name, step in printed_gradient(p, hidden, output).items():
            p[name] -= step
    return errors


# ---------------------------------------------------------------- with the right gradient


def network(p: Parameters) -> gn.Network:
    """The same network with the same parameters, in glassnet."""
    net = gn.Network([gn.Dense(4, "sigmoid"), gn.Dense(1, "sigmoid")], dtype="float64").build(3, seed=0)
    for name, values in p.items():
        net.arrays[name][...] = values
    return net


def train_rightly(net: gn.Network, n_steps: int, metrics: Sequence[MetricLike] = ()) -> gn.History:
    """The rate ½ on Σ (output − Y)² is the rate 1 on half of it, as the tutorial has it."""
    settings: TrainingSettings = {"optimizer": gn.SGD(0.5), "batch_size": 4, "metrics": metrics}
    return net.fit(X, Y, loss="sum_of_squared_errors", epochs=n_steps, **settings)


# ---------------------------------------------------------------- side by side


def gradient_errors() -> tuple[dict[str, float], dict[str, float]]:
    """(printed, right): the distance of each array's gradient from finite differences, at the start of seed 1."""
    p = draws(SEED)
    check = gn.check_gradient(network(p), X, Y, loss="sum_of_squared_errors")
    printed = printed_gradient(p, *forward(p, X))
    wrong = {name: relative_error(printed[name].ravel(), check.numeric[name] / 2) for name in sorted(p)}
    return wrong, {name: check.errors[name] for name in sorted(p)}


def solved(output: Array) -> bool:
    """Whether all four rounded outputs are right."""
    return bool((output.round() == Y).all())


def solves_as_printed(seed: int) -> bool:
    """Whether the printed update solves it in 5000 steps."""
    p = draws(seed)
    train_as_printed(p, N_STEPS_EACH)
    return solved(forward(p, X)[1])


def solves_rightly(seed: int) -> bool:
    """Whether the right gradient solves it in 5000 steps."""
    net = network(draws(seed))
    train_rightly(net, N_STEPS_EACH)
    return solved(net.predict(X))


def run(out: Path | None = None, say: Callable[[str], Any] = print) -> Result:
    """Train in both ways, print both beside the tutorial's lines; draw where `out` is given."""
    drawing.prepare(out)
    p, net = draws(SEED), network(draws(SEED))
    printed = train_as_printed(p, N_STEPS)
    right = train_rightly(net, N_STEPS, metrics=("mae",))["mae"]
    printed_errors, right_errors = gradient_errors()
    printed_solved, right_solved = list(filter(solves_as_printed, SEEDS)), list(filter(solves_rightly, SEEDS))
    figures = (draw_errors(printed, right, out), draw_surfaces(p, net, out)) if out else ()
    result = Result(printed, right, printed_errors, right_errors, printed_solved, right_solved, figures)
    for line in report(result):
        say(line)
    return result


def report(result: Result) -> list[str]:
    """The text of the demo."""
    lines = [
        [1000 * i, loss, result.printed[1000 * i], f"{result.right[1000 * i]:.4f}"] for i, loss in enumerate(TUTORIAL)
    ]
    errors = [[n, f"{result.printed_errors[n]:.1e}", f"{result.right_errors[n]:.1e}"] for n in result.right_errors]
    return [
        "3-4-1 sigmoids, seed 1. The tutorial announces squared errors and prints mean absolute errors.\n",
        table(["update", "tutorial's page", "its code, here", "right gradient"], lines),
        "\nThe printed update is chaotic: from about update 1450 on, the last bit of exp and the order of a sum",
        "matter, so that its later lines differ from machine to machine. The right gradient is not chaotic.",
        "\nRelative distance from finite differences, at the start:\n",
        table(["array", "printed", "glassnet"], errors),
        "\nThe printed one takes the slope of σ at values that are already outputs of σ, averages a bias over",
        "units instead of rows, and uses means for biases but sums for weights.",
        f"\nSolved within {N_STEPS_EACH} updates, of {len(SEEDS)} seeds: printed {len(result.printed_solved)}, "
        f"right {len(result.right_solved)}.",
    ]


def draw_errors(printed: list[float], right: list[float], out: Path) -> Path:
    """Both errors over the updates, and the tutorial's eight."""
    figure, axes = drawing.new_figure()
    axes.plot(printed, color=drawing.VERMILION, linewidth=0.5, label="printed update, on this machine")
    axes.plot(right, color=drawing.BLUE, linewidth=2, label="right gradient")
    points = {"color": drawing.ORANGE, "markeredgecolor": "black", "markersize": 8}
    axes.plot(range(0, N_STEPS, 1000), TUTORIAL, "o", **points, label="the tutorial's eight values")
    drawing.tidy(axes, xlabel="update", ylabel="mean absolute error", title="Exclusive or, seed 1", ylim=(0, None))
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return drawing.save(figure, out, "error")


def draw_surfaces(p: Parameters, net: gn.Network, out: Path) -> Path:
    """The output over the square, with the corners that were learned and the line where it is ½."""
    figure, panels = drawing.new_figure(2)
    across = np.linspace(-0.25, 1.25, 121)
    x1, x2 = np.meshgrid(across, across)
    square = np.column_stack([x1.ravel(), x2.ravel(), np.ones(x1.size)])
    outputs = {"printed update": forward(p, square)[1], "right gradient": net.predict(square)}
    for axes, (name, output) in zip(panels, outputs.items(), strict=True):
        z = output.reshape(x1.shape)
        levels = axes.contourf(x1, x2, z, levels=np.linspace(0, 1, 11), cmap="cividis")
        axes.contour(x1, x2, z, levels=[0.5], colors="white", linewidths=2)
        for row, target in zip(X, Y[:, 0], strict=True):
            axes.plot(*row[:2], "o" if target else "s", color="white", markeredgecolor="black", markersize=10)
        axes.set(xlabel="x₁", ylabel="x₂", title=f"{name}, {N_STEPS} steps", aspect="equal")
        axes.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    figure.colorbar(levels, ax=panels, label="output   (○ should be 1, □ should be 0)", shrink=0.8)
    return drawing.save(figure, out, "surface")
