"""The kernels of batch normalisation over channels: each has one mean over the samples and all positions.

Their units are channels, and `inputs` is the number of positions: the samples of position p and channel j are row
p · `width` + j of a turned array.
"""

import dataclasses
from collections.abc import Sequence

from numba import carray, njit  # type: ignore[attr-defined]

from glassnet.engine.compiled.codegen.emit import WHOLE, WIDE, indent, module, named
from glassnet.engine.compiled.codegen.kernels import Source, once
from glassnet.engine.compiled.codegen.normalizing import (
    EPSILON,
    KEPT,
    LEARNED,
    MOMENTUM,
    arrays,
    dot_of,
    kept,
    squares_of,
    sum_of,
    text,
)
from glassnet.engine.compiled.runtime.register_blocks import moved
from glassnet.formulas.of_layers import normalization as formulas

SUMS = ["from glassnet.engine.compiled.windows.normalizing import channel_dot, channel_squares, channel_sum"]


@njit(error_model="numpy")
def channel_sum(x, positions, step, n):  # type: ignore[no-untyped-def]
    """Σ x over the first n samples of all positions, which lie `step` numbers apart."""
    total = 0.0
    for p in range(positions):
        total += sum_of(carray(moved(x, p * step), n), n)
    return total


@njit(error_model="numpy")
def channel_squares(x, mean, positions, step, n):  # type: ignore[no-untyped-def]
    """Σ (x − mean)², likewise."""
    total = 0.0
    for p in range(positions):
        total += squares_of(carray(moved(x, p * step), n), mean, n)
    return total


@njit(error_model="numpy")
def channel_dot(x, y, positions, step, n):  # type: ignore[no-untyped-def]
    """Σ x y, likewise."""
    total = 0.0
    for p in range(positions):
        total += dot_of(carray(moved(x, p * step), n), carray(moved(y, p * step), n), n)
    return total


def channels(*statements: str) -> list[str]:
    """Statements for each channel j, whose first number is at `begin` and whose positions are `step` numbers apart."""
    head = ["step, count = width * span, n_rows * inputs", "for j in range(units):"]
    return [*head, *indent(["begin = (low + j) * span", *statements])]


def positions(names: str, *statements: str) -> list[str]:
    """Statements for each position p of channel j: the rows of some arrays by their names in small letters."""
    rows = [f"{name} = carray(moved({name.upper()}, p * step + begin), span)" for name in names.split()]
    return ["for p in range(inputs):", *indent([*rows, *statements])]


def kernel(name: str, body: Sequence[str], dtype: str, settings: tuple[str, ...] = ()) -> Source:
    """The kernel, which needs all positions of what it reads."""
    return Source(module([*body, "return 0.0"], dtype, name, SUMS), name, settings, "outputs")


@once
def batch_norm(dtype: str) -> Source:
    """Forward in training. Arrays: X, γ, β, mean, variance, 1 / σ, running mean and variance, N, A."""
    write = [
        f"    n[r] = {text(formulas.normalized, 'x[r]', 'mean', 'inverse')}",
        f"    a[r] = {text(formulas.scaled, 'n[r]', 'gamma', 'beta')}",
    ]
    body = [
        *arrays(X=WHOLE, **dict.fromkeys(["GAMMA", "BETA", *KEPT], WIDE), N=WHOLE, A=WHOLE),
        *named([EPSILON, MOMENTUM]),
        *channels(
            "mean = T(channel_sum(moved(X, begin), inputs, step, n_rows) / count)",
            "variance = T(channel_squares(moved(X, begin), mean, inputs, step, n_rows) / count)",
            *kept("count"),
            *LEARNED,
            *positions("x n a", "for r in range(span):", *write),
        ),
    ]
    return kernel("batch_norm_of_channels", body, dtype, (EPSILON, MOMENTUM))


@once
def batch_norm_in_prediction(dtype: str) -> Source:
    """Forward in prediction, place by place. Arrays: X, γ, β, running mean and variance, A."""
    inverse = text(formulas.inverse_spread, "VARIANCE[j]", EPSILON, scalars=[EPSILON])
    n = text(formulas.normalized, "x[r]", "mean", "inverse")
    body = [
        *arrays(X=WHOLE, **dict.fromkeys(["GAMMA", "BETA", "MEAN", "VARIANCE"], "carray({0}, inputs)"), A=WHOLE),
        *named([EPSILON]),
        "for j in range(inputs):",
        *indent([f"mean, inverse = MEAN[j], {inverse}", *LEARNED]),
        "    for p in range(low // inputs, high // inputs):",
        "        begin = (p * inputs + j) * span",
        "        x, a = carray(moved(X, begin), span), carray(moved(A, begin), span)",
        "        for r in range(span):",
        f"            a[r] = {text(formulas.scaled, n, 'gamma', 'beta')}",
    ]
    source = kernel("batch_norm_of_channels_in_prediction", body, dtype, (EPSILON,))
    return dataclasses.replace(source, cut="units")


@once
def batch_norm_back(dtype: str) -> Source:
    """dγ, dβ and dX, 0 where a tile is filled up. Arrays: dA, N, γ, 1 / σ, dγ, dβ, dX."""
    dx = text(formulas.pull_back, "gamma * da[r]", "n[r]", "inverse", "mean", "with_n")
    body = [
        *arrays(DA=WHOLE, N=WHOLE, GAMMA=WIDE, INVERSE=WIDE, DGAMMA=WIDE, DBETA=WIDE, DX=WHOLE),
        *channels(
            "gamma, inverse = GAMMA[j], INVERSE[j]",
            "dgamma = channel_dot(moved(DA, begin), moved(N, begin), inputs, step, n_rows)",
            "dbeta = channel_sum(moved(DA, begin), inputs, step, n_rows)",
            "DGAMMA[j], DBETA[j] = T(dgamma), T(dbeta)",
            "mean, with_n = gamma * T(dbeta / count), gamma * T(dgamma / count)",
            *positions(
                "da n dx",
                "for r in range(n_rows):",
                f"    dx[r] = {dx}",
                "for r in range(n_rows, span):",
                "    dx[r] = T(0)",
            ),
        ),
    ]
    return kernel("batch_norm_of_channels_back", body, dtype)
