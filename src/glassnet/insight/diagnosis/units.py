"""Hidden units that no gradient passes through: dead ones, and saturated ones."""

from collections.abc import Iterator

import numpy as np

from glassnet.formulas.activations import Activation
from glassnet.insight.diagnosis.evidence import FEWEST_ROWS, LEARNED, Evidence
from glassnet.insight.diagnosis.finding import Finding
from glassnet.insight.diagnosis.scores import hidden_slopes, rows_in_words
from glassnet.insight.notation.text import decimals

DEAD_SHARE = 2 / 3  # of a layer's units: ReLU layers that predict well under an L2 penalty were seen with 56 % off
THROWN = 10.0  # times as large as with the first weights: ReLU layers that learned well were seen with 4 times
RATE_TOO_HIGH = "a learning rate that is too high"
SATURATED_SLOPE = 0.02  # of the slope at 0: a gradient through two such layers is below a thousandth
SATURATED_SHARE = 0.5  # of all units in all rows: half the signal that should come back is lost


def dead_units(evidence: Evidence) -> Iterator[Finding]:
    """Units whose slope is 0 in every row, by a rate that is too high or otherwise."""
    if len(evidence.rows) < FEWEST_ROWS:
        return
    for layer, scores, slopes in hidden_slopes(evidence.layers):
        if is_bounded(layer.layer.activation):  # such units are saturated, and come back with smaller weights
            continue
        dead = int((slopes == 0).all(axis=0).sum())
        if dead <= DEAD_SHARE * slopes.shape[1]:
            continue
        measured = (
            f"{dead} of {slopes.shape[1]} units of layer {layer.path}, {layer.layer!r}, have slope 0 in every one of "
            f"{rows_in_words(layer, len(slopes))}"
        )
        growth = evidence.growth(layer)
        if growth > THROWN:
            yield rate_too_high(evidence, layer.path, f"{measured}, and its scores {scores.name}", growth)
            return  # what lies behind is thrown too
        if (tried := evidence.tried_rates) is not None and tried[0] > DEAD_SHARE > 2 * tried[1]:
            yield killed_by_rate(evidence, layer.path, measured, tried)
            return
        yield Finding(
            "dead units",
            f"layer {layer.path}",
            f"{measured}.",
            "No gradient reaches their weights, so they never change: in effect the layer is smaller.",
            "A smaller learning rate, scaled inputs, newly drawn weights, or 'leaky_relu' instead of 'relu'.",
        )


def rate_too_high(evidence: Evidence, path: str, measured: str, growth: float) -> Finding:
    """Units that are dead because the steps were too long."""
    rule = "" if evidence.rule is None else f", with {evidence.rule!r}"
    return Finding(
        RATE_TOO_HIGH,
        f"layer {path}",
        f"{measured} are {decimals(growth, 2)} times as large as before training{rule}.",
        "Steps that were too large moved the weights to where the gradient is 0; other activations would not help.",
        "Train again with a learning rate ten times smaller (gn.learning_rate_range finds one) or gn.ClipNorm(1.0).",
    )


def killed_by_rate(evidence: Evidence, path: str, measured: str, tried: tuple[float, float]) -> Finding:
    """Units that die with this learning rate, and live with a smaller one."""
    return Finding(
        RATE_TOO_HIGH,
        f"layer {path}",
        f"{measured}. Trained anew from the first weights, up to {tried[0]:.0%} of a layer die with {evidence.rule!r}, "
        f"and {tried[1]:.0%} with a tenth of that rate.",
        "Steps that were too large moved the weights to where the gradient is 0; other activations would not help.",
        "Train again with a learning rate ten times smaller (gn.learning_rate_range finds one) or gn.ClipNorm(1.0).",
    )


def saturated_units(evidence: Evidence) -> Iterator[Finding]:
    """Bounded activations that stand at their bounds."""
    for layer, scores, slopes in hidden_slopes(evidence.layers):
        f = layer.layer.activation
        steepest = slope_at(f, 0.0) if is_bounded(f) else 0.0
        share = float(np.mean(np.abs(slopes) < SATURATED_SLOPE * steepest)) if steepest else 0.0
        if share > SATURATED_SHARE and not (evidence.was_trained and evidence.below(LEARNED)):
            yield Finding(
                "saturated units",
                f"layer {layer.path}",
                f"{share:.0%} of the outputs of layer {layer.path}, {layer.layer!r}, lie where the slope is less than "
                f"{SATURATED_SLOPE:.0%} of that at 0; its scores {scores.name} reach "
                f"{decimals(np.abs(scores.Z).max())}.",
                "The gradient is multiplied by that slope, so the layers in front of it hardly learn.",
                "Scaled inputs, smaller initial weights ('glorot_uniform'), LayerNorm in front, or 'relu'.",
            )


def is_bounded(f: Activation) -> bool:
    """Whether an activation stays between two values."""
    ends = f.value(np.array([[-1e4, -5e3, 5e3, 1e4]]), *(getattr(f, name) for name in f.learned))[0]
    return bool(abs(ends[0] - ends[1]) < 1e-3 and abs(ends[3] - ends[2]) < 1e-3)


def slope_at(f: Activation, z: float) -> float:
    """f'(z)."""
    at = np.array([[z]])
    learned = [getattr(f, name) for name in f.learned]
    return float(abs(f.slope(at, f.value(at, *learned), *learned)[0, 0]))
