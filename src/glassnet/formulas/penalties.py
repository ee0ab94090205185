"""Penalties on the weights (not the biases), added to the loss: the value and the slope of each.

The loss that training reports is the data's alone, so that it compares with the validation loss; penalties that are
`divided` are counted in it, as they are a part of the loss of each batch.
"""

from collections.abc import Mapping

from glassnet.formulas.description import field
from glassnet.formulas.elementary import Array, abs, sign
from glassnet.formulas.names import PenaltyName
from glassnet.formulas.registry import Number, require_number
from glassnet.formulas.schedulable import Schedulable


class Penalty(Schedulable, family="penalty"):
    """Base class of penalties on the weights: Σ P(w) is added to the loss, and P'(w) to the gradient of w.

    Parameters
    ----------
    divided
        Divide the penalty by what the loss of each batch is divided by: its rows or the sum of their weights (times the
        outputs, for a loss averaged over these too). A strength of n λ is then λ for n rows, and the penalty counts in
        the loss that training reports. False by default.

    Raises InvalidInput for settings out of range.

    >>> Penalty.of("l2")
    L2()
    """

    divided: bool = field(default=False, kw_only=True)
    schedulable = ("strength", "l1", "l2")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("strength", "l1", "l2"):
            if hasattr(self, name):
                require_number(self, name, 0, open_low=False)

    def factor(self, share: float) -> float:
        """What value and slope are multiplied by in a batch whose loss is multiplied by `share`."""
        return share if self.divided else 1.0

    def value(self, w: Array) -> Array:
        """The penalty of each weight."""
        raise NotImplementedError(f"{type(self).__name__} must define value(self, w)")

    def slope(self, w: Array) -> Array:
        """Its derivative."""
        raise NotImplementedError(f"{type(self).__name__} must define slope(self, w)")


PenaltyLike = Penalty | type[Penalty] | PenaltyName | Mapping[str, object]  # for `of`


class L1(Penalty):
    """Penalty on the size of the weights, which drives some of them to 0 (lasso).

    P(w) = λ |w|,    P'(w) = λ sign(w).

    Parameters
    ----------
    strength
        λ, at least 0, or a schedule; 0.0001 by default.
    divided
        See `Penalty`; False by default.

    Raises InvalidInput for a `strength` below 0.

    >>> L1(0.1).slope(np.array([-2.0, 3.0]))
    array([-0.1,  0.1])
    """

    strength: Number = 1e-4

    def value(self, w: Array) -> Array:
        return self.strength * abs(w)

    def slope(self, w: Array) -> Array:
        return self.strength * sign(w)


class L2(Penalty):
    """Penalty on the squared weights, which keeps them small (ridge).

    P(w) = ½ λ w²,    P'(w) = λ w.

    Parameters
    ----------
    strength
        λ, at least 0, or a schedule; 0.0001 by default.
    divided
        See `Penalty`; False by default.

    Raises InvalidInput for a `strength` below 0.

    >>> L2(0.1).slope(np.array([-2.0, 3.0])).round(2)
    array([-0.2,  0.3])
    """

    strength: Number = 1e-4

    def value(self, w: Array) -> Array:
        return 0.5 * self.strength * w * w

    def slope(self, w: Array) -> Array:
        return self.strength * w


class ElasticNet(Penalty, name="elastic_net"):
    """The sum of an L1 and an L2 penalty.

    P(w) = λ₁ |w| + ½ λ₂ w²,    P'(w) = λ₁ sign(w) + λ₂ w.

    Zou and Hastie 2005.

    Parameters
    ----------
    l1, l2
        λ₁ and λ₂, at least 0, or schedules; 0.0001 each by default.
    divided
        See `Penalty`; False by default.

    Raises InvalidInput for an `l1` or `l2` below 0.

    >>> ElasticNet(0.1, 0.1).slope(np.array([-2.0, 3.0])).round(2)
    array([-0.3,  0.4])
    """

    l1: Number = 1e-4
    l2: Number = 1e-4

    def value(self, w: Array) -> Array:
        return self.l1 * abs(w) + 0.5 * self.l2 * w * w

    def slope(self, w: Array) -> Array:
        return self.l1 * sign(w) + self.l2 * w
