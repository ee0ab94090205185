"""How the values of one row of a table become the inputs of a network, in tables and words."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.notation.docstrings import formulas_of
from glassnet.insight.notation.numbers import Entry, Scope, put_in, value
from glassnet.insight.notation.text import decimals
from glassnet.insight.pages.pieces import Formula, Piece, Rows, Words
from glassnet.tables.encoding.column_encoders import CodedColumn, ColumnEncoder, DateColumn, NumberColumn
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.leveled_column import LeveledColumn
from glassnet.tables.values.objects import as_text as text_of
from glassnet.tables.values.objects import plain

if TYPE_CHECKING:
    import narwhals as nw

LONGEST = 24  # letters of a name or a value that stands in a table
MOST_LINES = 32  # of a table; of more columns the first ones
Line = tuple[str, ...]


def inputs_of(encoder: TableEncoder, one: "nw.DataFrame[Any]", x: Array) -> Iterator[Piece]:
    """How each value became inputs; `x` are all of them, as X of the network holds them."""
    every = range(len(x))
    pairs = [(each, every[at]) for each, at in zip(encoder.encoders, encoder.places.values(), strict=True)]
    numbers = [(each, at) for each, at in pairs if isinstance(each, NumberColumn)]
    others = [(each, at) for each, at in pairs if not isinstance(each, NumberColumn)]
    if numbers:
        yield from (Formula(equation) for equation in formulas_of(NumberColumn))
        header: Line = ("column", "x", "median", "scale", "z", "input", "in X")
        yield from listed(
            header, [(*number_line(e, one, x[at]), places(at)) for e, at in numbers[:MOST_LINES]], numbers
        )
    dates = [each for each, _ in numbers if isinstance(each, DateColumn) and text_given(each, one) is not None]
    if dates:
        days = ", ".join(f"{short(each.name)} {decimals(each.values(plain(one[each.name]))[0])}" for each in dates)
        yield Words(f"Dates are counted in days since 1970-01-01, durations in days: {days}.")
    if any(each.missing for each, _ in numbers):
        yield Words(
            "A missing number counts as the median; the second input of such a column is 1 where it is missing."
        )
    if any(isinstance(each, LeveledColumn) for each, _ in numbers):
        yield Words(
            "The last input of a number whose single values matter is the code of its value; 0 is that of a number "
            "that was rare or not in training."
        )
    if others:
        header = ("column", "value", "inputs", "in X")
        yield from listed(
            header, [(*category_line(e, one, x[at], at[0]), places(at)) for e, at in others[:MOST_LINES]], others
        )
    if encoder.dropped:
        yield Words(f"Left out: {', '.join(map(short, encoder.dropped))}.")


def listed(header: Line, lines: Sequence[Line], of: Sequence[Any]) -> Iterator[Piece]:
    """A table, and how many columns it leaves out."""
    yield Rows((header, *lines))
    if len(of) > len(lines):
        yield Words(f"… and {len(of) - len(lines)} more columns.")


def places(at: range) -> str:
    """The columns of X: 4, or 4…9."""
    return str(at[0]) if len(at) == 1 else f"{at[0]}…{at[-1]}"


def number_line(encoder: NumberColumn, one: "nw.DataFrame[Any]", outputs: Array) -> Line:
    """A number with what it was scaled by; a missing one counts as the median."""
    given = float(encoder.values(plain(one[encoder.name]))[0])
    scope = Scope({"x": encoder.median if np.isnan(given) else given, "median": encoder.median, "scale": encoder.scale})
    z = value(put_in(formulas_of(NumberColumn)[0].right, scope, Entry(0, 0)))
    shown = str(text_given(encoder, one)) if isinstance(encoder, DateColumn) else decimals(given)
    more = "".join(f" and {decimals(output)}" for output in outputs[1:])
    numbers = (decimals(encoder.median), decimals(encoder.scale), decimals(z), decimals(outputs[0]) + more)
    return (short(encoder.name), "missing" if np.isnan(given) else short(shown), *numbers)


def category_line(encoder: ColumnEncoder, one: "nw.DataFrame[Any]", outputs: Array, first: int) -> Line:
    """A category with the input that is 1, counted from its first one in X, or with its code."""
    given = text_given(encoder, one)
    head = (short(encoder.name), "missing" if given is None else short(given))
    if isinstance(encoder, CodedColumn):
        return (*head, f"code {outputs[0]:.0f}" + (", rare or not in training" if outputs[0] == 0 else ""))
    n = len(outputs)
    if not outputs.any():
        return (*head, f"all {n} are 0, it was not in training")
    rest = "" if n == 1 else f", the other {'is' if n == 2 else f'{n - 1} are'} 0"
    return (*head, f"X[0, {first + int(outputs.argmax())}] is 1{rest}")


def text_given(encoder: ColumnEncoder, one: "nw.DataFrame[Any]") -> str | None:
    """The value as text, None for a missing one."""
    given = values_read(encoder, one)[0]
    return None if given is None else text_of(given)


def values_read(encoder: ColumnEncoder, rows: "nw.DataFrame[Any]") -> list[Any]:
    """The values of a column as the model reads them, None for a missing one."""
    values: list[Any] = encoder.format.read(plain(rows[encoder.name])).to_list()
    return values


def short(name: object) -> str:
    """A name that fits into a table."""
    text = str(name)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
