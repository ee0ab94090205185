"""What each column of a table is: numbers, dates, categories, or nothing to learn from."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.values.column_options import KINDS, NOTHING_SAID, ColumnOptions
from glassnet.tables.values.frames import Floats, as_frame, family, to_days, to_numbers, to_texts
from glassnet.tables.values.objects import plain
from glassnet.tables.values.text_columns import TextColumns
from glassnet.tables.values.text_format import TextFormat, as_texts, is_read_as_text, read_columns

if TYPE_CHECKING:
    import narwhals as nw
    from narwhals.typing import IntoDataFrame

DIFFERS = "differs from row to row"
SAME = "has the same value in every row"
NUMBERS_ROWS = "numbers the rows"
INDEX = "is a row index that was saved with the table"
INDEX_NAME = re.compile(r"|unnamed: \d+(\.\d+)*|__index_level_\d+__|column_1|\.\.\.1", re.IGNORECASE)
MOST_LEVELS = 20  # text with more levels counts as an identifier if most of them differ


@dataclass(frozen=True)
class Column:
    """A column's name and kind, and the reason in a few words if it is dropped.

    kind is one of
        "number"      integers, floats and booleans (0 and 1), infinite values count as missing
        "date"        dates, times and durations
        "category"    text
        "identifier"  text of more than 20 levels, more than half as many as values (of a categorical type: as many);
                      integers that number the rows in their order, from 0 or 1; the index that pandas writes
        "constant"    one value in every row, or values that are one number in float64
        "empty"       no value at all
        "other"       lists, structures, bytes: nothing that can be encoded
        "unwanted", "id"
                      not to be learned from, as was said
    `format` is what its texts mean; a column of texts is a number, a date or a truth value where its texts spell these.
    An identifier in which values come again or have an order is what `alone` says where no other column is left.
    `stated` says whether the kind was said and not found.
    """

    name: str
    kind: str
    reason: str = ""
    alone: str = field(default="", repr=False)
    format: TextFormat = field(default=TextFormat(), repr=False)
    stated: bool = field(default=False, repr=False)


def find_columns(
    data: "IntoDataFrame", formats: Mapping[str, TextFormat] | None = None, options: ColumnOptions = NOTHING_SAID
) -> tuple[Column, ...]:
    """Find the kind of each column of a data frame, in order; `formats` are known from more rows than these.

    >>> import polars
    >>> find_columns(polars.DataFrame({"age": [30, 41, None], "city": ["Rome", "Oslo", "Rome"]}))
    (Column(name='age', kind='number', reason=''), Column(name='city', kind='category', reason=''))
    """
    frame = as_frame(data)
    formats = find_formats(frame, options=options) if formats is None else formats
    indices = index_names(frame.columns)
    read = read_as(frame, {name: form for name, form in formats.items() if not options.reason(name)})

    def found(name: str) -> Column:
        if reason := options.reason(name):
            return Column(name, "id" if name in options.ids else "unwanted", reason, format=formats[name])
        kind = options.kind(name)
        column = find_column(read[name], formats[name], name in indices and kind is None)
        return as_stated(column, kind, read[name]) if kind else column

    columns = tuple(map(found, frame.columns))
    return columns if any(not column.reason for column in columns) else tuple(map(kept_alone, columns))


def find_formats(
    data: "IntoDataFrame", comma: bool = False, target: str | None = None, options: ColumnOptions = NOTHING_SAID
) -> dict[str, TextFormat]:
    """The format of each column: for text from how it is written, for others from the type, or as was said."""
    frame, found = as_frame(data), TextColumns(comma, options)
    if (texts := texts_in(frame, options)).width:
        found.look(texts)
    return formats_of_types(frame, found.formats(target), options)


def texts_in(data: "IntoDataFrame", options: ColumnOptions = NOTHING_SAID) -> Any:
    """The columns whose values are looked at as texts, a polars data frame: texts, and what was said to be otherwise.

    Numbers may write dates, say, and the levels of a categorical type numbers.
    """
    polars = require("polars", "tables", "a table")
    columns = map(plain, as_frame(data).iter_columns())
    return polars.DataFrame([as_texts(series) for series in columns if is_looked_at(series, options.kind(series.name))])


def is_looked_at(series: "nw.Series[Any]", kind: str | None) -> bool:
    """Whether the texts of a column say what its values are: not where its type does."""
    if is_text(series) or kind not in ("number", "date", "boolean"):
        return is_text(series)
    own = "boolean" if type(series.dtype).__name__ == "Boolean" else family(series)
    return own != kind and (own, kind) != ("boolean", "number")


def formats_of_types(
    data: "IntoDataFrame", written: Mapping[str, TextFormat], options: ColumnOptions = NOTHING_SAID
) -> dict[str, TextFormat]:
    """The formats of columns, as `written` says for those of texts, and for others their types."""
    frame = as_frame(data)
    typed = {name: format_of_type(plain(frame[name])) for name in frame.columns if name not in written}
    if options.missing is not None:
        typed = {name: replace(form, missing=options.missing) for name, form in typed.items()}
    return {name: written[name] if name in written else typed[name] for name in frame.columns}


def read_as(data: "IntoDataFrame", formats: Mapping[str, TextFormat]) -> dict[str, Any]:
    """The columns of a data frame (narwhals series, by name) that have a format, their texts read by it."""
    columns = [plain(series) for series in as_frame(data).iter_columns() if series.name in formats]
    read = read_columns(columns, [formats[series.name] for series in columns])
    return {column.name: series for column, series in zip(columns, read, strict=True)}


def typed(frame: Any, decimal_comma: bool = False) -> Any:
    """A polars data frame with its text columns converted to the types they spell, each as a whole.

    >>> import polars
    >>> typed(polars.DataFrame({"age": [" 30", "?", "41 "]}))["age"].to_list()
    [30, None, 41]
    """
    return in_polars(frame, find_formats(frame, decimal_comma))


def in_polars(frame: Any, formats: Mapping[str, TextFormat]) -> Any:
    """A polars data frame with its text columns converted, and others that are read as texts; if they have a format."""
    columns = [column for column in as_frame(frame).iter_columns() if column.name in formats]
    read = [column.name for column in columns if is_text(column) or is_read_as_text(column, formats[column.name])]
    texts = {name: formats[name] for name in read}
    return frame.with_columns([series.to_native() for series in read_as(frame, texts).values()])


def is_text(series: "nw.Series[Any]") -> bool:
    """Whether a column holds text that is not declared categorical."""
    return type(series.dtype).__name__ == "String"


def format_of_type(series: "nw.Series[Any]") -> TextFormat:
    """How texts are read where values of a type were learned."""
    name = type(series.dtype).__name__
    if name in ("Boolean", "Time"):
        return TextFormat(name.lower())
    return TextFormat({"number": "number", "date": "date"}.get(family(series), "text"), missing=missing_of(series))


def missing_of(series: "nw.Series[Any]") -> str:
    """Which texts mean a missing value next to values of a type: every level of a categorical type is a value."""
    return "empty" if family(series) == "text" else "marks"


def index_names(names: Sequence[str]) -> set[str]:
    """The columns with names that programs give to a saved row index."""
    numbered = sum(bool(re.fullmatch(r"column_\d+", name)) for name in names) > 1  # then all have such names
    return {name for name in names if INDEX_NAME.fullmatch(name) and not (numbered and name == "column_1")}


def kept_alone(column: Column) -> Column:
    """The column as it is read if no other is left."""
    return Column(column.name, column.alone, format=column.format) if column.alone else column


def find_column(values: "nw.Series[Any]", form: TextFormat, index: bool = False) -> Column:
    """Find the kind of one column (a narwhals series), as its format reads it."""
    name = values.name
    if index and is_index(values):
        return Column(name, "identifier", INDEX, "number", form)
    kind, reason, alone = (*FINDERS[family(values)](values), "", "")[:3]
    if reason == DIFFERS and form.note:
        reason = f"{DIFFERS}, though {form.note}"
    return Column(name, kind, reason, alone, form)


def as_stated(column: Column, kind: str, values: "nw.Series[Any]") -> Column:
    """The column as it was said to be; one without different values has nothing to learn from all the same."""
    if column.kind in ("constant", "empty"):
        return column
    if column.kind == "other" or (kind == "date" and family(values) != "date"):
        raise InvalidInput(f"column {column.name!r} cannot be read as {KINDS[kind]}: its type is {values.dtype}.")
    if kind == "text":
        word, reason, alone = (*_words(to_texts(values)), "", "")[:3]
        return Column(column.name, word, reason, alone, column.format, stated=True)
    return Column(column.name, "number" if kind == "boolean" else kind, format=column.format, stated=True)


def is_index(series: "nw.Series[Any]") -> bool:
    """Whether values are whole numbers, most of them different."""
    if family(series) != "number" or series.null_count():
        return False
    values = to_numbers(series)
    whole = bool((values == np.round(values)).all()) and bool((values >= 0).all())
    return whole and len(np.unique(values)) > len(values) / 2


Found = tuple[str, ...]  # kind, reason and alone of a column, as far as they are not empty


def _number(series: "nw.Series[Any]") -> Found:
    values = to_numbers(series)
    if not series.dtype.is_float() and _numbers_the_rows(values):
        return "identifier", NUMBERS_ROWS, "number"
    return _measured(series, values, "number")


def _date(series: "nw.Series[Any]") -> Found:
    return _measured(series, to_days(series), "date")


def _measured(series: "nw.Series[Any]", values: Floats, kind: str) -> Found:
    if np.isnan(values).all():
        return "empty", "has no values"
    if (values == values[0]).all():
        return "constant", SAME if series.n_unique() == 1 else "has values that differ only beyond 15 digits or 1e300"
    return kind, ""


def _numbers_the_rows(values: Floats) -> bool:
    # one or two rows that count up may be anything else
    return len(values) > 2 and values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _text(series: "nw.Series[Any]") -> Found:
    texts = to_texts(series)
    present = [text for text in texts if text is not None]
    levels = len(set(present))
    if levels == 0:
        return "empty", "has no values"
    if levels == 1 and len(present) == len(texts):
        return "constant", SAME
    if not is_text(series):  # declared categorical by the user
        return ("category",) if levels <= max(MOST_LEVELS, len(present) - 1) else ("identifier", DIFFERS)
    return _words(present)


def _words(texts: Sequence[str | None]) -> Found:
    """Texts are categories if they recur."""
    present = [text for text in texts if text is not None]
    if not looks_like_names(present):
        return ("category",)
    return "identifier", DIFFERS, "category" if len(set(present)) < len(present) else ""


def looks_like_names(present: list[Any]) -> bool:
    """Whether values (none of them missing) name the rows rather than group them."""
    levels = len(set(present))
    return levels > MOST_LEVELS and levels > len(present) / 2


def _other(series: "nw.Series[Any]") -> Found:
    if series.null_count() == len(series):
        return "empty", "has no values"
    return "other", f"holds values of type {series.dtype}, which cannot be encoded"


FINDERS: dict[str, Callable[[Any], Found]] = {
    "number": _number,
    "date": _date,
    "text": _text,
    "other": _other,
}


def nothing_to_learn(values: "nw.Series[Any]") -> str:
    """Why a column has nothing to learn from in these rows, as its format reads them; "" if it has something."""
    found = FINDERS[family(values)](values)
    return found[1] if found[0] in ("constant", "empty") else ""
