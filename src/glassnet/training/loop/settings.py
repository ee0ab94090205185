"""The settings of a training run: their names, types, defaults and checks, turned into objects before any work starts.

A new one is a line in `TrainingSettings`, for editors and type checkers, a line in `SETTINGS` with its default and its
check, and a field of `Settings`.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypedDict, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import show_settings
from glassnet.engine.layout import Layout
from glassnet.engine.ranks.communicator import Communicator
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.averages import Average, AverageLike, MovingAverage
from glassnet.formulas.clipping import Clip, ClipLike
from glassnet.formulas.description import Description
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss, LossLike
from glassnet.formulas.penalties import Penalty, PenaltyLike
from glassnet.formulas.registry import is_number
from glassnet.formulas.update_rules import OptimizerLike, UpdateRule
from glassnet.training.inputs.checks import check_flag, check_seed, check_whole
from glassnet.training.loop.optimizer_state import OptimizerState
from glassnet.training.metrics import Metric, MetricLike
from glassnet.training.ranks.setting import check_communicator, check_reduction

if TYPE_CHECKING:
    from pathlib import Path

    from glassnet.layers.layer import Layer
    from glassnet.training.checkpoints.settings import Checkpoint
    from glassnet.training.stopping import Stop, StopLike

    Seed = int | np.integer[Any] | np.random.Generator | None
    CheckpointLike = Checkpoint | str | Path

Validation = float | tuple[ArrayLike, ArrayLike] | tuple[ArrayLike, ArrayLike, ArrayLike | None]
Reduction = Literal["ordered", "fast"]
ClassWeight = Literal["balanced"] | Mapping[int, float] | Sequence[float] | Array
Function = TypeVar("Function", bound=Callable[..., Any])


class Shuffler(Protocol):
    """What puts rows in order: a generator of NumPy, or of `random`."""

    def shuffle(self, x: Any, /) -> None:
        """Put a list in a new order."""


class StepSettings(TypedDict, total=False):
    """The keyword arguments of whatever makes steps of training, besides `loss`."""

    optimizer: OptimizerLike
    batch_size: int
    sample_weight: ArrayLike | None
    class_weight: ClassWeight | None
    penalty: PenaltyLike | None
    clip: ClipLike | None
    seed: "Seed"


class TrainingSettings(StepSettings, total=False):
    """The keyword arguments of all ways to train, besides `loss` and `epochs`; `Network.training` explains them."""

    validation: Validation | None
    metrics: Sequence[MetricLike]
    shuffle: bool | Shuffler
    accumulate: int
    average: float | AverageLike | None
    mixup: float | None
    stop: "StopLike | Sequence[StopLike] | None"
    checkpoint: "CheckpointLike | None"
    resume: "str | Path | bool | None"
    optimizer_state: OptimizerState | None
    communicator: Any
    reduction: Reduction


class OwnSettings(TrainingSettings, total=False):
    """The settings that may differ between networks trained together."""

    loss: LossLike
    epochs: int
    rows: ArrayLike | None


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
        return cls(**{name: check(given.get(name, default)) for name, (default, check) in SETTINGS.items()})

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


class Setting(NamedTuple):
    """The default of a setting, and the check that converts a value into what a run needs."""

    default: Any
    check: Callable[[Any], Any]


SETTINGS = {
    "loss": Setting(None, Loss.of),
    "epochs": Setting(None, optional(whole("epochs"))),
    "optimizer": Setting("adam", UpdateRule.of),
    "batch_size": Setting(32, whole("batch_size")),
    "metrics": Setting((), metrics_of),
    "class_weight": Setting(None, lambda given: given),  # checked with the targets
    "penalty": Setting(None, optional(Penalty.of)),
    "clip": Setting(None, optional(Clip.of)),
    "shuffle": Setting(True, check_shuffle),
    "accumulate": Setting(1, whole("accumulate")),
    "average": Setting(None, average_of),
    "mixup": Setting(None, check_mixup),
    "stop": Setting(None, stops_of),
    "checkpoint": Setting(None, optional(checkpoint_of)),
    "optimizer_state": Setting(None, check_optimizer_state),
    "communicator": Setting(None, check_communicator),
    "reduction": Setting("ordered", check_reduction),
}
DEFAULTS = {name: setting.default for name, setting in SETTINGS.items()}
OF_ROWS = ("validation", "sample_weight", "seed", "resume")  # None by default; checked with the rows
NAMES = (*SETTINGS, *OF_ROWS)


def check_names(given: Mapping[str, Any], *others: str) -> None:
    """Refuse unknown names of settings, suggesting the nearest; `others` are known too."""
    for name in given:
        if name not in NAMES and name not in others:
            raise UnknownName("setting", name, (*NAMES, *others))


def shows_settings(function: Function) -> Function:
    """Have `help` and notebooks show the settings one by one, with their defaults, in place of `**settings`."""
    types = TrainingSettings.__annotations__
    return show_settings(function, {name: types[name] for name in NAMES if name in types}, DEFAULTS)


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
