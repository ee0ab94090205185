"""The loops that run kernels one after the other: a whole epoch, or a prediction, in one call.

A program is five arrays with one row a kernel: its address, the addresses of its arrays, whole numbers, settings, and a
number of rows that overrules the batch's where it is not 0. Everything is addresses and plain numbers, so that this
is compiled once, for every network and number type. `live` holds what changes while it runs; see the names below.
"""

import numpy as np
from numba import carray, njit  # type: ignore[attr-defined]

from glassnet.engine.compiled.pointers import call, pointer_i4

SCALE, RATE, STEP, TOTAL, DIVISOR, LOSS = range(6)  # of `live`
FORWARD, MEASURE, BACKWARD, UPDATE, FLUSH = range(5)  # the parts of a program, each from the end of the one before
EVERY = 256


@njit(error_model="numpy", nogil=True)
def run(program, first, last, n_rows, live):  # type: ignore[no-untyped-def]
    """Run the kernels `first` … `last` − 1; gives the sum of what they return."""
    addresses, arrays, ints, settings, rows = program
    total = 0.0
    for i in range(first, last):
        n = rows[i] if rows[i] else n_rows
        total += call(
            addresses[i], arrays.ctypes.data + 8 * arrays.shape[1] * i, n, ints.ctypes.data + 8 * ints.shape[1] * i,
            settings.ctypes.data + 8 * settings.shape[1] * i, live.ctypes.data,
        )  # fmt: skip
    return total


@njit(error_model="numpy", nogil=True)
def copy_words(source, target, n):  # type: ignore[no-untyped-def]
    """Copy n words of four bytes."""
    s, t = carray(pointer_i4(source), n), carray(pointer_i4(target), n)
    for i in range(n):
        t[i] = s[i]


@njit(error_model="numpy", nogil=True)
def gather(sources, targets, words, order, first, n):  # type: ignore[no-untyped-def]
    """Copy the rows order[first : first + n] of each source to the beginning of its target."""
    for k in range(sources.size):
        m = words[k]
        s, t = carray(pointer_i4(sources[k]), 1), carray(pointer_i4(targets[k]), n * m)
        for i in range(n):
            row = order[first + i] if order.size else first + i
            for j in range(m):
                t[i * m + j] = s[row * m + j]


@njit(error_model="numpy", nogil=True)
def weight_of(n_rows, values_a_row, weights):  # type: ignore[no-untyped-def]
    """What a mean divides by: the number of values, or the sum of their weights."""
    if weights.size == 0:
        return float(n_rows * values_a_row)
    total = 0.0
    for i in range(n_rows):
        total += np.float64(weights[i])
    return total * values_a_row


@njit(error_model="numpy", nogil=True)
def epoch(program, parts, data, outputs, n, batch, how, weights, live):  # type: ignore[no-untyped-def]
    """One pass over n rows: gather, forward, loss, backward, update. False at a loss that is not finite, unused.

    `data` is (sources, targets, words, order) of `gather`; `outputs` (address of the last A, address of where the
    outputs of all rows go or 0, words a row); `how` (copy the rows, take the mean, values a row).
    """
    sources, targets, words, order = data
    copied, mean, values_a_row = how
    total, divisor = 0.0, 0.0
    for first in range(0, n, batch):
        m = min(batch, n - first)
        if copied:
            gather(sources, targets, words, order, first, m)
        run(program, 0, parts[FORWARD], m, live)
        summed = run(program, parts[FORWARD], parts[MEASURE], m, live)
        share = weight_of(m, values_a_row, weights)
        live[LOSS] = summed
        if not np.isfinite(summed):
            return False
        total += summed
        divisor += share
        live[SCALE] = 1.0 / share if mean and share > 0 else 1.0
        if outputs[1]:
            for i in range(m):
                row = order[first + i] if order.size else first + i
                copy_words(outputs[0] + 4 * outputs[2] * i, outputs[1] + 4 * outputs[2] * row, outputs[2])
        run(program, parts[MEASURE], parts[BACKWARD], m, live)
        live[STEP] += 1.0
        run(program, parts[BACKWARD], parts[UPDATE], m, live)
        if live[STEP] % EVERY == 0:
            run(program, parts[UPDATE], parts[FLUSH], m, live)
    live[TOTAL], live[DIVISOR] = total, divisor
    return True


@njit(error_model="numpy", nogil=True)
def predict(program, parts, inputs, outputs, n, batch, measured, live):  # type: ignore[no-untyped-def]
    """Forward over n rows, `batch` at a time, the outputs copied out; the loss summed where it is measured.

    `inputs` is (address of X, words a row, where its address stands in the program); `measured` has rows of (place
    among the arrays of the loss, address, words a row) for Y and the weights.
    """
    address, words, places = inputs
    arrays = program[1]
    total = 0.0
    for first in range(0, n, batch):
        m = min(batch, n - first)
        for k in range(places.shape[0]):
            arrays[places[k, 0], places[k, 1]] = address + 4 * words * first
        for k in range(measured.shape[0]):
            arrays[parts[FORWARD], measured[k, 0]] = measured[k, 1] + 4 * measured[k, 2] * first
        run(program, 0, parts[FORWARD], m, live)
        if measured.shape[0]:
            total += run(program, parts[FORWARD], parts[MEASURE], m, live)
        copy_words(outputs[0], outputs[1] + 4 * outputs[2] * first, outputs[2] * m)
    return total
