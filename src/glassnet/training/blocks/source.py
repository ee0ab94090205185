"""Rows that come in blocks, made again for each epoch, so that only a few need to be in memory."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.training.blocks.room import Room
from glassnet.training.inputs.checks import as_it_lies, check_flag, check_folder, check_whole

if TYPE_CHECKING:
    from pathlib import Path

Maker = Callable[[], Iterable[tuple[ArrayLike, ...]]] | Iterable[tuple[ArrayLike, ...]]
Arrays = Iterator[tuple[int, tuple[Any, Any, Any]]]  # the numbers of arrays with rows, and (X, y, weights or None)
BLOCK_ROWS = 65536
PIECE = 1 << 18  # numbers that are read and converted at a time


@answered
class Blocks:
    """Training data larger than memory: pass it to `fit` or `training` in place of X and y.

    Parameters
    ----------
    make
        A function without arguments that starts from the beginning at each call, such as a generator function, or an
        object that can be iterated over repeatedly. It yields pairs (X, y) or triples (X, y, weights), arrays of any
        number of rows, with shapes as in `fit`.
    n_rows
        Rows per epoch; needed where schedules change settings from step to step, and checked. None by default.
    block_rows
        How many rows are gathered, shuffled and trained on at a time, rounded up to whole updates; 65,536 by default.
        What `make` yields is cut and joined to blocks of this size, so the sizes of its arrays do not matter.
    ahead
        Make the next block on a thread of its own while one is trained on; True by default. The results are the same
        bit for bit. Use False for a function that is tied to the training's thread, or that reads what changes there:
        the network, a random generator.
    keep_in
        A folder on a disk with room for all rows as the network reads them (4 bytes per number); None by default. The
        first epoch stores them there, and later ones read them from there instead of calling `make`. For rows that are
        slow to make and the same each time, such as those of a Parquet file. They are removed when training has ended.
        If the disk becomes full, a RuntimeWarning is given and the rows are generated again in each epoch.

    Raises InvalidInput for what can be iterated over only once.

    >>> import glassnet as gn, numpy as np
    >>> def parts():
    ...     for seed in range(4):
    ...         X = np.random.default_rng(seed).normal(size=(1000, 2))
    ...         yield X, X[:, 0] * X[:, 1]
    >>> net = gn.Network([gn.Dense(8, "tanh"), gn.Dense(1)])
    >>> history = net.fit(gn.Blocks(parts), loss="squared_error", optimizer=gn.Adam(0.02), epochs=20, seed=0)
    >>> history["loss"][-1] < 0.2
    True
    """

    def __init__(
        self,
        make: "Maker",
        n_rows: int | None = None,
        block_rows: int = BLOCK_ROWS,
        ahead: bool = True,
        keep_in: "str | Path | None" = None,
    ):
        if not callable(make) and (
            getattr(make, "ndim", 1) == 0 or not hasattr(make, "__iter__") or iter(make) is make
        ):
            raise InvalidInput(
                f"each epoch reads the rows again, but {type(make).__name__!r} cannot be read more than once: for a "
                "generator function `rows` write gn.Blocks(rows), not gn.Blocks(rows())."
            )
        self.make = make
        self.n_rows = None if n_rows is None else check_whole(n_rows, "n_rows", high=2**53)
        self.block_rows = check_whole(block_rows, "block_rows")
        self.ahead = check_flag(ahead, "ahead")
        self.keep_in = None if keep_in is None else check_folder(keep_in, "keep_in")
        self.looked_at: list[Iterator[Any]] = []  # what the first block came from
        self.room = Room()

    @classmethod
    def of_arrays(
        cls,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        block_rows: int = BLOCK_ROWS,
        ahead: bool = True,
        keep_in: "str | Path | None" = None,
    ) -> Self:
        """Consecutive rows of arrays, such as memory maps: read and converted block by block, in the order they lie."""
        arrays = [a if hasattr(a, "__array__") else np.asarray(a) for a in (X, y, sample_weight) if a is not None]
        if any(np.ndim(a) == 0 or len(a) != len(arrays[0]) for a in arrays):
            shapes = ", ".join(str(np.shape(a)) for a in arrays)
            raise InvalidInput(f"X, y and sample_weight must have the same number of rows, got shapes {shapes}.")
        n, size = len(arrays[0]), max(1, PIECE * len(arrays[0]) // max(1, np.size(arrays[0])))

        def slices() -> Iterator[tuple[Any, ...]]:
            for start in range(0, n, size):
                yield tuple(a[start : start + size] for a in arrays)

        return cls(slices, n, block_rows, ahead, keep_in)

    def __array__(self, *given: object, **more: object) -> Any:
        raise InvalidInput("Blocks are only for the X of fit and training: here an array is needed.")

    def __iter__(self) -> Iterator[Any]:
        made = iter(self.make() if callable(self.make) else self.make)
        if any(made is other for other in self.looked_at):
            raise InvalidInput(
                "the function passed to Blocks returned the same iterator twice: it must return a new one at each call."
            )
        return made

    @contextmanager
    def begun(self) -> Iterator[Iterator[Any]]:
        """The blocks of an epoch; at the end a generator is closed, on the thread that it ran on."""
        made = iter(self)
        try:
            yield made
        finally:
            if isinstance(made, Generator):
                made.close()

    def size(self, update: int) -> int:
        """How many rows a block has, in whole updates of so many."""
        most = self.block_rows if self.n_rows is None else min(self.block_rows, self.n_rows)
        return -(-most // update) * update


@contextmanager
def looked_into(blocks: Blocks) -> Iterator[tuple[tuple[Any, Any, Any], Arrays]]:
    """(X, y, weights or None) of the first array with rows, and those that follow, before anything begins."""
    blocks.looked_at = []
    with blocks.begun() as made:
        blocks.looked_at = [made]
        rest = filled_in(made)
        _, first = next(rest, (0, None))
        if first is None:
            raise InvalidInput("the blocks to train on hold no rows: the function passed to Blocks yielded none.")
        yield first, rest


def filled_in(made: Iterator[Any]) -> Arrays:
    """The arrays that have rows, each with its number."""
    for number, block in enumerate(made, start=1):
        if not is_empty((arrays := arrays_in(block, number))[0]):
            yield number, arrays


def arrays_in(block: Any, number: int) -> tuple[Any, Any, Any]:
    """(X, y, weights or None) of block 1, 2, …"""
    if not isinstance(block, (tuple, list)) or len(block) not in (2, 3):
        raise InvalidInput(
            f"each block to train on must be (X, y) or (X, y, weights); block {number} is a {type(block).__name__}."
        )
    X, y, weights = (*block, None)[:3]
    return X, y, weights


def is_empty(X: Any) -> bool:
    """Whether a block has no rows; other checks refuse what is not an array."""
    return hasattr(X, "__len__") and len(X) == 0


Inputs = ArrayLike | Blocks | Maker  # what training takes as X


def in_blocks(
    X: Inputs, y: ArrayLike | None, sample_weight: ArrayLike | None, dtype: np.dtype
) -> tuple[ArrayLike | Blocks, ArrayLike | None, ArrayLike | None]:
    """X, y and sample_weight of a training, with `Blocks` as X where rows come or are to be read in blocks.

    A memory map that the engine cannot read as it lies is converted block by block.
    """
    if isinstance(X, np.memmap) and y is not None and X.ndim > 1 and not as_it_lies(X, dtype):
        return Blocks.of_arrays(X, y, sample_weight), None, None
    if y is None and not isinstance(X, Blocks) and not hasattr(X, "__array__"):
        return Blocks(cast("Maker", X)), y, sample_weight
    return cast("ArrayLike | Blocks", X), y, sample_weight
