"""What the pages about a training step read of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from glassnet.formulas.clipping import Clip
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.update_rules import UpdateRule
from glassnet.insight.layer_trace import TracedLayer

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from glassnet.insight.one_step import OneStep
    from glassnet.insight.traced_update import Updated
    from glassnet.training.loop.schedule_values import Follower


@dataclass(frozen=True, repr=False)
class Measured:
    """The loss of a step: `values` ℓ of each entry or row, their `divisor`, what penalties add, and what was compared.

    `weights` are the sample weights, or None; `Y` the targets as the loss reads them, `given` as they were before any
    label smoothing.
    """

    loss: Loss
    Y: Array
    given: Array
    weights: Array | None
    values: Array
    divisor: float
    penalties: float


class TracedStep(Protocol):
    """A `Trace`, whose attributes say what each of these is."""

    @property
    def layers(self) -> Sequence[TracedLayer]:
        """From the input to the output."""

    loss: float
    measured: Measured
    penalty: Penalty | None
    rule: UpdateRule | None
    clip: Clip | None

    @property
    def followers(self) -> "Sequence[Follower]":
        """Settings at the first value of their schedule."""

    @property
    def updates(self) -> "Mapping[str, Updated]":
        """By the names of the parameters."""

    def step(self, dtype: "DTypeLike" = "float64") -> "OneStep":
        """The same step again."""
