"""One output of a network that predicts several targets: no distribution, but which output is the prediction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.files.schema import Within
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss, SquaredError
from glassnet.tables.distributions.distribution import Distribution
from glassnet.tables.distributions.head import Head
from glassnet.tables.encoding.target import NumberTarget


@dataclass(frozen=True)
class OutputHead(Head):
    """The output `place` of `n`, one for each of several targets that are learned together."""

    kind: ClassVar[str] = "output"
    said: ClassVar[str] = "several targets, each with an output of its own"
    is_distribution: ClassVar[bool] = False
    place: Annotated[int, Within(0)]
    n: Annotated[int, Within(2)]

    def __post_init__(self) -> None:
        if self.place >= self.n:
            raise InvalidInput(f"there is no output {self.place} among {self.n}, counted from 0.")

    @property
    def n_outputs(self) -> int:
        """One for each target."""
        return self.n

    @property
    def loss(self) -> Loss:
        """That of all targets."""
        return SquaredError()

    @property
    def point(self) -> tuple[Array, float]:
        """The output itself."""
        return np.eye(self.n)[self.place], 0.0

    def encode(self, y: Array) -> Array:
        """The target in the place of all of them, where the others are not known."""
        return np.repeat(y[:, np.newaxis], self.n, axis=1)

    def distribution(self, each: Sequence[Array], target: NumberTarget) -> Distribution:
        """There is none."""
        raise InvalidInput("this model predicts numbers alone: a distribution is learned for one target.")
