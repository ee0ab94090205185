"""How rows of data become the turned arrays of a tile, and outputs rows again; what rows weigh; sums of gradients."""

import numpy as np
from numba import carray, njit  # type: ignore[attr-defined]

from glassnet.engine.compiled.runtime import slots as at
from glassnet.engine.compiled.runtime.pointers import pointer_f4, pointer_f8, pointer_i4, pointer_i8
from glassnet.engine.compiled.runtime.register_blocks import moved
from glassnet.engine.compiled.runtime.registers import BYTES
from glassnet.engine.compiled.runtime.transpose import mix_square, row_room, turn_square


@njit(error_model="numpy")
def row_at(order, place):  # type: ignore[no-untyped-def]
    """The row that stands at a place of the order."""
    return pointer_i8(order)[place] if order else place


@njit(error_model="numpy")
def partner(t, place):  # type: ignore[no-untyped-def]
    """The place of the row that a row is mixed with: some places further in its batch, around the end."""
    other = place + t[at.SHIFT]
    return other - t[at.BATCH_ROWS] if other >= t[at.BATCH_END] else other


@njit(error_model="numpy")
def turn(t, source, target, mixed, m, first, n_rows, span, low, high, lanes):  # type: ignore[no-untyped-def]
    """Copy the rows at the places first … first + n_rows into a turned tile, samples `low` … `high`.

    The last row fills it up, so that whatever is computed of it is a number if the last row's is. Where the batch is
    mixed, it is x + share (x' − x) of a row x and its partner x', in the columns that are mixed.
    """
    rows, others = row_room(), row_room()
    order, share = t[at.ORDER], pointer_f8(t[at.LIVE])[at.SHARE]
    for r in range(low, high, lanes):
        for k in range(lanes):
            place = first + min(r + k, n_rows - 1)
            rows[k] = m * row_at(order, place)
            if share > 0:
                others[k] = m * row_at(order, partner(t, place))
        for start in range(0, m if m >= lanes else 0, lanes):
            j = min(start, m - lanes)  # the last square overlaps the one before
            s, u = moved(source, j), moved(target, j * span + r)
            if share > 0:
                mix_square(s, rows, others, moved(mixed, j), share, u, span)
            else:
                turn_square(s, rows, u, span)
        for j in range(m if m < lanes else 0):
            for k in range(lanes):
                x = source[rows[k] + j]
                target[j * span + r + k] = x + share * mixed[j] * (source[others[k] + j] - x) if share > 0 else x


@njit(error_model="numpy")
def turn_targets(t, source, target, weights, m, n_weights, first, n_rows, span, low, high):  # type: ignore[no-untyped-def]
    """The targets of a mixed batch that has weights, each as much as its row, or its step, weighs."""
    order, share, width = t[at.ORDER], pointer_f8(t[at.LIVE])[at.SHARE], m // n_weights
    for r in range(low, high):
        place = first + min(r, n_rows - 1)
        row, other = row_at(order, place), row_at(order, partner(t, place))
        for k in range(n_weights):
            its = share * weights[other * n_weights + k]
            total = (1 - share) * weights[row * n_weights + k] + its
            part = its / total if total > 0 else 0.0
            for j in range(k * width, (k + 1) * width):
                y = source[row * m + j]
                target[j * span + r] = y + part * (source[other * m + j] - y)


@njit(error_model="numpy")
def gather(t, worker, first, n_rows, span, low, high):  # type: ignore[no-untyped-def]
    """The rows of X, Y and the weights as turned tiles, mixed where their batch is."""
    n = t[at.N_SOURCES]
    sources, targets, widths = pointer_i8(t[at.SOURCES]), pointer_i8(t[at.TARGETS]), pointer_i8(t[at.WIDTHS])
    weighed = n == 3 and pointer_f8(t[at.LIVE])[at.SHARE] > 0
    for k in range(n):
        m, source, target, mixed = widths[k], sources[k], targets[worker * n + k], pointer_i8(t[at.MIXED])[k]
        if k == 1 and weighed:
            if t[at.WIDE]:
                y, z, weights = pointer_f8(source), pointer_f8(target), pointer_f8(sources[2])
                turn_targets(t, y, z, weights, m, widths[2], first, n_rows, span, low, high)
            else:
                a, b, factors = pointer_f4(source), pointer_f4(target), pointer_f4(sources[2])
                turn_targets(t, a, b, factors, m, widths[2], first, n_rows, span, low, high)
        elif t[at.WIDE]:
            s, u, c = pointer_f8(source), pointer_f8(target), pointer_f8(mixed)
            turn(t, s, u, c, m, first, n_rows, span, low, high, BYTES // 8)
        else:
            v, w, d = pointer_f4(source), pointer_f4(target), pointer_f4(mixed)
            turn(t, v, w, d, m, first, n_rows, span, low, high, BYTES // 4)


@njit(error_model="numpy")
def mix(t, first, n_rows, number):  # type: ignore[no-untyped-def]
    """How a batch is mixed, put where its rows are gathered."""
    pointer_f8(t[at.LIVE])[at.SHARE] = pointer_f8(t[at.SHARES])[number]
    t[at.SHIFT], t[at.BATCH_END], t[at.BATCH_ROWS] = pointer_i8(t[at.SHIFTS])[number], first + n_rows, n_rows


@njit(error_model="numpy")
def weight_of(t, first, n_rows):  # type: ignore[no-untyped-def]
    """What a mean divides by: the number of values, or the sum of their weights."""
    total = float(n_rows)
    if t[at.N_SOURCES] == 3:
        address, total, width = pointer_i8(t[at.SOURCES])[2], 0.0, pointer_i8(t[at.WIDTHS])[2]
        for i in range(first, first + n_rows):
            row = pointer_i8(t[at.ORDER])[i] if t[at.ORDER] else i
            for k in range(row * width, (row + 1) * width):
                total += pointer_f8(address)[k] if t[at.WIDE] else np.float64(pointer_f4(address)[k])
    return total * t[at.VALUES_A_ROW]


@njit(error_model="numpy")
def divided(t, first, n_rows):  # type: ignore[no-untyped-def]
    """What a mean over these rows divides by; gradients will be multiplied by its inverse."""
    share = weight_of(t, first, n_rows)
    pointer_f8(t[at.LIVE])[at.SCALE] = (1.0 / share if share > 0 else 0.0) if t[at.MEAN] else 1.0
    return share


@njit(error_model="numpy")
def counts(weights, step, n_rows, span):  # type: ignore[no-untyped-def]
    """Whether a step has a weight in any sample of a tile."""
    found = False
    for r in range(n_rows):
        found |= weights[step * span + r] != 0
    return found


@njit(error_model="numpy")
def steps_that_count(t, worker, n_rows, span):  # type: ignore[no-untyped-def]
    """How many steps a tile has up to the last that counts in any of its samples; at least one."""
    n_steps = t[at.WEIGHED_STEPS]
    if n_steps == 0:
        return at.ALL_STEPS
    weights = pointer_i8(t[at.TARGETS])[worker * t[at.N_SOURCES] + 2]
    if t[at.WIDE]:
        while n_steps > 1 and not counts(pointer_f8(weights), n_steps - 1, n_rows, span):
            n_steps -= 1
    else:
        while n_steps > 1 and not counts(pointer_f4(weights), n_steps - 1, n_rows, span):
            n_steps -= 1
    return n_steps


@njit(error_model="numpy")
def turn_back(t, source, target, m, first, n_rows, span):  # type: ignore[no-untyped-def]
    """Copy a turned tile to the rows at the places first … first + n_rows."""
    for r in range(n_rows):
        row = m * row_at(t[at.ORDER], first + r)
        for j in range(m):
            target[row + j] = source[j * span + r]


@njit(error_model="numpy")
def scatter(t, worker, first, n_rows, span):  # type: ignore[no-untyped-def]
    """The outputs of a tile at their rows, if they are wanted."""
    target, m = t[at.OUT_TARGET], t[at.OUT_WIDTH]
    if target == 0:
        return
    source = pointer_i8(t[at.OUT_SOURCES])[worker]
    if t[at.WIDE]:
        turn_back(t, pointer_i8(source), pointer_i8(target), m, first, n_rows, span)
    else:
        turn_back(t, pointer_i4(source), pointer_i4(target), m, first, n_rows, span)


@njit(error_model="numpy")
def add_up(t, source, target, fresh):  # type: ignore[no-untyped-def]
    """target ← source, or target + source, for a gradient of all parameters."""
    n = t[at.N_PARAMETERS]
    if t[at.WIDE]:
        s, u = carray(pointer_f8(source), n), carray(pointer_f8(target), n)
        for i in range(n):
            u[i] = s[i] if fresh else u[i] + s[i]
    else:
        v, w = carray(pointer_f4(source), n), carray(pointer_f4(target), n)
        for i in range(n):
            w[i] = v[i] if fresh else w[i] + v[i]


@njit(error_model="numpy")
def sum_of_group(t, task):  # type: ignore[no-untyped-def]
    """The address of the gradient of the group that a task computes."""
    return t[at.SUMS] + task * t[at.N_PARAMETERS] * (8 if t[at.WIDE] else 4)


@njit(error_model="numpy")
def copy(source, target, n):  # type: ignore[no-untyped-def]
    """Copy n words of four bytes."""
    s, t = carray(pointer_i4(source), n), carray(pointer_i4(target), n)
    for i in range(n):
        t[i] = s[i]


@njit(error_model="numpy")
def rounded_up(n, step):  # type: ignore[no-untyped-def]
    """The length of a turned row for n samples; `step` is a power of 2."""
    return (n + step - 1) & -step


@njit(error_model="numpy")
def tile_start(tile, n_tiles, n_rows, step):  # type: ignore[no-untyped-def]
    """The first sample of a tile: all but the last are whole steps, so that only that one is filled up."""
    if tile == 0 or tile == n_tiles:  # the rule where there is but one, and divisions are slow
        return n_rows if tile else 0
    return rounded_up(n_rows, step) // step * tile // n_tiles * step
