"""Which kernels there are: from a formula (its value, its slope, its update) or from a product of matrices."""

import dataclasses
import functools
import inspect
from collections.abc import Sequence
from typing import Any, Literal

from glassnet.engine.compiled.codegen.emit import (
    FACTORS,
    UNITS,
    WIDE,
    bind,
    bound,
    entries,
    indent,
    module,
    reductions,
    row_of,
    units_and_samples,
)
from glassnet.engine.compiled.codegen.translate import Formula, Translator
from glassnet.formulas.activations import Activation
from glassnet.formulas.averages import Average
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.syntax.expressions import COLUMN, SCALAR, VECTOR, Variable
from glassnet.formulas.syntax.reader import Untranslatable, read
from glassnet.formulas.update_rules import UpdateRule


@dataclasses.dataclass(frozen=True)
class Source:
    """The source of a kernel, its name, the names of the settings that it reads, in order, and how it may be cut.

    `cut`: "units" needs only the units that it writes, "outputs" needs all units of what it reads, "whole" is not cut.
    `gradient`: it sums over samples into a gradient, and nothing waits for it but the update. `rows`: how many numbers
    a sample it needs room for, in an array behind all others.
    """

    text: str
    name: str
    settings: tuple[str, ...] = ()
    cut: Literal["units", "outputs", "whole"] = "units"
    gradient: bool = False
    rows: int = 0


def once(translate: Any) -> Any:
    """Translate a formula once, however many networks use it."""
    remembered = functools.lru_cache(maxsize=512)(translate)

    @functools.wraps(translate)
    def found(*given: object) -> Any:
        try:
            return remembered(*given)
        except TypeError:  # a field that cannot be hashed
            return translate(*given)

    return found


def translated(
    method: Any,
    vectors: Sequence[str],
    scalars: Sequence[str] = (),
    settings: list[str] | None = None,
    prefix: str = "",
) -> tuple[Formula, list[str]]:
    """(the formula, its settings) of a method whose arguments are taken in order.

    Formulas of one kernel share their `settings`; a `prefix` keeps their names apart.
    """
    taken = inspect.signature(method).parameters.values()
    own = [p.name for p in taken if p.kind is not p.VAR_POSITIONAL]
    settings = [] if settings is None else settings
    kinds = {name: SCALAR if name in scalars else VECTOR for name in vectors}
    each = [Variable(kinds[given], given) for given in vectors]
    several = {p.name: each[len(own) :] for p in taken if p.kind is p.VAR_POSITIONAL}
    return Translator(settings).run(read(method, dict(zip(own, each, strict=False)), prefix, several)), settings


def source(
    body: Sequence[str],
    settings: Sequence[str],
    dtype: str,
    of: object,
    *,
    rows: int = 0,
    gradient: bool = False,
    imports: Sequence[str] = (),
) -> Source:
    """The module of a kernel; one that reduces over the units of a sample is not cut."""
    text = module([*body, "return 0.0"], dtype, f"{type(of).__name__}", imports)
    return Source(text, type(of).__name__, tuple(settings), "whole" if rows else "units", gradient, rows)


@once
def value(f: Activation, dtype: str) -> Source:
    """A = f(Z). Arrays: Z, what is learned, A."""
    formula, settings = translated(f.value, ["z", *f.learned])
    body = entries(formula, ["z"], f.learned, ["out"], {"OUT": one(formula)})
    return source(body, settings, dtype, f, rows=len(formula.passes))


@once
def pull_back(f: Activation, dtype: str) -> Source:
    """dZ from dA. Arrays: dA, Z, A, what is learned, dZ, and the gradients of what is learned."""
    given, settings = ["da", "z", "a"], list[str]()
    if type(f).pull_back is Activation.pull_back:
        formula = translated(f.slope, ["z", "a", *f.learned], settings=settings)[0]
        result = f"da * {one(formula)}"
    else:
        formula = translated(f.pull_back, [*given, *f.learned], settings=settings)[0]
        result = one(formula)
    if f.learned:
        return source(learn(f, formula, result, settings), settings, dtype, f, imports=[ADDED])
    body = entries(formula, given, f.learned, ["out"], {"OUT": result})
    return source(body, settings, dtype, f, rows=len(formula.passes))


def learn(f: Activation, formula: Formula, result: str, settings: list[str]) -> list[str]:
    """The body that also gives dα = 1ᵀ (dA ⊙ ∂f/∂α), dA being 0 where a tile is filled up."""
    slopes = translated(f.learned_slopes, ["z", "a", *f.learned], settings=settings, prefix="learned_")[0]
    if formula.by_rows or slopes.by_rows:
        raise Untranslatable("a learned activation that reduces over rows")
    given, room = ["da", "z", "a"], 4 + len(f.learned)
    gradients = [bound(f"GRADIENT{k}", room + k, WIDE) for k in range(len(f.learned))]
    adds = [f"total{k} = added(total{k}, da * {term.typed()})" for k, term in enumerate(slopes.results)]
    both = Formula(inside=[*formula.inside, *slopes.inside])
    head, *loop = units_and_samples(both, given, f.learned, [f"OUT[j, r] = {result}", *adds])
    zero = [f"    total{k} = T(0)" for k in range(len(f.learned))]
    stores = [f"    GRADIENT{k}[j] = total{k}" for k in range(len(f.learned))]
    before = [*bind(given, f.learned, ["out"]), *gradients, *formula.before, *slopes.before]
    return [*before, head, *zero, *loop, *stores]


@once
def loss_value(loss: Loss, n_columns: int, dtype: str) -> Source:
    """Gives the weighted sum of the values. Arrays: P, Y, columns, weights (if flag)."""
    columns = [f"column{k}" for k in range(n_columns)]
    formula, settings = translated(loss.value, ["p", "y", *columns])
    add, room, rows = [f"VALUES[r] += {one(formula)}"], 3 + n_columns, len(formula.passes)
    if formula.results[0].kind == COLUMN:
        known = [f"{each.target} = REDUCED{number}[r]" for number, each in enumerate(formula.passes)]
        loops = [*reductions(formula, ["p", "y"], columns, room), "for r in range(n_rows):", *indent([*known, *add])]
    elif formula.by_rows:
        raise Untranslatable("a loss that reduces over rows must give one value a row")
    else:
        loops = [*formula.before, *units_and_samples(formula, ["p", "y"], columns, add, "n_rows")]
    weigh = ["if flag:", "    for r in range(n_rows):", "        VALUES[r] *= W[r]"]
    values = [bound("VALUES", room, row_of(rows)), "for r in range(n_rows):", "    VALUES[r] = T(0)"]
    body = [*bind(["p", "y"], columns, [], ["w"]), *values, *loops, *weigh, "return total_of(VALUES, n_rows)"]
    imports = ["from glassnet.engine.compiled.codegen.products import total_of"]
    name = type(loss).__name__
    return Source(module(body, dtype, name, imports), name, tuple(settings), "whole", rows=rows + 1)


@once
def loss_gradient(loss: Loss, n_columns: int, dtype: str) -> Source:
    """The gradient, scaled and weighed, 0 where a tile is filled up. Arrays: P, Y, columns, out, weights."""
    columns = [f"column{k}" for k in range(n_columns)]
    formula, settings = translated(loss.gradient, ["p", "y", *columns])
    loops = entries(formula, ["p", "y"], columns, ["out"], {"OUT": f"({one(formula)}) * scale"}, ["w"])
    weigh = ["if flag:", "    for r in range(n_rows):", "        GRADIENTS[j, r] *= W[r]"]
    fill = ["for r in range(n_rows, span):", "    GRADIENTS[j, r] = T(0)"]
    rows = [bound("GRADIENTS", 2 + n_columns, UNITS), "for j in range(units):", *indent([*weigh, *fill])]
    body = ["scale = T(live[at.SCALE])", *loops, *rows]
    return source(body, settings, dtype, loss, rows=len(formula.passes))


@once
def update(rule: UpdateRule, dtype: str, multiplied: bool = False) -> Source:
    """p and the memory after a step.

    Arrays: p, g, memory, and the factors of the rate and, where it is `multiplied`, of g.
    """
    given = ["p", "g", *rule.memory]
    formula, settings = translated(rule.update, ["p", "g", "t", "rate", *rule.memory], scalars=["t", "rate"])
    if formula.by_rows:
        raise Untranslatable("an update rule that reduces over rows")
    targets = ["P", *(name.upper() for name in rule.memory)]
    outputs = {target: term.typed() for target, term in zip(targets, formula.results, strict=True)}
    factors = [bound("factors", len(given), FACTORS)]
    if multiplied:
        factors.append("multiplier = T(factors[1])")
        formula.inside.insert(0, "g = g * multiplier")
    body = [
        *factors,
        "rate = live[at.RATE] * factors[0]",
        "t = live[at.STEP]",
        *entries(formula, given, [], [], outputs),
    ]
    return source(
        body, settings, dtype, rule, imports=["from glassnet.engine.compiled.runtime.pointers import pointer_f8"]
    )


@once
def average(of: Average, dtype: str) -> Source:
    """The average after a step. Arrays: a, p."""
    formula, settings = translated(of.update, ["a", "p", "t"], scalars=["t"])
    if formula.by_rows:
        raise Untranslatable("an average that reduces over rows")
    body = ["t = live[at.STEP]", *entries(formula, ["a", "p"], [], [], {"A": one(formula)})]
    return source(body, settings, dtype, of)


@once
def penalty_slope(penalty: Penalty, dtype: str) -> Source:
    """g += slope(w), times the scale if it is divided as the loss is. Arrays: w, g."""
    formula, settings = translated(penalty.slope, ["w"])
    share = "T(live[at.SCALE])" if penalty.divided else "T(1)"
    body = [f"share = {share}", *entries(formula, ["w", "g"], [], [], {"G": f"g + share * {one(formula)}"})]
    return source(body, settings, dtype, penalty)


@once
def penalty_value(penalty: Penalty, dtype: str) -> Source:
    """Gives the sum of value(w). Arrays: w."""
    formula, settings = translated(penalty.value, ["w"])
    loop = ["w = W[i]", *formula.inside, f"total += np.float64({one(formula)})"]
    body = [*bind(["w"], [], [], flat=True), *formula.before, "total = 0.0", "for i in range(units * span):"]
    name = type(penalty).__name__
    text = module([*body, *indent(loop), "return total"], dtype, f"the value of {name}", fast=("arcp", "reassoc"))
    return Source(text, name, tuple(settings))


ADDED = "from glassnet.engine.compiled.math.bits import added"


def one(formula: Formula) -> str:
    """The only result of a formula, in the number type."""
    (term,) = formula.results
    return term.typed()
