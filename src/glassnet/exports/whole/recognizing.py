"""What a formula does, found by what it makes of chosen numbers: whether it has a form in whole numbers.

So a formula of one's own is computed in whole numbers like those of the package that do the same.
"""

from typing import NamedTuple

import numpy as np

from glassnet.exports.evaluating import formula_values
from glassnet.exports.program import Constant, Elementwise, Value
from glassnet.exports.whole.quantizing import GRID, line_of
from glassnet.formulas import elementary
from glassnet.formulas.elementary import Array
from glassnet.formulas.syntax.expressions import Assignment, Call, Expression, Steps, Variable

PERIODIC = ("cos", "sin")
SCORES = np.array([[1.0, 0.0, -1.0, 0.5], [0.0, 2.0, 1.0, -3.0]])
FAR, NEAR = 1e6, 1e-4  # of rows whose ε does not matter, and of those where it does


class Normalization(NamedTuple):
    """gamma · (x − mean) / √(variance + ε) + beta, with numbers for each entry."""

    gamma: Array
    beta: Array
    epsilon: float


class Periodic(NamedTuple):
    """A function of period 2π of slope · x + offset, with numbers for each entry."""

    function: str
    slope: Array
    offset: Array


def softmax(z: Array) -> Array:
    """The softmax of rows."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def softmax_factor(step: Elementwise, probabilities: bool) -> float | None:
    """The factor of softmax(factor · scores), where the formula is that of scores, or of probabilities of scores."""
    if len(step.inputs) != 1:
        return None
    given = softmax(SCORES) if probabilities else SCORES
    with np.errstate(all="ignore"):
        found = formula_values(step.formula.read, {step.formula.parameters[0]: given})
        factor = float(np.log(found[0, 0] / found[0, 1]))
        alike = np.allclose(found, softmax(SCORES * factor), rtol=1e-6, atol=1e-9)
    return factor if alike else None


def normalization_of(step: Elementwise) -> Normalization | None:
    """What a formula of one value does, where that is a normalisation of its entries."""
    if sum(isinstance(one, Value) for one in step.inputs) != 1 or step.span != step.out.size or step.span < 2:
        return None
    rows = np.random.default_rng(0).normal(size=(6, step.span))

    def found(z: Array) -> Array:
        of = [one.array.astype(float).ravel() if isinstance(one, Constant) else z for one in step.inputs]
        with np.errstate(all="ignore"):
            return np.asarray(formula_values(step.formula.read, dict(zip(step.formula.parameters, of, strict=True))))

    far, plain = found(rows * FAR), normalized(rows, 0.0)
    middle, given = plain.mean(axis=0), far.mean(axis=0)
    gamma = ((far - given) * (plain - middle)).sum(axis=0) / ((plain - middle) ** 2).sum(axis=0)
    beta = given - gamma * middle
    if not np.isfinite(gamma).all() or not gamma.any():
        return None
    j, small = int(np.argmax(np.abs(gamma))), rows[0] * NEAR
    deviation = small[j] - small.mean()
    with np.errstate(all="ignore"):
        epsilon = float((deviation * gamma[j] / (found(small[None])[0, j] - beta[j])) ** 2 - small.var())
    if not epsilon >= -1e-15:
        return None
    epsilon = max(epsilon, 0.0)
    alike = all(
        np.allclose(found(rows * by), gamma * normalized(rows * by, epsilon) + beta, rtol=1e-5, atol=1e-6)
        for by in (1.0, 0.01)
    )
    return Normalization(gamma, beta, epsilon) if alike else None


def normalized(x: Array, epsilon: float) -> Array:
    """Rows by their own mean and variance."""
    return np.asarray((x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + epsilon))


def of_two_values(step: Elementwise) -> tuple[float, float, float] | str | None:
    """(a, b, c) of a formula a x + b y + c, "product" of x y, else None."""
    if len(step.inputs) != 2 or step.formula.by_rows:
        return None
    x, y = np.random.default_rng(0).normal(0, 3, (2, 64))
    x[:3], y[:3] = (0, 1, 0), (0, 0, 1)
    first, second = step.formula.parameters
    with np.errstate(all="ignore"):
        found = np.broadcast_to(formula_values(step.formula.read, {first: x, second: y}), x.shape)
    c = float(found[0])
    a, b = float(found[1]) - c, float(found[2]) - c
    if np.allclose(found, a * x + b * y + c, rtol=1e-9, atol=1e-9):
        return a, b, c
    return "product" if np.allclose(found, x * y, rtol=1e-9, atol=1e-9) else None


def periodic_of(step: Elementwise, reach: Array) -> Periodic | None:
    """The sine or cosine that a formula takes of a line of its one value, seen up to `reach` of it."""
    read = step.formula.read
    assigned = {each.name: each.value for each in read.steps if isinstance(each, Assignment)}
    root: Expression = read.results[0]
    while isinstance(root, Variable) and root.name in assigned:
        root = assigned[root.name]
    if not isinstance(root, Call) or root.name not in PERIODIC or step.formula.by_rows:
        return None
    z = np.broadcast_to(GRID[:, np.newaxis] * reach, (len(GRID), step.out.size))
    angle = Steps(read.steps, [root.arguments[0]])
    of = [one.array.astype(float) if isinstance(one, Constant) else z for one in step.inputs]
    with np.errstate(all="ignore"):
        found = formula_values(angle, dict(zip(step.formula.parameters, of, strict=True)))
    line = line_of(z, np.broadcast_to(found, z.shape).astype(float))
    return None if line is None else Periodic(root.name, *line)


def period(function: str, n: int) -> Array:
    """n values of a function over one period."""
    return np.asarray(getattr(elementary, function)(2 * np.pi * np.arange(n) / n))
