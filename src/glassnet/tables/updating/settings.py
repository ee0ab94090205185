"""How a trained network is trained further: by its own loss and optimizer, at a lower rate."""

from collections.abc import Mapping
from typing import Any, TypedDict

from glassnet.formulas.registry import is_number
from glassnet.formulas.schedules import CosineLog, FlatCosine
from glassnet.formulas.update_rules import LBFGS, AdamW, UpdateRule
from glassnet.network import Network
from glassnet.tables.encoding.task import METRICS
from glassnet.tables.fitting.networks.equal_batches import even
from glassnet.tables.fitting.recipe import DECAY, LOSSES, Recipe
from glassnet.training.stopping import EarlyStopping

LOWER = 0.1  # the share of the training's peak rate that an update has, where none is given
EPOCHS = 64


class RowSettings(TypedDict, total=False):
    """What the rows of an update are for, as for `TableTraining`."""

    group: str | None
    time: str | None
    weight: str | None
    class_weight: "str | Mapping[Any, float] | None"
    threshold: "float | str | None"
    skip_last: int | None


def trained_by(network: Network) -> UpdateRule:
    """The optimizer of the last training; the recipe's where that is not known, or looks at all rows at once."""
    described = network.trained_with.get("optimizer")
    rule = None if described is None else UpdateRule.of(described)
    if rule is None or isinstance(rule, LBFGS):
        return AdamW(0.01, beta2=0.95, weight_decay=FlatCosine(DECAY))
    return rule


def usual_rate(network: Network, task: str, updated: bool) -> float:
    """A tenth of the highest rate that the network was trained with, or that of its last update, if it had one."""
    if "optimizer" not in network.trained_with:
        return LOWER * Recipe().rate(task)
    rate: Any = trained_by(network).learning_rate
    return (1.0 if updated else LOWER) * float(rate if is_number(rate) else max(rate.extremes()))


def metric_of(network: Network, task: str) -> str | None:
    """The metric that chose the epoch in training, if a model can be trained for it."""
    names = [metric.name for metric in network.metrics]
    return names[0] if names and names[0] in LOSSES and names[0] in METRICS[task] else None


def settings_of(
    network: Network, recipe: Recipe, rate: float, task: str, n_rows: int, validated: bool
) -> dict[str, Any]:
    """What `Network.training` is given beside the rows and the seed.

    The rate goes from 0 up to `rate` and back to 0 in one wave. What chose the epoch in training does so again, where
    there are rows for it.
    """
    rule = trained_by(network)
    metrics = list(network.metrics)
    watched = metrics[0].name if metrics else "loss"
    return {
        "loss": network.loss or LOSSES[recipe.chosen_metric(task)],
        "optimizer": type(rule)(**rule._values() | {"learning_rate": CosineLog(rate, cycles=1)}),
        "epochs": recipe.epochs,
        "batch_size": even(n_rows, recipe.batch_size),
        "metrics": metrics,
        "clip": network.trained_with.get("clip"),
        "stop": [EarlyStopping(f"val_{watched}", None, ties="last")] if validated else [],
    }
