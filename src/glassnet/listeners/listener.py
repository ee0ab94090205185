"""A listener: something called with each epoch, and optionally at the beginning and the end."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Self

from glassnet.calls import answered
from glassnet.training.epoch import Epoch


@answered
class Listener(ABC):
    """Base class of listeners that hold something open during training: a file, a line on a screen, a connection.

    Any function that takes an `Epoch` is a listener: `net.fit(…, listeners=[print])`. If it has a method `begin`, that
    is called before the first epoch with a description of the run; a method `end` is called after the last epoch or an
    error. In this class both do nothing. Outside of `fit` a listener is used as a context manager, or just called.
    After its end it can be used for another training.

    >>> import glassnet as gn
    >>> class Least(gn.listeners.Listener):
    ...     def begin(self, about): self.loss = float("inf")
    ...     def __call__(self, epoch): self.loss = min(self.loss, epoch.loss)
    ...     def end(self, error): print(f"least loss {self.loss:.2f}")
    >>> xor = gn.datasets.xor()
    >>> net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(1)], dtype="float64")
    >>> _ = net.fit(xor.X, xor.y, loss="squared_error", optimizer=gn.Adam(0.1), seed=0, listeners=[Least()])
    least loss 0.00
    >>> with Least() as least:
    ...     for epoch in net.training(xor.X, xor.y, loss="squared_error", epochs=3): least(epoch)
    least loss 0.00
    """

    def begin(self, about: Mapping[str, Any]) -> None:  # noqa: B027 - who needs no beginning has none
        """Before the first epoch; `about` is that of the history: seed, loss, optimizer, batch_size, n_samples, …"""

    @abstractmethod
    def __call__(self, epoch: Epoch) -> None:
        """After each epoch."""

    def end(self, error: BaseException | None) -> None:  # noqa: B027
        """After the last epoch, or after the error (Ctrl-C among them) that ended the training."""

    def __enter__(self) -> Self:
        self.begin({})
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        self.end(error)
