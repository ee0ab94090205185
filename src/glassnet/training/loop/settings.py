"""The settings of a training run: their checks, by which they are turned into objects before any work starts.

`training/keywords.py` has their names, types and defaults.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine.layout import Layout
from glassnet.engine.ranks.communicator import Communicator
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.averages import Average, MovingAverage
from glassnet.formulas.clipping import Clip
from glassnet.formulas.description import Description
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.registry import is_number
from glassnet.formulas.update_rules import UpdateRule
from glassnet.training.inputs.checks import check_flag, check_seed, check_whole
from glassnet.training.keywords import DEFAULTS, ClassWeight, Reduction, Shuffler
from glassnet.training.loop.optimizer_state import OptimizerState
from glassnet.training.metrics import Metric
from glassnet.training.ranks.setting import check_communicator, check_reduction

if TYPE_CHECKING:
    from glassnet.layers.layer import Layer
    from glassnet.training.checkpoints.settings import Checkpoint
    from glassnet.training.stopping import Stop


class Settings(Description):
    """The settings of a training, checked, with names turned into objects."""

    loss: Loss
    epochs: int | None
    optimizer: UpdateRule
    batch_size: int
    metrics: tuple[Metric, ...]
    class_weight: ClassWeight | None
    penalty: Penalty | None
    clip: Clip | None
    shuffle: bool | Shuffler
    accumulate: int
    average: Average | None
    mixup: float | None
    stop: tuple["Stop", ...]
    checkpoint: "Checkpoint | None"
    optimizer_state: OptimizerState | None
    communicator: Communicator | None
    reduction: Reduction

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Settings":
        """From the keyword arguments of a training; missing ones have their defaults."""
        return cls(**{name: check(given.get(name, DEFAULTS[name])) for name, check in SETTINGS.items()})

    def __post_init__(self) -> None:
        if self.checkpoint is not None and not isinstance(self.shuffle, bool):
            raise InvalidInput("a checkpoint cannot store your own generator: use shuffle=True and seed=….")
        beside = {"checkpoint": self.checkpoint, "average": self.average}
        for name in (name for name, other in beside.items() if self.optimizer_state is not None and other is not None):
            raise InvalidInput(f"{name} cannot be combined with optimizer_state.")

    def with_schedules(self, layout: Layout) -> "tuple[UpdateRule, Penalty | None, Clip | None, tuple[Layer, ...]]":
        """What may hold schedules."""
        return (self.optimizer, self.penalty, self.clip, tuple(node.layer for node in layout.nodes))

    def describe(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return {
            "loss": self.loss.describe(),
            "optimizer": self.optimizer.describe(),
            "penalty": self.penalty and self.penalty.describe(),
            "clip": self.clip and self.clip.describe(),
            "batch_size": self.batch_size,
            "shuffle": self.shuffle is not False,
            **self._more(),
            "stop": [stop.describe() for stop in self.stop],
        }

    def _more(self) -> dict[str, Any]:
        """The settings that are not usual."""
        found: dict[str, Any] = {"class_weight": self.class_weight, "average": self.average and self.average.describe()}
        found |= {"mixup": self.mixup, "accumulate": None if self.accumulate == 1 else self.accumulate}
        return {name: value for name, value in found.items() if value is not None}


def check_shuffle(given: object) -> object:
    """Whether rows are shuffled, or what shuffles them."""
    return given if hasattr(given, "shuffle") else check_flag(given, "shuffle")


def check_optimizer_state(given: object) -> OptimizerState | None:
    """The state that an optimiser continues from; None to start afresh."""
    if given is not None and not isinstance(given, OptimizerState):
        raise InvalidInput(f"optimizer_state must be a gn.OptimizerState(), got {brief(given)}.")
    return given


def average_of(given: object) -> Average | None:
    """An average of parameters: None, a number (the decay of a moving average), a name or an object."""
    return None if given is None else MovingAverage(given) if is_number(given) else Average.of(given)


def check_mixup(alpha: object) -> float | None:
    """The α of mixup: None, or a positive number."""
    if alpha is None or (is_number(alpha) and alpha > 0):
        return alpha
    raise InvalidInput(f"mixup must be a positive number such as 0.2, got {brief(alpha)}.")


def metrics_of(metrics: object) -> tuple[Metric, ...]:
    """Metrics from names or objects; a single name is refused, as its letters would be taken for names."""
    if isinstance(metrics, str) or not isinstance(metrics, Sequence):
        raise InvalidInput(f"metrics must be a list such as ['accuracy'], got {brief(metrics)}.")
    return tuple(Metric.of(metric) for metric in metrics)


def stops_of(given: object) -> "tuple[Stop, ...]":
    """The stops of a run: None, one or several."""
    from glassnet.training import stopping  # imported late: a prediction does not need it

    return stopping.stops_of(given)


def checkpoint_of(given: object) -> "Checkpoint":
    """A checkpoint from one, or from its path."""
    from glassnet.training.checkpoints.settings import Checkpoint  # imported late: a prediction does not need it

    return Checkpoint.of(given)


def optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A check that accepts None too."""
    return lambda given: None if given is None else check(given)


def whole(name: str) -> Callable[[Any], int]:
    """The check of a whole number of at least 1."""
    return functools.partial(check_whole, name=name)


SETTINGS: Mapping[str, Callable[[Any], Any]] = {
    "loss": Loss.of,
    "epochs": optional(whole("epochs")),
    "optimizer": UpdateRule.of,
    "batch_size": whole("batch_size"),
    "metrics": metrics_of,
    "class_weight": lambda given: given,  # checked with the targets
    "penalty": optional(Penalty.of),
    "clip": optional(Clip.of),
    "shuffle": check_shuffle,
    "accumulate": whole("accumulate"),
    "average": average_of,
    "mixup": check_mixup,
    "stop": stops_of,
    "checkpoint": optional(checkpoint_of),
    "optimizer_state": check_optimizer_state,
    "communicator": check_communicator,
    "reduction": check_reduction,
}


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
