"""Steps in whole numbers in C: 8 bits in, sums of 32, a multiplier and a shift; no shift of a negative number."""

from collections.abc import Iterator

from glassnet.exports.program import Program, Step
from glassnet.exports.quantized import QUANTIZED, ByTable, IntegerProduct, IntegerSoftmax, Quantize, Rescale
from glassnet.exports.targets.c_words import TYPES
from glassnet.exports.targets.text import indent

BASE, OTHER, CODE = (
    150,
    80,
    {IntegerProduct: 110, Quantize: 90, ByTable: 30, IntegerSoftmax: 250},
)  # bytes, measured with gcc -Os
QUANTIZE = """
/* A number as 8 bits, kept within them; NaN counts as 0. */
static inline int8_t PREFIX_quantize(float x, float inverse, float offset)
{
    const float scaled = (x != x ? 0.0f : x) * inverse;
    const float q = scaled + offset;
    return q < -128.0f ? (int8_t)-128 : q < 127.0f ? (int8_t)floorf(q) : (int8_t)127;
}
"""
RESCALE = """
/* x * multiplier / 2^shift, rounded (halves away from 0), plus zero, kept between low and high. */
static inline int32_t PREFIX_rescale(int32_t x, int32_t multiplier, int shift, int32_t zero, int32_t low, int32_t high)
{
    const int64_t product = (int64_t)x * multiplier, half = (int64_t)1 << (shift - 1);
    const int64_t moved = (product < 0 ? -((half - product) >> shift) : (product + half) >> shift) + zero;
    return moved < low ? low : moved > high ? high : (int32_t)moved;
}
"""


SOFTMAX = """
/* Probabilities in parts of 2^16, by a table of e^-d, from scores in parts of 2^12; then factor * p + least. */
static inline void PREFIX_shares(int n, const int32_t *x, const int32_t *exps, int32_t factor, int32_t least,
                                 int32_t *out)
{
    int32_t most = x[0];
    int64_t total = 0;
    for (int i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
    for (int i = 0; i < n; i++) {
        const int64_t d = (int64_t)most - x[i];
        const int32_t near = d < 65535 ? (int32_t)d : 65535;
        const int32_t *e = exps + (near >> 8);
        out[i] = e[0] - (((e[0] - e[1]) * (near & 255)) >> 8);
        total += out[i];
    }
    for (int i = 0; i < n; i++) {
        const int64_t p = (((int64_t)out[i] << 16) + total / 2) / total;
        out[i] = (int32_t)((p * factor) >> 16) + least;
    }
}
"""


def is_whole(program: Program) -> bool:
    """Whether a program computes in whole numbers."""
    return any(isinstance(step, QUANTIZED) for step in program.steps)


def flash(program: Program, data: int) -> list[str]:
    """How much of a microcontroller's flash it takes, roughly."""
    if not is_whole(program):
        return []
    code = BASE + sum(CODE.get(type(step), OTHER) for step in program.steps)
    return [
        f"Flash: about {(data + code) / 1000:,.1f} kB, {code / 1000:,.1f} kB of which is code (with -Os; without the",
        "mathematical library, and without floating point in software where the processor has none).",
    ]


def includes(program: Program) -> list[str]:
    """More headers."""
    return ["#include <stdint.h>"] if is_whole(program) else []


def functions(program: Program, prefix: str) -> Iterator[list[str]]:
    """What the steps call."""
    kinds = {type(step) for step in program.steps}
    rescales = any(isinstance(getattr(step, "to", None), Rescale) for step in program.steps)
    for piece, needed in ((QUANTIZE, Quantize in kinds), (RESCALE, rescales), (SOFTMAX, IntegerSoftmax in kinds)):
        if needed:
            yield piece.strip("\n").replace("PREFIX_", prefix).split("\n")


def printed(step: Step, prefix: str) -> list[str]:
    """The lines of a step, once its array is declared."""
    if isinstance(step, Quantize):
        n = step.out.size
        numbers = [f"{prefix}{c.name}[{'0' if c.array.size == 1 else 'i'}]" for c in (step.inverse, step.offset)]
        call = f"{prefix}quantize({step.x.name}[i], {', '.join(numbers)})"
        return [f"for (int i = 0; i < {n}; i++) {step.out.name}[i] = {call};"]
    if isinstance(step, ByTable):
        own = "" if len(step.tables.array) == 1 else "i * 256 + "
        entry = f"{prefix}{step.tables.name}[{own}{step.x.name}[i] + 128]"
        return [f"for (int i = 0; i < {step.out.size}; i++) {step.out.name}[i] = {entry};"]
    if isinstance(step, IntegerSoftmax):
        given = f"{step.x.name}, {prefix}{step.exps.name}, {step.factor}, {step.least}, {step.out.name}"
        return [f"{prefix}shares({step.out.size}, {given});"]
    assert isinstance(step, IntegerProduct)
    return product(step, prefix)


def product(step: IntegerProduct, prefix: str) -> list[str]:
    """Unit by unit, so that one sum at a time is kept; the weights of a unit lie side by side."""
    n, m, out = step.x.size, step.out.size, step.out.name
    if isinstance(step.to, Rescale):
        to = step.to
        numbers = f"{prefix}{to.multiplier.name}[j], {prefix}{to.shift.name}[j], {to.zero}, {to.low}, {to.high}"
        result = f"({TYPES[step.out.dtype]}){prefix}rescale(sum, {numbers})"
    else:
        result = f"(float)sum * {prefix}{step.to.name}[j]"
    body = [
        f"const int8_t *w = {prefix}{step.W.name} + j * {n};",
        f"int32_t sum = {prefix}{step.b.name}[j];",
        f"for (int i = 0; i < {n}; i++) sum += {step.x.name}[i] * w[i];",
        f"{out}[j] = {result};",
    ]
    return [f"for (int j = 0; j < {m}; j++) {{", *indent(body), "}"]
