"""Batches of equal size, of which none is a small rest."""


def even(n_rows: int, batch_size: int) -> int:
    """The size of ⌊n / size⌋ equal batches: no small last one, whose gradient is all noise.

    >>> even(364, 256), even(700, 256), even(10, 256)
    (364, 350, 10)
    """
    return -(-n_rows // max(1, n_rows // batch_size))
