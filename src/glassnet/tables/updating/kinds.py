"""Whether the columns of further rows are still what they were when a model was trained."""

from typing import TYPE_CHECKING, Any

from glassnet.errors import InvalidInput
from glassnet.tables.encoding.column_encoders import CategoryColumn, Levels, NumberColumn
from glassnet.tables.encoding.column_kinds import find_formats, looks_like_names, read_as
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.strays import stray_rows
from glassnet.tables.number_format import counted
from glassnet.tables.values.frames import as_frame, family, listed
from glassnet.tables.values.levels import meaning
from glassnet.tables.values.objects import plain

if TYPE_CHECKING:
    import narwhals as nw

MEANT = {"number": "number", "boolean": "true", "date": "date", "time": "date"}  # of a type, what its texts mean
NOUNS = {"number": "numbers", "date": "dates", "true": "truth values"}


def check_kinds(encoder: TableEncoder, data: Any) -> None:
    """Refuse rows in which a column that is learned from is of another kind than in training."""
    frame = as_frame(data)
    read = read_as(frame, {each.name: each.format for each in encoder.encoders})
    for each in encoder.encoders:
        if isinstance(each, NumberColumn):
            check_measured(each, plain(frame[each.name]), read[each.name])
        elif isinstance(each, Levels):
            check_levels(each, plain(frame[each.name]), read[each.name])


def check_measured(column: NumberColumn, given: "nw.Series[Any]", read: "nw.Series[Any]") -> None:
    """Refuse what is not a number (or a date) in most rows of a column of them."""
    kind = family(read)
    if kind in NOUNS and kind != column.holds:
        raise InvalidInput(f"column {column.name!r} holds {NOUNS[kind]}, but {NOUNS[column.holds]} in training.")
    odd = stray_rows(given, column.format)
    if 2 * len(odd) > len(given) - given.null_count():
        row, text = next(iter(odd.items()))
        raise InvalidInput(
            f"column {column.name!r} holds no {NOUNS[column.holds]} in most rows, as it did in training: row {row + 1} "
            f"is {text[:40]!r}."
        )


def check_levels(column: Levels, given: "nw.Series[Any]", read: "nw.Series[Any]") -> None:
    """Refuse a column of levels that has none of them any more, but numbers or dates, or texts that name the rows."""
    places = column.places(read)
    there = places != len(column.levels)
    if not there.any() or (places[there] >= 0).any():
        return
    kind = MEANT.get(find_formats(given.to_frame())[given.name].type, "")
    if kind and all(meaning(kind, level) is None for level in column.levels):
        raise InvalidInput(
            f"column {column.name!r} holds {NOUNS[kind]}, but {counted(len(column.levels), 'level')} in training, such "
            f"as {listed(column.levels[:3])}."
        )
    texts = [text for text in column.texts(given) if text is not None]
    if isinstance(column, CategoryColumn) and looks_like_names(texts):
        raise InvalidInput(
            f"column {column.name!r} has {len(set(texts))} different values in {len(texts)} rows, none of which is "
            f"among the {counted(len(column.levels), 'level')} in training, such as {listed(column.levels[:3])}."
        )
