"""Random bits as a formula of a key and a counter: any part can be computed by itself, in any order and by any thread.

The key is drawn from a generator once for each array. The counter is mixed as in the integer hashes of Wellons
(hash prospector, 2018), with one half of the key in front and the other between the two products; on counters as random
numbers see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

import numpy as np

from glassnet.formulas.elementary import Array

PIECE, ALL_BITS = 16384, 2**64 - 1
SPREAD, FIRST, SECOND = np.uint32(0x9E3779B1), np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
COUNTERS = np.arange(PIECE, dtype=np.uint32) * SPREAD


def new_key(rng: "np.random.Generator") -> int:
    """64 bits, whatever the generator gives at a time."""
    return int(rng.integers(ALL_BITS, dtype=np.uint64, endpoint=True))


def random_bits(key: int, start: int, n: int) -> Array:
    """32 random bits each for the counters start … start + n − 1, n ≤ `PIECE`."""
    offset = (start * int(SPREAD) + key) & 0xFFFFFFFF
    x = COUNTERS[:n] + np.uint32(offset)
    x ^= x >> np.uint32(16)
    x *= FIRST
    x ^= np.uint32(key >> 32)
    x ^= x >> np.uint32(15)
    x *= SECOND
    x ^= x >> np.uint32(16)
    return x


def write_mask(mask: Array, rate: float, key: int) -> None:
    """1 / (1 − rate) in every entry that is kept, 0 in a share `rate` of them."""
    flat, limit = mask.reshape(-1), np.uint32(int(rate * 4294967296.0))
    for start in range(0, flat.size, PIECE):
        piece = flat[start : start + PIECE]
        np.greater_equal(random_bits(key, start, piece.size), limit, out=piece)
        piece *= 1.0 / (1.0 - rate)
