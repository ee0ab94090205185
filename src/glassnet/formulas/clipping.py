"""Limits: how long a gradient may be before it is used, and a unit's weights after each update."""

from collections.abc import Mapping

import numpy as np

from glassnet.formulas.description import Description
from glassnet.formulas.elementary import Array, maximum, sqrt
from glassnet.formulas.names import ClipName
from glassnet.formulas.registry import Number, require_number
from glassnet.formulas.schedulable import Schedulable


class Clip(Schedulable, family="clip"):
    """Base class of gradient clipping: changes the gradient of all parameters in place.

    >>> Clip.of("clip_norm")
    ClipNorm()
    """

    schedulable = ("limit", "max_norm")

    def apply(self, g: Array) -> None:
        """Clip g in place."""
        raise NotImplementedError(f"{type(self).__name__} must define apply(self, g)")


ClipLike = Clip | type[Clip] | ClipName | Mapping[str, object]  # for `of`


class ClipValue(Clip, name="clip_value"):
    """Limits each entry of the gradient.

    g ← min(max(g, −limit), limit).

    Parameters
    ----------
    limit
        The largest size of an entry, above 0, or a schedule; 1 by default.

    Raises InvalidInput for a `limit` out of range.

    >>> g = np.array([3.0, -0.5])
    >>> ClipValue(1.0).apply(g)
    >>> g
    array([ 1. , -0.5])
    """

    limit: Number = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "limit", 0)

    def apply(self, g: Array) -> None:
        np.clip(g, -self.limit, self.limit, out=g)


class ClipNorm(Clip, name="clip_norm"):
    """Limits the length of the whole gradient.

    g ← g min(1, c / ‖g‖).

    c is `max_norm`, ‖g‖ that of all parameters together (Pascanu et al. 2013, arXiv 1211.5063).

    Parameters
    ----------
    max_norm
        c, the largest length of the gradient of all parameters, above 0, or a schedule; 1 by default.

    Raises InvalidInput for a `max_norm` out of range.

    >>> g = np.array([3.0, 4.0])
    >>> ClipNorm(1.0).apply(g)
    >>> g
    array([0.6, 0.8])
    """

    max_norm: Number = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "max_norm", 0)

    def apply(self, g: Array) -> None:
        with np.errstate(over="ignore"):
            norm = float(np.dot(g, g)) ** 0.5
        if not np.isfinite(norm):  # the squares overflowed: scale first
            largest = float(np.max(np.abs(g)))
            norm = largest * float(np.linalg.norm(g / largest))
        if norm > self.max_norm:
            g *= self.max_norm / norm


class MaxNorm(Description):
    """Limit on the length of each unit's weight vector, applied after every update.

    W ← W min(1, c / ‖wⱼ‖).

    wⱼ are the weights of a unit, a column of W (Srivastava et al. 2014, section 5.1).

    >>> W = np.array([[3.0, 0.3], [4.0, 0.4]])
    >>> MaxNorm(1.0).apply(W)
    >>> W
    array([[0.6, 0.3],
           [0.8, 0.4]])
    """

    max_norm: float

    def factor(self, squares: Array) -> Array:
        """min(1, c / ‖w‖) from ‖w‖², written so that it is 1 to the last bit within the norm."""
        return self.max_norm / maximum(sqrt(squares), self.max_norm)

    def apply(self, W: Array) -> None:
        """Shrink W in place; the squares are added up in double precision."""
        W *= self.factor(np.einsum("ij,ij->j", W, W, dtype=np.float64)).astype(W.dtype)
