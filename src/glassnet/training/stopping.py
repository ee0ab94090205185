"""When training ends: no progress, a time limit, a target; and restoring the best parameters."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from glassnet.calls import warn
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.names import StopName
from glassnet.formulas.registry import Named, is_number, require_number
from glassnet.training.durations import seconds_of
from glassnet.training.inputs.checks import check_whole
from glassnet.training.metrics import Metric

if TYPE_CHECKING:
    from glassnet.training.epoch import Epoch

Memory = dict[str, Any]


class Stop(Named, family="stop"):
    """A reason to end training early, checked after each epoch.

    What it remembers from epoch to epoch is a dict that JSON can hold. `of_run` says whether it belongs to the whole
    run, so that a resumed run must have the same.

    >>> gn.Stop.of({"name": "max_time", "seconds": "5m"})
    MaxTime(seconds=300.0)
    """

    of_run: ClassVar[bool] = True
    of_records: ClassVar[bool] = False  # whether it needs only the records of epochs, which may come late

    def check(self, higher: Mapping[str, bool]) -> None:
        """Refuse what cannot be watched; `higher` says for each measured value whether higher is better."""

    def begin(self, higher: Mapping[str, bool]) -> Memory:
        """What it remembers before the first epoch."""
        return {}

    def reached(self, epoch: "Epoch", memory: Memory) -> str | None:
        """Why training ends after this epoch, or None; may change its memory."""
        raise NotImplementedError(f"{type(self).__name__} must define reached(self, epoch, memory)")

    def reached_before(self, done: int) -> str | None:
        """Why a run resumed after so many epochs is already over, or None."""
        return None

    def check_memory(self, memory: Any, begun: Memory, done: int) -> None:
        """Refuse what it cannot remember after so many epochs; `begun` is what it remembers before the first."""
        if not isinstance(memory, dict) or memory.keys() != begun.keys():
            raise InvalidInput(f"{self.name} does not remember {brief(memory)}")
        for key, value in begun.items():
            if value is not None and kind_of(memory[key]) is not kind_of(value):
                raise InvalidInput(f"what {self.name} remembers as `{key}` is not {brief(memory[key])}")


StopLike = Stop | type[Stop] | StopName | Mapping[str, object]  # for `of`


class EarlyStopping(Stop, name="early_stopping"):
    """Ends training when a measured value has not improved for some epochs (Prechelt 1998, "Early stopping").

    Lower is better for losses; for metrics, whichever the metric says. While the value is not a finite number, such as
    an area under a curve without rows of a class, the last epoch counts as the best, with a warning.

    Parameters
    ----------
    metric
        "val_loss" (default), "loss", or the name of a metric, with "val_" in front for the validation rows.
    patience
        Training ends after this many epochs without improvement; 10 by default. None never ends it and only keeps the
        best parameters.
    min_delta
        How much better a value must be to count as an improvement; 0 by default.
    restore_best
        End with the parameters of the best epoch, however training ends; True by default.
    ties
        Which of equally good epochs is the best: the "first" (default), or the "last", useful while the learning rate
        falls.

    Raises InvalidInput for settings out of range, and when training begins UnknownName for a value that is not
    measured.

    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")])
    >>> stop = gn.EarlyStopping("val_accuracy", patience=5)
    >>> history = net.fit(iris.X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.05), validation=0.2,
    ...                   metrics=["accuracy"], stop=stop, epochs=500, seed=0)
    >>> len(history) < 500, history.about["best_epoch"] == len(history) - 5
    (True, True)
    """

    of_records: ClassVar[bool] = True

    metric: str = "val_loss"
    patience: Any = 10
    min_delta: float = 0.0
    restore_best: bool = True
    ties: Literal["first", "last"] = "first"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "min_delta", 0, open_low=False)
        if self.patience is not None:
            check_whole(self.patience, "EarlyStopping: `patience`")

    def check(self, higher: Mapping[str, bool]) -> None:
        """Refuse a value that is not measured."""
        check_measured(self, self.metric, higher)

    def begin(self, higher: Mapping[str, bool]) -> Memory:
        """The best value and its epoch, none yet."""
        return {"higher": higher[self.metric], "best": None, "best_epoch": 0}

    def check_memory(self, memory: Any, begun: Memory, done: int) -> None:
        """Refuse anything but the best value of a finished epoch."""
        super().check_memory(memory, begun, done)
        best, epoch = memory["best"], memory["best_epoch"]
        if not (best is None or is_number(best)) or not 0 <= epoch <= done or memory["higher"] != begun["higher"]:
            raise InvalidInput(f"{self.name} does not remember {brief(memory)} after epoch {done}")

    def reached(self, epoch: "Epoch", memory: Memory) -> str | None:
        """Whether the best value is `patience` epochs old."""
        value = epoch.values[self.metric]
        gain = 0.0 if memory["best"] is None else (value - memory["best"]) * (1 if memory["higher"] else -1)
        better = gain > self.min_delta or (gain == 0 and self.ties == "last" and math.isfinite(value))
        if memory["best"] is None or better:
            memory["best"] = value if math.isfinite(value) else None  # an undefined metric is beaten by any other
            memory["best_epoch"] = epoch.number
        if memory["best"] is None and epoch.number == 1:
            warn_of_undefined(self.metric, value)
        if self.patience is None or epoch.number - memory["best_epoch"] < self.patience:
            return None
        waited = f"{self.patience} epochs" if self.patience > 1 else "1 epoch"
        return (
            f"{self.metric} did not improve for {waited} on its best, {memory['best']} in epoch {memory['best_epoch']}"
        )


def warn_of_undefined(metric: str, value: float) -> None:
    """Warn that early stopping has nothing to compare."""
    warn(
        f"{metric} is {value} after the first epoch; as long as it is not a finite number, the last epoch counts as "
        f"the best. (An area under a curve needs rows with and without each class.)"
    )


class MaxTime(Stop, name="max_time"):
    """Ends training after the epoch in which a time limit is reached.

    A resumed run has the whole time again.

    Parameters
    ----------
    seconds
        A number of seconds, or a text with the units s, m, h and d from the largest to the smallest: "90", "90s",
        "1.5h", "1h30m", "2d 12h".

    Raises InvalidInput for what is not a time above 0.

    >>> MaxTime("1h30m")
    MaxTime(seconds=5400.0)
    """

    seconds: Any
    of_run: ClassVar[bool] = False
    of_records: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.seconds, str):
            object.__setattr__(self, "seconds", seconds_of(self.seconds))
        require_number(self, "seconds", 0)

    def begin(self, higher: Mapping[str, bool]) -> Memory:
        """When it began."""
        return {"began": time.monotonic()}

    def reached(self, epoch: "Epoch", memory: Memory) -> str | None:
        """Whether the time is up."""
        return f"{self.seconds:g} seconds are up" if time.monotonic() - memory["began"] >= self.seconds else None


class StopAfter(Stop, name="stop_after"):
    """Ends training after a given epoch, while schedules still assume all `epochs`.

    It reproduces a training that was ended there by hand.

    Parameters
    ----------
    epoch
        The last epoch, a whole number of at least 1.

    Raises InvalidInput for an `epoch` below 1.

    >>> StopAfter(3)
    StopAfter(epoch=3)
    """

    epoch: int
    of_run: ClassVar[bool] = False
    of_records: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole(self.epoch, "StopAfter: `epoch`")

    def reached(self, epoch: "Epoch", memory: Memory) -> str | None:
        """Whether it is the epoch, or a later one."""
        return self.reached_before(epoch.number)

    def reached_before(self, done: int) -> str | None:
        """Whether the epoch is done."""
        return f"epoch {self.epoch} was set as the last" if done >= self.epoch else None


class Target(Stop, name="target"):
    """Ends training when a measured value is good enough.

    Parameters
    ----------
    metric
        The name that the value has in the history: "val_loss", "accuracy", ….
    value
        What it must reach: at most this for losses and errors, at least this for other metrics.

    Raises InvalidInput for a `value` that is not a number, and when training begins UnknownName for a metric that is
    not measured.

    >>> xor = gn.datasets.xor()
    >>> net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(1, "sigmoid")])
    >>> history = net.fit(xor.X, xor.y, loss="binary_cross_entropy", optimizer=gn.Adam(0.1), epochs=1000,
    ...                   stop=gn.Target("loss", 0.05), seed=1)
    >>> history["loss"][-1] <= 0.05
    True
    """

    of_records: ClassVar[bool] = True

    metric: str
    value: float

    def check(self, higher: Mapping[str, bool]) -> None:
        """Refuse a value that is not measured."""
        check_measured(self, self.metric, higher)

    def begin(self, higher: Mapping[str, bool]) -> Memory:
        """In which direction the value gets better."""
        return {"higher": higher[self.metric]}

    def check_memory(self, memory: Any, begun: Memory, done: int) -> None:
        """Refuse another direction."""
        if memory != begun:
            raise InvalidInput(f"{self.name} does not remember {brief(memory)}")

    def reached(self, epoch: "Epoch", memory: Memory) -> str | None:
        """Whether the value is as good as that."""
        value = epoch.values[self.metric]
        if not (value >= self.value if memory["higher"] else value <= self.value):
            return None
        return f"{self.metric} is {value:g}, {'at least' if memory['higher'] else 'at most'} {self.value:g}"


def kind_of(value: object) -> type:
    """The kind of value that JSON has: whole numbers are numbers like others."""
    return float if type(value) is int else type(value)


def directions(metrics: Sequence[Metric], validated: bool, trained: bool = True) -> dict[str, bool]:
    """For each value that a run measures, whether higher is better; `trained`: metrics also of the training rows."""
    found = {"loss": False, **{metric.name: metric.higher_is_better for metric in metrics}}
    of_validation = {f"val_{name}": higher for name, higher in found.items()} if validated else {}
    return (found if trained else {"loss": False}) | of_validation


def check_measured(stop: Stop, name: str, higher: Mapping[str, bool]) -> None:
    """Refuse to watch a value that is not measured."""
    if name in higher:
        return
    if str(name).startswith("val_") and "val_loss" not in higher:
        raise InvalidInput(f"{stop!r} monitors {name!r}, which needs rows to validate on: validation=0.2, for example.")
    raise UnknownName("measured value", name, higher)


def stops_of(given: Any) -> tuple[Stop, ...]:
    """None, one or several, by name or as objects."""
    if given is None:
        return ()
    several = isinstance(given, Sequence) and not isinstance(given, str)
    stops = tuple(Stop.of(stop) for stop in (given if several else [given]))
    if sum(getattr(stop, "restore_best", False) for stop in stops) > 1:
        raise InvalidInput("only one EarlyStopping can restore its best parameters: set restore_best=False in others.")
    return stops
