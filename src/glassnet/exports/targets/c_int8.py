"""Steps in whole numbers in C: 8 bits in, sums of 32, a multiplier and a shift; no shift of a negative number."""

from collections.abc import Iterator

from glassnet.exports.program import Constant, Program, Step, Value
from glassnet.exports.targets.c_words import TYPES
from glassnet.exports.targets.text import indent
from glassnet.exports.whole.quantized import (
    LARGEST,
    QUANTIZED,
    ByLine,
    ByTable,
    IntegerMultiply,
    IntegerNormalize,
    IntegerProduct,
    IntegerSoftmax,
    IntegerSum,
    Quantize,
    Rescale,
    Wave,
    WideProduct,
)

BASE, OTHER, CODE = (
    150,
    80,
    {
        IntegerProduct: 110,
        Quantize: 90,
        ByTable: 30,
        ByLine: 80,
        IntegerSoftmax: 250,
        Wave: 110,
        IntegerSum: 90,
        IntegerNormalize: 300,
    },
)  # bytes, measured with gcc -Os
QUANTIZE = """
/* A number as a whole one, kept between low and high; NaN counts as 0. */
static inline int32_t PREFIX_quantize(float x, float inverse, float offset, int32_t low, int32_t high)
{
    const float scaled = (x != x ? 0.0f : x) * inverse;
    const float q = scaled + offset;
    return q < (float)low ? low : q < (float)high ? (int32_t)floorf(q) : high;
}
"""
WAVE = """
/* The entry of a table of one period at x * factor + offset; NaN counts as 0, as does what is too far away. */
static inline int8_t PREFIX_wave(float x, float factor, float offset, const int8_t *table)
{
    const float scaled = (x != x ? 0.0f : x) * factor;
    const float turns = scaled + offset;
    const int32_t near = turns > -16777216.0f && turns < 16777216.0f ? (int32_t)floorf(turns) : 0;
    return table[(uint32_t)near & 1023u];
}
"""
SHIFTED = """
/* sum / 2^shift, rounded (halves away from 0), plus offset, kept between low and high. */
static inline int32_t PREFIX_shifted(int64_t sum, int shift, int32_t offset, int32_t low, int32_t high)
{
    const int64_t half = (int64_t)1 << (shift - 1);
    const int64_t moved = (sum < 0 ? -((half - sum) >> shift) : (sum + half) >> shift) + offset;
    return moved < low ? low : moved > high ? high : (int32_t)moved;
}
"""
NORMALIZE = """
/* (x - mean) / sqrt(variance + epsilon) in parts of 2^12, for numbers of at most 17 bits: by the root of the
   variance, which is moved up to 61 or 62 bits. */
static inline void PREFIX_normalize(int n, const int32_t *x, int64_t epsilon, int32_t *out)
{
    int64_t mean = 0, variance = 0, root = 0;
    int e = 0;
    for (int i = 0; i < n; i++) mean += (int64_t)x[i] + 65536;
    mean = (mean << 8) / n;
    for (int i = 0; i < n; i++) {
        out[i] = (int32_t)((((int64_t)x[i] + 65536) << 8) - mean);
        variance += (int64_t)out[i] * out[i];
    }
    variance = variance / n + epsilon;
    if (variance < 1) variance = 1;
    for (; variance < (int64_t)1 << 60; e++) variance <<= 2;
    for (int64_t bit = (int64_t)1 << 30; bit > 0; bit >>= 1) {
        if ((root + bit) * (root + bit) <= variance) root += bit;
    }
    for (int i = 0; i < n; i++) {
        out[i] = PREFIX_shifted(out[i] * (((int64_t)1 << 61) / root), 49 - e, 0, -LARGEST, LARGEST);
    }
}
""".replace("LARGEST", str(LARGEST))


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
    shifts = any(isinstance(getattr(step, "to", None), Rescale) for step in program.steps)
    pieces = {
        QUANTIZE: Quantize in kinds,
        WAVE: Wave in kinds,
        SHIFTED: shifts or bool(kinds & {ByLine, IntegerSum, WideProduct, IntegerMultiply, IntegerNormalize}),
        NORMALIZE: IntegerNormalize in kinds,
        SOFTMAX: IntegerSoftmax in kinds,
    }
    for piece, needed in pieces.items():
        if needed:
            yield piece.strip("\n").replace("PREFIX_", prefix).split("\n")


def printed(step: Step, prefix: str) -> list[str]:
    """The lines of a step, once its array is declared."""
    match step:
        case IntegerProduct():
            return product(step, prefix)
        case WideProduct():
            return wide_product(step, prefix)
        case IntegerSoftmax():
            numbers = f"{prefix}{step.exps.name}, {step.factor}, {step.least}"
            return spans(step.out, f"{prefix}shares({step.span}, {step.x.name} + i, {numbers}", step.span)
        case IntegerNormalize():
            return spans(step.out, f"{prefix}normalize({step.span}, {step.x.name} + i, {step.epsilon}", step.span)
    return [f"for (int i = 0; i < {step.out.size}; i++) {step.out.name}[i] = {one_entry(step, prefix)};"]


def spans(out: Value, call: str, span: int) -> list[str]:
    """A function of each `span` entries."""
    whole = f"{call}, {out.name} + i);"
    return (
        [whole.replace(" + i", "")] if span == out.size else [f"for (int i = 0; i < {out.size}; i += {span}) {whole}"]
    )


def one_entry(step: Step, prefix: str) -> str:
    """An entry of a step that computes each by itself."""

    def entry(c: Constant) -> str:
        return f"{prefix}{c.name}[{'0' if c.array.size == 1 else 'i'}]"

    match step:
        case Quantize():
            numbers = f"{entry(step.inverse)}, {entry(step.offset)}, {step.low}, {step.high}"
            return f"({TYPES[step.out.dtype]}){prefix}quantize({step.x.name}[i], {numbers})"
        case Wave():
            numbers = f"{entry(step.factor)}, {entry(step.offset)}, {prefix}{step.table.name}"
            return f"{prefix}wave({step.x.name}[i], {numbers})"
        case ByTable():
            own = "" if len(step.tables.array) == 1 else "i * 256 + "
            return f"{prefix}{step.tables.name}[{own}{step.x.name}[i] + 128]"
        case ByLine():
            table, at = f"{prefix}{step.tables.name}", f"{step.x.name}[i] + 128"
            A, B = f"(int64_t){table}[{at}]", f"(int64_t){table}[256 + {at}]"
            total = f"{A} * {entry(step.first)} + {B} * {entry(step.multiplier)}"
            return f"(int8_t){prefix}shifted({total}, {entry(step.shift)}, {step.zero}, -128, 127)"
        case IntegerSum():
            pairs = zip(step.parts, step.multipliers, strict=True)
            total = " + ".join(f"(int64_t){part.name}[i] * {entry(m)}" for part, m in pairs)
            numbers = f"{entry(step.shift)}, {entry(step.offset)}, {step.low}, {step.high}"
            return f"({TYPES[step.out.dtype]}){prefix}shifted({total}, {numbers})"
        case IntegerMultiply():
            total = f"(int64_t){step.x.name}[i] * {step.y.name}[i]"
            return f"{prefix}shifted({total}, {step.shift}, 0, {-LARGEST}, {LARGEST})"
    raise TypeError(type(step))


def wide_product(step: WideProduct, prefix: str) -> list[str]:
    """Unit by unit, summed in 64 bits."""
    n, m, W = step.x.size, step.out.size, f"{prefix}{step.W.name}"
    numbers = f"{prefix}{step.shift.name}[j], {prefix}{step.offset.name}[j], {-LARGEST}, {LARGEST}"
    body = [
        "int64_t sum = 0;",
        f"for (int i = 0; i < {n}; i++) sum += (int64_t){step.x.name}[i] * {W}[i * {m} + j];",
        f"{step.out.name}[j] = {prefix}shifted(sum, {numbers});",
    ]
    return [f"for (int j = 0; j < {m}; j++) {{", *indent(body), "}"]


def product(step: IntegerProduct, prefix: str) -> list[str]:
    """Unit by unit, so that one sum at a time is kept; the weights of a unit lie side by side."""
    n, m, out = len(step.W.array), step.out.size, step.out.name
    if isinstance(step.to, Rescale):
        to = step.to
        numbers = f"{prefix}{to.shift.name}[j], {to.zero}, {to.low}, {to.high}"
        multiplied = f"(int64_t)sum * {prefix}{to.multiplier.name}[j]"
        result = f"({TYPES[step.out.dtype]}){prefix}shifted({multiplied}, {numbers})"
    else:
        result = f"(float)sum * {prefix}{step.to.name}[j]"
    group = [] if step.groups == 1 else [f"const int8_t *x = {step.x.name} + j / {m // step.groups} * {n};"]
    x = step.x.name if step.groups == 1 else "x"
    body = [
        f"const int8_t *w = {prefix}{step.W.name} + j * {n};",
        *group,
        f"int32_t sum = {prefix}{step.b.name}[j];",
        f"for (int i = 0; i < {n}; i++) sum += {x}[i] * w[i];",
        f"{out}[j] = {result};",
    ]
    return [f"for (int j = 0; j < {m}; j++) {{", *indent(body), "}"]
