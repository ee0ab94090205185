"""A training that continues from one `partial_fit` to the next, each time with other rows."""

from typing import Any

from glassnet.network import Network
from glassnet.training.loop.epochs import Training


class Shuffler:
    """Shuffles with the generator of the present call."""

    def __init__(self, random: Any):
        self.random = random

    def shuffle(self, order: Any) -> None:
        """Put row numbers in another order."""
        self.random.shuffle(order)


class Streaming:
    """A training that began with some rows, and what must be the same for it to go on with others."""

    def __init__(
        self, training: Training, shuffler: Shuffler, net: Network, parameters: Any, n_rows: int, weighed: bool
    ):  # fmt: skip
        self.training, self.shuffler, self.net, self.n_rows = training, shuffler, net, n_rows
        self.parameters, self.weighed = parameters, weighed

    def takes(self, net: Network, parameters: Any, n_rows: int, weighed: bool) -> bool:
        """Whether it can go on with such rows."""
        same = self.net is net and self.weighed == weighed and self.parameters == parameters
        return same and n_rows <= self.n_rows
