"""Averages of the parameters over the steps of a training, which often predict better than the last parameters do."""

from collections.abc import Mapping

from glassnet.formulas.elementary import Array
from glassnet.formulas.names import AverageName
from glassnet.formulas.registry import Named, require_number


class Average(Named, family="average"):
    """Base class of averages of the parameters over training.

    `update` returns the average a after step t = 1, 2, …, from what it was and from the parameters p after the step.

    >>> Average.of("moving_average")
    MovingAverage()
    """

    def update(self, a: Array, p: Array, t: int) -> Array:
        """The average after the step; a is 0 before the first."""
        raise NotImplementedError(f"{type(self).__name__} must define update(self, a, p, t)")


AverageLike = Average | type[Average] | AverageName | Mapping[str, object]  # for `of`


class MovingAverage(Average, name="moving_average"):
    """Exponential moving average of the parameters, without bias towards its start.

    a ← a + (1 − δ) / (1 − δᵗ) (p − a).

    The mean of all p so far, each step back weighing δ times as much. This is the exponential moving average a ← δ
    a + (1 − δ) p from 0, divided by its sum of weights as Adam divides (Kingma and Ba 2015, arXiv 1412.6980,
    section 3), so that short trainings are not pulled towards their start.

    Parameters
    ----------
    decay
        δ, from 0 to below 1: how much less each step back counts; 0.999 by default.

    Raises InvalidInput for a `decay` out of range.

    >>> a = MovingAverage(0.5)
    >>> a.update(a.update(0.0, 1.0, 1), 4.0, 2)  # (½ 1 + 4) / (½ + 1)
    3.0
    """

    decay: float = 0.999

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "decay", 0, 1, open_low=False)

    def update(self, a: Array, p: Array, t: int) -> Array:
        return a + (1.0 - self.decay) / (1.0 - self.decay**t) * (p - a)
