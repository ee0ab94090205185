"""The source of a kernel: a translated formula with its loops and arrays, as a module that Numba compiles.

Arrays are turned: entry (j, r) of unit j and sample r lies at j span + r. A kernel sees the units from `low` to
`high`, and of sequences no more than `n_steps` steps. Loops begin at 0, or Numba would look for negative indices each
time.
"""

from collections.abc import Sequence

from glassnet.engine.compiled.codegen.translate import Formula, Pass
from glassnet.formulas.syntax.reader import ELEMENTARY

HEADER = '''"""Made by glassnet from {origin}."""

import numpy as np
from numba import carray, cfunc
{imports}
from glassnet.engine.compiled.runtime import slots as at
from glassnet.engine.compiled.runtime.pointers import SIGNATURE
from glassnet.engine.compiled.runtime.register_blocks import moved
from glassnet.engine.compiled.runtime.registers import fill_registers
from glassnet.engine.compiled.runtime.pointers import pointer_{code} as pointer

T = np.{dtype}
INFINITY = T(np.inf)
{functions}


@cfunc(SIGNATURE, fastmath={fastmath}, error_model="numpy")
def kernel(arrays, n_rows, n_steps, span, first, ints, settings, live):
    fill_registers()
    width, flag, inputs = ints[at.WIDTH], ints[at.FLAG], ints[at.INPUTS]
    low = ints[at.LOW]
    high = max(low, min(ints[at.HIGH], n_steps * ints[at.A_STEP]))
    units = high - low
'''


def module(
    body: Sequence[str], dtype: str, origin: str, imports: Sequence[str] = (), fast: Sequence[str] = ("arcp",)
) -> str:
    """A whole module around the statements of a kernel; `fast` are further flags of LLVM's fast mathematics."""
    used = [name for name in ELEMENTARY if any(f"{name}(" in line for line in body)]
    imported = "from glassnet.engine.compiled.math.elementary import FUNCTIONS\n\n" if used else ""
    functions = imported + "\n".join(f'{name} = FUNCTIONS[T]["{name}"]' for name in used)
    code = {"float32": "f4", "float64": "f8"}[dtype]
    lines = "\n".join(["", *imports])
    flags = "{" + ", ".join(f'"{flag}"' for flag in ("contract", "nsz", *fast)) + "}"
    given = {"dtype": dtype, "code": code, "functions": functions, "imports": lines, "fastmath": flags}
    header = HEADER.format(origin=origin, **given)
    return header + "\n".join(indent(body)) + "\n"


def indent(lines: Sequence[str], by: int = 1) -> list[str]:
    """The lines, further to the right."""
    return ["    " * by + line for line in lines]


def bound(name: str, position: int, size: str) -> str:
    """An array of the units of this slice by its name; `size` is one of those below, of its pointer or its address."""
    address = f"arrays[{position}]"
    return f"{name} = " + size.format(f"pointer({address})", address=address)


def named(settings: Sequence[str]) -> list[str]:
    """The settings of a kernel by their names."""
    return [f"{name} = settings[{position}]" for position, name in enumerate(settings)]


UNITS = "carray(moved({0}, low * span), (units, span))"  # X[j, r]: unit j, sample r
FLAT = "carray(moved({0}, low * span), units * span)"  # the same in one row
WIDE = "carray(moved({0}, low), units)"  # a number for each unit
SAMPLES = "carray({0}, span)"  # a number for each sample
WHOLE = "{0}"  # a pointer to all of an array
KEY = "pointer_u8({address})[0]"  # of random numbers
FACTORS = "pointer_f8({address})"  # numbers in double precision
NUMBERS = "carray(moved(pointer_i8({address}), low), units)"  # a whole number for each unit


def bind(
    inputs: Sequence[str],
    shared: Sequence[str],
    outputs: Sequence[str],
    per_row: Sequence[str] = (),
    *,
    flat: bool = False,
) -> list[str]:
    """Names for the arrays, in capitals, in the order in which their addresses are passed.

    `inputs` and `outputs` have a number for each entry, `shared` one for each unit, `per_row` one a sample.
    """
    sizes = dict.fromkeys(inputs, FLAT if flat else UNITS) | dict.fromkeys(shared, WIDE)
    sizes |= dict.fromkeys(outputs, FLAT if flat else UNITS) | dict.fromkeys(per_row, SAMPLES)
    return [bound(name.upper(), position, size) for position, (name, size) in enumerate(sizes.items())]


def entries(
    formula: Formula,
    inputs: Sequence[str],
    shared: Sequence[str],
    outputs: Sequence[str],
    values: dict[str, str],
    per_row: Sequence[str] = (),
) -> list[str]:
    """The arrays, and loops that load each entry, compute the formula and write `values`, by the array's name."""
    if formula.passes or shared:
        stores = [f"{name}[j, r] = {value}" for name, value in values.items()]
        loops = units_and_samples(formula, inputs, shared, stores)
        room = len([*inputs, *shared, *outputs, *per_row])
        return [*bind(inputs, shared, outputs, per_row), *reductions(formula, inputs, shared, room), *loops]
    load = [f"{name} = {name.upper()}[i]" for name in inputs]
    stores = [f"{name}[i] = {value}" for name, value in values.items()]
    lines = [*bind(inputs, shared, outputs, per_row, flat=True), *formula.before, "for i in range(units * span):"]
    return [*lines, *indent([*load, *formula.inside, *stores])]


def units_and_samples(
    formula: Formula, inputs: Sequence[str], shared: Sequence[str], stores: Sequence[str], samples: str = "span"
) -> list[str]:
    """Loops over units j and samples r, for statements that need them."""
    known = [f"{one.target} = REDUCED{number}[r]" for number, one in enumerate(formula.passes)]
    load = [f"{name} = {name.upper()}[j, r]" for name in inputs]
    return [
        "for j in range(units):",
        *indent([f"{name} = {name.upper()}[j]" for name in shared]),
        f"    for r in range({samples}):",
        *indent([*known, *load, *formula.inside, *stores], 2),
    ]


def reductions(formula: Formula, inputs: Sequence[str], shared: Sequence[str], room: int) -> list[str]:
    """What comes ahead of the loops: numbers, and what is reduced over the units of each sample.

    Reductions that do not need each other share a loop. `room` is the place of the array that has a row for each.
    """
    lines = [*formula.before]
    load = [f"{name} = {name.upper()}[j, r]" for name in inputs]
    for number, one in enumerate(formula.passes):
        lines += [
            bound(f"REDUCED{number}", room, row_of(number)),
            "for r in range(span):",
            f"    REDUCED{number}[r] = {one.start}",
        ]
    for group in in_turn(formula.passes):
        needed = {name for one in group.values() for name in one.names}
        known = [f"{one.target} = REDUCED{k}[r]" for k, one in enumerate(formula.passes) if one.target in needed]
        inside = dict.fromkeys(line for one in group.values() for line in one.inside)
        steps = [f"REDUCED{k}[r] = {one.step}" for k, one in group.items()]
        lines += [
            "for j in range(units):",
            *indent([f"{name} = {name.upper()}[j]" for name in shared]),
            "    for r in range(span):",
            *indent([*known, *load, *inside, *steps], 2),
        ]
    return lines


def in_turn(passes: Sequence[Pass]) -> list[dict[int, Pass]]:
    """Reductions by their number, in groups of those that need no other of the same or a later group."""
    groups: list[dict[int, Pass]] = []
    level: dict[str, int] = {}
    for number, one in enumerate(passes):
        level[one.target] = 1 + max((level[name] for name in one.names if name in level), default=-1)
        if level[one.target] == len(groups):
            groups.append({})
        groups[level[one.target]][number] = one
    return groups


def row_of(number: int) -> str:
    """A row with a number for each sample, of an array of such rows."""
    return f"carray(moved({{0}}, {number} * span), span)"
