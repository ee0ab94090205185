"""The words of C: types, numbers as they are written, and words that no variable may be called."""

import math

import numpy as np

from glassnet.exports.program import Program

TYPES = {"float32": "float", "float64": "double", "int8": "int8_t", "int16": "int16_t", "int32": "int32_t"}
BYTES = {"float32": 4, "float64": 8, "int8": 1, "int16": 2, "int32": 4}

WORDS = (
    "auto break case char const continue default do double else enum extern float for goto if inline int long register",
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while",
    "asm bool true false linux unix i j g n w out row code exp log sin cos tan tanh sqrt erf floor ceil fabs",
    "class new delete public private protected template this virtual operator namespace using friend throw try catch",
    "typename explicit export mutable nullptr constexpr and or not xor",  # of C++, which takes headers of C
)
RESERVED = frozenset(word for line in WORDS for word in line.split())


def literal(value: float, dtype: str) -> str:
    """A number of a type."""
    if dtype.startswith("int"):
        return str(int(value))
    single = dtype == "float32"
    kept = float(np.float32(value)) if single and math.isfinite(value) else float(value)
    if not math.isfinite(kept):
        name = "NAN" if math.isnan(kept) else "INFINITY" if kept > 0 else "-INFINITY"
        return name if single else f"(double){name}" if kept > 0 or math.isnan(kept) else "-(double)INFINITY"
    text = str(np.float32(value)) if single else repr(kept)
    return f"{text}f" if single else text


def type_of_outputs(program: Program) -> str:
    """The type of what a program gives."""
    if program.bits is not None:
        return TYPES["int32"]
    return TYPES["float64" if program.of_table else program.steps[0].out.dtype]
