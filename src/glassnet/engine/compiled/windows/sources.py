"""The kernels of layers over pictures and series.

Their first whole numbers are units, a place after the other with its channels; a slice has whole places. `SIZES` is an
array of further whole numbers, which `windows/lowering.py` writes.
"""

from collections.abc import Sequence
from typing import Literal

from glassnet.engine.compiled.codegen.emit import bound, module, named
from glassnet.engine.compiled.codegen.kernels import Source, once
from glassnet.engine.compiled.codegen.products import block_step

LOOPS = "glassnet.engine.compiled.windows.loops"
GRADIENTS = "glassnet.engine.compiled.runtime.gradient_loops"
WHOLE, TABLE = "{0}", "pointer_i8({address})"
Cut = Literal["units", "outputs", "whole"]


def sized(*names: str) -> list[str]:
    """The numbers of `SIZES` by their names."""
    return [f"{name} = SIZES[{k}]" for k, name in enumerate(names)]


def kernel(
    name: str,
    dtype: str,
    arrays: Sequence[str],
    tables: Sequence[str],
    loops: Sequence[str],
    body: Sequence[str],
    *,
    settings: tuple[str, ...] = (),
    cut: Cut = "outputs",
    gradient: bool = False,
) -> Source:
    """A kernel of arrays, then of tables of whole numbers, that calls some loops."""
    kinds = dict.fromkeys(arrays, WHOLE) | dict.fromkeys(tables, TABLE)
    lines = [*[bound(each, k, kind) for k, (each, kind) in enumerate(kinds.items())], *named(settings), *body]
    imports = [f"from {GRADIENTS if each == 'gradient_sums' else LOOPS} import {each}" for each in loops]
    imports.append("from glassnet.engine.compiled.runtime.pointers import pointer_i8")
    return Source(module([*lines, "return 0.0"], dtype, name, imports), name, settings, cut, gradient)


@once
def convolve(dtype: str) -> Source:
    """Z. Arrays: X, W, Z, b."""
    body = [
        *sized("filters", "groups", "inputs", "deep"),
        "own = filters // groups",
        "for g in range(groups):",
        "    x, w, z = moved(X, g * inputs * span), moved(W, g * own), moved(Z, g * own * span)",
        "    b = moved(B, g * own) if flag else B",
        "    if span == 1:",
        "        window_sums_of_one("
        "x, FIRST, RUNS, w, filters, z, filters, b, flag, own, low // filters, high // filters)",
        "    else:",
        f"        window_sums(x, span, {block_step(dtype)}, FIRST, RUNS, w, filters, z, filters, b, flag, deep, own, "
        "low // filters, high // filters)",
    ]
    return kernel(
        "convolve", dtype, ["X", "W", "Z", "B"], ["FIRST", "RUNS", "SIZES"], ["window_sums", "window_sums_of_one"], body
    )


@once
def turn(dtype: str) -> Source:
    """The filters turned around. Arrays: W, and where they go."""
    body = [
        *sized("filters", "groups", "inputs", "taps"),
        "own = filters // groups",
        "for g in range(groups):",
        "    turn_filters(moved(W, g * own), moved(TURNED, g * own * inputs * taps), taps, inputs, own, filters)",
    ]
    return kernel("turn_filters", dtype, ["W", "TURNED"], ["SIZES"], ["turn_filters"], body, cut="whole")


@once
def convolve_back(dtype: str) -> Source:
    """dX. Arrays: dZ, the filters turned around, dX."""
    body = [
        *sized("filters", "groups", "inputs", "taps"),
        "own, channels = filters // groups, groups * inputs",
        "for g in range(groups):",
        "    d, w, x = moved(DZ, g * own * span), moved(TURNED, g * own * inputs * taps), moved(DX, g * inputs * span)",
        f"    window_sums(d, span, {block_step(dtype)}, FIRST, RUNS, w, inputs, x, channels, w, 0, taps * own, inputs, "
        "low // channels, high // channels)",
    ]
    return kernel("convolve_back", dtype, ["DZ", "TURNED", "DX"], ["FIRST", "RUNS", "SIZES"], ["window_sums"], body)


@once
def gradient(dtype: str) -> Source:
    """dW. Arrays: X with the positions added, dZ, dW."""
    body = [
        *sized("filters", "groups", "inputs", "deep", "places"),
        "own = filters // groups",
        "for g in range(groups):",
        "    x, d, w = moved(X, g * inputs * span), moved(DZ, g * own * span), moved(DW, g * own)",
        "    gradient_sums(x, arrays[3], arrays[4], 0, d, filters, min(places, n_steps), w, filters, deep, own, span, "
        f"{block_step(dtype)})",
    ]
    tables = ["BASES", "OFFSETS", "SIZES"]
    return kernel(
        "filter_gradient", dtype, ["X", "DZ", "DW"], tables, ["gradient_sums"], body, cut="whole", gradient=True
    )


@once
def bias_gradient(dtype: str) -> Source:
    """db. Arrays: dZ, db."""
    body = [*sized("filters", "places"), "channel_sums(DZ, DB, min(places, n_steps), filters, span, n_rows)"]
    return kernel("channel_sums", dtype, ["DZ", "DB"], ["SIZES"], ["channel_sums"], body, cut="whole", gradient=True)


PLACES = "low // channels, high // channels)"


@once
def largest(dtype: str) -> Source:
    """The largest number of each window. Arrays: X, A, its tap."""
    body = [*sized("channels", "taps"), f"max_pool(X, SEEN, taps, A, CHOSEN, channels, span, {PLACES}"]
    return kernel("max_pool", dtype, ["X", "A", "CHOSEN"], ["SEEN", "SIZES"], ["max_pool"], body)


@once
def largest_back(dtype: str) -> Source:
    """dX from the windows that chose a number. Arrays: dA, the taps, dX."""
    body = [*sized("channels"), f"max_pool_back(DA, CHOSEN, FIRST, WINDOWS, DX, channels, span, {PLACES}"]
    return kernel(
        "max_pool_back", dtype, ["DA", "CHOSEN", "DX"], ["FIRST", "WINDOWS", "SIZES"], ["max_pool_back"], body
    )


@once
def means(dtype: str) -> Source:
    """Sums over positions times one over `taps`. Arrays: X, A."""
    body = [
        *sized("channels", "taps"),
        f"mean_of_runs(X, FIRST, ROWS, T(1.0 / taps), A, channels, span, {PLACES}",
    ]
    return kernel("mean_of_runs", dtype, ["X", "A"], ["FIRST", "ROWS", "SIZES"], ["mean_of_runs"], body)


@once
def gather(dtype: str) -> Source:
    """Positions by their number, `value` where there is none. Arrays: X, A."""
    body = [*sized("channels"), f"gather_positions(X, ROWS, T(value), A, channels, span, {PLACES}"]
    return kernel(
        "gather_positions", dtype, ["X", "A"], ["ROWS", "SIZES"], ["gather_positions"], body, settings=("value",)
    )


@once
def by_channel(dtype: str) -> Source:
    """Each number times that of its channel. Arrays: X, the numbers, A."""
    body = [*sized("channels"), f"multiply_channels(X, M, A, channels, span, {PLACES}"]
    return kernel("multiply_channels", dtype, ["X", "M", "A"], ["SIZES"], ["multiply_channels"], body)
