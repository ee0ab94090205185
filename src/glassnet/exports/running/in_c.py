"""Exported C headers, all of them compiled into one program that reads rows and writes what it gives."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from glassnet.exports.program import LevelInput
from glassnet.exports.registry import prefix_of
from glassnet.exports.running.case import CannotRun, Case, Given, split
from glassnet.exports.targets.c_table import fields
from glassnet.exports.targets.c_words import TYPES, type_of_outputs

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-Wdouble-promotion", "-pedantic")
SANITIZED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")
LONGEST = 1 << 16  # bytes of a text

BEGIN = f"""
static char line[{LONGEST}];

static char *next(void)
{{
    if (fgets(line, sizeof line, stdin) == NULL) exit(3);
    line[strcspn(line, "\\n")] = 0;
    for (char *c = line; *c != 0; c++) *c = *c == 1 ? 10 : *c == 2 ? 13 : *c;
    return line;
}}

static void put(double value) {{ printf("%.17g\\n", value); }}
"""


def compiler() -> str:
    """The C compiler of this machine."""
    found = shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
    if found is None:
        raise CannotRun("no C compiler is at hand (gcc, cc or clang), so the header cannot be run here.")
    return found


def run_all(cases: Sequence[Case], flags: Sequence[str] = ("-O1", *STRICT)) -> list[Given]:
    """What the headers give for their rows."""
    command = compiler()
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "main.c"), Path(folder, "main")
        source.write_text("\n".join(main(cases)))
        spoken(
            subprocess.run([command, *flags, str(source), "-o", str(program), "-lm"], capture_output=True, text=True)
        )
        asked = "".join(f"{text}\n" for case in cases for text in lines(case))
        said = spoken(subprocess.run([str(program)], input=asked, capture_output=True, text=True, encoding="utf-8"))
    numbers, found = np.array(said.split(), float), []
    for case in cases:
        width = n_numbers(case)
        found.append(split(numbers[: case.n_rows * width].reshape(-1, width), case.program))
        numbers = numbers[case.n_rows * width :]
    return found


def spoken(done: "subprocess.CompletedProcess[str]") -> str:
    """What a command said, unless it failed."""
    if done.returncode:
        raise CannotRun(f"{Path(done.args[0]).name} ended with {done.returncode}: {done.stderr.strip()[:300]}")
    return done.stdout


def n_numbers(case: Case) -> int:
    """How many numbers are written for a row."""
    outputs = case.program.outputs
    return outputs.value.size + 2 * (outputs.interval is not None) + bool(outputs.classes)


def lines(case: Case) -> list[str]:
    """The rows of a case as lines: their number, then a value a line; a text behind =, and - where it is missing."""
    if case.rows is not None:
        return [str(len(case.rows)), *map(repr, case.rows.astype(float).ravel().tolist())]
    found = [str(case.n_rows)]
    for row in zip(*case.plain, strict=True):
        found += [repr(v) if isinstance(v, float) else "-" if v is None else "=" + one_line(v) for v in row]
    return found


def one_line(text: str) -> str:
    """A text with other signs in place of line ends."""
    return text.replace("\n", "\1").replace("\r", "\2").replace("\0", " ")


def main(cases: Sequence[Case]) -> list[str]:
    """The source of the program."""
    each = [line for k, case in enumerate(cases) for line in function(case, k)]
    calls = [f"    case{k}();" for k in range(len(cases))]
    headers = [f'#include "{case.path.resolve()}"' for case in cases]
    library = ["#include <stdio.h>", "#include <stdlib.h>", "#include <string.h>"]
    return [*library, *headers, BEGIN, *each, "int main(void)", "{", *calls, "    return 0;", "}", ""]


def function(case: Case, k: int) -> list[str]:
    """The function that goes through the rows of a case."""
    program, prefix = case.program, f"{prefix_of(case.path)}_"
    outputs, table = program.outputs, program.of_table
    kind = "double" if table else TYPES[program.steps[0].out.dtype]
    n = outputs.value.size
    ends = ", ends" if outputs.interval is not None else ""
    return [
        f"static void case{k}(void)",
        "{",
        "    long n = atol(next());",
        "    while (n-- > 0) {",
        *(f"        {line}" for line in (columns(case, prefix) if table else numbers(case, kind))),
        f"        {type_of_outputs(program)} out[{n}];",
        *(["        double ends[2];"] if ends else []),
        f"        {prefix}predict({'&row' if table else 'x'}, out{ends});",
        f"        for (int i = 0; i < {n}; i++) put((double)out[i]);",
        *(["        put(ends[0]); put(ends[1]);"] if ends else []),
        *([f"        put((double){prefix}label(out));"] if outputs.classes else []),
        "    }",
        "}",
        "",
    ]


def numbers(case: Case, kind: str) -> list[str]:
    """The input of a network."""
    size = case.program.steps[0].out.size
    return [f"{kind} x[{size}];", f"for (int i = 0; i < {size}; i++) x[i] = ({kind})atof(next());"]


def columns(case: Case, prefix: str) -> list[str]:
    """The struct of a row; texts are copied, as they come through one line."""
    found, names = [f"{prefix}row row;"], fields(case.program)
    for k, step in enumerate(case.program.inputs):
        field = names[getattr(step, "column", "")]
        if isinstance(step, LevelInput):
            found += [
                f"static char text{k}[{LONGEST}];",
                "next();",
                f"strcpy(text{k}, line + 1);",
                f"row.{field} = line[0] == '-' ? NULL : text{k};",
            ]
        else:
            found.append(f"row.{field} = atof(next());")
    return found
