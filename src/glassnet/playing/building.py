"""The network and the settings of its training that a scene describes."""

from typing import Any, Literal

import glassnet.formulas.losses
import glassnet.formulas.penalties  # noqa: F401
from glassnet.errors import InvalidInput
from glassnet.formulas.activations import Activation
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Initializer
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.schedules import Schedule
from glassnet.formulas.update_rules import LBFGS, UpdateRule
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.layer import Layer
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.layers.residual import Residual
from glassnet.network import Network
from glassnet.playing.rows import Rows
from glassnet.playing.scene import LayerOfScene, Scene

LOSSES = {
    "classes": ("cross_entropy", "squared_error"),
    "binary": ("binary_cross_entropy", "squared_error"),
    "number": ("squared_error", "absolute_error", "huber", "log_cosh"),
}
OUTPUTS = {"classes": "softmax", "binary": "sigmoid", "number": "linear"}
NORMALIZATIONS = {"batch": BatchNorm, "layer": LayerNorm}
NOT_HIDDEN = ("softmax", "parametric", "prelu", "binary_step")  # of outputs, without slope, or with own parameters


def layers_of(scene: Scene, rows: Rows) -> list[Layer]:
    """The hidden layers, and an output layer that fits the targets."""
    layers: list[Layer] = []
    width = rows.X.shape[1]
    for number, each in enumerate(scene.layers, start=1):
        made = hidden(each, scene.training.initializer)
        if each.skip and each.units != width:
            raise InvalidInput(
                f"hidden layer {number} has a skip connection, which adds its input to its output: it must have as "
                f"many units as what enters it, {width}, not {each.units}."
            )
        layers += [Residual(*made)] if each.skip else made
        width = each.units
    return [*layers, output_layer(rows)]


def output_layer(rows: Rows) -> Dense:
    """The last layer, which fits the targets."""
    if rows.said is not None:
        return Dense(rows.said.head.n_outputs, Activation.of(rows.said.head.activation))
    return Dense(len(rows.classes or ()) if rows.task == "classes" else 1, Activation.of(OUTPUTS[rows.task]))


def hidden(asked: LayerOfScene, initializer: str | None) -> list[Layer]:
    """A hidden layer, with what follows it."""
    weights: Initializer | Literal["auto"] = "auto" if initializer is None else Initializer.of(initializer)
    if asked.activation in NOT_HIDDEN:
        raise InvalidInput(f"the playground has no hidden layers with {asked.activation!r}: choose 'relu' or 'tanh'.")
    layers: list[Layer] = [Dense(asked.units, Activation.of(asked.activation), weights=weights)]
    if asked.normalization is not None:
        layers.append(NORMALIZATIONS[asked.normalization]())
    return [*layers, Dropout(asked.dropout)] if asked.dropout else layers


def network_of(scene: Scene, rows: Rows) -> Network:
    """The network, without parameters yet."""
    return Network(layers_of(scene, rows), engine=scene.training.engine)


def losses_for(rows: Rows) -> tuple[str, ...]:
    """The losses that fit the targets; the usual one first."""
    return LOSSES[rows.task] if rows.said is None else (rows.said.head.loss.name,)


def loss_of(scene: Scene, rows: Rows) -> Loss:
    """The loss that is asked for, or the one that fits; InvalidInput where it does not fit the targets."""
    known = losses_for(rows)
    name = scene.training.loss
    if name is not None and name not in known:
        raise InvalidInput(f"the loss {name!r} does not fit these targets: choose {' or '.join(known)}.")
    return Loss.of(name or known[0]) if rows.said is None else rows.said.head.loss


def optimizer_of(scene: Scene) -> UpdateRule:
    """The update rule, its rate on a schedule if there is one, which begins at that rate unless it says where."""
    asked = dict(scene.training.optimizer)
    if scene.training.schedule is not None:
        rate = asked.get("learning_rate", getattr(UpdateRule.of(asked), "learning_rate", None))
        schedule = {"value": rate, **scene.training.schedule}
        if (made := Schedule.of(schedule)).shortest() is not None:
            raise InvalidInput(
                f"the schedule {made.name!r} needs a last epoch, and training on the page goes on until you stop it: "
                "choose 'exponential', 'step' or 'reduce_on_plateau'."
            )
        asked["learning_rate"] = schedule
    rule = UpdateRule.of(asked)
    if isinstance(rule, LBFGS):
        raise InvalidInput("L-BFGS makes no single steps to watch: choose another optimizer.")
    return rule


def is_one_hot(scene: Scene, rows: Rows) -> bool:
    """Whether the loss needs targets of 0 and 1 for each class."""
    return rows.task == "classes" and loss_of(scene, rows).name != "cross_entropy"


def targets_of(scene: Scene, rows: Rows, y: Array) -> Array:
    """Targets as the loss takes them."""
    if rows.said is not None:
        return rows.said.head.encode(y)
    return rows.one_hot(y) if is_one_hot(scene, rows) else y


def metrics_of(rows: Rows) -> list[Any]:
    """What is measured beside the loss."""
    if rows.said is not None:
        return [] if rows.said.score is None else [rows.said.score]
    return ["rmse"] if rows.task == "number" else ["accuracy"]


def settings_of(scene: Scene, rows: Rows) -> dict[str, Any]:
    """What `Network.training` is asked for."""
    penalty = scene.training.penalty
    held = {} if not len(rows.y_held) else {"validation": (rows.X_held, targets_of(scene, rows, rows.y_held))}
    return {
        "loss": loss_of(scene, rows),
        "optimizer": optimizer_of(scene),
        "batch_size": min(scene.training.batch_size, len(rows.y)),
        "penalty": None if penalty is None else Penalty.of(penalty),
        "metrics": metrics_of(rows),
        "seed": scene.training.seed,
        **held,
    }
