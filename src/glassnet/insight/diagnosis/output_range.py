"""Targets that the activation of the output layer cannot reach."""

from collections.abc import Iterator

import numpy as np

from glassnet.formulas.activations import Activation
from glassnet.formulas.elementary import Array
from glassnet.insight.blackboard.naming import activation_of
from glassnet.insight.diagnosis.evidence import Evidence
from glassnet.insight.diagnosis.finding import Finding
from glassnet.insight.notation.text import decimals

FAR = 1e4  # scores at which an activation has reached its bounds
REACHED = 1e3  # an activation that goes further than this has no bound there
SLACK = 0.01  # of the range: a target at a bound is reached as nearly as one likes
UNREACHABLE = 0.01  # of the targets: fewer may be mistakes in the data


def targets_out_of_reach(evidence: Evidence) -> Iterator[Finding]:
    """Targets outside the range of the output activation, or shares of a softmax that do not add up to 1."""
    if evidence.loss.targets != "numbers":  # a loss of classes has an output layer that fits
        return
    layer = evidence.layers[-1]
    f, Y = activation_of(layer), evidence.counted(evidence.step.data.Y)
    if f is None:
        return
    if f.name == "softmax":
        yield from not_shares(layer.path, Y)
        return
    low, high = bounds(f)
    slack = SLACK * (high - low) if np.isfinite(high - low) else SLACK
    beyond = float(((low - slack > Y) | (high + slack < Y)).mean())
    if beyond > UNREACHABLE:
        yield Finding(
            "an output activation that misses the targets",
            f"layer {layer.path}",
            f"{layer.layer!r} gives values {span(low, high)}, but {beyond:.0%} of the targets, which go from "
            f"{decimals(Y.min())} to {decimals(Y.max())}, lie outside.",
            "The network can never predict these, however long it is trained.",
            "'linear' in the output layer, or targets scaled into that range.",
        )


def not_shares(path: str, Y: Array) -> Iterator[Finding]:
    """Softmax outputs for targets that are not shares."""
    wrong = float(((np.abs(Y.sum(axis=1) - 1) > SLACK) | (Y < -SLACK).any(axis=1)).mean())
    if wrong > UNREACHABLE:
        yield Finding(
            "an output activation that misses the targets",
            f"layer {path}",
            f"The outputs of softmax are shares that add up to 1, but in {wrong:.0%} of the rows the targets, which go "
            f"from {decimals(Y.min())} to {decimals(Y.max())}, do not.",
            "The network can never predict these, however long it is trained.",
            "'linear' in the output layer for numbers; loss='cross_entropy' for classes.",
        )


def bounds(f: Activation) -> tuple[float, float]:
    """The least and the largest value of an activation, infinite where it has no bound.

    >>> import glassnet as gn
    >>> bounds(gn.Sigmoid()), bounds(gn.ReLU())
    ((0.0, 1.0), (0.0, inf))
    """
    scores = np.concatenate([np.linspace(-FAR, FAR, 2001), np.linspace(-10, 10, 2001)])[:, None]
    values = f.value(scores, *(getattr(f, name) for name in f.learned))
    low, high = float(values.min()), float(values.max())
    return (low if low > -REACHED else -np.inf), (high if high < REACHED else np.inf)


def span(low: float, high: float) -> str:
    """A range in words."""
    if not np.isfinite(high):
        return f"of {decimals(low)} and more"
    return f"up to {decimals(high)}" if not np.isfinite(low) else f"from {decimals(low)} to {decimals(high)}"
