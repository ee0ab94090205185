"""The record of one epoch: what was measured in it, and with which learning rate."""

from dataclasses import dataclass, field


@dataclass
class Epoch:
    """One pass over the data. Set `learning_rate` in your own loop to change it from the next epoch on.

    Attributes
    ----------
    number, steps, seconds
        The epoch's number, from 1; how many updates it made; how long it took.
    loss, metrics
        Of the training rows, each row as it was just before its batch's update; metrics by name.
    val_loss, val_metrics
        With validation rows: theirs, after the epoch's last update.
    learning_rate, scheduled
        As the epoch's first step had them: the rate, and the other numbers that follow schedules by name. A rate that
        is set by hand stays, whatever a schedule says.
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
