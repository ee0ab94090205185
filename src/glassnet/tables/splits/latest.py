"""The latest rows, and blocks of rows in the order of time; rows of one time stay together."""

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.number_format import counted
from glassnet.training.inputs.splitting import Rows


def latest(times: Array, share: float, leave: int = 1) -> Rows:
    """The rows from a time on which have about `share` of all rows; `leave` earlier times stay out.

    >>> latest(np.array([3, 1, 2, 3, 1, 2, 1, 1, 1, 1]), 0.2)
    array([0, 3])
    """
    moments, counts = np.unique(times, return_counts=True)
    if len(moments) <= leave:
        raise InvalidInput(
            f"{counted(len(moments), 'different time')} among the rows to divide, but {leave + 1} or more are needed."
        )
    n_from = counts[::-1].cumsum()[: len(moments) - leave]  # rows at the k + 1 latest times
    first = moments[-1 - int(np.abs(n_from - share * len(times)).argmin())]
    return np.flatnonzero(times >= first)


def time_blocks(times: Array, n: int) -> list[Rows]:
    """All rows in n blocks of about equal size, the earliest first.

    >>> time_blocks(np.array([3, 1, 2, 3, 1, 2]), 3)
    [array([1, 4]), array([2, 5]), array([0, 3])]
    """
    left, blocks = np.arange(len(times)), []
    for k in range(n, 1, -1):
        held = latest(times[left], 1 / k, k - 1)
        blocks.append(left[held])
        left = np.delete(left, held)
    return [left, *reversed(blocks)]
