"""The max-norm constraint: no unit's weight vector is longer than a given norm."""

import numpy as np

from glassnet.formulas.description import Description
from glassnet.formulas.elementary import Array, maximum, sqrt


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
