"""Schedules: numbers that change while a network is trained, as functions of how far the training is.

`at` takes the position t in epochs (step k of n in the third epoch stands at 2 + k / n), the number of epochs T of the
whole training (None where it has no end), and how often what the schedule monitors has stopped improving. It holds for
one position and for an array of them. A schedule may stand wherever training may change a number.

>>> import numpy as np
>>> Cosine(0.1).at(np.array([0, 5, 10]), 10)
array([0.1 , 0.05, 0.  ])
>>> WarmUp(Step(0.1, every=4), epochs=2).at(np.arange(8.0)).round(3)
array([0.01 , 0.055, 0.1  , 0.1  , 0.1  , 0.1  , 0.01 , 0.01 ])
"""

from typing import Any, Literal

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import Named, is_number, require_number

Watch = tuple[float | None, int, int]  # the best value so far, epochs since then, how often the number was lowered
NOTHING_YET: Watch = (None, 0, 0)


class Schedule(Named, family="schedule"):
    """Base class of schedules: a number as a function of the position in training.

    It stays between its `extremes`.

    >>> Schedule.of({'name': 'step', 'value': 1.0, 'factor': 0.5, 'every': 5})
    Step(value=1.0, factor=0.5, every=5)
    """

    def at(self, t: float | Array, epochs: float | None = None, drops: float = 0) -> Any:
        """The number at the position t, in epochs, of a training of `epochs` epochs."""
        raise NotImplementedError(f"{type(self).__name__} must define at(self, t, epochs, drops)")

    def extremes(self) -> tuple[float, ...]:
        """Numbers that it stays between, to be checked before training starts."""
        return tuple(getattr(self, name) for name in ("value", "final", "start", "minimum") if hasattr(self, name))

    def shortest(self) -> float | None:
        """What a training must be longer than, in epochs; None where it needs no end."""
        return None

    @property
    def monitor(self) -> str | None:
        """The name of the value that it observes after each epoch; None for most."""
        return None

    def observe(self, watch: Watch, measured: float) -> Watch:
        """The watch after a value was measured."""
        return watch


class ConstantSchedule(Schedule, name="constant"):
    """The same value throughout, for use after a warm-up.

    Parameters
    ----------
    value
        The value.

    Raises InvalidInput for a `value` out of range.

    >>> ConstantSchedule(0.1).at(3.0)
    0.1
    """

    value: float

    def at(self, t: float | Array, epochs: float | None = None, drops: float = 0) -> Any:
        return self.value + 0.0 * t


class Step(Schedule):
    """A step down after every so many epochs.

    value × factorᵏ, k = ⌊t / every⌋.

    Parameters
    ----------
    value
        Where it begins.
    factor
        What each step multiplies it by; 0.1 by default.
    every
        How many epochs lie between steps; 10 by default.

    Raises InvalidInput for settings out of range.

    >>> [float(Step(1.0, factor=0.5, every=10).at(t)) for t in (0, 9.9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """

    value: float
    factor: float = 0.1
    every: float = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "factor", 0, 1)
        require_number(self, "every", 0)

    def at(self, t: float | Array, epochs: float | None = None, drops: float = 0) -> Any:
        return self.value * self.factor ** np.floor(t / self.every)


class ExponentialDecay(Schedule, name="exponential"):
    """Exponential decay: the same share less in each epoch.

    value × factorᵗ.

    Parameters
    ----------
    value
        Where it begins.
    factor
        What each epoch multiplies it by; 0.9 by default.

    Raises InvalidInput for settings out of range.

    >>> ExponentialDecay(1.0, 0.5).at(3)
    0.125
    """

    value: float
    factor: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "factor", 0, 1)

    def at(self, t: float | Array, epochs: float | None = None, drops: float = 0) -> Any:
        return self.value * self.factor ** (1.0 * t)


class Cosine(Schedule):
    """Half a cosine wave from `value` to `final`, with restarts if there is a period.

    final + ½ (value − final)(1 + cos πs), s = t / T.

    With a `period` of P epochs it restarts after P, then after P × growth, P × growth² … more epochs, and needs no end
    (Loshchilov and Hutter 2017, arXiv 1608.03983, equation 5).

    Parameters
    ----------
    value, final
        Where it begins and where it ends; `final` is 0 by default.
    period
        Epochs until the first restart; None (default) for one wave over the whole training.
    growth
        How many times longer each period is than the one before; 1 by default.

    Raises InvalidInput for settings out of range.

    >>> [round(float(Cosine(1.0, period=2, growth=2).at(t)), 3) for t in (0, 1, 2, 4, 6)]
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    value: float
    final: float = 0.0
    period: float | None = None
    growth: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.period is not None:
            require_number(self, "period", 0)
        if not self.growth >= 1:
            raise InvalidInput(f"Cosine: `growth` must be a number of at least 1, got {brief(self.growth)}.")
        if self.growth > 1 and self.period is None:
            raise InvalidInput("Cosine: `growth` needs a `period`: set both, as in period=10, growth=2.")

    def shortest(self) -> float | None:
        return 0.0 if self.period is None else None

    def at(self, t: float | Array, epochs: float | None = None, drops: float = 0) -> Any:
        return self.value + (self.final - self.value) * half_wave(self.share(t, epochs))

    def share(self, t: float | Array, epochs: float | None) -> Any:
        """How far the present wave is, from 0 to 1."""
        if self.period is None:
            assert epochs is not None, "Cosine without a period needs the number of epochs"
            return t / epochs
        if self.growth == 1:
            return t % self.period / self.period
        waves = np.floor(np.log1p(t * (self.growth - 1) / self.period) / np.log(self.growth) + 1e-9)  # full ones
        begun = self.period * (self.growth**waves - 1) / (self.growth - 1)
        return (t - begun) / (self.period * self.growth**waves)


class FlatCosine(Schedule, name="flat_cosine"):
    """Constant for a share of the training, then half a cosine wave down.

    `value` up to the share `flat` of the training, from there half a wave down to `final` at its end.

    Parameters
    ----------
    value, final
        Where it begins and where it ends; `final` is 0 by default.
    flat
        The share of the training with the first value, from 0 to below 1; 0.5 by default.

    Raises InvalidInput for settings out of range.

    >>> FlatCosine(1.0).at(np.array([0, 5, 7.5, 10]), 10)
    array([1. , 1. , 0.5, 0. ])
    """

    value: float
    final: float = 0.0
    flat: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "flat", 0, 1, open_low=False)

    def shortest(self) -> float | None:
        return 0.0

    def at(self, t: float | Array, epochs: float | None = None, drops: float = 0) -> Any:
        assert epochs is not None, "FlatCosine needs the number of epochs"
        share = np.maximum(t / epochs - self.flat, 0.0) / (1.0 - self.flat)
        return self.value + (self.final - self.value) * half_wave(share)


class CosineLog(Schedule, name="cosine_log"):
    """Cosine waves from 0 up to `value` and back, each twice as long as the one before.

    ½ value (1 − cos 2πu), u = log₂(1 + (2ᶜ − 1) t / T), with c `cycles`.

    With 4 `cycles` it is the coslog4 of Holzmüller et al. 2024 (arXiv 2407.04491, section 3).

    Parameters
    ----------
    value
        The top of the waves.
    cycles
        How many waves; 4 by default.

    Raises InvalidInput for settings out of range.

    >>> [round(float(CosineLog(1.0).at(t, 15)), 3) for t in (0, 2**0.5 - 1, 1, 3, 7, 8 * 2**0.5 - 1, 15)]
    [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    """

    value: float
    cycles: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "cycles", 0)

    def extremes(self) -> tuple[float, ...]:
        return (0.0, self.value)

    def shortest(self) -> float | None:
        return 0.0

    def at(self, t: float | Array, epochs: float | None = None, drops: float = 0) -> Any:
        assert epochs is not None, "CosineLog needs the number of epochs"
        return self.value * half_wave(2.0 * np.log2(1.0 + (2.0**self.cycles - 1.0) * t / epochs))


class OneCycle(Schedule, name="one_cycle"):
    """One cycle: half a cosine wave up, then half a cosine wave down.

    From `start` up to `value` in the first `warm` T epochs, down to `final` in the others.

    By default `start` is value / 25 and `final` value / 250,000 (Smith and Topin 2018, arXiv 1708.07120; numbers as in
    PyTorch, waves as in fastai: step k of N stands at k / N, where PyTorch's OneCycleLR reaches `value` in step
    warm N − 1 and `final` in step N − 1). A momentum that goes the other way: `OneCycle(0.85, start=0.95, final=0.95)`.

    Parameters
    ----------
    value
        The top.
    start, final
        Where it begins and ends; value / 25 and value / 250,000 by default.
    warm
        The share of the training that goes up, between 0 and 1; 0.3 by default.

    Raises InvalidInput for settings out of range.

    >>> OneCycle(1.0).at(np.array([0, 3, 10]), 10).round(3)
    array([0.04, 1.  , 0.  ])
    """

    value: float
    start: Any = None
    final: Any = None
    warm: float = 0.3

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "warm", 0, 1)
        for name, part in (("start", 25.0), ("final", 250_000.0)):
            if getattr(self, name) is None:
                object.__setattr__(self, name, self.value / part)
            if not is_number(getattr(self, name)):
                raise InvalidInput(f"OneCycle: `{name}` must be a finite number, got {brief(getattr(self, name))}.")

    def shortest(self) -> float | None:
        return 0.0

    def at(self, t: float | Array, epochs: float | None = None, drops: float = 0) -> Any:
        assert epochs is not None, "OneCycle needs the number of epochs"
        top = self.warm * epochs
        up = self.start + (self.value - self.start) * half_wave(t / top)
        return np.where(t < top, up, self.value + (self.final - self.value) * half_wave((t - top) / (epochs - top)))


class WarmUp(Schedule, name="warm_up"):
    """A straight line up to where another schedule begins.

    (start + (1 − start) t / w) × schedule(0) for t < w, then schedule(t − w).

    `schedule` is a schedule or a number, w is `epochs`; the schedule begins when the line has ended (Goyal et al. 2017,
    arXiv 1706.02677, section 2.2).

    Parameters
    ----------
    schedule
        The schedule, or a number.
    epochs
        w, how many epochs the line takes; 1 by default.
    start
        The share of the schedule's first value that the line begins at; 0.1 by default.

    Raises InvalidInput for settings out of range.

    >>> WarmUp(0.5, epochs=2, start=0.0).at(np.array([0, 1, 2]), 10)
    array([0.  , 0.25, 0.5 ])
    """

    schedule: Any
    epochs: float = 1
    start: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        inner = ConstantSchedule(self.schedule) if is_number(self.schedule) else Schedule.of(self.schedule)
        object.__setattr__(self, "schedule", inner)
        require_number(self, "epochs", 0)
        if not 0 <= self.start <= 1:
            raise InvalidInput(f"WarmUp: `start` must be a share in [0, 1], got {brief(self.start)}.")

    def extremes(self) -> tuple[float, ...]:
        return self.schedule.extremes()

    def shortest(self) -> float | None:
        inner = self.schedule.shortest()
        return None if inner is None else inner + self.epochs

    @property
    def monitor(self) -> str | None:
        return self.schedule.monitor

    def observe(self, watch: Watch, measured: float) -> Watch:
        return self.schedule.observe(watch, measured)

    def at(self, t: float | Array, epochs: float | None = None, drops: float = 0) -> Any:
        left = None if epochs is None else epochs - self.epochs
        later = self.schedule.at(np.maximum(t - self.epochs, 0.0), left, drops)
        return later * np.minimum(self.start + (1 - self.start) * t / self.epochs, 1.0)


class ReduceOnPlateau(Schedule, name="reduce_on_plateau"):
    """Reduced whenever a monitored value stops improving.

    max(value × factorᵏ, minimum), k growing by 1 after each `patience` epochs without a better `monitor`.

    The names, the absolute `min_delta` and the count are those of Keras's ReduceLROnPlateau, and `EarlyStopping` counts
    alike. PyTorch's reduces the rate one epoch later: its `patience=P - 1` is ours of P.

    Parameters
    ----------
    value
        The initial value.
    factor
        Each reduction multiplies it by this; 0.1 by default.
    patience
        Epochs without improvement before a reduction; 10 by default.
    monitor
        The value that is monitored: `"val_loss"` (default), `"loss"` or a metric.
    mode
        Which way is better: `"min"` (default) or `"max"`.
    min_delta
        How much better a value must be to count as an improvement; 0.0001 by default.
    minimum
        It never falls below this; 0 by default.

    Raises InvalidInput for settings out of range.

    >>> float(ReduceOnPlateau(1.0, factor=0.5).at(0.0, drops=2))
    0.25
    """

    value: float
    factor: float = 0.1
    patience: int = 10
    monitor: str = "val_loss"
    mode: Literal["min", "max"] = "min"
    min_delta: float = 1e-4
    minimum: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "factor", 0, 1)
        require_number(self, "patience", 0)
        require_number(self, "min_delta", 0, open_low=False)

    def at(self, t: float | Array, epochs: float | None = None, drops: float = 0) -> Any:
        return np.maximum(self.value * self.factor**drops, self.minimum) + 0.0 * t

    def observe(self, watch: Watch, measured: float) -> Watch:
        best, waited, drops = watch
        if best is None or (best - measured if self.mode == "min" else measured - best) > self.min_delta:
            return None if measured != measured else measured, 0, drops  # an undefined metric is no first value
        return (best, 0, drops + 1) if waited + 1 >= self.patience else (best, waited + 1, drops)


def half_wave(share: float | Array) -> Any:
    """½ (1 − cos πs): from 0 to 1, level at both ends."""
    return 0.5 - 0.5 * np.cos(np.pi * share)
