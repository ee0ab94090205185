"""Report texts of later tables that are read as missing, so that none goes unseen."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from glassnet.tables.number_format import counted
from glassnet.tables.values.frames import as_frame
from glassnet.tables.values.objects import plain
from glassnet.tables.values.stacks import Stack
from glassnet.tables.values.text_format import EXPECTED, TextFormat, as_texts, is_read_as_text

if TYPE_CHECKING:
    import narwhals as nw


def stray_notes(frames: Iterable[Any], formats: Mapping[str, TextFormat]) -> list[str]:
    """For each column with texts that its format cannot read: how many there are, and the first of them.

    The data frames come one after the other, and rows are counted from 1 in the first of them.

    >>> import polars
    >>> stray_notes([polars.DataFrame({"x": ["3", "<5", None]})], {"x": TextFormat("number", strays=True)})
    ["x: 1 value is read as missing, as it is not a number; row 2 is '<5'"]
    """
    forms = {name: form for name, form in formats.items() if form.strays}
    counts = dict.fromkeys(forms, 0)
    firsts = dict[str, str]()
    above = 0
    for data in frames if forms else ():
        frame = as_frame(data)
        for name in [name for name in frame.columns if name in forms]:
            odd = stray_rows(plain(frame[name]), forms[name])
            counts[name] += len(odd)
            for row, text in list(odd.items())[:1]:
                firsts.setdefault(name, f"row {above + row + 1} is {text[:40]!r}")
        above += len(frame)
    return [in_words(name, counts[name], first, forms[name]) for name, first in firsts.items()]


def stray_rows(series: "nw.Series[Any]", form: TextFormat) -> dict[int, str]:
    """The rows of a column (narwhals) with texts that a format cannot read, and these texts."""
    if not is_read_as_text(series, form):
        return {}
    stack = Stack.of([as_texts(series)], form.missing)
    values = form.values_of(stack)[0].alias("x")
    rows = (values.is_null() & stack.texts.is_not_null()).arg_true()
    return dict(zip(rows.to_list(), stack.texts[rows].to_list(), strict=True))


def in_words(name: str, n: int, first: str, form: TextFormat) -> str:
    """One line about a column."""
    what = EXPECTED[form.type]
    are = f"is read as missing, as it is not {what}" if n == 1 else f"are read as missing, as they are not {what}"
    return f"{name}: {counted(n, 'value')} {are}; {first}"
