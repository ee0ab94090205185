"""Which rows are held out: every row goes to exactly one of two sides."""

from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.registry import is_number

Rows = npt.NDArray[np.intp]


def split_rows(
    n: int, share: float, rng: "np.random.Generator", labels: npt.ArrayLike | None = None
) -> tuple[Rows, Rows]:
    """The row numbers 0 … n − 1 as (rest, share): two sorted arrays, every row in exactly one of them.

    The second array holds `share` of the rows, rounded to the nearest whole number (halves up). With `labels`, shape
    (n,), each class keeps its share (largest remainders); then the rest keeps at least one row of every class, so the
    only row of a class always stays there.

    Raises InvalidInput when `share` is not in (0, 1), when either side would be empty, or when there are not n labels.

    >>> rest, held_out = split_rows(10, 0.2, np.random.default_rng(0), labels=[0] * 5 + [1] * 5)
    >>> len(rest), held_out.tolist()
    (8, [2, 9])
    """
    if not is_number(share) or not 0 < share < 1:
        raise InvalidInput(f"the share of rows to hold out must be in (0, 1), got {brief(share)}.")
    wanted = int(n * share + 0.5)
    chosen = _any_rows(n, wanted, rng) if labels is None else _rows_by_class(_check(labels, n), share, wanted, rng)
    if not 0 < len(chosen) < n:
        raise InvalidInput(
            f"holding out {share:g} of {n} rows leaves one side empty ({len(chosen)} and {n - len(chosen)})."
        )
    return np.setdiff1d(np.arange(n), chosen), chosen


def _check(labels: npt.ArrayLike, n: int) -> npt.NDArray[Any]:
    array = np.asarray(labels)
    if array.shape != (n,):
        raise InvalidInput(f"to split {n} rows by class, labels of shape ({n},) are needed, got shape {array.shape}.")
    return array


def _any_rows(n: int, wanted: int, rng: "np.random.Generator") -> Rows:
    return np.sort(rng.permutation(n)[:wanted])


def _rows_by_class(labels: npt.NDArray[Any], share: float, wanted: int, rng: "np.random.Generator") -> Rows:
    _, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    takes = largest_remainders(counts, share, wanted)
    chosen = [rng.permutation(np.flatnonzero(classes == c))[:take] for c, take in enumerate(takes)]
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, np.intp)


def largest_remainders(counts: Rows, share: float, wanted: int) -> Rows:
    """How many rows each class gives: `wanted` in all, as far as every class may keep one."""
    quotas, most = counts * share, counts - 1
    takes = np.minimum(np.floor(quotas).astype(np.intp), most)
    order = np.argsort(takes - quotas, kind="stable")
    while (lacking := wanted - takes.sum()) > 0 and (takes < most).any():
        open_classes = order[takes[order] < most[order]]
        takes[open_classes[:lacking]] += 1
    return takes
