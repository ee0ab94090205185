"""What stands around the steps in a Python file: how rows come in, what is said of the outputs, a command."""

from collections.abc import Sequence

from glassnet.exports.program import LevelInput, NumberInput, Program
from glassnet.exports.targets.python_columns import LEVELS, NUMBERS, number_arguments
from glassnet.exports.targets.text import filled, indent

NAMES = (
    "COLUMNS", "CLASSES", "TARGET", "forward", "in_rows", "in_columns", "probabilities", "interval", "as_text",
    "number_column", "level_column", "places_of", "number_in", "days_in", "datetime", "math", "os", "re",
    "columns", "rows",
)  # fmt: skip

IN_ROWS = '''
def in_rows(rows, shape):
    """Rows of numbers as an array (n, inputs); other shapes are refused."""
    rows = np.asarray(rows, float)
    if rows.shape[1:] != shape:
        raise ValueError(f"rows must have the shape {('n', *shape)}, got {rows.shape}.")
    return rows.reshape(len(rows), -1)
'''

IN_COLUMNS = '''
def in_columns(rows):
    """The columns, lists by name, of rows that are mappings, of a mapping of columns, or of a data frame."""
    rows = rows if hasattr(rows, "keys") or hasattr(rows, "columns") else list(rows)
    if isinstance(rows, list):
        if not all(hasattr(row, "keys") for row in rows):
            raise ValueError("rows must be mappings such as {column: value, …}, one for each row.")
        for row in rows:
            if missing := [name for name in COLUMNS if name not in row]:
                raise ValueError(f"a row lacks the column {missing[0]!r}.")
        return {name: [row[name] for row in rows] for name in COLUMNS}
    there = rows.keys() if hasattr(rows, "keys") else rows.columns
    if missing := [name for name in COLUMNS if name not in there]:
        raise ValueError(f"the rows lack the column {missing[0]!r}.")
    return {name: list(rows[name]) for name in COLUMNS}
'''

PREDICT = {
    "classes": '''
def probabilities(rows):
    """The probabilities (n, classes) of the classes in the order of CLASSES."""
    return forward(rows)[0]


def predict(rows):
    """The class of each row."""
    return [CLASSES[k] for k in decided(probabilities(rows))]


def decided(p):
    """The numbers of the classes for probabilities."""
    return {decided}
''',
    "numbers": '''
def predict(rows):
    """The number {target} for each row, shape (n,)."""
    return forward(rows)[0][:, 0]
''',
    "interval": '''
def interval(rows):
    """The lower and the upper end for each row (n, 2), which hold its number with a probability of {coverage}."""
    return forward(rows)[1]
''',
}

COMMAND_OF_NETWORK = '''
def main():
    """Read rows of numbers as CSV from standard input, and write the outputs."""
    lines = [row for row in csv.reader(sys.stdin) if row]
    if not lines:
        sys.exit("no rows on standard input: expected CSV, a row of numbers a line.")
    if any(not is_number(cell) for cell in lines[0]):
        del lines[0]  # the names of the columns
    for row in predict(np.array(lines, float).reshape(-1, *{shape})):
        print(*map(str, np.ravel(row)), sep=",")


def is_number(text):
    """Whether a text spells a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
'''

COMMAND_OF_TABLE = '''
def main():
    """Read rows as CSV from standard input, the names of the columns in the first line, and write the predictions."""
    rows = list(csv.DictReader(sys.stdin))
    if not rows:
        sys.exit("no rows on standard input: expected CSV, the names of the columns in the first line.")
    out = csv.writer(sys.stdout, lineterminator="\\n")
    WRITE
'''

START = """
if __name__ == "__main__":
    try:
        sys.stdin.reconfigure(encoding="utf-8-sig", newline="")
        sys.stdout.reconfigure(encoding="utf-8")
        main()
        sys.stdout.flush()
    except ValueError as error:
        sys.exit(f"error: {error}")
    except BrokenPipeError:  # the reader has enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
"""


def lines_of(text: str) -> list[str]:
    """The lines of a piece of source."""
    return text.strip("\n").split("\n")


def imports(program: Program) -> list[str]:
    """The modules that the file needs."""
    numbers = any(isinstance(step, NumberInput) for step in program.columns)
    own = ["base64", "csv", *(["datetime"] if numbers else []), *(["math"] if program.of_table else []), "os"]
    return [*(f"import {name}" for name in [*own, *(["re"] if numbers else []), "sys"]), "", "import numpy as np"]


def gives(program: Program) -> str:
    """What `predict` gives, in words."""
    if not program.of_table:
        return f"(n, {program.outputs.value.size}) for rows (n, {', '.join(map(str, program.input_shape))})"
    return "a class for each row" if program.outputs.classes else "a number for each row"


def functions(program: Program) -> list[list[str]]:
    """How rows and columns come in."""
    if not program.of_table:
        return [lines_of(IN_ROWS)]
    kinds = {type(step) for step in program.columns}
    columns = ["COLUMNS = (", *indent(f"{step.column!r}," for step in program.columns), ")"]
    found = [columns, lines_of(IN_COLUMNS)]
    if program.outputs.classes:
        found.append([f"CLASSES = {program.outputs.classes!r}"])
    found += [lines_of(NUMBERS)] if NumberInput in kinds else []
    found += [lines_of(LEVELS)] if LevelInput in kinds else []
    return found + [levels(step) for step in program.columns if isinstance(step, LevelInput)]


def levels(step: LevelInput) -> list[str]:
    """The places of a column's levels."""
    pairs = [f"{level!r}: {place}" for level, place in step.places.items()]
    return [f"levels_{step.out.name} = {{", *indent(filled(pairs)), "}"]


def column(step: NumberInput | LevelInput) -> str:
    """A column as it comes in, as an expression."""
    if isinstance(step, NumberInput):
        return f"number_column({step.column!r}, columns, {number_arguments(step)})"
    settings = f"{step.unknown}, {step.missing}, {step.marks!r}"
    return f"level_column({step.column!r}, columns, levels_{step.out.name}, {settings})"


def around(program: Program, lines: Sequence[str]) -> list[str]:
    """The function whose lines the steps are."""
    outputs = program.outputs
    if not program.of_table:
        shape = f"(n, {', '.join(map(str, program.input_shape))})"
        doc = f'"""The outputs (n, {outputs.value.size}) for rows of numbers {shape}."""'
        return ["def predict(rows):", *indent([doc, *lines, f"return {outputs.value.name}"])]
    all_of_them = ", ".join(value.name for value in (outputs.value, outputs.interval) if value is not None)
    doc = '"""All that the model says of some rows, step by step."""'
    return [
        "def forward(rows):",
        *indent([doc, "columns = in_columns(rows)", *lines, f"return ({all_of_them},)"]),
    ]


def predict(program: Program) -> list[list[str]]:
    """What is said of the outputs."""
    outputs = program.outputs
    if not program.of_table:
        return []
    kind = "classes" if outputs.classes else "numbers"
    by_threshold = f"(p[:, 1] >= {outputs.threshold!r}).astype(int)"
    decided = "p.argmax(axis=1)" if outputs.threshold is None else by_threshold
    text = PREDICT[kind].replace("{decided}", decided).replace("{target}", repr(outputs.target).replace('"', "'"))
    found = [lines_of(text)]
    if outputs.interval is not None:
        found.append(lines_of(PREDICT["interval"].replace("{coverage}", f"{outputs.coverage:g}")))
    return found


def command(program: Program) -> list[list[str]]:
    """The command line."""
    if not program.of_table:
        shape = repr(program.input_shape)
        return [lines_of(COMMAND_OF_NETWORK.replace("{shape}", shape)), lines_of(START)]
    outputs = program.outputs
    if outputs.classes:
        names = 'out.writerow(["prediction", *(f"probability of {name}" for name in CLASSES)])'
        rows = ["p = probabilities(rows)", names, "out.writerows([CLASSES[k], *row] for k, row in zip(decided(p), p))"]
    elif outputs.interval is not None:
        names = 'out.writerow(["prediction", "lower", "upper"])'
        rows = ["y, ends = forward(rows)", names, "out.writerows([*a, *b] for a, b in zip(y, ends))"]
    else:
        rows = ["y = predict(rows)", 'out.writerow(["prediction"])', "out.writerows([value] for value in y)"]
    return [lines_of(COMMAND_OF_TABLE.replace("WRITE", "\n    ".join(rows))), lines_of(START)]
