"""How much memory may be made from a file: a small factor of its own size."""

from glassnet.errors import InvalidInput

FACTOR = 16
FREE = 1 << 22  # bytes for any file


class Allowance:
    """Counts bytes that are made of a file, and refuses too many before they are made.

    >>> Allowance(1000).spend(10**12)
    Traceback (most recent call last):
        ...
    glassnet.errors.InvalidInput: what its 1,000 bytes describe would take more than 16 times as much memory
    """

    def __init__(self, size: int):
        self.size, self.left = size, FACTOR * size + FREE

    def spend(self, n_bytes: int) -> None:
        """Take so many bytes from what is left; InvalidInput if these are too many."""
        self.left -= n_bytes
        if self.left < 0:
            raise InvalidInput(
                f"what its {self.size:,} bytes describe would take more than {FACTOR} times as much memory"
            )
