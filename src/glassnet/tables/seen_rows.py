"""Which rows a model was trained on: a short hash of each, so that scores on them do not pass for those on new rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Self

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.growth import Growth, Size, shrunk, size_of
from glassnet.tables.table_fields import EarlierFields

SEEN = "seen."  # what the names of the arrays begin with
MOST = 1_000_000  # rows of which hashes are kept, 8 bytes each
BITS = 52  # of a hash: as many as a float64, which is what a model file holds, has for a whole number


@dataclass(frozen=True, eq=False)
class EarlierRows:
    """The hashes of rows that were encoded before the encoder of the model grew, and its size then."""

    hashes: Array
    size: Size

    def among(self, X: Array, truth: Array, encoder: TableEncoder) -> Array:
        """Which rows, encoded as now, are among them, (n,)."""
        return is_in(row_hashes(Growth(shrunk(encoder, self.size), encoder).back(X), truth), self.hashes)


@dataclass(frozen=True, eq=False)
class SeenRows:
    """The hashes of rows with their targets, in ascending order, as whole numbers in float64.

    `earlier` has those of rows that were seen when the encoder had fewer levels.

    >>> import polars
    >>> encoder = TableEncoder.learn(polars.DataFrame({"a": [1.5, 2, 4], "b": [3.5, 4, 1]}))
    >>> X, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1])
    >>> SeenRows.of(X, y).count(np.array([[1.0, 2.0], [1.0, 2.0], [5.0, 6.0]]), np.array([0, 1, 1]), encoder)
    1
    """

    hashes: Array
    earlier: tuple[EarlierRows, ...] = field(default=())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SeenRows) and self._key() == other._key()

    def _key(self) -> list[Any]:
        return [self.hashes.tolist(), *([each.hashes.tolist(), each.size] for each in self.earlier)]

    def __len__(self) -> int:
        return sum(map(len, (self.hashes, *(each.hashes for each in self.earlier))))

    @classmethod
    def of(cls, X: Array, truth: Array) -> Self | None:
        """Those of encoded rows and their targets (class numbers, or numbers in their own unit); None for too many."""
        return cls(np.unique(row_hashes(X, truth))) if len(X) <= MOST else None

    def after(self, growth: Growth, more: Self) -> Self | None:
        """With those of further rows, after the encoder has grown; None for too many."""
        if len(self) + len(more) > MOST:
            return None
        if growth.is_none:
            return replace(self, hashes=np.union1d(self.hashes, more.hashes))
        return replace(more, earlier=(*self.earlier, EarlierRows(self.hashes, size_of(growth.before))))

    def count(self, X: Array, truth: Array, encoder: TableEncoder) -> int:
        """How many of some rows, which the encoder of the model has encoded, are among them."""
        return int(self.among(X, truth, encoder).sum())

    def among(self, X: Array, truth: Array, encoder: TableEncoder) -> Array:
        """Which of some rows, which the encoder of the model has encoded, are among them, (n,)."""
        if not len(X):
            return np.zeros(0, bool)
        found = is_in(row_hashes(X, truth), self.hashes)
        for each in self.earlier:
            found |= each.among(X, truth, encoder)
        return found

    def describe(self) -> dict[str, Any]:
        """What a model file says of them beside the arrays."""
        earlier = [{"rows": len(each.hashes), **each.size, "missing": [*each.size["missing"]]} for each in self.earlier]
        return {"seen": len(self.hashes), **({"seen_earlier": earlier} if earlier else {})}

    @property
    def arrays(self) -> dict[str, Array]:
        """The arrays in a model file."""
        earlier = {f"{SEEN}{number}.hashes": each.hashes for number, each in enumerate(self.earlier)}
        return {f"{SEEN}hashes": self.hashes, **earlier}


def row_hashes(X: Array, truth: Array) -> Array:
    """The hash of each row: BLAKE2b of its inputs in float32 and its target in float64, shortened to 52 bits."""
    inputs, targets = np.ascontiguousarray(X, np.float32), np.asarray(truth, np.float64) + 0.0  # no −0
    return np.fromiter(hashes(inputs + np.float32(0), targets), np.float64, len(inputs))


def hashes(inputs: Array, targets: Array) -> Iterator[float]:
    """Hashes one after the other."""
    for row, target in zip(inputs, targets, strict=True):
        digest = blake2b(row.tobytes() + target.tobytes(), digest_size=8).digest()
        yield float(int.from_bytes(digest, "little") >> (64 - BITS))


def is_in(found: Array, known: Array) -> Array:
    """Which hashes are among known ones, which are in ascending order."""
    places = np.minimum(np.searchsorted(known, found), len(known) - 1)
    same: Array = known[places] == found
    return same


def seen_in(n: int, earlier: Sequence[EarlierFields], arrays: Mapping[str, Array], encoder: TableEncoder) -> SeenRows:
    """The hashes in a model file, which says how many there are; InvalidInput for what are none."""
    numbers = range(len(earlier))
    found = checked_hashes(n, arrays.get("hashes"))
    before = [checked_hashes(earlier[k]["rows"], arrays.get(f"{k}.hashes")) for k in numbers]
    if len(arrays) > 1 + len(before):
        raise InvalidInput("`table.seen` needs that many hashes of rows, and no other arrays.")
    sizes = [Size(levels=each["levels"], missing=each["missing"]) for each in earlier]
    for size in sizes:
        shrunk(encoder, size)  # refuses what does not fit
    return SeenRows(found, tuple(EarlierRows(*pair) for pair in zip(before, sizes, strict=True)))


def checked_hashes(n: int, found: Array | None) -> Array:
    """The hashes of n rows; InvalidInput for others."""
    found = np.zeros(0) if found is None else found
    whole = (
        found.ndim == 1 and len(found) == n > 0 and found.dtype == np.float64 and bool((found == np.rint(found)).all())
    )
    if not whole or (np.diff(found) <= 0).any() or found[0] < 0 or found[-1] >= 2.0**BITS:
        raise InvalidInput("`table.seen` needs that many hashes of rows, whole numbers in ascending order.")
    return found
