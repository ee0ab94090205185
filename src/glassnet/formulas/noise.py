"""Random bits as a formula of a key and a counter: any part can be computed by itself, in any order and by any thread.

The key is drawn from a generator once for each array. The counter is mixed as in the integer hashes of Wellons
(hash prospector, 2018), with one half of the key in front and the other between the two products; on counters as random
numbers see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

import numpy as np

from glassnet.formulas.elementary import Array, log, sqrt, where

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


def normal(x: Array) -> Array:
    """√2 erf⁻¹(x): a standard normal number from x uniform on (−1, 1) (Giles 2010, Approximating erfinv).

    The polynomials are those for single precision: they are right to about 10⁻⁶ in any type.
    """
    w = -log((1.0 - x) * (1.0 + x))
    c = w - 2.5
    p = 2.81022636e-08 * c + 3.43273939e-07
    p = p * c - 3.5233877e-06
    p = p * c - 4.39150654e-06
    p = p * c + 0.00021858087
    p = p * c - 0.00125372503
    p = p * c - 0.00417768164
    p = p * c + 0.246640727
    p = p * c + 1.50140941
    d = sqrt(w) - 3.0
    q = -0.000200214257 * d + 0.000100950558
    q = q * d + 0.00134934322
    q = q * d - 0.00367342844
    q = q * d + 0.00573950773
    q = q * d - 0.0076224613
    q = q * d + 0.00943887047
    q = q * d + 1.00167406
    q = q * d + 2.83297682
    return 1.4142135623730951 * x * where(w < 5.0, p, q)


def write_noise(noise: Array, std: float, key: int) -> None:
    """N(0, std²), from the upper 24 bits k of each counter: x = (2 k + 1) / 2²⁴ − 1 is exact in either type."""
    flat = noise.reshape(-1)
    for start in range(0, flat.size, PIECE):
        piece = flat[start : start + PIECE]
        piece[...] = random_bits(key, start, piece.size) >> np.uint32(8)
        piece *= 2.0**-23
        piece += 2.0**-24 - 1.0
        piece[...] = std * normal(piece)
