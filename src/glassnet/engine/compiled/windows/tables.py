"""Where windows stand, as whole numbers that loops read: rows of turned arrays, runs of rows, places by position."""

from typing import NamedTuple

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.layers.convolution.windows import Windows, padded_positions
from glassnet.layers.layer import Shape


class Runs(NamedTuple):
    """Runs (row, row of weights, length) one after the other, and for each place the number of its first."""

    first: Array
    runs: Array


def runs_of(group: Array, row: Array, weight: Array, length: int, n: int, joined: bool) -> Runs:
    """Runs of so many rows for each of n places, in order; those that go on where one ends are joined to it."""
    follows = np.zeros(len(group), bool)
    if joined and len(group):
        follows[1:] = (np.diff(group) == 0) & (np.diff(row) == length) & (np.diff(weight) == length)
    begins = np.flatnonzero(~follows)
    lengths = np.diff(np.append(begins, len(group))) * length
    first = np.searchsorted(group[begins], np.arange(n + 1))
    return Runs(first.astype(np.int64), np.column_stack([row[begins], weight[begins], lengths]).astype(np.int64).copy())


def forward_runs(windows: Windows, channels: int, groups: int) -> Runs:
    """What each window sees of the channels of one group: rows of X, and of W."""
    at, inputs = windows.seen, channels // groups
    place, tap = np.nonzero(at >= 0)
    return runs_of(place, at[place, tap] * channels, tap * inputs, inputs, len(at), groups == 1)


def backward_runs(windows: Windows, filters: int, groups: int) -> Runs:
    """For each position the windows over it: rows of dZ of one group, and of the filters turned around."""
    at, units = windows.seen, filters // groups
    place, tap = np.nonzero(at >= 0)
    position, turned = at[place, tap], at.shape[1] - 1 - tap
    order = np.lexsort((turned, position))
    position, place, turned = position[order], place[order], turned[order]
    n = int(np.prod(windows.positions))
    return runs_of(position, place * filters, turned * units, units, n, groups == 1)


def windows_over(windows: Windows) -> tuple[Array, Array]:
    """For each position the number of the first window over it, and of all (place, tap) one after the other."""
    at = windows.seen
    place, tap = np.nonzero(at >= 0)
    position = at[place, tap]
    order = np.lexsort((place, position))
    first = np.searchsorted(position[order], np.arange(int(np.prod(windows.positions)) + 1))
    return first.astype(np.int64), np.column_stack([place[order], tap[order]]).astype(np.int64).copy()


def corners(windows: Windows, channels: int, groups: int) -> tuple[Array, Array]:
    """In samples with the positions added: the row where each window begins, and how far on each of its rows lies."""
    whole = Windows(windows.padded, windows.kernel, windows.stride, windows.dilation, *[(0,) * len(windows.kernel)] * 2)
    at, inputs = whole.seen, channels // groups
    offsets = (at[0] - at[0, 0])[:, np.newaxis] * channels + np.arange(inputs)
    return (at[:, 0] * channels).astype(np.int64), offsets.reshape(-1).astype(np.int64)


def back_inside(positions: Shape, before: Shape, after: Shape) -> Array:
    """For each position of a sample the number of that of the padded one."""
    at = padded_positions(positions, before, after)
    return np.flatnonzero(at >= 0).astype(np.int64)
