"""The kinds of exercises: each takes a step of the training apart, on one row, with the numbers of the network."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glassnet.insight.layer_trace import TracedLayer, all_layers
from glassnet.insight.trace import Trace
from glassnet.layers.chain import Chain
from glassnet.layers.dense import Dense
from glassnet.playing.answers.exercise import Exercise, Mistake, result, shown, written
from glassnet.playing.answers.questions import traced, why
from glassnet.playing.naming import unit_name, weight_name
from glassnet.playing.simulation import Simulation

RATES = (0.1, 0.5, 1.0, 5.0)  # of which the first is taken that moves the weight by enough to be seen
SEEN = 0.02  # of the weight
MOST_TERMS = 6  # of a sum that somebody computes by hand
Random = np.random.Generator


def chosen_row(simulation: Simulation, rng: Random) -> int:
    """A row that is trained on."""
    return int(rng.integers(len(simulation.rows.y)))


def chosen_weight(simulation: Simulation, rng: Random) -> tuple[int, list[int]]:
    """A layer among all, and a place in its weights."""
    column = simulation.drawn.columns[int(rng.integers(len(simulation.drawn.columns)))]
    shape = column.node.places["W"].parameter.shape
    return column.number, [int(rng.integers(n)) for n in shape]


def product(simulation: Simulation, rng: Random) -> Exercise | None:
    """The factors of the chain rule are given, their product is wanted."""
    (layer, index), row = chosen_weight(simulation, rng), chosen_row(simulation, rng)
    answer = why(simulation, layer, "W", index, row)
    factors = {each["name"]: shown(each["values"][0]) for each in answer["factors"]}
    value = float(np.prod(list(factors.values())))
    if not value or not np.isfinite(value):
        return None
    weight = weight_name(simulation, layer, *index)
    text = f"Row {row}: what is ∂ℓ/∂w for the {weight}? Multiply the factors of the chain rule."
    mistakes = [Mistake(-value, "The size is right, the sign is not: look at the factors below 0.")]
    for name, factor in factors.items():
        mistakes.append(Mistake(value / factor, f"The factor {name} is missing.", name))
        mistakes.append(Mistake(value * factor, f"The factor {name} is there twice.", name))
    mistakes.append(Mistake(sum(factors.values()), "That is the sum of the factors: the chain rule multiplies them."))
    derivation = [
        "∂ℓ/∂w = " + " · ".join(factors),
        f"= {' · '.join(map(written, factors.values()))} = {result(value)}",
    ]
    otherwise = "That is not their product: multiply them one after the other."
    return Exercise("product", text, factors, value, derivation, mistakes, otherwise)


def next_weight(simulation: Simulation, rng: Random) -> Exercise | None:
    """A weight, its gradient and the learning rate are given; the weight after a step of gradient descent is wanted."""
    (layer, index), row = chosen_weight(simulation, rng), chosen_row(simulation, rng)
    found = next(each for each in all_layers(traced(simulation, row)[0].layers) if each.path == path(simulation, layer))
    w, g = shown(float(found.W[tuple(index)])), shown(float(found.dW[tuple(index)]))
    rate = next((rate for rate in RATES if rate * abs(g) >= SEEN * abs(w)), None)
    if rate is None or not g or not np.isfinite(g):
        return None
    change, name = rate * g, weight_name(simulation, layer, *index)
    text = f"Row {row}: gradient descent makes one step on this row. What is the {name} after it?"
    mistakes = [
        Mistake(w + change, "The step goes the wrong way: the gradient is subtracted.", "∂ℓ/∂w"),
        Mistake(w - g, "The learning rate η is missing: the step is η times the gradient.", "η"),
        Mistake(-change, "That is the step: the new weight is the old one and the step.", "w"),
        Mistake(change, "That is η times the gradient: it is subtracted from the weight.", "w"),
    ]
    derivation = [
        "w − η · ∂ℓ/∂w",
        f"= {written(w)} − {written(rate)} · {written(g)} = {result(w - change)}",
    ]
    given = {"w": w, "η": rate, "∂ℓ/∂w": g}
    tolerance = 0.1 * abs(change)
    return Exercise("next weight", text, given, w - change, derivation, mistakes, tolerance=tolerance)


def delta(simulation: Simulation, rng: Random) -> Exercise | None:
    """The error signal of a hidden unit, from those of the units that it leads to and the slope of its activation."""
    columns = simulation.drawn.columns
    pairs = [k for k in range(len(columns) - 1) if feeds(simulation, k)]
    if not pairs:
        return None
    k, row = int(rng.choice(pairs)), chosen_row(simulation, rng)
    layers = by_number(traced(simulation, row)[0])
    here, after = layers[columns[k].number], layers[columns[k + 1].number]
    unit = int(rng.integers(here.A.shape[1]))
    try:
        slope = shown(float(here.layer.activation.slope(here.Z, here.A)[0, unit]))
    except NotImplementedError:  # softmax, which has no slope of its own
        return None
    weights, signals = ([shown(float(each)) for each in values] for values in (after.W[unit], after.dZ[0]))
    value = slope * sum(w * d for w, d in zip(weights, signals, strict=True))
    if len(weights) > MOST_TERMS or not value or not np.isfinite(value):
        return None
    to = [unit_name(simulation, k + 1, j) for j in range(len(weights))]
    text = (
        f"Row {row}: what is δ = ∂ℓ/∂z of the unit {unit_name(simulation, k, unit)}? Its output leads to the units "
        "listed here, by these weights."
    )
    return way_back(text, slope, dict(zip(to, zip(weights, signals, strict=True), strict=True)), value)


def way_back(text: str, slope: float, ways: Mapping[str, tuple[float, float]], value: float) -> Exercise:
    """The exercise of `delta`; each way is a weight and the δ at its end, by the name of the unit there."""
    back = sum(w * d for w, d in ways.values())
    given = {name: each for to, (w, d) in ways.items() for name, each in ((f"w to {to}", w), (f"δ of {to}", d))}
    mistakes = [
        Mistake(-value, "The size is right, the sign is not: look at the numbers below 0."),
        Mistake(back, "The slope f′(z) is missing: that is ∂ℓ/∂a, of the unit's output.", "f′(z)"),
        Mistake(
            slope * sum(d for _, d in ways.values()), "The weights are missing: each δ comes back through its own."
        ),
        Mistake(slope * sum(w for w, _ in ways.values()), "The δ of the next layer are missing: each is a factor."),
    ]
    if len(ways) > 1:
        alone = "That is the way back from {} alone: add up all ways."
        mistakes += [Mistake(slope * w * d, alone.format(to)) for to, (w, d) in ways.items()]
    names = " + ".join(f"w to {to} · δ of {to}" for to in ways)
    terms = " + ".join(f"{written(w)} · {written(d)}" for w, d in ways.values())
    derivation = [
        f"δ = f′(z) · ({names})",
        f"= {written(slope)} · ({terms}) = {written(slope)} · {written(back)} = {result(value)}",
    ]
    return Exercise("delta", text, {**given, "f′(z)": slope}, value, derivation, mistakes)


def row_loss(simulation: Simulation, rng: Random) -> Exercise | None:
    """The loss of one row, from the outputs and the target."""
    row = chosen_row(simulation, rng)
    step = traced(simulation, row)[0]
    make = LOSSES.get(step.measured.loss.name)
    outputs, target = step.layers[-1].A[0], step.measured.Y[0]
    return None if make is None else make(simulation, row, [shown(float(a)) for a in outputs], np.ravel(target))


def cross_entropy(simulation: Simulation, row: int, p: list[float], y: Any) -> Exercise | None:
    """The logarithm of the probability of the true class."""
    true, names = int(np.argmax(y)), simulation.rows.classes or ()
    if not 0 < p[true] < 1 or len(p) > MOST_TERMS:
        return None
    value, wrong = -float(np.log(p[true])), [each for k, each in enumerate(p) if k != true and each > 0]
    text = f"Row {row} is of the class {names[true]}. What is its loss, the cross-entropy?"
    mistakes = [
        *of_logarithm(p[true]),
        Mistake(1 - p[true], "That is what is missing to 1: the cross-entropy takes the logarithm."),
        *(Mistake(-float(np.log(each)), "That is the logarithm of another class's probability.") for each in wrong),
    ]
    derivation = ["ℓ = −ln p of the true class", f"= −ln {written(p[true])} = {result(value)}"]
    given = {f"p of {names[k]}": each for k, each in enumerate(p)}
    return Exercise("loss", text, given, value, derivation, mistakes)


def binary_cross_entropy(simulation: Simulation, row: int, p: list[float], y: Any) -> Exercise | None:
    """The same for a single output, the probability of the second class."""
    names, true = simulation.rows.classes or ("0", "1"), float(y[0])
    of_true = shown(p[0] if true else 1 - p[0])
    if not 0 < of_true < 1:
        return None
    value = -float(np.log(of_true))
    text = (
        f"Row {row} is of the class {names[int(true)]}; p is the probability of {names[1]}. What is its loss, the "
        "cross-entropy?"
    )
    mistakes = [
        *of_logarithm(of_true),
        Mistake(-float(np.log(1 - of_true)), "That is the logarithm of the other class's probability."),
    ]
    used = "p" if true else "(1 − p)"
    derivation = ["ℓ = −[y ln p + (1 − y) ln(1 − p)]", f"= −ln {used} = −ln {written(of_true)} = {result(value)}"]
    return Exercise("loss", text, {"p": p[0], "y": true}, value, derivation, mistakes)


def of_logarithm(p: float) -> list[Mistake]:
    """What goes wrong with the logarithm of a probability."""
    return [
        Mistake(float(np.log(p)), "The sign is wrong: the logarithm of a probability is below 0, the loss above."),
        Mistake(-float(np.log10(p)), "That is the logarithm to the base 10: the loss takes the natural one."),
        Mistake(-float(np.log2(p)), "That is the logarithm to the base 2: the loss takes the natural one."),
    ]


def squared_error(simulation: Simulation, row: int, p: list[float], y: Any) -> Exercise | None:
    """The square of the difference."""
    if len(p) > 1:
        return None
    target = shown(float(y[0]))
    difference = p[0] - target
    value = difference**2
    if not value:
        return None
    mistakes = [
        Mistake(difference, "That is the difference: the loss is its square."),
        Mistake(abs(difference), "That is the size of the difference: the loss is its square."),
        Mistake(value / 2, "There is no half in this loss: it is the square itself."),
        Mistake(p[0] ** 2 - target**2, "Take the difference first, and its square then."),
        Mistake(2 * difference, "That is the slope of the loss, 2 (p − y)."),
    ]
    derivation = [
        "ℓ = (p − y)²",
        f"= ({written(p[0])} − {written(target)})² = {written(difference)}² = {result(value)}",
    ]
    return Exercise(
        "loss",
        f"Row {row}: what is its loss, the squared error?",
        {"p": p[0], "y": target},
        value,
        derivation,
        mistakes,
    )


LOSSES: Mapping[str, Callable[[Simulation, int, list[float], Any], Exercise | None]] = {
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
    "squared_error": squared_error,
}


def path(simulation: Simulation, layer: int) -> str:
    """Where a layer is in a trace."""
    return simulation.drawn.nodes[layer].path


def by_number(step: Trace) -> list[TracedLayer]:
    """The layers of a trace, as the page counts them."""
    return list(all_layers(step.layers))


def feeds(simulation: Simulation, k: int) -> bool:
    """Whether the outputs of a column enter the next one, alone or in a sum, and nothing else."""
    here, after = simulation.drawn.columns[k], simulation.drawn.columns[k + 1]
    layer, between = here.node.layer, simulation.drawn.nodes[here.number + 1 : after.number]
    straight = all(isinstance(node.layer, Chain) for node in between)
    around = any(start == k for start, _ in simulation.drawn.skips)
    return straight and not around and isinstance(layer, Dense) and not layer.activation.learned


KINDS: Mapping[str, tuple[str, Callable[[Simulation, Random], Exercise | None]]] = {
    "product": ("Gradient of a weight", product),
    "next weight": ("Weight after a step", next_weight),
    "delta": ("Error signal δ of a unit", delta),
    "loss": ("Loss of a row", row_loss),
}
