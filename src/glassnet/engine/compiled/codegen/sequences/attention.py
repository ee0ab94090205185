"""The kernels of attention: scores, weights and what is taken, for all pairs of steps of a tile."""

from collections.abc import Sequence

from glassnet.engine.compiled.codegen.emit import indent, module
from glassnet.engine.compiled.codegen.kernels import Source, once
from glassnet.engine.compiled.codegen.sequences.recurrence import names, zero

SIZES = ["steps, heads, d = inputs, flag & 0xFFFF, flag >> 32", "causal = (flag >> 16) & 1", "w = heads * d"]
COLUMNS = "carray(moved({0}, ((({1}) * 3 + {2}) * w + h * d) * span), (d, span))"


def columns(name: str, array: str, step: str, which: int) -> str:
    """The rows of a head in a step: of Q, K or V."""
    return f"{name} = {COLUMNS.format(array, step, which)}"


def pair(name: str, array: str) -> str:
    """A number for each sample of a pair of steps i and j."""
    return f"{name} = carray(moved({array}, ((h * steps + i) * steps + j) * span), span)"


def samples(*lines: str) -> list[str]:
    """Statements for each sample r."""
    return ["for r in range(span):", *indent(lines)]


def each_dimension(*lines: str) -> list[str]:
    """Statements for each column e of a head, and each sample r."""
    return ["for e in range(d):", *indent(samples(*lines))]


def each_pair(*lines: str, visible: bool = True) -> list[str]:
    """Statements for each step j that step i may look at; for all others with `visible=False`."""
    bounds = "(i + 1 if causal else steps)" if visible else "i + 1 if causal else steps, steps"
    return [f"for j in range({bounds}):", *indent(lines)]


def each_query(*lines: str) -> list[str]:
    """Statements for each head h and each step i."""
    return ["for h in range(heads):", "    for i in range(steps):", *indent(lines, 2)]


@once
def attend(dtype: str, masked: bool) -> Source:
    """Forward. Arrays: J, S, P, O, the mask, room for two numbers a sample. `flag` holds heads, causal and d."""
    hidden: Sequence[str] = ["m = carray(moved(M, j * span), span)"] if masked else []
    largest = (
        "best[r] = max(best[r], s[r])" if not masked else "best[r] = max(best[r], s[r]) if m[r] > T(0) else best[r]"
    )
    power = "p[r] = exp(s[r] - best[r])" if not masked else "p[r] = exp(min(s[r] - best[r], T(0))) * m[r]"
    share = "p[r] = p[r] / sums[r]" if not masked else "p[r] = p[r] / sums[r] if sums[r] > T(0) else T(0)"
    body = [
        *SIZES,
        *names("J", "S", "P", "O", "M", "R"),
        "best, sums = carray(R, span), carray(moved(R, span), span)",
        "scale = T(1.0 / np.sqrt(d))",
        *each_query(
            columns("q", "J", "i", 0),
            *samples("best[r], sums[r] = -INFINITY, T(0)"),
            *each_pair(
                columns("k", "J", "j", 1),
                pair("s", "S"),
                *hidden,
                *samples("s[r] = T(0)"),
                *each_dimension("s[r] += q[e, r] * k[e, r]"),
                *samples("s[r] = s[r] * scale", largest),
            ),
            *each_pair(pair("s", "S"), pair("p", "P"), *hidden, *samples(power, "sums[r] += p[r]")),
            "o = carray(moved(O, (i * w + h * d) * span), (d, span))",
            *each_dimension("o[e, r] = T(0)"),
            *each_pair(
                columns("v", "J", "j", 2),
                pair("p", "P"),
                *samples(share),
                *each_dimension("o[e, r] += p[r] * v[e, r]"),
            ),
            *each_pair(pair("p", "P"), *samples("p[r] = T(0)"), visible=False),
        ),
        "return 0.0",
    ]
    return Source(module(body, dtype, "Attention"), "Attention", (), "whole")


@once
def attend_back(dtype: str) -> Source:
    """Backward. Arrays: J, P, dO, dS, dJ, room for one number a sample. A hidden key has a weight of 0."""
    body = [
        *SIZES,
        *names("J", "P", "DO", "DS", "DJ", "R"),
        "rest = carray(R, span)",
        "scale = T(1.0 / np.sqrt(d))",
        *zero("DJ", "steps * 3 * w * span"),
        *each_query(
            "do = carray(moved(DO, (i * w + h * d) * span), (d, span))",
            columns("q", "J", "i", 0),
            columns("dq", "DJ", "i", 0),
            *samples("rest[r] = T(0)"),
            *each_pair(
                columns("v", "J", "j", 2),
                columns("dv", "DJ", "j", 2),
                pair("p", "P"),
                pair("ds", "DS"),
                *samples("ds[r] = T(0)"),
                *each_dimension("ds[r] += do[e, r] * v[e, r]", "dv[e, r] += p[r] * do[e, r]"),
                *samples("rest[r] += ds[r] * p[r]"),
            ),
            *each_pair(
                columns("k", "J", "j", 1),
                columns("dk", "DJ", "j", 1),
                pair("p", "P"),
                pair("ds", "DS"),
                *samples("ds[r] = p[r] * (ds[r] - rest[r]) * scale"),
                *each_dimension("dq[e, r] += ds[r] * k[e, r]", "dk[e, r] += ds[r] * q[e, r]"),
            ),
        ),
        "return 0.0",
    ]
    return Source(module(body, dtype, "Attention back"), "Attention back", (), "whole")
