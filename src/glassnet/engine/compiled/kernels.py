"""Which kernels there are: from a formula (its value, its slope, its update) or from a product of matrices."""

import dataclasses
import inspect
from collections.abc import Sequence
from typing import Any

from glassnet.engine.compiled.emit import bind, entries, in_blocks, module, rows_and_places
from glassnet.engine.compiled.translate import COLUMN, SCALAR, VECTOR, Formula, Term, Translator, Untranslatable
from glassnet.formulas.activations import Activation
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.update_rules import UpdateRule


@dataclasses.dataclass(frozen=True)
class Source:
    """The source of a kernel, and the names of the settings that it reads, in order."""

    text: str
    settings: tuple[str, ...]


def translated(method: Any, vectors: Sequence[str], scalars: Sequence[str] = ()) -> tuple[Formula, list[str]]:
    """(the formula, its settings) of a method whose arguments are taken in order."""
    own = [p.name for p in inspect.signature(method).parameters.values() if p.kind is not p.VAR_POSITIONAL]
    settings: list[str] = []
    kinds = {name: SCALAR if name in scalars else VECTOR for name in vectors}
    translator = Translator(method, {}, settings)
    translator.names = {mine: Term(given, kinds[given]) for mine, given in zip(own, vectors, strict=False)}
    return translator.run(), settings


def source(body: Sequence[str], settings: Sequence[str], dtype: str, of: Any) -> Source:
    """The module of a kernel."""
    return Source(module([*body, "return 0.0"], dtype, f"{type(of).__name__}"), tuple(settings))


def value(f: Activation, dtype: str) -> Source:
    """A = f(Z). Arrays: Z, what is learned, A."""
    formula, settings = translated(f.value, ["z", *f.learned])
    body = [*bind(["z"], f.learned, ["out"]), *entries(formula, ["z"], f.learned, {"OUT": one(formula)})]
    return source(body, settings, dtype, f)


def pull_back(f: Activation, dtype: str) -> Source:
    """dZ from dA. Arrays: dA, Z, A, what is learned, dZ."""
    given = ["da", "z", "a"]
    if type(f).pull_back is Activation.pull_back:
        formula, settings = translated(f.slope, ["z", "a", *f.learned])
        result = f"da * {one(formula)}"
    else:
        formula, settings = translated(f.pull_back, [*given, *f.learned])
        result = one(formula)
    body = [*bind(given, f.learned, ["out"]), *entries(formula, given, f.learned, {"OUT": result})]
    return source(body, settings, dtype, f)


def learn(f: Activation, dtype: str) -> Source:
    """dα = 1ᵀ (dA ⊙ ∂f/∂α). Arrays: dA, Z, A, what is learned, its gradients."""
    formula, settings = translated(f.learned_slopes, ["z", "a", *f.learned])
    given, gradients = ["da", "z", "a"], [f"d{name}" for name in f.learned]
    stores = [f"{d.upper()}[j] += da * {term.typed()}" for d, term in zip(gradients, formula.results, strict=True)]
    zero = [f"{d.upper()}[:] = 0" for d in gradients]
    loops = rows_and_places(formula, given, f.learned, stores)
    return source([*bind(given, [*f.learned, *gradients], []), *zero, *loops], settings, dtype, f)


def loss_value(loss: Loss, n_columns: int, dtype: str) -> Source:
    """Gives the weighted sum of the values. Arrays: P, Y, columns, weights (if ints[1])."""
    columns = [f"column{k}" for k in range(n_columns)]
    formula, settings = translated(loss.value, ["p", "y", *columns])
    add = [f"total += np.float64({one(formula)}) * (W[r] if ints[1] else T(1))"]
    if formula.results[0].kind == COLUMN:
        loops = in_blocks(formula, ["p", "y"], columns, {}, add)
    elif formula.by_rows:
        raise Untranslatable("a loss that reduces over rows must give one value a row")
    else:
        loops = rows_and_places(formula, ["p", "y"], columns, add)
    body = [*bind(["p", "y"], columns, [], ["w"]), "total = 0.0", *loops, "return total"]
    return Source(module(body, dtype, type(loss).__name__), tuple(settings))


def residual(loss: Loss, n_columns: int, dtype: str) -> Source:
    """The residual times live[0] and the weights. Arrays: P, Y, columns, out, weights (if ints[1])."""
    columns = [f"column{k}" for k in range(n_columns)]
    formula, settings = translated(loss.residual, ["p", "y", *columns])
    weigh = ["if ints[1]:", "    for r in range(n_rows):", "        for j in range(width):",
             "            OUT[r * width + j] *= W[r]"]  # fmt: skip
    loops = entries(formula, ["p", "y"], columns, {"OUT": f"({one(formula)}) * scale"})
    body = [*bind(["p", "y"], columns, ["out"], ["w"]), "scale = T(live[0])", *loops, *weigh]
    return source(body, settings, dtype, loss)


def update(rule: UpdateRule, dtype: str) -> Source:
    """p and the memory after a step; live[1] is the rate, live[2] the step. Arrays: p, g, memory."""
    given = ["p", "g", *rule.memory]
    formula, settings = translated(rule.update, ["p", "g", "t", "rate", *rule.memory], scalars=["t", "rate"])
    targets = ["P", *(name.upper() for name in rule.memory)]
    outputs = {target: term.typed() for target, term in zip(targets, formula.results, strict=True)}
    body = [*bind(given, [], []), "rate = live[1]", "t = live[2]", *entries(formula, given, [], outputs)]
    return source(body, settings, dtype, rule)


def penalty_slope(penalty: Penalty, dtype: str) -> Source:
    """g += slope(w). Arrays: w, g."""
    formula, settings = translated(penalty.slope, ["w"])
    body = [*bind(["w", "g"], [], []), *entries(formula, ["w", "g"], [], {"G": f"g + {one(formula)}"})]
    return source(body, settings, dtype, penalty)


def one(formula: Formula) -> str:
    """The only result of a formula, in the number type."""
    (term,) = formula.results
    return term.typed()
