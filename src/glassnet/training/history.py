"""The history of a training: the records of all epochs, as columns, in a file, as curves."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, Self

from glassnet.calls import answered
from glassnet.drawing import Theme
from glassnet.errors import InvalidInput
from glassnet.files.atomic import write_whole
from glassnet.files.json_text import read_json
from glassnet.files.schema import Misfit, check_fields, checked
from glassnet.training.epoch import Epoch

OF_EPOCHS = ("learning_rate", "seconds")  # columns of a history that are attributes of its epochs


class Records(Protocol):
    """Epochs whose records are made on demand."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Epoch]: ...


@answered
class History:
    """The measured values of all epochs of a training.

    `history["val_loss"]` is a list with one number per epoch; a loop over a history gives its `Epoch` objects.

    Parameters
    ----------
    about
        How the run was made: seed, loss, optimizer and batch size; engine, versions, threads and BLAS ("environment").
        At its end also why it ended ("ended") and, where the best parameters were kept, their epoch ("best_epoch").
        Empty by default.

    >>> xor = gn.datasets.xor()
    >>> history = gn.Network([gn.Dense(1)]).fit(xor.X, xor.y, loss="squared_error", epochs=3, seed=0)
    >>> len(history["loss"]), history.about["seed"], history.names()
    (3, 0, ['loss', 'learning_rate', 'seconds'])
    """

    def __init__(self, about: dict[str, Any] | None = None):
        self.about = about or {}
        self._epochs: list[Epoch] = []
        self._strides: list[Records] = []  # of epochs whose records are not made yet

    @property
    def epochs(self) -> list[Epoch]:
        """The records of all epochs, in order."""
        for stride in self._strides:
            self._epochs.extend(stride)
        self._strides.clear()
        return self._epochs

    def add(self, epoch: Epoch) -> None:
        """Append one epoch."""
        self.epochs.append(epoch)

    def extend(self, stride: Records) -> None:
        """Append epochs whose records are made on demand."""
        self._strides.append(stride)

    def names(self) -> list[str]:
        """List the names of everything measured."""
        return [*self.epochs[0].values, *self.epochs[0].scheduled, *OF_EPOCHS] if self.epochs else []

    def __getitem__(self, name: str) -> list[float]:
        if name not in self.names():
            raise KeyError(f"{name!r} was not measured; known: {', '.join(self.names())}")
        if name in OF_EPOCHS:
            return [getattr(epoch, name) for epoch in self.epochs]
        return [(epoch.values | epoch.scheduled)[name] for epoch in self.epochs]

    def __len__(self) -> int:
        return len(self._epochs) + sum(map(len, self._strides))

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self.epochs)

    def __repr__(self) -> str:
        return f"History({len(self)} epochs: {self.epochs[-1] if self.epochs else 'none yet'})"

    def save(self, path: str | Path) -> Path:
        """Write all values and `about` as JSON, completely or not at all."""
        columns = {name: [v if math.isfinite(v) else None for v in self[name]] for name in self.names()}
        content = {"about": self.about, **columns}  # JSON has no NaN
        return write_whole(path, json.dumps(content, indent=1).encode())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a history written by `save`; InvalidInput for any other file.

        Values without a validation part that are not a metric of the library count as following a schedule.
        """
        try:
            columns = checked(read_json(Path(path).read_bytes()), dict[str, Any])
            history = cls(checked(columns.pop("about", None), dict[str, Any], "about"))
            for number, values in enumerate(rows_of(columns), start=1):
                history.add(epoch_of(number, values))
        except (OSError, ValueError) as error:
            raise InvalidInput(f"{path} does not hold a history: {str(error).rstrip('.')}.") from error
        return history

    def plot(self, *names: str, theme: str | Theme = "light") -> Any:
        """Draw the learning curves as a Figure: a panel for each measured quantity, training and validation together.

        `names` picks the panels ("loss", "accuracy", …); all by default. `theme` is "light" or "dark".
        `gn.pictures.learning_curves` draws several histories into one figure.
        """
        from glassnet.training.curves import learning_curves  # imported late: only figures need it

        return learning_curves(self, *names, theme=theme)


def rows_of(columns: Mapping[str, Any]) -> Iterator[dict[str, float]]:
    """The values of each epoch by name, NaN for null; Misfit for invalid columns."""
    numbers = {name: checked(column, list[float | None], name) for name, column in columns.items()}
    lengths = {len(column) for column in numbers.values()}
    if len(lengths) > 1:
        raise Misfit(f"has columns of {min(lengths)} to {max(lengths)} epochs")
    if lengths:
        check_fields(numbers, numbers, ("loss", *OF_EPOCHS))
    for row in zip(*numbers.values(), strict=True):
        yield {name: math.nan if v is None else float(v) for name, v in zip(numbers, row, strict=True)}


def epoch_of(number: int, values: dict[str, float]) -> Epoch:
    """The epoch in a row of a saved history."""
    from glassnet.training.metrics import Metric  # imported late: a prediction does not need it

    loss, rate, seconds = (values.pop(name) for name in ("loss", *OF_EPOCHS))
    val_loss = values.pop("val_loss", None)
    validated = {name.removeprefix("val_"): values.pop(name) for name in [*values] if name.startswith("val_")}
    metrics = {name: values.pop(name) for name in [*values] if name in validated or name in Metric.registry}
    return Epoch(number, loss, rate, metrics, val_loss, validated, seconds, scheduled=values)
