"""A training that continues from one `partial_fit` to the next, each time with other rows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.training.loop.epochs import Training

if TYPE_CHECKING:
    import numpy as np


class Shuffler:
    """Shuffles with the generator of the present call."""

    def __init__(self, random: "np.random.RandomState"):
        self.random = random

    def shuffle(self, order: Array) -> None:
        """Put row numbers in another order."""
        self.random.shuffle(order)


class Streaming:
    """A training that began with some rows, and what must be the same for it to go on with others."""

    def __init__(
        self,
        training: Training,
        shuffler: Shuffler,
        net: Network,
        parameters: Mapping[str, object],
        n_rows: int,
        weighed: bool,
    ):
        self.training = training
        self.shuffler = shuffler
        self.net = net
        self.n_rows = n_rows
        self.parameters, self.weighed = parameters, weighed

    def takes(self, net: Network, parameters: Mapping[str, object], n_rows: int, weighed: bool) -> bool:
        """Whether it can go on with such rows."""
        same = self.net is net and self.weighed == weighed and self.parameters == parameters
        return same and n_rows <= self.n_rows
