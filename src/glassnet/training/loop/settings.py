"""The settings of a training run, checked and turned from names into objects before any work starts."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.extras import require
from glassnet.formulas.averages import Average, MovingAverage
from glassnet.formulas.clipping import Clip
from glassnet.formulas.description import Description
from glassnet.formulas.initializers import Zeros
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.registry import is_number
from glassnet.formulas.update_rules import LBFGS, UpdateRule
from glassnet.layers.layer import Parameter
from glassnet.training.inputs.checks import check_flag, check_seed, check_whole
from glassnet.training.loop.optimizer_state import OptimizerState
from glassnet.training.loop.schedule_values import schedules_in
from glassnet.training.metrics import Metric

PLAIN = Parameter((), Zeros())
PROBABILITIES = ("softmax", "sigmoid", "hard_sigmoid")


class Settings(Description):
    """What `Network.training` was asked for, with names already turned into objects."""

    loss: Loss
    rule: UpdateRule
    metrics: tuple[Metric, ...]
    penalty: Penalty | None
    clip: Clip | None
    n_epochs: int | None
    batch_size: int
    shuffle: Any
    class_weight: Any = None
    accumulate: int = 1
    average: Average | None = None
    mixup: float | None = None
    stop: tuple[Any, ...] = ()
    checkpoint: Any = None
    optimizer_state: Any = None

    @classmethod
    def of(
        cls,
        loss: Any,
        optimizer: Any,
        metrics: Any,
        penalty: Any,
        clip: Any,
        epochs: int | None,
        batch_size: int,
        shuffle: Any,
        class_weight: Any = None,
        accumulate: int = 1,
        average: Any = None,
        mixup: Any = None,
        stop: Any = None,
        checkpoint: Any = None,
        optimizer_state: Any = None,
    ) -> "Settings":
        """Names, descriptions or objects, checked."""
        from glassnet.training.checkpoints.settings import Checkpoint  # not before: a prediction needs neither
        from glassnet.training.stopping import stops_of

        return cls(
            Loss.of(loss),
            UpdateRule.of(optimizer),
            metrics_of(metrics),
            None if penalty is None else Penalty.of(penalty),
            None if clip is None else Clip.of(clip),
            None if epochs is None else check_whole(epochs, "epochs"),
            check_whole(batch_size, "batch_size"),
            check_shuffle(shuffle, checkpoint),
            class_weight,
            check_whole(accumulate, "accumulate"),
            average_of(average),
            check_mixup(mixup),
            stops_of(stop),
            None if checkpoint is None else Checkpoint.of(checkpoint),
            check_optimizer_state(optimizer_state, {"checkpoint": checkpoint, "average": average}),
        )

    def with_schedules(self, layout: Layout) -> tuple[Any, ...]:
        """What may hold schedules."""
        return (self.rule, self.penalty, self.clip, tuple(node.layer for node in layout.nodes))

    def describe(self) -> dict[str, Any]:
        """The settings as what JSON can hold."""
        return {
            "loss": self.loss.describe(),
            "optimizer": self.rule.describe(),
            "penalty": self.penalty and self.penalty.describe(),
            "clip": self.clip and self.clip.describe(),
            "batch_size": self.batch_size,
            "shuffle": self.shuffle is not False,
            **self._more(),
            "stop": [stop.describe() for stop in self.stop],
        }

    def _more(self) -> dict[str, Any]:
        """What was asked for beyond the usual."""
        found = {"class_weight": self.class_weight, "average": self.average and self.average.describe()}
        found |= {"mixup": self.mixup, "accumulate": None if self.accumulate == 1 else self.accumulate}
        return {name: value for name, value in found.items() if value is not None}


def check_shuffle(given: Any, checkpoint: Any) -> Any:
    """Whether rows are shuffled, or the generator that shuffles them; no checkpoint reaches into the latter."""
    if not hasattr(given, "shuffle"):
        return check_flag(given, "shuffle")
    if checkpoint is not None:
        raise InvalidInput("a checkpoint cannot hold a generator of your own: take shuffle=True and seed=….")
    return given


def check_optimizer_state(given: Any, beside: Mapping[str, Any]) -> OptimizerState | None:
    """What an optimiser goes on from, None for one that begins anew; refused beside what has a past of its own."""
    if given is not None and not isinstance(given, OptimizerState):
        raise InvalidInput(f"optimizer_state must be a gn.OptimizerState(), got {brief(given)}.")
    for name in (name for name, other in beside.items() if given is not None and other is not None):
        raise InvalidInput(f"a run that goes on from an optimizer_state takes no {name}.")
    return given


def average_of(given: Any) -> Average | None:
    """An average of parameters: None, a number (the decay of a moving average), a name or an object."""
    return None if given is None else MovingAverage(given) if is_number(given) else Average.of(given)


def check_mixup(alpha: Any) -> float | None:
    """The α of mixup: None, or a positive number."""
    if alpha is not None and not (is_number(alpha) and alpha > 0):
        raise InvalidInput(f"mixup must be a positive number such as 0.2, got {brief(alpha)}.")
    return alpha


def metrics_of(metrics: Any) -> tuple[Metric, ...]:
    """Metrics from names or objects; a single name is refused, as its letters would be taken for names."""
    if isinstance(metrics, str) or not isinstance(metrics, Sequence):
        raise InvalidInput(f"metrics must be a list such as ['accuracy'], got {brief(metrics)}.")
    return tuple(Metric.of(metric) for metric in metrics)


def check_output(loss: Loss, layout: Layout) -> None:
    """Refuse a loss of probabilities or rates on an output layer with another activation than its own."""
    node = layout.nodes[-1]
    f = node.layer.output_activation
    if loss.output_activation is not None and (f is None or f.name != loss.output_activation):
        found = f"activation {f.name!r}" if f is not None else "no activation"
        raise InvalidInput(
            f"{loss.name} needs {loss.output_activation!r} as the activation of the last layer; {node.layer!r} has "
            f"{found}. Write Dense({layout.output_shape[0]}, {loss.output_activation!r})."
        )


def check_metrics(metrics: Sequence[Metric], loss: Loss, layout: Layout) -> None:
    """Refuse metrics of labels where numbers are predicted, and the other way round."""
    f = layout.nodes[-1].layer.output_activation
    labels = loss.targets in ("classes", "binary") or (f is not None and f.name in PROBABILITIES)
    for metric in metrics:
        if metric.of_labels and not labels:
            raise InvalidInput(
                f"{metric.name} is for classes; {loss.name} predicts numbers: take 'mae', 'rmse' or 'r2'."
            )
        if not metric.of_labels and loss.targets == "classes":
            raise InvalidInput(f"{metric.name} is for numbers; {loss.name} predicts classes: take 'accuracy' or 'f1'.")


def check_rule(settings: Settings, layout: Layout) -> None:
    """Refuse L-BFGS with what would change its loss from one evaluation to the next, or its steps."""
    if not isinstance(settings.rule, LBFGS):
        return
    require("scipy.optimize", "lbfgs", "L-BFGS")
    if settings.clip is not None:
        raise InvalidInput("L-BFGS chooses its own steps: it takes no clip.")
    for place in layout.places.values():
        if place.parameter.max_norm is not None:
            raise InvalidInput(f"L-BFGS chooses its own steps: it takes no max_norm, got {place.parameter.max_norm}.")
        if not place.parameter.steps_like(PLAIN):
            raise InvalidInput(
                "L-BFGS chooses its own steps: it takes no layer with a factor of the learning rate (`rate`) or in the "
                "neural-tangent parametrization."
            )
    changing = {"accumulate": settings.accumulate > 1, "average": settings.average, "mixup": settings.mixup}
    changing["weight_decay"] = any(place.parameter.decay is not None for place in layout.places.values())
    for name in (name for name, given in changing.items() if given):
        raise InvalidInput(f"L-BFGS takes all rows at once and chooses its own steps: it takes no {name}.")
    if any(True for given in settings.with_schedules(layout) for _ in schedules_in(given)):
        raise InvalidInput("L-BFGS needs a loss and steps that stay the same: it takes no schedules.")
    for node in layout.walk():
        if node.layer.random:
            raise InvalidInput(f"L-BFGS needs a loss that stays the same: {node.layer!r} draws anew each time.")


def check_stops(settings: Settings, validated: bool, trained: bool = True) -> None:
    """Refuse stops that watch what is not measured."""
    from glassnet.training.stopping import directions

    for stop in settings.stop:
        stop.check(directions(settings.metrics, validated, trained))


def check_settings(given: Mapping[str, Any], of: Callable[..., Any]) -> None:
    """Refuse names that a function does not take, and name the nearest."""
    known = [name for name, p in inspect.signature(of).parameters.items() if p.kind is p.KEYWORD_ONLY]
    for name in given:
        if name not in known:
            raise UnknownName("setting", name, known)


def defaults(of: Callable[..., Any]) -> dict[str, Any]:
    """The keyword arguments of a function that have a default, with it."""
    parameters = inspect.signature(of).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is not p.empty}


def streams(seed: Any) -> "tuple[list[np.random.Generator], int | None]":
    """([for parameters, for the hold-out, for order and dropout], the seed to record).

    Streams of their own: the same seed holds out the same rows whatever the network. None draws a seed.
    """
    if isinstance(seed, np.random.Generator):
        return seed.spawn(3), None
    if seed is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    check_seed(seed)
    return np.random.default_rng(seed).spawn(3), int(seed)
