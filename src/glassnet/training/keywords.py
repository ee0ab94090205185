"""The keywords of a training: their names, types and defaults. What they are made of is imported when one begins.

A new one is a line in `TrainingSettings`, for editors and type checkers, a line in `DEFAULTS`, its check in
`training/loop/settings.py`, and a field of `Settings` there.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict, TypeVar

from numpy.typing import ArrayLike

from glassnet.calls import show_settings
from glassnet.errors import UnknownName
from glassnet.formulas.elementary import Array

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from glassnet.formulas.averages import AverageLike
    from glassnet.formulas.clipping import ClipLike
    from glassnet.formulas.losses import LossLike
    from glassnet.formulas.penalties import PenaltyLike
    from glassnet.formulas.update_rules import OptimizerLike
    from glassnet.training.checkpoints.settings import Checkpoint
    from glassnet.training.loop.optimizer_state import OptimizerState
    from glassnet.training.metrics import MetricLike
    from glassnet.training.stopping import StopLike

    Seed = int | np.integer[Any] | np.random.Generator | None
    CheckpointLike = Checkpoint | str | Path

Validation = float | tuple[ArrayLike, ArrayLike] | tuple[ArrayLike, ArrayLike, ArrayLike | None]
ClassWeight = Literal["balanced"] | Mapping[int, float] | Sequence[float] | Array
Reduction = Literal["ordered", "fast"]
Function = TypeVar("Function", bound=Callable[..., Any])


class Shuffler(Protocol):
    """What puts rows in order: a generator of NumPy, or of `random`."""

    def shuffle(self, x: Any, /) -> None:
        """Put a list in a new order."""


class StepSettings(TypedDict, total=False):
    """The keyword arguments of whatever makes steps of training, besides `loss`."""

    optimizer: "OptimizerLike"
    batch_size: int
    sample_weight: ArrayLike | None
    class_weight: ClassWeight | None
    penalty: "PenaltyLike | None"
    clip: "ClipLike | None"
    seed: "Seed"


class TrainingSettings(StepSettings, total=False):
    """The keyword arguments of all ways to train, besides `loss` and `epochs`; `Network.training` explains them."""

    validation: Validation | None
    metrics: "Sequence[MetricLike]"
    shuffle: bool | Shuffler
    accumulate: int
    average: "float | AverageLike | None"
    mixup: float | None
    stop: "StopLike | Sequence[StopLike] | None"
    checkpoint: "CheckpointLike | None"
    resume: "str | Path | bool | None"
    optimizer_state: "OptimizerState | None"
    communicator: Any
    reduction: Reduction


class OwnSettings(TrainingSettings, total=False):
    """The settings that may differ between networks trained together."""

    loss: "LossLike"
    epochs: int
    rows: ArrayLike | None


DEFAULTS: Mapping[str, Any] = {
    "loss": None,
    "epochs": None,
    "optimizer": "adam",
    "batch_size": 32,
    "metrics": (),
    "class_weight": None,
    "penalty": None,
    "clip": None,
    "shuffle": True,
    "accumulate": 1,
    "average": None,
    "mixup": None,
    "stop": None,
    "checkpoint": None,
    "optimizer_state": None,
    "communicator": None,
    "reduction": "ordered",
}
OF_ROWS = ("validation", "sample_weight", "seed", "resume")  # None by default; checked with the rows
NAMES = (*DEFAULTS, *OF_ROWS)


def check_names(given: Mapping[str, Any], *others: str) -> None:
    """Refuse unknown names of settings, suggesting the nearest; `others` are known too."""
    for name in given:
        if name not in NAMES and name not in others:
            raise UnknownName("setting", name, (*NAMES, *others))


def shows_settings(function: Function) -> Function:
    """Have `help` and notebooks show the settings one by one, with their defaults, in place of `**settings`."""
    types = TrainingSettings.__annotations__
    return show_settings(function, {name: types[name] for name in NAMES if name in types}, DEFAULTS)
