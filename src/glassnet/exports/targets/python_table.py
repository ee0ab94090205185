"""What stands around the steps in a Python file: how rows come in, what is said of the outputs, a command."""

from collections.abc import Sequence
from functools import reduce
from itertools import accumulate

from glassnet.exports.program import LevelInput, Program
from glassnet.exports.targets import python_columns
from glassnet.exports.targets.text import indent, lines_of

NAMES = (
    "COLUMNS", "CLASSES", "TARGET", "forward", "in_rows", "in_columns", "columns_of", "probabilities", "interval",
    "decided", "records", "is_number", "columns", "rows", "forecast", "TIME", "check_times",
    "datetime", *python_columns.NAMES,
)  # fmt: skip

IN_ROWS = '''
def in_rows(rows, shape):
    """Rows of numbers as an array (n, inputs); other shapes are refused."""
    try:
        rows = np.asarray(rows, float)
    except (OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"rows must be numbers, an array of the shape {('n', *shape)}: {error}.") from None
    if rows.shape[1:] != shape:
        raise ValueError(f"rows must have the shape {('n', *shape)}, got {rows.shape}.")
    return rows.reshape(len(rows), int(np.prod(shape)))
'''

IN_COLUMNS = '''
def in_columns(rows):
    """The columns, lists by name, of rows that are mappings, of a mapping of columns, or of a data frame."""
    if not hasattr(rows, "keys") and not hasattr(rows, "columns"):
        return columns_of(rows)
    there = rows.keys() if hasattr(rows, "keys") else rows.columns
    if missing := [name for name in COLUMNS if name not in there]:
        raise ValueError(f"the rows lack the column {missing[0]!r}.")
    for name in COLUMNS:
        if isinstance(rows[name], (str, bytes)) or not hasattr(rows[name], "__len__"):
            raise ValueError(f"a mapping holds a list for each column, but {name!r} is none: pass one row as [row].")
    columns = {name: list(rows[name]) for name in COLUMNS}
    if len(lengths := {len(values) for values in columns.values()}) > 1 or lengths == {0}:
        raise ValueError("the table has no rows." if lengths == {0} else "the columns differ in length.")
    return columns


def columns_of(rows):
    """The columns of rows that are mappings."""
    rows = list(rows) if hasattr(rows, "__iter__") and not isinstance(rows, (str, bytes)) else [rows]
    if not rows:
        raise ValueError("the table has no rows.")
    for number, row in enumerate(rows, 1):
        if not hasattr(row, "keys"):
            raise ValueError(f"row {number} must be a mapping such as {{column: value, …}}.")
        if missing := [name for name in COLUMNS if name not in row]:
            raise ValueError(f"row {number} lacks the column {missing[0]!r}.")
    return {name: [row[name] for row in rows] for name in COLUMNS}
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
    reader = csv.reader(sys.stdin)
    lines = [(reader.line_num, line) for line in reader if line]
    if lines and not all(map(is_number, lines[0][1])):
        del lines[0]  # the names of the columns
    if not lines:
        sys.exit("no rows on standard input: expected CSV, a row of numbers a line.")
    for number, line in lines:
        if len(line) != {size}:
            raise ValueError(f"line {number} has {len(line)} values, expected {size}.")
        if wrong := [cell for cell in line if not is_number(cell)]:
            raise ValueError(f"line {number} holds {wrong[0][:100]!r}, where a number is expected.")
    for row in predict(np.array([line for _, line in lines], float).reshape(-1, *{shape})):
        print(*map(str, np.ravel(row)), sep=",")


def is_number(text):
    """Whether a text spells a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
'''

FORECAST = '''
def forecast(past, columns=None):
    """The forecast and the ends of its intervals by name, after the last LOOKBACK values of a series;
    DOC
    """
    past = np.ravel(np.asarray(past, float))[-LOOKBACK:]
    if len(past) < LOOKBACK or not np.isfinite(past).all():
        raise ValueError("past must hold at least LOOKBACK values, none of the last LOOKBACK of them missing.")
    CHECKED
    y = predict(row[None])[0]
    return {PARTS}
'''

CHECK_COLUMNS = """
    columns = np.asarray(columns, float)
    if columns.shape != SHAPE or not np.isfinite(columns).all():
        raise ValueError(f"columns must be numbers of the shape SHAPE, got {columns.shape}.")
    row = np.concatenate([past, columns.ravel()])
"""

COMMAND_OF_FORECAST = '''
def main():
    """Read the rows of a series as CSV from standard input, in the order of time, and write what follows its values."""
    rows = list(csv.DictReader(sys.stdin))
    if missing := [name for name in (TARGET, *COLUMNS) if not rows or name not in rows[0]]:
        sys.exit(f"standard input lacks the column {missing[0]!r}: expected CSV, the names in the first line.")
    CHECKED
    n = max((k for k, row in enumerate(rows, 1) if row[TARGET]), default=0)
    past = [float(row[TARGET] or "nan") for row in rows[:n]]
    columns = [[float(row[name]) for name in COLUMNS] for row in rows[max(n - LOOKBACK, 0) : n + HORIZON]]
    found = forecast(past, columns)
    out = csv.writer(sys.stdout, lineterminator="\\n")
    out.writerows([["step", *found], *([step, *map(float, y)] for step, y in enumerate(zip(*found.values()), 1))])
'''

CHECK_TIMES = '''
def check_times(stamps):
    """Refuse stamps that do not rise; such as are neither numbers nor in ISO 8601 must differ."""
    rise = len({*stamps}) == len(stamps)
    for read in (float, datetime.datetime.fromisoformat):
        try:
            times = [read(stamp) for stamp in stamps]
            rise = all(before < after for before, after in zip(times, times[1:]))
            break
        except (TypeError, ValueError):
            pass
    if not rise:
        raise ValueError(f"the rows must be those of one series, each with a later {TIME!r} than the one before.")
'''

COMMAND_OF_TABLE = '''
def main():
    """Read rows as CSV from standard input, the names of the columns in the first line, and write the predictions."""
    rows = records(sys.stdin)
    if not rows:
        sys.exit("no rows on standard input: expected CSV, the names of the columns in the first line.")
    out = csv.writer(sys.stdout, lineterminator="\\n")
    WRITE


def records(file):
    """The rows of CSV as mappings, each line as long as the first, which has the names."""
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(file)
    names, found = next(filter(None, reader), []), []
    for line in filter(None, reader):
        if len(line) != len(names):
            raise ValueError(f"line {reader.line_num} has {len(line)} values, expected {len(names)} as in the first.")
        found.append(dict(zip(names, line)))
    return found
'''

START = """
if __name__ == "__main__":
    try:
        sys.stdin.reconfigure(encoding="utf-8-sig", newline="")
        sys.stdout.reconfigure(encoding="utf-8")
        main()
        sys.stdout.flush()
    except (ValueError, csv.Error) as error:
        sys.exit(f"error: {error}")
    except BrokenPipeError:  # the reader has enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
"""


def imports(program: Program) -> list[str]:
    """The modules that the file needs."""
    first = ["import base64", "import csv", "import os", "import sys", *(["import datetime"] if program.time else [])]
    more = python_columns.imports(program) if program.of_table else []
    lines = sorted([*first, *more], key=lambda line: (line.startswith("from"), line))
    return [*lines, "", "import numpy as np"]


def gives(program: Program) -> str:
    """What `predict` or `forecast` gives, in words."""
    if program.gives:
        return ", ".join(part.name for part in program.gives)
    if not program.of_table:
        return f"(n, {program.outputs.value.size}) for rows (n, {', '.join(map(str, program.input_shape))})"
    return "a class for each row" if program.outputs.classes else "a number for each row"


def functions(program: Program, forms: list[list[str]]) -> list[list[str]]:
    """How rows and columns come in; `forms` say how columns of numbers are read."""
    if not program.of_table:
        parts = [[f"TARGET = {program.outputs.target!r}", f"COLUMNS = {one.columns!r}"] for one in program.takes[-1:]]
        return [*parts, lines_of(IN_ROWS)]
    columns = ["COLUMNS = (", *indent(f"{step.column!r}," for step in program.columns), ")"]
    found = [columns, lines_of(IN_COLUMNS)]
    if program.outputs.classes:
        found.append([f"CLASSES = {program.outputs.classes!r}"])
    found += [*python_columns.readers(program), *forms]
    return found + [python_columns.levels(step) for step in program.columns if isinstance(step, LevelInput)]


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
    if program.takes:
        return [lines_of(forecast(program))]
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


def forecast(program: Program) -> str:
    """The function that takes the parts of a row apart, and names those of the outputs."""
    past, *beside = program.takes
    begins = accumulate((part.size for part in program.gives), initial=0)
    slices = (f"{one.name!r}: y[{at}:{at + one.size}]" for one, at in zip(program.gives, begins, strict=False))
    checked = ["    row = past"] if not beside else lines_of(CHECK_COLUMNS.replace("SHAPE", repr(beside[0].shape)))
    doc = [f"{part.name}: {part.says}" for part in program.takes]
    marks = {"    CHECKED": "\n".join(checked), "DOC": ";\n    ".join(doc) + ".", "PARTS": ", ".join(slices)}
    return put_in(FORECAST, {"LOOKBACK": str(past.size)} | marks)


def put_in(text: str, given: dict[str, str]) -> str:
    """A text with what stands for its marks."""
    return reduce(lambda text, pair: text.replace(*pair), given.items(), text)


def command(program: Program) -> list[list[str]]:
    """The command line."""
    if program.takes:
        sizes = {"LOOKBACK": str(program.takes[0].size), "HORIZON": str(program.gives[0].size)}
        if not program.time:
            return [lines_of(put_in(COMMAND_OF_FORECAST, {"    CHECKED\n": "", **sizes})), lines_of(START)]
        checked = {"CHECKED": "if TIME in rows[0]:\n        check_times([row[TIME] for row in rows])"}
        command = lines_of(put_in(COMMAND_OF_FORECAST, checked | sizes))
        return [[f"TIME = {program.time!r}"], lines_of(CHECK_TIMES), command, lines_of(START)]
    if not program.of_table:
        sizes = {"{shape}": repr(program.input_shape), "{size}": str(program.steps[0].out.size)}
        return [lines_of(put_in(COMMAND_OF_NETWORK, sizes)), lines_of(START)]
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
