"""Gradients that fade or grow from layer to layer, and steps that are too large or too small for the weights."""

from collections.abc import Iterator

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.diagnosis.evidence import FEWEST_ROWS, Evidence
from glassnet.insight.diagnosis.finding import Finding
from glassnet.insight.notation.text import decimals

FADED = 1e-3  # of the last hidden layer's gradient: the first layer then learns a thousand times more slowly
GROWN = 1e3  # the same in the other direction
LARGE_STEP = 0.3  # of the weights: a few such steps and nothing is left of what was learned
SMALL_STEP = 1e-5  # of the weights: a hundred thousand steps to change them


def gradients_by_layer(evidence: Evidence) -> Iterator[Finding]:
    """The gradient of the outputs of the first hidden layer beside that of the last."""
    hidden = [layer for layer in evidence.layers[:-1] if "." not in layer.path and hasattr(layer, "dW")]
    if len(hidden) < 2 or len(evidence.rows) < FEWEST_ROWS:
        return
    sizes = [size_by_unit(layer.dA) for layer in hidden]
    if not sizes[-1] or not np.isfinite(sizes).all():
        return
    ratio = sizes[0] / sizes[-1]
    shown = ", ".join(f"{decimals(size, 2)} (layer {layer.path})" for size, layer in zip(sizes, hidden, strict=True))
    measured = f"the gradient of the outputs A, as a root mean square, is {shown}."
    if ratio < FADED:
        yield Finding(
            "vanishing gradients",
            "",
            f"From the last hidden layer to the first it falls to {decimals(ratio, 2)} of its size: {measured}",
            "The first layers hardly learn, whatever the learning rate.",
            "'relu', 'gelu' or 'selu' instead of bounded activations, Residual layers, LayerNorm, or fewer layers.",
        )
    if ratio > GROWN:
        yield Finding(
            "exploding gradients",
            "",
            f"From the last hidden layer to the first it grows {decimals(ratio, 2)}-fold: {measured}",
            "One step changes the first layers out of all proportion, and training diverges.",
            "Initial weights as 'auto' draws them, LayerNorm, gn.ClipNorm(1.0), a smaller learning rate.",
        )


def size_by_unit(dA: Array) -> float:
    """The root mean square over samples and units, of all steps or positions of a unit together."""
    squares = np.square(dA, dtype=np.float64)
    return float(np.sqrt(squares.reshape(len(dA), -1, dA.shape[-1]).sum(axis=1).mean()))


def steps_of_weights(evidence: Evidence) -> Iterator[Finding]:
    """How far one update moves the weights, relative to their size."""
    ratios = {}
    for name, updated in evidence.updates.items():
        size = float(np.linalg.norm(updated.before))
        if np.ndim(updated.before) >= 2 and size > 0:
            ratios[name] = float(np.linalg.norm(updated.free - updated.before)) / size
    if not ratios or not np.isfinite(list(ratios.values())).all():
        return
    shown = ", ".join(f"{name} {decimals(ratio, 2)}" for name, ratio in ratios.items())
    measured = f"‖change‖ / ‖weights‖ in the first step of {evidence.rule!r}: {shown}. About 0.001 to 0.1 is usual."
    if max(ratios.values()) > LARGE_STEP and not evidence.solved:
        yield Finding(
            "steps too large",
            "",
            measured,
            "What the weights learn is overwritten faster than it is learned.",
            "A learning rate ten times smaller; gn.learning_rate_range finds one.",
        )
    if 0 < max(ratios.values()) < SMALL_STEP and (not evidence.was_trained or evidence.hopeless):
        yield Finding(
            "steps too small",
            "",
            measured,
            "Nothing has been learned yet, and at this pace it would take very long.",
            "A larger learning rate (gn.learning_rate_range finds one), Adam, or scaled inputs.",
        )
