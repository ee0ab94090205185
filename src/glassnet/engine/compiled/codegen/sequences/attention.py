"""The kernels of attention: scores, weights and what is taken, for all pairs of steps of a tile."""

from collections.abc import Sequence

from glassnet.engine.compiled.codegen.emit import indent, module
from glassnet.engine.compiled.codegen.kernels import Source, once
from glassnet.engine.compiled.codegen.products import block_step
from glassnet.engine.compiled.codegen.sequences.recurrence import names

SIZES = [
    "steps, heads, d = min(inputs, n_steps), flag & 0xFFFF, flag >> 32",
    "causal, w = (flag >> 16) & 1, heads * d",
    "wide, square = 3 * w * span, steps * span",  # from step to step of J, and of S or P
]
IMPORTS = ["from glassnet.engine.compiled.codegen.sequences.pair_sums import pair_sums"]


def columns(name: str, array: str, step: str, which: int) -> str:
    """The pointer to the columns of a head in a step: of Q, K or V."""
    return f"{name} = moved({array}, ((({step}) * 3 + {which}) * w + h * d) * span)"


def pair(name: str, array: str) -> str:
    """A number for each sample of a pair of steps i and j."""
    return f"{name} = carray(moved({array}, ((h * steps + i) * steps + j) * span), span)"


def samples(*lines: str) -> list[str]:
    """Statements for each sample r."""
    return ["for r in range(span):", *indent(lines)]


def each_pair(*lines: str, visible: bool = True) -> list[str]:
    """Statements for each step j that step i may look at; for all others with `visible=False`."""
    bounds = "seen" if visible else "seen, steps"
    return [f"for j in range({bounds}):", *indent(lines)]


def each_query(*lines: str) -> list[str]:
    """Statements for each step i, `seen` being how many steps it may look at, with the rows of its pairs."""
    rows = "s_, p_ = moved(S, (h * steps + i) * square), moved(P, (h * steps + i) * square)"
    return ["for i in range(steps):", *indent(["seen = i + 1 if causal else steps", rows, *lines])]


def products(x: str, y: str, z: str, n: str, dtype: str) -> str:
    """zₐ = Σ x_b y_ab; behind each array how far its rows are apart, and in `n` how many there are of a and of b."""
    return f"pair_sums({x}, {y}, {z}, {n}, span, {block_step(dtype)})"


@once
def attend(dtype: str, masked: bool) -> Source:
    """Forward. Arrays: J, S, P, O, the mask, room for two numbers a sample. `flag` holds heads, causal and d."""
    hidden: Sequence[str] = ["m = carray(moved(M, j * span), span)"] if masked else []
    largest = (
        "best[r] = max(best[r], s[r])" if not masked else "best[r] = max(best[r], s[r]) if m[r] > T(0) else best[r]"
    )
    power = "p[r] = exp(s[r] - best[r])" if not masked else "p[r] = exp(min(s[r] - best[r], T(0))) * m[r]"
    share = "p[r] = p[r] / sums[r]" if not masked else "p[r] = p[r] / sums[r] if sums[r] > T(0) else T(0)"
    head = [
        *[columns(name, "J", "0", which) for which, name in enumerate("qkv")],
        *each_query(
            "o = moved(O, (i * w + h * d) * span)",
            products("moved(q, i * wide), span", "k, wide, span", "s_, span", "seen, d", dtype),
            *samples("best[r], sums[r] = -INFINITY, T(0)"),
            *each_pair(pair("s", "S"), *hidden, *samples("s[r] = s[r] * scale", largest)),
            *each_pair(pair("s", "S"), pair("p", "P"), *hidden, *samples(power, "sums[r] += p[r]")),
            *each_pair(pair("p", "P"), *samples(share)),
            products("p_, span", "v, span, wide", "o, span", "d, seen", dtype),
            *each_pair(pair("p", "P"), *samples("p[r] = T(0)"), visible=False),
        ),
    ]
    body = [
        *SIZES,
        *names("J", "S", "P", "O", "M", "R"),
        "best, sums = carray(R, span), carray(moved(R, span), span)",
        "scale = T(1.0 / np.sqrt(d))",
        "for h in range(heads):",
        *indent(head),
        "return 0.0",
    ]
    return Source(module(body, dtype, "Attention", IMPORTS), "Attention", (), "whole")


@once
def attend_back(dtype: str) -> Source:
    """Backward. Arrays: J, P, dO, dS, dJ, room for one number a sample. A hidden key has a weight of 0."""
    head = [
        *[columns(name, "J", "0", which) for which, name in enumerate("qkv")],
        *[columns(f"d{name}", "DJ", "0", which) for which, name in enumerate("qkv")],
        "do = moved(DO, h * d * span)",
        *each_query(
            products("moved(do, i * w * span), span", "v, wide, span", "s_, span", "seen, d", dtype),
            *samples("rest[r] = T(0)"),
            *each_pair(pair("ds", "S"), pair("p", "P"), *samples("rest[r] += ds[r] * p[r]")),
            *each_pair(pair("ds", "S"), pair("p", "P"), *samples("ds[r] = p[r] * (ds[r] - rest[r]) * scale")),
            products("s_, span", "k, span, wide", "moved(dq, i * wide), span", "d, seen", dtype),
        ),
        "for j in range(steps):",
        "    i = j if causal else 0",
        "    s_ = moved(S, ((h * steps + i) * steps + j) * span)",
        "    p_ = moved(P, ((h * steps + i) * steps + j) * span)",
        "    "
        + products(
            "p_, square", "moved(do, i * w * span), span, w * span", "moved(dv, j * wide), span", "d, steps - i", dtype
        ),
        "    "
        + products("s_, square", "moved(q, i * wide), span, wide", "moved(dk, j * wide), span", "d, steps - i", dtype),
    ]
    body = [
        *SIZES,
        *names("J", "P", "DO", "S", "DJ", "R"),
        "rest = carray(R, span)",
        "scale = T(1.0 / np.sqrt(d))",
        "for h in range(heads):",
        *indent(head),
        "return 0.0",
    ]
    return Source(module(body, dtype, "Attention back", IMPORTS), "Attention back", (), "whole")
