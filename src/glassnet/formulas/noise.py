"""Random bits as a formula of a key and a counter: any part can be computed by itself, in any order and by any thread.

The key is drawn from a generator once for each array. The counter is mixed as in the integer hashes of Wellons
(hash prospector, 2018), with one half of the key in front and the other between the two products; on counters as random
numbers see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

import numpy as np

from glassnet.formulas.elementary import Array, log

PIECE, ALL_BITS = 16384, 2**64 - 1
SPREAD, FIRST, SECOND = np.uint32(0x9E3779B1), np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
COUNTERS = np.arange(PIECE, dtype=np.uint32) * SPREAD


def new_key(rng: "np.random.Generator") -> int:
    """64 bits, whatever the generator gives at a time."""
    return int(rng.integers(ALL_BITS, dtype=np.uint64, endpoint=True))


def new_keys(rng: "np.random.Generator", n: int) -> Array:
    """The next n keys."""
    return rng.integers(ALL_BITS, size=n, dtype=np.uint64, endpoint=True)


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


def normal(x: Array) -> Array:
    """√2 erf⁻¹(x): a standard normal number from x uniform on (−1, 1).

    Divided by x it is a smooth function of log(1 − x²) (Giles 2010, Approximating erfinv): here one polynomial of it,
    which is right to 4 · 10⁻⁶ of the number while 1 − x² > e⁻¹⁶, as far as x of 24 bits goes.
    """
    t = 1.0 + 0.125 * log((1.0 - x) * (1.0 + x))
    p = -0.0318683552 * t - 0.0354875489
    p = p * t + 0.0644069065
    p = p * t + 0.11387045
    p = p * t + 0.053338681
    p = p * t + 0.0033245596
    p = p * t - 0.050219219
    p = p * t - 0.174788033
    p = p * t - 0.457716636
    p = p * t - 1.99538932
    p = p * t + 3.76384581
    return x * p


def write_noise(noise: Array, std: float, key: int) -> None:
    """N(0, std²), from the upper 24 bits k of each counter: x = (2 k + 1) / 2²⁴ − 1 is exact in either type."""
    flat = noise.reshape(-1)
    for start in range(0, flat.size, PIECE):
        piece = flat[start : start + PIECE]
        piece[...] = random_bits(key, start, piece.size) >> np.uint32(8)
        piece *= 2.0**-23
        piece += 2.0**-24 - 1.0
        piece[...] = std * normal(piece)
