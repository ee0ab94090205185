"""What a training needs of the processes that share it: the few operations in which all of them take part."""

from typing import Any, Protocol

from glassnet.formulas.elementary import Array


class Communicator(Protocol):
    """Processes that run the same program, each with a number, its rank; every rank makes the same calls in turn.

    Vectors are contiguous; `counts` has a length in bytes for each rank.
    """

    @property
    def rank(self) -> int:
        """The number of this process: 0 … size − 1."""
        ...

    @property
    def size(self) -> int:
        """How many processes there are."""
        ...

    @property
    def neighbours(self) -> int:
        """How many of the ranks share the cores of this one, itself included."""
        ...

    def gather(self, value: Any) -> list[Any]:
        """The values of all ranks, in their order, on each of them."""
        ...

    def exchange(self, send: Array, send_counts: list[int], receive: Array, receive_counts: list[int]) -> None:
        """Send each rank its stretch of bytes, and receive one from each."""
        ...

    def complete(self, vector: Array, counts: list[int]) -> None:
        """Fill in the stretches of a vector of bytes, of which each rank holds its own."""
        ...

    def sum(self, vector: Array) -> None:
        """Put the sum of the vectors of all ranks in the place of each, in an order that may differ by their number."""
        ...

    def share(self, n_bytes: int) -> Array | None:
        """Memory of so many bytes that all ranks see, zeros at first; None where there is none for all of them."""
        ...

    def wait(self) -> None:
        """Wait until all ranks wait: what each has written into shared memory before, all see afterwards."""
        ...

    def abort(self, sentence: str, status: int) -> None:
        """Say a sentence, and end all ranks at once."""
        ...
