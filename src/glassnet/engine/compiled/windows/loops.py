"""Loops over the places of windows: sums for filters, their gradients, and pooling."""

from numba import carray, njit  # type: ignore[attr-defined]

from glassnet.engine.compiled.runtime.product_loops import block, room_of
from glassnet.engine.compiled.runtime.register_blocks import FROM_BIAS, FROM_ZERO, RUN, TALL, moved

ROOM = 16384  # numbers: the packed weights of as many filters as are taken together
FAST = {"contract", "nsz", "arcp", "reassoc"}

room_for_filters = room_of(ROOM)


@njit(error_model="numpy")
def packed_tall(left):  # type: ignore[no-untyped-def]
    """How many units the next packed block has, of those that are left; six fit the registers of every processor."""
    if TALL == 8 and left >= 8:
        return 8
    return 6 if left >= 6 else 4 if left >= 4 else 2 if left >= 2 else 1


@njit(error_model="numpy")
def pack(w, w_i, deep, units, panels):  # type: ignore[no-untyped-def]
    """The weights of each block of units side by side, row after row."""
    j = 0
    while j < units:
        tall = packed_tall(units - j)
        panel = moved(panels, j * deep)
        for i in range(deep):
            for k in range(tall):
                panel[i * tall + k] = w[i * w_i + j + k]
        j += tall


@njit(error_model="numpy")
def window_sums(x, span, step, first, runs, w, w_i, z, z_place, b, biased, deep, units, low, high):  # type: ignore[no-untyped-def]
    """z at the places from `low` to `high`: for each unit the sum over the runs of its window, and its bias.

    `w` has `deep` rows, `w_i` apart, each with a weight for each unit; `z_place` is how many rows of z a place has.
    """
    panels = room_for_filters(w)
    together = min(units, max(8, ROOM // deep // 8 * 8))
    packed, start = deep * min(units, 8) <= ROOM, FROM_BIAS if biased else FROM_ZERO
    for begin in range(0, units, together):
        n_units = min(together, units - begin)
        if packed:
            pack(moved(w, begin), w_i, deep, n_units, panels)
        for p in range(low, high):
            at, n = moved(runs, RUN * first[p]), first[p + 1] - first[p]
            zp = moved(z, (p * z_place + begin) * span)
            if n == 0:
                fill(zp, b, begin, biased, n_units, span)
                continue
            for r in range(0, span, step):
                j = 0
                while j < n_units:
                    tall = packed_tall(n_units - j)
                    wj, stride = (moved(panels, j * deep), tall) if packed else (moved(w, begin + j), w_i)
                    bj = moved(b, begin + j) if biased else b
                    block(tall, moved(x, r), span, at, n, wj, stride, 1, moved(zp, j * span + r), span, bj, start)
                    j += tall


@njit(error_model="numpy")
def fill(z, b, begin, biased, n_units, span):  # type: ignore[no-untyped-def]
    """What a window gives that sees nothing."""
    for j in range(n_units):
        Z = carray(moved(z, j * span), span)
        for r in range(span):
            Z[r] = b[begin + j] if biased else Z.dtype.type(0)


@njit(error_model="numpy")
def window_sums_of_one(x, first, runs, w, w_i, z, z_place, b, biased, units, low, high):  # type: ignore[no-untyped-def]
    """`window_sums` for a single sample."""
    for p in range(low, high):
        Z = carray(moved(z, p * z_place), units)
        for j in range(units):
            Z[j] = b[j] if biased else Z.dtype.type(0)
        for k in range(first[p], first[p + 1]):
            row, weight = runs[RUN * k], runs[RUN * k + 1]
            for i in range(runs[RUN * k + 2]):
                W, value = carray(moved(w, (weight + i) * w_i), units), x[row + i]
                for j in range(units):
                    Z[j] += value * W[j]


@njit(fastmath=FAST, error_model="numpy")
def channel_sums(d, sums, n_places, channels, span, n_rows):  # type: ignore[no-untyped-def]
    """For each channel the sum over places and samples."""
    for j in range(channels):
        total = carray(sums, channels).dtype.type(0)
        for p in range(n_places):
            D = carray(moved(d, (p * channels + j) * span), span)
            for r in range(n_rows):
                total += D[r]
        sums[j] = total


@njit(error_model="numpy")
def turn_filters(w, turned, taps, inputs, units, w_row):  # type: ignore[no-untyped-def]
    """Weights (taps, inputs, units) as (taps from the last to the first, units, inputs): the filters turned around."""
    for t in range(taps):
        for i in range(inputs):
            for j in range(units):
                turned[((taps - 1 - t) * units + j) * inputs + i] = w[(t * inputs + i) * w_row + j]


@njit(error_model="numpy")
def max_pool(x, seen, taps, a, chosen, channels, span, low, high):  # type: ignore[no-untyped-def]
    """At the places from `low` to `high` the largest number of each channel, and the number of its tap."""
    for p in range(low, high):
        for c in range(channels):
            at = (p * channels + c) * span
            A, C = carray(moved(a, at), span), carray(moved(chosen, at), span)
            X = carray(moved(x, (seen[p * taps] * channels + c) * span), span)
            for r in range(span):
                A[r] = X[r]
                C[r] = C.dtype.type(0)
            for t in range(1, taps):
                X = carray(moved(x, (seen[p * taps + t] * channels + c) * span), span)
                number = C.dtype.type(t)
                for r in range(span):
                    larger = X[r] > A[r]
                    C[r] = number if larger else C[r]
                    A[r] = X[r] if larger else A[r]


@njit(error_model="numpy")
def max_pool_back(d, chosen, first, windows, dx, channels, span, low, high):  # type: ignore[no-untyped-def]
    """dX at the positions from `low` to `high`, from the windows that chose them."""
    for q in range(low, high):
        for c in range(channels):
            DX = carray(moved(dx, (q * channels + c) * span), span)
            for r in range(span):
                DX[r] = DX.dtype.type(0)
            for k in range(first[q], first[q + 1]):
                at = (windows[2 * k] * channels + c) * span
                D, C = carray(moved(d, at), span), carray(moved(chosen, at), span)
                number = C.dtype.type(windows[2 * k + 1])
                for r in range(span):
                    DX[r] += D[r] if C[r] == number else DX.dtype.type(0)


@njit(error_model="numpy")
def mean_of_runs(x, first, rows, share, a, channels, span, low, high):  # type: ignore[no-untyped-def]
    """At the places from `low` to `high` the sum of each channel over some positions, times a share."""
    for p in range(low, high):
        for c in range(channels):
            A = carray(moved(a, (p * channels + c) * span), span)
            for r in range(span):
                A[r] = A.dtype.type(0)
            for k in range(first[p], first[p + 1]):
                X = carray(moved(x, (rows[k] * channels + c) * span), span)
                for r in range(span):
                    A[r] += X[r]
            for r in range(span):
                A[r] *= share


@njit(error_model="numpy")
def gather_positions(x, rows, edge, a, channels, span, low, high):  # type: ignore[no-untyped-def]
    """At the places from `low` to `high` the channels of a position, or `edge` where there is none."""
    for p in range(low, high):
        for c in range(channels):
            A = carray(moved(a, (p * channels + c) * span), span)
            if rows[p] < 0:
                for r in range(span):
                    A[r] = edge
            else:
                X = carray(moved(x, (rows[p] * channels + c) * span), span)
                for r in range(span):
                    A[r] = X[r]


@njit(error_model="numpy")
def multiply_channels(x, mask, a, channels, span, low, high):  # type: ignore[no-untyped-def]
    """Each number times that of its channel; `low` and `high` are places."""
    for p in range(low, high):
        for c in range(channels):
            at = (p * channels + c) * span
            X, A, M = carray(moved(x, at), span), carray(moved(a, at), span), carray(moved(mask, c * span), span)
            for r in range(span):
                A[r] = X[r] * M[r]
