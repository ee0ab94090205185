"""The types of arguments, for annotations of your own: names of losses and so on, and what stands for their objects.

>>> from glassnet.typing import LossLike
>>> def compared(losses: list[LossLike]) -> None: ...
"""

from glassnet.formulas.activations import ActivationLike
from glassnet.formulas.averages import AverageLike
from glassnet.formulas.clipping import ClipLike
from glassnet.formulas.initializers import InitializerLike
from glassnet.formulas.losses import LossLike
from glassnet.formulas.names import (
    ActivationName,
    AverageName,
    ClipName,
    InitializerName,
    LossName,
    MetricName,
    OptimizerName,
    PenaltyName,
    StopName,
)
from glassnet.formulas.penalties import PenaltyLike
from glassnet.formulas.update_rules import OptimizerLike
from glassnet.training.keywords import ClassWeight, OwnSettings, TrainingSettings, Validation
from glassnet.training.metrics import MetricLike
from glassnet.training.stopping import StopLike

__all__ = [
    "ActivationLike",
    "ActivationName",
    "AverageLike",
    "AverageName",
    "ClassWeight",
    "ClipLike",
    "ClipName",
    "InitializerLike",
    "InitializerName",
    "LossLike",
    "LossName",
    "MetricLike",
    "MetricName",
    "OptimizerLike",
    "OptimizerName",
    "OwnSettings",
    "PenaltyLike",
    "PenaltyName",
    "StopLike",
    "StopName",
    "TrainingSettings",
    "Validation",
]
