"""Running a range of the kernels of a program, each by its address."""

from numba import njit

from glassnet.engine.compiled.runtime import slots as at
from glassnet.engine.compiled.runtime.pointers import call, pointer_i8


@njit(error_model="numpy")
def run(t, which, worker, first, last, n_rows, n_steps, span, place):  # type: ignore[no-untyped-def]
    """Run the kernels `first` … `last` − 1 of a program; gives the sum of what they return."""
    base = which * at.PROGRAM
    addresses, arrays_row = pointer_i8(t[base + at.ADDRESSES]), 8 * t[base + at.MOST_ARRAYS]
    arrays = t[base + at.ARRAYS] + arrays_row * t[base + at.N_KERNELS] * worker
    ints, ints_row = t[base + at.INTS], 8 * t[base + at.MOST_INTS]
    settings, settings_row = t[base + at.SETTINGS], 8 * t[base + at.MOST_SETTINGS]
    total = 0.0
    for i in range(first, last):
        total += call(
            addresses[i],
            arrays + arrays_row * i,
            n_rows,
            n_steps,
            span,
            place,
            ints + ints_row * i,
            settings + settings_row * i,
            t[at.LIVE],
        )
    return total
