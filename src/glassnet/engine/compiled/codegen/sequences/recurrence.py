"""The kernels of recurrence: all steps of a tile in one call, a product of matrices and a formula after the other."""

from collections.abc import Sequence

from glassnet.engine.compiled.codegen.emit import indent, module
from glassnet.engine.compiled.codegen.kernels import Source, once, one, translated
from glassnet.engine.compiled.codegen.normalizing import text
from glassnet.engine.compiled.codegen.products import block_step
from glassnet.formulas.activations import Activation
from glassnet.formulas.of_layers import recurrence as formulas
from glassnet.formulas.syntax.reader import Untranslatable

IMPORTS = [
    "from glassnet.engine.compiled.runtime.gradient_loops import gradient_sums",
    "from glassnet.engine.compiled.runtime.product_loops import weighted_sums",
]
GRU, LSTM, SIMPLE = 3, 4, 1  # gates
ENTRIES = ["for j in range(u):", "    for r in range(span):"]


def names(*arrays: str) -> list[str]:
    """The pointers to arrays, in order; 0 for one that is not there."""
    return [f"{name} = pointer(arrays[{k}])" for k, name in enumerate(arrays)]


def of_step(name: str, units: str, t: str = "t") -> str:
    """The rows of a step of an array as X[j, r]; the pointer to them is `name` with a line below."""
    return f"{name}_ = moved({name}0, {t} * {units} * span); {name} = carray({name}_, ({units}, span))"


def entries(lines: Sequence[str]) -> list[str]:
    """Statements for each unit j of the state, and each sample r."""
    return [*ENTRIES, *indent(lines, 2)]


def product(x: str, z: str, gates: int, dtype: str) -> str:
    """Z = x U."""
    return f"weighted_sums({x}, U, {gates} * u, 1, {z}, U, 0, u, {gates} * u, span, {block_step(dtype)})"


def back(dv: str, dh: str, gates: int, dtype: str) -> str:
    """DH = dV Uᵀ."""
    return f"weighted_sums({dv}, U, 1, {gates} * u, {dh}, U, 0, {gates} * u, u, span, {block_step(dtype)})"


def zero(pointer: str, size: str) -> list[str]:
    """So many numbers set to 0."""
    return [f"for k in range({size}):", f"    {pointer}[k] = T(0)"]


def state(value: str, old: str, masked: bool) -> str:
    """The new state, or in a step of padding the old one."""
    return text(formulas.kept, value, old, "present") if masked else value


def forward(
    gates: int, dtype: str, masked: bool, entry: Sequence[str], arrays: Sequence[str], own: Sequence[str], of: str
) -> Source:
    """Forward: arrays S, U, H, A, the mask and a layer's own; V, what comes from the state, and 0 for the first one."""
    given = ["S0", "U", "H0", "A0", "M0", *arrays]
    scratch = "" if "V0" in given else f"V_ = pointer(arrays[{len(given)}])"
    zeros = f"moved(pointer(arrays[{len(given)}]), {gates} * u * span)"
    body = [
        "u, steps = width, min(inputs, n_steps)",
        *names(*given),
        f"ZERO_ = {zeros}",
        *zero("ZERO_", "u * span"),
        "for t in range(steps):",
        *indent(
            [
                of_step("S", f"{gates} * u"),
                of_step("H", "u"),
                "BEFORE_ = moved(H0, (t - 1) * u * span) if t else ZERO_",
                "BEFORE = carray(BEFORE_, (u, span))",
                *own,
                of_step("V", f"{gates} * u") if not scratch else f"{scratch}; V = carray(V_, ({gates} * u, span))",
                "if t:",
                f"    {product('BEFORE_', 'V_', gates, dtype)}",
                "else:",
                *indent(zero("V_", f"{gates} * u * span")),
                *(["M = carray(moved(M0, t * span), span)"] if masked else []),
                "A = carray(moved(A0, t * u * span if flag else 0), (u, span))",
                *entries(["present = M[r]"] * masked + ["before = BEFORE[j, r]", *entry, "A[j, r] = H[j, r]"]),
            ]
        ),
        "return 0.0",
    ]
    return Source(module(body, dtype, of, IMPORTS), of, (), "whole")


def backward(
    gates: int,
    dtype: str,
    masked: bool,
    entry: Sequence[str],
    after: Sequence[str],
    arrays: Sequence[str],
    own: Sequence[str],
    of: str,
    dv: str = "DS",
) -> Source:
    """Backward: arrays U, H, dA, dS, dH, dU, the mask and a layer's own.

    `entry` gives dS from dh, `after` adds to the gradients of the step before.
    """
    given = ["U", "H0", "DA0", "DS0", "DH0", "DU", "M0", *arrays]
    zeros = f"pointer(arrays[{len(given)}])"
    body = [
        "u, steps = width, min(inputs, n_steps)",
        *names(*given),
        f"ZERO_, REST_ = {zeros}, moved({zeros}, u * span)",
        "REST = carray(REST_, (u, span))",
        *zero("ZERO_", "u * span"),
        "DHL = carray(moved(DH0, (steps - 1) * u * span), (u, span))",
        "DAL = carray(moved(DA0, (steps - 1) * u * span if flag else 0), (u, span))",
        *entries(["DHL[j, r] = DAL[j, r]"]),
        "for t in range(steps - 1, -1, -1):",
        *indent(
            [
                of_step("DS", f"{gates} * u"),
                of_step("H", "u"),
                of_step("DH", "u"),
                "BEFORE_ = moved(H0, (t - 1) * u * span) if t else ZERO_",
                "BEFORE = carray(BEFORE_, (u, span))",
                *own,
                *(["M = carray(moved(M0, t * span), span)"] if masked else []),
                *through_step(entry, masked),
                *to_before(gates, dtype, dv),
                *after,
            ]
        ),
        *state_weights(gates, dtype, dv),
        "return 0.0",
    ]
    return Source(module(body, dtype, of, IMPORTS), of, (), "whole")


def state_weights(gates: int, dtype: str, dv: str) -> list[str]:
    """dU from the states ahead of all steps but the first, and what came back to each."""
    later, size = f"moved({dv}0, {gates} * u * span)", f"{gates} * u"
    product = (
        f"gradient_sums(H0, 0, 0, u, {later}, {size}, steps - 1, DU, {size}, u, {size}, span, {block_step(dtype)})"
    )
    return ["if steps > 1:", f"    {product}", "else:", *indent(zero("DU", f"u * {size}"))]


def through_step(entry: Sequence[str], masked: bool) -> list[str]:
    """From dh of a step to dS, and what goes to the state before without the product."""
    present = ["present = M[r]"] * masked
    past = ["REST[j, r] += DH[j, r] - dh"] * masked
    return entries([*present, "before = BEFORE[j, r]", "dh = DH[j, r]" + " * present" * masked, *entry, *past])


def to_before(gates: int, dtype: str, dv: str) -> list[str]:
    """To the state of the step before, which has a gradient of its own where all states go on."""
    lines = [
        "NEXT_ = moved(DH0, (t - 1) * u * span)",
        "NEXT = carray(NEXT_, (u, span))",
        back(f"{dv}_", "NEXT_", gates, dtype),
        *entries(["NEXT[j, r] += REST[j, r]"]),
        "if flag:",
        "    DAN = carray(moved(DA0, (t - 1) * u * span), (u, span))",
        *indent(entries(["NEXT[j, r] += DAN[j, r]"])),
    ]
    return ["if t:", *indent(lines)]


@once
def gru(dtype: str, masked: bool) -> Source:
    """Forward. Further arrays: V, c, G."""
    entry = [
        f"a = {text(formulas.gate, '(S[j, r] + V[j, r])')}",
        f"z = {text(formulas.gate, '(S[u + j, r] + V[u + j, r])')}",
        "q = V[2 * u + j, r] + C[j]",
        f"n = {text(formulas.reset_candidate, 'S[2 * u + j, r]', 'a', 'q')}",
        "V[2 * u + j, r] = q",
        "G[j, r], G[u + j, r], G[2 * u + j, r] = a, z, n",
        f"new = {text(formulas.mixed, 'n', 'z', 'before')}",
        f"H[j, r] = {state('new', 'before', masked)}",
    ]
    own = [of_step("G", "3 * u"), "C = carray(c, u)"]
    return forward(GRU, dtype, masked, entry, ["V0", "c", "G0"], own, "GRU")


@once
def gru_back(dtype: str, masked: bool) -> Source:
    """Backward. Further arrays: V, G, dV, dc."""
    entry = [
        "a, z, n = G[j, r], G[u + j, r], G[2 * u + j, r]",
        f"ds = {text(formulas.candidate_slope, 'dh * (T(1) - z)', 'n')}",
        f"dr = {text(formulas.gate_slope, 'ds * V[2 * u + j, r]', 'a')}",
        f"dz = {text(formulas.gate_slope, 'dh * (before - n)', 'z')}",
        "DS[j, r], DS[u + j, r], DS[2 * u + j, r] = dr, dz, ds",
        "DV[j, r], DV[u + j, r], DV[2 * u + j, r] = dr, dz, ds * a",
        "REST[j, r] = dh * z",
    ]
    own = [of_step("G", "3 * u"), of_step("V", "3 * u"), of_step("DV", "3 * u"), "DC = carray(dc, u)"]
    after = [
        "for j in range(u):",
        "    total = T(0)",
        "    for r in range(n_rows):",
        "        total += DV[2 * u + j, r]",
        "    DC[j] = total if t == steps - 1 else DC[j] + total",
    ]
    return backward(GRU, dtype, masked, entry, after, ["V0", "G0", "DV0", "dc"], own, "GRU back", "DV")


@once
def lstm(dtype: str, masked: bool) -> Source:
    """Forward. Further arrays: G, C."""
    gates = [f"g{k} = " + text(formulas.candidate if k == 2 else formulas.gate, score(k)) for k in range(4)]
    entry = [
        *gates,
        "old = OLD[j, r]",
        f"c = {text(formulas.cell, 'g1', 'old', 'g0', 'g2')}",
        f"new = {text(formulas.shown, 'g3', 'c')}",
        *[f"G[{k} * u + j, r] = g{k}" for k in range(4)],
        f"C[j, r] = {state('c', 'old', masked)}",
        f"H[j, r] = {state('new', 'before', masked)}",
    ]
    own = [
        of_step("G", "4 * u"),
        of_step("C", "u"),
        "OLD = carray(moved(C0, (t - 1) * u * span) if t else ZERO_, (u, span))",
    ]
    return forward(LSTM, dtype, masked, entry, ["G0", "C0"], own, "LSTM")


def score(k: int) -> str:
    """A score with what comes from the state."""
    return f"(S[{k} * u + j, r] + V[{k} * u + j, r])"


@once
def lstm_back(dtype: str, masked: bool) -> Source:
    """Backward. Further arrays: G, C, dC."""
    share = " * present" * masked
    entry = [
        *[f"g{k} = G[{k} * u + j, r]" for k in range(4)],
        "c, old, later = C[j, r], OLD[j, r], DC[j, r]",
        f"dc = {text(formulas.cell_slope, 'later' + share, 'dh', 'g3', 'c')}",
        f"shown = {text(formulas.candidate, 'c')}",
        f"DS[j, r] = {text(formulas.gate_slope, 'dc * g2', 'g0')}",
        f"DS[u + j, r] = {text(formulas.gate_slope, 'dc * old', 'g1')}",
        f"DS[2 * u + j, r] = {text(formulas.candidate_slope, 'dc * g0', 'g2')}",
        f"DS[3 * u + j, r] = {text(formulas.gate_slope, 'dh * shown', 'g3')}",
        "REST[j, r] = T(0)",
        "DCN[j, r] = dc * g1" + " + later - later * present" * masked,
    ]
    own = [
        of_step("G", "4 * u"),
        of_step("C", "u"),
        of_step("DC", "u"),
        "OLD = carray(moved(C0, (t - 1) * u * span) if t else ZERO_, (u, span))",
        "DCN = carray(moved(DC0, (t - 1) * u * span) if t else moved(REST_, u * span), (u, span))",
        "if t == steps - 1:",
        *indent(zero("DC_", "u * span")),
    ]
    return backward(LSTM, dtype, masked, entry, [], ["G0", "C0", "DC0"], own, "LSTM back")


@once
def simple_rnn(f: Activation, dtype: str, masked: bool) -> Source:
    """Forward. S is left with what comes from the state."""
    lines, value = of_entry(f, "value", ["z"])
    entry = ["z = S[j, r] + V[j, r]", "S[j, r] = z", *lines, f"new = {value}"]
    entry.append(f"H[j, r] = {state('new', 'before', masked)}")
    return forward(SIMPLE, dtype, masked, entry, [], [], f"SimpleRNN of {type(f).__name__}")


@once
def simple_rnn_back(f: Activation, dtype: str, masked: bool) -> Source:
    """Backward. Further arrays: S."""
    lines, slope = of_entry(f, "slope", ["z", "a"])
    entry = ["z, a = S[j, r], H[j, r]", *lines, f"DS[j, r] = dh * {slope}", "REST[j, r] = T(0)"]
    name = f"SimpleRNN back of {type(f).__name__}"
    return backward(SIMPLE, dtype, masked, entry, [], ["S0"], [of_step("S", "u")], name)


def of_entry(f: Activation, what: str, given: Sequence[str]) -> tuple[list[str], str]:
    """(statements, an expression) of an activation that is one formula of an entry, without settings."""
    formula, settings = translated(getattr(f, what), given)
    if formula.by_rows or settings or formula.before or type(f).pull_back is not Activation.pull_back:
        raise Untranslatable(f"{f!r} in a recurrent layer")
    return [*formula.inside], one(formula)
