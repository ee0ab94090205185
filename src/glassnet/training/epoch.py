"""The record of one epoch: what was measured in it, and with which learning rate."""

from dataclasses import dataclass, field

from glassnet.calls import answered


@answered
@dataclass
class Epoch:
    """One pass over the training data, with what was measured.

    Set `learning_rate` in your own loop to change it from the next epoch on.

    Made by `Network.training`.

    Attributes
    ----------
    number, steps, seconds
        The number of the epoch, from 1; the number of updates so far; how long it took, in seconds.
    loss, metrics
        On the training rows, each row as it was just before its batch's update; metrics by name.
    val_loss, val_metrics
        On the validation rows after the epoch's last update; None and {} without validation rows.
    learning_rate, scheduled
        At the epoch's first step: the learning rate, and the other settings that follow a schedule, by name. A learning
        rate set by hand stays, whatever a schedule says.

    >>> xor = gn.datasets.xor()
    >>> net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(1)])
    >>> for epoch in net.training(xor.X, xor.y, loss="squared_error", epochs=3, seed=0):
    ...     epoch.learning_rate = 0.1
    >>> epoch.number, epoch.steps, epoch.val_loss
    (3, 3, None)
    """

    number: int
    loss: float
    learning_rate: float
    metrics: dict[str, float] = field(default_factory=dict)
    val_loss: float | None = None
    val_metrics: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    steps: int = 0
    scheduled: dict[str, float] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, float]:
        """Everything measured, by name: "loss", "accuracy", "val_loss", "val_accuracy", …"""
        found = {"loss": self.loss, **self.metrics}
        if self.val_loss is not None:
            found |= {"val_loss": self.val_loss} | {f"val_{name}": v for name, v in self.val_metrics.items()}
        return found

    def __str__(self) -> str:
        return f"epoch {self.number}  " + "  ".join(f"{name} {value:.4g}" for name, value in self.values.items())
