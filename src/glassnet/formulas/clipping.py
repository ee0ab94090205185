"""Gradient clipping: how far a gradient may reach before it is used."""

from collections.abc import Mapping

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.names import ClipName
from glassnet.formulas.registry import Named, Number, require_number


class Clip(Named, family="clip"):
    """Changes the gradient vector of all parameters in place.

    >>> sorted(Clip.registry)
    ['clip_norm', 'clip_value']
    """

    schedulable = ("limit", "max_norm")

    def apply(self, g: Array) -> None:
        """Clip g in place."""
        raise NotImplementedError(f"{type(self).__name__} needs apply(self, g)")


ClipLike = Clip | type[Clip] | ClipName | Mapping[str, object]  # for `of`


class ClipValue(Clip, name="clip_value"):
    """Limits each entry of the gradient.

    g ← min(max(g, −limit), limit).

    Parameters
    ----------
    limit
        The largest size of an entry, above 0, or a schedule; 1 by default.

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
