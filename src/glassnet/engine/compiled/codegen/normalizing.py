"""The kernels of normalisation: over the units of each sample, or over the samples of each unit.

Sums over samples run along a row of a turned array, in an order of their own, so that they fill registers; what is done
with them is the formula.
"""

from collections.abc import Callable, Sequence
from typing import Any

from numba import njit

from glassnet.engine.compiled.codegen.emit import SAMPLES, UNITS, WIDE, bound, indent, module, named, reductions, row_of
from glassnet.engine.compiled.codegen.kernels import ADDED, Source, once, one, translated
from glassnet.engine.compiled.codegen.products import FAST
from glassnet.engine.compiled.codegen.translate import Formula
from glassnet.formulas.of_layers import normalization as formulas

SUMS = ["from glassnet.engine.compiled.codegen.normalizing import dot_of, squares_of, sum_of"]
EPSILON, MOMENTUM = "epsilon", "momentum"  # settings


@njit(fastmath=FAST, error_model="numpy")
def sum_of(x, n):  # type: ignore[no-untyped-def]
    """Σ xᵣ of the first n."""
    total = x.dtype.type(0)
    for r in range(n):
        total += x[r]
    return total


@njit(fastmath=FAST, error_model="numpy")
def squares_of(x, mean, n):  # type: ignore[no-untyped-def]
    """Σ (xᵣ − mean)² of the first n."""
    total = x.dtype.type(0)
    for r in range(n):
        total += (x[r] - mean) * (x[r] - mean)
    return total


@njit(fastmath=FAST, error_model="numpy")
def dot_of(x, y, n):  # type: ignore[no-untyped-def]
    """Σ xᵣ yᵣ of the first n."""
    total = x.dtype.type(0)
    for r in range(n):
        total += x[r] * y[r]
    return total


def text(formula: Callable[..., Any], *given: str, scalars: Sequence[str] = ()) -> str:
    """The expression that a formula is, of what is given."""
    return one(translated(formula, given, scalars)[0])


def arrays(**sizes: str) -> list[str]:
    """Names for the arrays, in the order in which their addresses are passed."""
    return [bound(name, k, size) for k, (name, size) in enumerate(sizes.items())]


def of_samples(reduced: Formula, inputs: Sequence[str], stored: str, value: str, room: int) -> list[str]:
    """What is reduced over the units of each sample, and a number for each sample that follows from it.

    `room` is the place of an array that what is reduced needs.
    """
    known = [f"{each.target} = REDUCED{k}[r]" for k, each in enumerate(reduced.passes)]
    return [
        *reductions(reduced, inputs, [], room),
        "for r in range(span):",
        *indent([*known, f"{stored}[r] = {value}"]),
    ]


def samples(statement: str) -> list[str]:
    """A statement for each sample r."""
    return ["for r in range(span):", f"    {statement}"]


def mean_of_samples(inputs: Sequence[str], x: str, stored: str, room: int) -> list[str]:
    """The mean over the units of each sample."""
    mean, _ = translated(formulas.row_mean, [x, "share"], ["share"])
    return of_samples(mean, inputs, stored, one(mean), room)


def entries(*statements: str, once: Sequence[str] = (), samples: str = "span") -> list[str]:
    """Statements for each unit j, then for each of its samples r."""
    return ["for j in range(units):", *indent(once), f"    for r in range({samples}):", *indent(statements, 2)]


NORMALIZE = ["n = {}", "N[j, r] = n", "A[j, r] = " + text(formulas.scaled, "n", "gamma", "beta")]
LEARNED = ["gamma, beta = GAMMA[j], BETA[j]"]


@once
def layer_norm(dtype: str) -> Source:
    """Forward. Arrays: X, γ, β, mean and 1 / σ of each sample, N, A."""
    variance, _ = translated(formulas.row_variance, ["x", "MEAN[r]", "share"], ["share"])
    inverse = text(formulas.inverse_spread, one(variance), EPSILON, scalars=[EPSILON])
    n = text(formulas.normalized, "X[j, r]", "MEAN[r]", "INVERSE[r]")
    body = [
        *arrays(X=UNITS, GAMMA=WIDE, BETA=WIDE, MEAN=SAMPLES, INVERSE=SAMPLES, N=UNITS, A=UNITS),
        *named([EPSILON]),
        "share = 1.0 / width",
        *mean_of_samples(["x"], "x", "MEAN", 7),
        *of_samples(variance, ["x"], "INVERSE", inverse, 7),
        *entries(*[line.format(n) for line in NORMALIZE], once=LEARNED),
        "return 0.0",
    ]
    # By "arcp" whole registers would get an estimate of 1 / σ, and a row alone another.
    return Source(module(body, dtype, "LayerNorm", fast=()), "layer_norm", (EPSILON,), "whole", rows=1)


BACK = {"DA": UNITS, "N": UNITS, "GAMMA": WIDE}
GRADIENTS = {"DGAMMA": WIDE, "DBETA": WIDE, "DX": UNITS}


@once
def layer_norm_back(dtype: str) -> Source:
    """dγ, dβ and dX. Arrays: dA, N, γ, 1 / σ of each sample, dγ, dβ, dX."""
    dx = text(formulas.pull_back, "gamma * DA[j, r]", "N[j, r]", "INVERSE[r]", "MEAN[r]", "WITH_N[r]")
    sums = [
        "da, n = DA[j, r], N[j, r]",
        "MEAN[r] += gamma * da",
        "WITH_N[r] += gamma * da * n",
        "dgamma, dbeta = added(dgamma, da * n), added(dbeta, da)",
    ]
    body = [
        *arrays(**BACK, INVERSE=SAMPLES, **GRADIENTS),
        *[bound(name, 7, row_of(row)) for row, name in enumerate(["MEAN", "WITH_N"])],
        *samples("MEAN[r], WITH_N[r] = T(0), T(0)"),
        *entries(*sums, once=["gamma, dgamma, dbeta = GAMMA[j], T(0), T(0)"]),
        "    DGAMMA[j], DBETA[j] = dgamma, dbeta",
        "share = T(1.0 / width)",
        *samples("MEAN[r], WITH_N[r] = MEAN[r] * share, WITH_N[r] * share"),
        *entries(f"DX[j, r] = {dx}", once=["gamma = GAMMA[j]"]),
        "return 0.0",
    ]
    return Source(module(body, dtype, "LayerNorm", [ADDED]), "layer_norm_back", (), "whole", rows=2)


KEPT = ["MEAN", "VARIANCE", "INVERSE", "RUNNING_MEAN", "RUNNING_VARIANCE"]


def kept(count: str) -> list[str]:
    """1 / σ from the mean and variance of so many numbers, and statements that store all three and remember two."""
    inverse = text(formulas.inverse_spread, "variance", EPSILON, scalars=[EPSILON])
    remembered = {"RUNNING_MEAN": "mean", "RUNNING_VARIANCE": "unbiased"}
    moves = [
        f"{old}[j] = {text(formulas.running, f'{old}[j]', new, MOMENTUM, scalars=[MOMENTUM])}"
        for old, new in remembered.items()
    ]
    return [
        f"inverse = {inverse}",
        "MEAN[j], VARIANCE[j], INVERSE[j] = mean, variance, inverse",
        f"if {count} > 1:",
        *indent([f"unbiased = variance * T({count} / ({count} - 1))", *moves]),
    ]


@once
def batch_norm(dtype: str) -> Source:
    """Forward in training. Arrays: X, γ, β, mean, variance, 1 / σ, running mean and variance, N, A."""
    statistics = [
        "mean = sum_of(X[j], n_rows) * share",
        "variance = squares_of(X[j], mean, n_rows) * share",
        *kept("n_rows"),
    ]
    n = text(formulas.normalized, "X[j, r]", "mean", "inverse")
    body = [
        *arrays(X=UNITS, **dict.fromkeys(["GAMMA", "BETA", *KEPT], WIDE), N=UNITS, A=UNITS),
        *named([EPSILON, MOMENTUM]),
        "share = T(1.0 / n_rows)",
        *entries(*[line.format(n) for line in NORMALIZE], once=[*statistics, *LEARNED]),
        "return 0.0",
    ]
    return Source(module(body, dtype, "BatchNorm", SUMS), "batch_norm", (EPSILON, MOMENTUM))


@once
def batch_norm_in_prediction(dtype: str) -> Source:
    """Forward in prediction. Arrays: X, γ, β, running mean and variance, A."""
    inverse = text(formulas.inverse_spread, "VARIANCE[j]", EPSILON, scalars=[EPSILON])
    n = text(formulas.normalized, "X[j, r]", "mean", "inverse")
    body = [
        *arrays(X=UNITS, GAMMA=WIDE, BETA=WIDE, MEAN=WIDE, VARIANCE=WIDE, A=UNITS),
        *named([EPSILON]),
        *entries(
            f"A[j, r] = {text(formulas.scaled, n, 'gamma', 'beta')}",
            once=[f"mean, inverse = MEAN[j], {inverse}", *LEARNED],
        ),
        "return 0.0",
    ]
    return Source(module(body, dtype, "BatchNorm"), "batch_norm_in_prediction", (EPSILON,))


@once
def batch_norm_back(dtype: str) -> Source:
    """dγ, dβ and dX, 0 where a tile is filled up. Arrays: dA, N, γ, 1 / σ, dγ, dβ, dX.

    The means of dN = γ dA follow from dβ and dγ.
    """
    dx = text(formulas.pull_back, "gamma * DA[j, r]", "N[j, r]", "inverse", "mean", "with_n")
    means = [
        "gamma, inverse = GAMMA[j], INVERSE[j]",
        "dgamma, dbeta = dot_of(DA[j], N[j], n_rows), sum_of(DA[j], n_rows)",
        "DGAMMA[j], DBETA[j] = dgamma, dbeta",
        "mean, with_n = gamma * dbeta * share, gamma * dgamma * share",
    ]
    body = [
        *arrays(**BACK, INVERSE=WIDE, **GRADIENTS),
        "share = T(1.0 / n_rows)",
        *entries(f"DX[j, r] = {dx}", once=means, samples="n_rows"),
        "    for r in range(n_rows, span):",
        "        DX[j, r] = T(0)",
        "return 0.0",
    ]
    return Source(module(body, dtype, "BatchNorm", SUMS), "batch_norm_back")
