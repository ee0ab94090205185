"""Whether a smaller learning rate would have kept units alive: both are tried, from the first parameters on."""

from typing import Any

import numpy as np

from glassnet.errors import Diverged
from glassnet.formulas.update_rules import LBFGS, UpdateRule
from glassnet.insight.diagnosis.scores import hidden_slopes
from glassnet.insight.layer_trace import all_layers, traced
from glassnet.insight.one_step import OneStep
from glassnet.network import Network

TENTH = 0.1
EPOCHS = 30
ROWS = 500


def dead_by_rate(net: Network, X: Any, y: Any, loss: Any, weights: dict[str, Any]) -> tuple[float, float] | None:
    """The largest share of dead units of a layer after training by the network's own rule, and by a tenth of its rate.

    Both are made on at most `ROWS` rows, over `EPOCHS` epochs; None where the rule has no fixed rate.
    """
    settings = net.trained_with
    rule = None if settings.get("optimizer") is None else UpdateRule.of(settings["optimizer"])
    if rule is None or isinstance(rule, LBFGS) or not isinstance(rule.describe().get("learning_rate"), (int, float)):
        return None
    slower = rule.from_description(rule.describe() | {"learning_rate": TENTH * rule.describe()["learning_rate"]})
    given = {
        "loss": loss,
        "epochs": EPOCHS,
        "batch_size": min(int(settings.get("batch_size", 32)), len(X[:ROWS])),
        "class_weight": weights.get("class_weight"),
    }
    shares = [largest_dead_share(net, X[:ROWS], y[:ROWS], {"optimizer": each, **given}) for each in (rule, slower)]
    return shares[0], shares[1]


def largest_dead_share(net: Network, X: Any, y: Any, given: dict[str, Any]) -> float:
    """The largest share of units of a hidden layer that are dead after a training."""
    fresh = Network(net.layers, net.dtype, engine="numpy")
    try:
        fresh.fit(X, y, seed=net.seed or 0, **given)
    except Diverged:
        return 1.0
    step = OneStep(fresh, X, y, given["loss"], dtype=fresh.dtype)
    step.forward()
    layers = list(all_layers(traced(step.plan.layout.nodes, step.plan.steps(len(X)))))
    return max((float(np.mean((slopes == 0).all(axis=0))) for *_, slopes in hidden_slopes(layers)), default=0.0)
