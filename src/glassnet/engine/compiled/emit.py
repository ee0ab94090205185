"""The source of a kernel: a translated formula with its loops and arrays, as a module that Numba compiles."""

from collections.abc import Iterable, Sequence

from glassnet.engine.compiled.translate import ELEMENTARY, Formula

BLOCK = 128  # rows taken together where a formula reduces over the row, so that short rows are vectorised too
HEADER = '''"""Made by glassnet from {origin}."""

import numpy as np
from numba import carray, cfunc

from glassnet.engine.compiled.pointers import SIGNATURE
from glassnet.engine.compiled.pointers import pointer_{code} as pointer

T = np.{dtype}
INFINITY = T(np.inf)
{functions}


@cfunc(SIGNATURE, cache=True, fastmath={{"contract", "nsz", "arcp"}}, error_model="numpy")
def kernel(arrays, n_rows, ints, settings, live):
    width = ints[0]
'''


def module(body: Sequence[str], dtype: str, origin: str) -> str:
    """A whole module around the statements of a kernel."""
    used = [name for name in ELEMENTARY if any(f"{name}(" in line for line in body)]
    imported = "from glassnet.engine.compiled.elementary import FUNCTIONS\n\n" if used else ""
    functions = imported + "\n".join(f'{name} = FUNCTIONS[T]["{name}"]' for name in used)
    code = {"float32": "f4", "float64": "f8"}[dtype]
    header = HEADER.format(origin=origin, dtype=dtype, code=code, functions=functions)
    return header + "\n".join(indent(body)) + "\n"


def indent(lines: Sequence[str], by: int = 1) -> list[str]:
    """The lines, further to the right."""
    return ["    " * by + line for line in lines]


def bind(
    inputs: Sequence[str], shared: Sequence[str], outputs: Sequence[str], per_row: Sequence[str] = ()
) -> list[str]:
    """Names for the arrays, in capitals, in the order in which their addresses are passed.

    `inputs` and `outputs` have a number for each entry, `shared` one for each place in a row, `per_row` one a row.
    """
    sizes = dict.fromkeys([*inputs], "n_rows * width") | dict.fromkeys(shared, "width")
    sizes |= dict.fromkeys(outputs, "n_rows * width") | dict.fromkeys(per_row, "n_rows")
    return [
        f"{name.upper()} = carray(pointer(arrays[{position}]), {size})"
        for position, (name, size) in enumerate(sizes.items())
    ]


def entries(formula: Formula, inputs: Sequence[str], shared: Sequence[str], outputs: dict[str, str]) -> list[str]:
    """Loops that load each entry, compute the formula and write `outputs`: an array's name and its value."""
    if formula.by_rows:
        return in_blocks(formula, inputs, shared, outputs, ())
    stores = [f"{name}[i] = {value}" for name, value in outputs.items()]
    return rows_and_places(formula, inputs, shared, stores) if shared else flat(formula, inputs, stores)


def flat(formula: Formula, inputs: Sequence[str], stores: Sequence[str]) -> list[str]:
    """One loop over all entries i."""
    load = [f"{name} = {name.upper()}[i]" for name in inputs]
    return [*formula.before, "for i in range(n_rows * width):", *indent([*load, *formula.inside, *stores])]


def rows_and_places(formula: Formula, inputs: Sequence[str], shared: Sequence[str], stores: Sequence[str]) -> list[str]:
    """Loops over rows r and places j, for statements that need them."""
    load = [f"{name} = {name.upper()}[i]" for name in inputs] + [f"{name} = {name.upper()}[j]" for name in shared]
    return [*formula.before, "for r in range(n_rows):", "    for j in range(width):",
            *indent(["i = r * width + j", *load, *formula.inside, *stores], 2)]  # fmt: skip


def in_blocks(
    formula: Formula, inputs: Sequence[str], shared: Sequence[str], outputs: dict[str, str], per_row: Sequence[str]
) -> list[str]:
    """Blocks of rows, turned so that the rows of a block lie side by side and one instruction takes many of them.

    First every reduction, then what is written: `outputs` name an array and its value for each entry, `per_row` are
    statements for each row r.
    """
    load = [f"{name} = {name.upper()}_[j, k]" for name in inputs] + [f"{name} = {name.upper()}[j]" for name in shared]
    body = [f"rows = min({BLOCK}, n_rows - first)", *turned(inputs, "{0}_[j, k] = {0}[(first + k) * width + j]")]
    for number, one in enumerate(formula.passes):
        step = [*reductions(formula, number + 1), *load, *one.inside, f"REDUCED{number}[k] = {one.step}"]
        body += [f"REDUCED{number}[:] = {one.start}", *each(step)]
    known = reductions(formula, len(formula.passes))
    if outputs:
        body += each([*known, *load, *formula.inside, *(f"{name}_[j, k] = {value}" for name, value in outputs.items())])
        body += turned(outputs, "{0}[(first + k) * width + j] = {0}_[j, k]")
    if per_row:
        body += ["for k in range(rows):", *indent(["r = first + k", *known, *per_row])]
    room = [f"{name.upper()}_ = np.empty((width, {BLOCK}), T)" for name in [*inputs, *outputs]]
    room += [f"REDUCED{number} = np.empty({BLOCK}, T)" for number in range(len(formula.passes))]
    return [*formula.before, *room, f"for first in range(0, n_rows, {BLOCK}):", *indent(body)]


def turned(names: Iterable[str], statement: str) -> list[str]:
    """Copy the rows of a block between an array and its turned copy."""
    lines = [statement.format(name.upper()) for name in names]
    return each(lines) if lines else []


def each(statements: Sequence[str]) -> list[str]:
    """Over the places of a row, and inside over the rows of the block."""
    return ["for j in range(width):", "    for k in range(rows):", *indent(statements, 2)]


def reductions(formula: Formula, many: int) -> list[str]:
    """Load the first reductions of a row."""
    return [f"{one.target} = REDUCED{m}[k]" for m, one in enumerate(formula.passes[:many])]
