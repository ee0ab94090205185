"""The keys of a batch, and random bits of a counter: the same as `glassnet.formulas.noise` gives."""

import numpy as np
from numba import njit

from glassnet.engine.compiled.math.bits import inlined
from glassnet.engine.compiled.runtime import slots as at
from glassnet.engine.compiled.runtime.pointers import next_uint64, pointer_u8
from glassnet.engine.compiled.runtime.registers import fill_registers

SPREAD, FIRST, SECOND = (np.uint32(number) for number in (0x9E3779B1, 0x7FEB352D, 0x846CA68B))


@njit(error_model="numpy")
def take_keys(t):  # type: ignore[no-untyped-def]
    """The keys of a batch: the next of those that were drawn ahead, or new ones."""
    for k in range(t[at.N_KEYS]):
        if t[at.AHEAD]:
            pointer_u8(t[at.KEYS])[k] = pointer_u8(t[at.AHEAD])[0]
            t[at.AHEAD] += 8
        else:
            pointer_u8(t[at.KEYS])[k] = next_uint64(t[at.DRAW], t[at.DRAW_STATE])


@inlined
def spread(counter, before):  # type: ignore[no-untyped-def]
    """The first step of mixing a counter; `before` is the first half of the key. Counters that rise by n: n SPREAD."""
    return np.uint32(np.uint32(counter) * SPREAD + before)


@inlined
def mixed(x, between):  # type: ignore[no-untyped-def]
    """32 random bits of a counter that was spread; `between` is the second half of the key."""
    x = np.uint32(np.uint32(x ^ (x >> np.uint32(16))) * FIRST) ^ between
    x = np.uint32(np.uint32(x ^ (x >> np.uint32(15))) * SECOND)
    return np.uint32(x ^ (x >> np.uint32(16)))


@njit(error_model="numpy")
def dropout_mask(mask, key, rate, low, width, first):  # type: ignore[no-untyped-def]
    """1 / (1 − rate) where the bits of a sample's unit are at least the rate, else 0."""
    fill_registers()
    before, between, step = np.uint32(key), np.uint32(key >> np.uint64(32)), spread(width, np.uint32(0))
    limit, keep, dropped = np.uint32(rate * 4294967296.0), mask.dtype.type(1.0 / (1.0 - rate)), mask.dtype.type(0)
    for j in range(mask.shape[0]):
        row, x = mask[j], spread(first * width + low + j, before)
        for r in range(row.size):
            row[r] = keep if mixed(x, between) >= limit else dropped
            x = np.uint32(x + step)
