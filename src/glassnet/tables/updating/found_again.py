"""What was found of the columns of a model, with what further rows have besides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.tables.encoding.column_encoders import CodedColumn, ColumnEncoder, Levels, NumberColumn
from glassnet.tables.encoding.column_kinds import read_as
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.found_columns import FoundColumn, inputs_in_words, levels_in_words, range_in_words
from glassnet.tables.values.frames import as_frame, nameless

if TYPE_CHECKING:
    import narwhals as nw


def found_again(
    columns: Sequence[FoundColumn], encoder: TableEncoder, new: Any, old: Any = None
) -> tuple[FoundColumn, ...]:
    """The columns with ranges, levels and missing values of the rows in data frames, as an encoder reads them.

    Missing values of `old` rows were counted in training.
    """
    found = {column.name: column for column in columns}
    for frame in (new,) if old is None else (new, old):
        read = read_as(as_frame(frame), {each.name: each.format for each in encoder.encoders})
        for each in encoder.encoders:
            if each.name in found:
                found[each.name] = wider(found[each.name], each, read[each.name], frame is new)
    return tuple(found.values())


def wider(found: FoundColumn, encoder: ColumnEncoder, values: "nw.Series[Any]", count: bool) -> FoundColumn:
    """A column with what further values have besides; missing ones are counted on request."""
    words = inputs_in_words(encoder)
    if isinstance(encoder, Levels):
        levels = levels_in_words(encoder.levels, isinstance(encoder, CodedColumn))
        n_gone = count * int(nameless(values).null_count())
        return replace(found, values=levels, missing=found.missing + n_gone, inputs=words)
    assert isinstance(encoder, NumberColumn)
    numbers = encoder.in_numbers(values)
    gone = np.isnan(numbers)
    found = replace(found, missing=found.missing + count * int(gone.sum()), inputs=words)
    if gone.all():
        return found
    ends = [end for end in (found.low, found.high) if end is not None]
    there = [*ends, *numbers[~gone].tolist()]
    low, high = min(there), max(there)
    return replace(found, low=low, high=high, values=range_in_words(encoder, [low, high], values))
