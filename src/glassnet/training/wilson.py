"""Where a share of rows lies with 95 % confidence."""

import numpy as np

from glassnet.formulas.elementary import Array

NORMAL = 1.959964  # 95 % of a normal distribution lie within ± as many standard deviations


def wilson(share: float | Array, n: float | Array) -> tuple[Array, Array]:
    """Ends of the 95 % interval of a share of n rows, right for few rows and for all or none of them.

    (share + z² / 2n ± z √(share (1 − share) / n + z² / 4n²)) / (1 + z² / n)

    Wilson 1927, Journal of the American Statistical Association 22, p. 209.

    >>> [float(end.round(3)) for end in wilson(1.0, 30)]
    [0.886, 1.0]
    """
    middle, scale = share + NORMAL**2 / (2 * n), 1 + NORMAL**2 / n
    half = NORMAL * np.sqrt(share * (1 - share) / n + NORMAL**2 / (4 * n**2))
    return np.clip((middle - half) / scale, 0, 1), np.clip((middle + half) / scale, 0, 1)
