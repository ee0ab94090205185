"""Settings that must fit each other and the network: losses and outputs, metrics and targets, stops and measures."""

from collections.abc import Sequence

from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.formulas.initializers import Zeros
from glassnet.formulas.losses import Loss
from glassnet.formulas.update_rules import LBFGS
from glassnet.layers.layer import Parameter
from glassnet.training.loop.schedule_values import schedules_in
from glassnet.training.loop.settings import Settings
from glassnet.training.metrics import Metric

PLAIN = Parameter((), Zeros())
PROBABILITIES = ("softmax", "sigmoid", "hard_sigmoid")
OF_SCORES = (*PROBABILITIES, "exponential")
ONCE_MORE = ("activation", "mean_of_members")  # layers that are nothing but an activation, but for means


def check_output(loss: Loss, layout: Layout) -> None:
    """Refuse a loss of probabilities or rates on an output layer with another activation than its own."""
    node = layout.nodes[-1]
    f = node.layer.output_activation
    if loss.output_activation is not None and (f is None or f.name != loss.output_activation):
        found = f"activation {f.name!r}" if f is not None else "no activation"
        wanted = f"{layout.output_shape[-1]}, {loss.output_activation!r}"
        write = (
            f"MeanOfMembers({loss.output_activation!r})" if node.layer.name == "mean_of_members" else f"Dense({wanted})"
        )
        raise InvalidInput(
            f"{loss.name} needs {loss.output_activation!r} as the activation of the last layer; {node.layer!r} has "
            f"{found}. Write {write}."
        )
    check_once(layout)


def check_once(layout: Layout) -> None:
    """Refuse a last layer that makes probabilities or rates of what are some already."""
    *before, last = layout.nodes
    f, made = last.layer.output_activation, before[-1].layer.output_activation if before else None
    if f is not None and made is not None and f.name == made.name in OF_SCORES and last.layer.name in ONCE_MORE:
        raise InvalidInput(
            f"{f.name!r} would be computed twice: {last.layer!r} takes scores, but {before[-1].layer!r} in front of it "
            f"has computed {f.name!r} already: give that one no activation."
        )


def check_metrics(metrics: Sequence[Metric], loss: Loss, layout: Layout) -> None:
    """Refuse metrics of labels where numbers are predicted, and the other way round."""
    f = layout.nodes[-1].layer.output_activation
    labels = loss.targets in ("classes", "binary") or (f is not None and f.name in PROBABILITIES)
    for metric in metrics:
        if loss.targets == "several classes":
            raise InvalidInput(
                f"{metric.name} is for one target; {loss.name} predicts several: call it for the outputs of each."
            )
        if metric.of_labels and not labels:
            raise InvalidInput(
                f"{metric.name} is for classes; {loss.name} predicts numbers: use 'mae', 'rmse' or 'r2'."
            )
        if not metric.of_labels and loss.targets == "classes":
            raise InvalidInput(f"{metric.name} is for numbers; {loss.name} predicts classes: use 'accuracy' or 'f1'.")


def check_rule(settings: Settings, layout: Layout) -> None:
    """Refuse L-BFGS with settings that change its steps, or its loss between evaluations."""
    if not isinstance(settings.optimizer, LBFGS):
        return
    require("scipy.optimize", "lbfgs", "L-BFGS")
    if settings.clip is not None:
        raise InvalidInput("L-BFGS chooses its own steps: it does not support clip.")
    for place in layout.places.values():
        if place.parameter.max_norm is not None:
            raise InvalidInput(
                f"L-BFGS chooses its own steps: it does not support max_norm, got {place.parameter.max_norm}."
            )
        if not place.parameter.steps_like(PLAIN):
            raise InvalidInput(
                "L-BFGS chooses its own steps: it does not support layers with a `learning_rate_factor` or in the "
                "neural-tangent parametrization."
            )
    changing = {"accumulate": settings.accumulate > 1, "average": settings.average, "mixup": settings.mixup}
    changing["weight_decay"] = any(place.parameter.decay_source is not None for place in layout.places.values())
    for name in (name for name, given in changing.items() if given):
        raise InvalidInput(f"L-BFGS takes all rows at once and chooses its own steps: it does not support {name}.")
    if any(True for given in settings.with_schedules(layout) for _ in schedules_in(given)):
        raise InvalidInput("L-BFGS needs a loss and steps that stay the same: it does not support schedules.")
    for node in layout.walk():
        if node.layer.random:
            raise InvalidInput(
                f"L-BFGS needs a loss that stays the same: {node.layer!r} draws new random values each time."
            )


def check_stops(settings: Settings, validated: bool, trained: bool = True) -> None:
    """Refuse stops that watch what is not measured."""
    from glassnet.training.stopping import directions

    for stop in settings.stop:
        stop.check(directions(settings.metrics, validated, trained))
