"""What stands around the steps in a C header: the row that comes in, a struct for a table, and what is said of it."""

from collections.abc import Iterator

from glassnet.exports.builder import fresh, identifier
from glassnet.exports.program import LevelInput, NumberInput, Program, Step, Value
from glassnet.exports.targets.c_words import RESERVED, TYPES, literal, type_of_outputs
from glassnet.exports.targets.text import comment, filled, indent
from glassnet.exports.texts import DATED, format_of, gone_in, spelled
from glassnet.tables.values.number_styles import BLANK

PLACE = """
/* The place of a text among levels (in its beginning order), of an unknown text, or of a missing one. */
static inline int PREFIX_place(const char *text, const char *const *levels, int n, int first, int unknown,
                               int missing, const char *const *marks, int n_marks, int as_it_is)
{
    if (text == NULL) return missing;
    size_t begin = 0, end = strlen(text), size;
    while (!as_it_is && (size = PREFIX_blank(text + begin, end - begin, 0)) > 0) begin += size;
    while (!as_it_is && (size = PREFIX_blank(text + begin, end - begin, 1)) > 0) end -= size;
    if (begin == end) return missing;
    for (int k = 0; k < n_marks; k++) {
        size_t i = 0;
        while (i < end - begin && marks[k][i] == PREFIX_small(text[begin + i])) i++;
        if (i == end - begin && marks[k][i] == 0) return missing;
    }
    for (int k = 0; k < n; k++) {
        if (strncmp(levels[k], text + begin, end - begin) == 0 && levels[k][end - begin] == 0) return first + k;
    }
    return unknown;
}
"""
BLANKS = """
/* The bytes of the blank that n bytes begin with, or end with; 0 where there is none. */
static inline size_t PREFIX_blank(const char *text, size_t n, int at_end)
{
    static const char *const blanks[COUNT] = {
LIST
    };
    for (int k = 0; k < COUNT; k++) {
        const size_t size = strlen(blanks[k]);
        if (size <= n && memcmp(blanks[k], at_end ? text + n - size : text, size) == 0) return size;
    }
    return 0;
}
"""
SMALL = """
/* A letter in lower case. */
static inline char PREFIX_small(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }
"""


def lines_of(text: str, prefix: str) -> list[str]:
    """The lines of a piece of source."""
    return text.strip("\n").replace("PREFIX_", prefix).split("\n")


def fields(program: Program) -> dict[str, str]:
    """The field of the struct for each column, by the column's name."""
    taken = {*RESERVED}
    return {step.column: fresh(identifier(step.column), taken) for step in program.columns}


def has_levels(program: Program) -> bool:
    """Whether texts come in."""
    return any(isinstance(step, LevelInput) for step in program.columns)


def includes(program: Program) -> list[str]:
    """More headers."""
    return ["#include <stddef.h>", "#include <string.h>"] if has_levels(program) else []


def usage(program: Program, prefix: str) -> list[str]:
    """How it is called, in the header comment."""
    outputs, given = program.outputs, type_of_outputs(program)
    if not program.of_table:
        kind = TYPES[program.steps[0].out.dtype]
        arrays = f"{kind} x[{program.steps[0].out.size}]; {given} out[{outputs.value.size}]"
        return [f"Use: {arrays}; then {prefix}predict(x, out);"]
    ends = ", ends" if outputs.interval is not None else ""
    first = f"Use: {prefix}row row = {{…}}; {given} out[{outputs.value.size}]; {prefix}predict(&row, out{ends});"
    if outputs.classes:
        first += f" then {prefix}classes[{prefix}label(out)]."
    return [
        first,
        "Columns: numbers are double, NAN where missing; truth values 0 and 1; dates days since 1970-01-01;",
        "texts are UTF-8, NULL or empty where missing.",
        *(f"  {field} is {comment(name)}" for name, field in fields(program).items() if field != name),
    ]


def declarations(program: Program, prefix: str) -> Iterator[list[str]]:
    """The struct of a row, and the names of the classes."""
    if not program.of_table:
        return
    by_name = fields(program)
    kinds = {True: "double ", False: "const char *"}
    members = [f"{kinds[isinstance(step, NumberInput)]}{by_name[step.column]};" for step in program.columns]
    yield ["/* A row. */", "typedef struct {", *indent(members), f"}} {prefix}row;"]
    if program.outputs.classes:
        names = [text(str(name)) for name in program.outputs.classes]
        yield [f"static const char *const {prefix}classes[{len(names)}] = {{", *indent(filled(names)), "};"]
    for marks, name in mark_lists(program, prefix).items():
        yield strings(name, all_spelled(marks))
    for step in program.columns:
        if isinstance(step, LevelInput) and step.places:
            yield strings(levels_of(step, prefix), tuple(sorted(step.places, key=lambda level: step.places[level])))


def levels_of(step: LevelInput, prefix: str) -> str:
    """The name of the list of a column's levels."""
    return f"{prefix}{step.out.name}_levels"


def mark_lists(program: Program, prefix: str) -> dict[tuple[str, ...], str]:
    """The names of the lists of texts that stand for a missing value."""
    different = dict.fromkeys(step.marks for step in program.columns if isinstance(step, LevelInput) and step.marks)
    return {marks: f"{prefix}missing{k or ''}" for k, marks in enumerate(different)}


def all_spelled(marks: tuple[str, ...]) -> tuple[str, ...]:
    """Marks in small letters; those that are not of ASCII, which C does not know, in capital letters too."""
    return tuple(dict.fromkeys(each for mark in marks for each in spelled(mark, ascii_too=False)))


def strings(name: str, texts: tuple[str, ...]) -> list[str]:
    """A list of texts."""
    return [f"static const char *const {name}[{len(texts)}] = {{", *indent(filled([*map(text, texts)])), "};"]


def text(given: str) -> str:
    """A text in quotes, all but plain letters by their bytes in UTF-8."""
    plain = {*range(32, 127)} - {*b'"\\?'}
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in given.encode()) + '"'


def functions(program: Program, prefix: str) -> Iterator[list[str]]:
    """How texts are looked up."""
    if has_levels(program):
        blanks = [*map(text, BLANK)]
        listed = BLANKS.replace("LIST", "\n".join(indent(filled(blanks), "        "))).replace(
            "COUNT", str(len(blanks))
        )
        for piece in (listed, SMALL, PLACE):
            yield lines_of(piece, prefix)


def column(step: Step, program: Program, prefix: str) -> list[str]:
    """The lines that fill the value of a column."""
    out = step.out.name
    if isinstance(step, NumberInput):
        given = f"row->{fields(program)[step.column]}"
        finite = f"{out}[0] - {out}[0] == 0.0 ? {out}[0] < -1e300 ? -1e300 : {out}[0] > 1e300 ? 1e300 : {out}[0]"
        gone = " || ".join(
            f"{out}[0] == {literal(each, 'float64')}"
            for each in gone_in(format_of(step.form))
            if step.kind not in DATED
        )
        return [
            f"{out}[0] = {given};",
            *([f"if ({gone}) {out}[0] = (double)NAN;"] if gone else []),
            f"{out}[0] = {finite} : (double)NAN;",
        ]
    assert isinstance(step, LevelInput)
    marks = mark_lists(program, prefix)[step.marks] if step.marks else "NULL"
    n, first = len(step.places), min(step.places.values(), default=0)
    levels = levels_of(step, prefix) if n else "NULL"
    settings = (
        f"{n}, {first}, {step.unknown}, {step.missing}, {marks}, {len(all_spelled(step.marks))}, {int(not step.marks)}"
    )
    place = f"{prefix}place(row->{fields(program)[step.column]}, {levels}, {settings})"
    return [f"{out}[0] = ({TYPES[step.out.dtype]}){place};"]


def head(program: Program, prefix: str) -> list[str]:
    """The head of `predict`."""
    outputs, given = program.outputs, type_of_outputs(program)
    if not program.of_table:
        x, out = program.steps[0].out, outputs.value
        words = f"/* The {out.size} outputs for a row of {x.size} numbers. */"
        kind = TYPES[x.dtype]
        return [
            words,
            f"static inline void {prefix}predict(const {kind} {x.name}[{x.size}], {given} out[{out.size}])",
        ]
    what = "probabilities of the classes" if outputs.classes else f"number {comment(outputs.target)}"
    ends = ", double ends[2]" if outputs.interval is not None else ""
    also = ""
    if outputs.interval is not None:
        also = f", and the ends that hold it with a probability of {outputs.coverage:g}"
    return [
        f"/* The {what} for a row{also}. */",
        f"static inline void {prefix}predict(const {prefix}row *row, {given} out[{outputs.value.size}]{ends})",
    ]


def targets(program: Program) -> Iterator[tuple[str, Value]]:
    """The arguments that results are written to."""
    yield "out", program.outputs.value
    if program.outputs.interval is not None:
        yield "ends", program.outputs.interval


def answers(program: Program, prefix: str) -> Iterator[list[str]]:
    """From probabilities to a class."""
    outputs = program.outputs
    if not outputs.classes:
        return
    n = len(outputs.classes)
    threshold = outputs.threshold if program.bits is None else round((outputs.threshold or 0) * 2**program.bits)
    yield [
        "/* The number of the predicted class, for its probabilities. */",
        f"static inline int {prefix}label(const {type_of_outputs(program)} out[{n}])",
        "{",
        *indent(
            [f"return out[1] >= {threshold};"]
            if outputs.threshold is not None
            else [
                "int best = 0;",
                f"for (int i = 1; i < {n}; i++) {{",
                "    if (out[i] > out[best]) best = i;",
                "}",
                "return best;",
            ]
        ),
        "}",
    ]
