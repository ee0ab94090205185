"""Which rows a model was trained on: a short hash of each, so that scores on them do not pass for those on new rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Self

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array

SEEN = "seen."  # what the name of the array begins with
MOST = 1_000_000  # rows of which hashes are kept, 8 bytes each
BITS = 52  # of a hash: as many as a float64, which is what a model file holds, has for a whole number


@dataclass(frozen=True, eq=False)
class SeenRows:
    """The hashes of rows with their targets, in ascending order, as whole numbers in float64.

    >>> X, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1])
    >>> SeenRows.of(X, y).count(np.array([[1.0, 2.0], [1.0, 2.0], [5.0, 6.0]]), np.array([0, 1, 1]))
    1
    """

    hashes: Array

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SeenRows) and np.array_equal(self.hashes, other.hashes)

    @classmethod
    def of(cls, X: Array, truth: Array) -> Self | None:
        """Those of encoded rows and their targets (class numbers, or numbers in their own unit); None for too many."""
        return cls(np.unique(row_hashes(X, truth))) if len(X) <= MOST else None

    def count(self, X: Array, truth: Array) -> int:
        """How many of some rows are among them."""
        if not len(X):
            return 0
        found = row_hashes(X, truth)
        places = np.minimum(np.searchsorted(self.hashes, found), len(self.hashes) - 1)
        return int((self.hashes[places] == found).sum())


def row_hashes(X: Array, truth: Array) -> Array:
    """The hash of each row: BLAKE2b of its inputs in float32 and its target in float64, shortened to 52 bits."""
    inputs, targets = np.ascontiguousarray(X, np.float32), np.asarray(truth, np.float64) + 0.0  # no −0
    return np.fromiter(hashes(inputs + np.float32(0), targets), np.float64, len(inputs))


def hashes(inputs: Array, targets: Array) -> Iterator[float]:
    """Hashes one after the other."""
    for row, target in zip(inputs, targets, strict=True):
        digest = blake2b(row.tobytes() + target.tobytes(), digest_size=8).digest()
        yield float(int.from_bytes(digest, "little") >> (64 - BITS))


def seen_in(n: int, arrays: Mapping[str, Array]) -> SeenRows:
    """The hashes in a model file, which says how many there are; InvalidInput for what are none."""
    found = arrays.get("hashes", np.zeros(0))
    whole = (
        found.ndim == 1 and len(found) == n > 0 and found.dtype == np.float64 and bool((found == np.rint(found)).all())
    )
    if not whole or len(arrays) > 1 or (np.diff(found) <= 0).any() or found[0] < 0 or found[-1] >= 2.0**BITS:
        raise InvalidInput("`table.seen` needs that many hashes of rows, whole numbers in ascending order.")
    return SeenRows(found)
