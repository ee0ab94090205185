"""One raw value of a column as its inputs: the same that `ColumnEncoder.transform` makes of a whole column."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.errors import WrongRow
from glassnet.formulas.prediction.scaling import smoothly_clipped_number
from glassnet.tables.encoding.column_encoders import (
    CodedColumn,
    ColumnEncoder,
    DateColumn,
    Levels,
    NumberColumn,
    Outputs,
)
from glassnet.tables.encoding.leveled_column import LeveledColumn, as_written
from glassnet.tables.values.frames import LARGEST, finite
from glassnet.tables.values.levels import Meanings, kind_of
from glassnet.tables.values.objects import as_text
from glassnet.tables.values.plain_tables import items
from glassnet.tables.values.single_values import days_of, number_of, value_reader

Inputs = tuple[float, ...]


def value_encoder(column: ColumnEncoder) -> Callable[[Any], Inputs]:
    """A function from one value of any type to the inputs of its column.

    It raises WrongRow for a value that does not fit, as if it stood in the first row.

    >>> from glassnet.tables.encoding.column_encoders import CategoryColumn
    >>> from glassnet.tables.values.text_format import TextFormat
    >>> city = value_encoder(CategoryColumn("city", True, TextFormat(), ("Oslo", "Rome")))
    >>> city("Rome "), city(None), city("Bonn")
    ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0))
    """
    read = value_reader(column.name, column.format)
    if isinstance(column, LeveledColumn):
        return leveled_inputs(column, read)
    return number_inputs(column, read) if isinstance(column, NumberColumn) else level_inputs(column, read)


def number_inputs(column: NumberColumn, read: Callable[[Any], Any]) -> Callable[[Any], Inputs]:
    """From a value to its scaled number, and where learned, whether it is missing."""
    number_in = days_of if isinstance(column, DateColumn) else number_of
    name, median, scale = column.name, float(column.median), float(column.scale)
    missing, there = ((0.0, 1.0), (0.0,)) if column.missing else ((0.0,), ())
    as_they_are = (float, int) if number_in is number_of and column.format.takes_numbers else ()

    def inputs(value: Any) -> Inputs:
        usual = type(value) in as_they_are and -LARGEST <= value <= LARGEST  # most values, without a call
        number = value if usual else number_in(name, read(value))
        if number != number:
            return missing
        return (smoothly_clipped_number(number, median, scale), *there)

    return inputs


def leveled_inputs(column: LeveledColumn, read: Callable[[Any], Any]) -> Callable[[Any], Inputs]:
    """From a value to its scaled number, where learned whether it is missing, and the code of its level."""
    of_number, name = number_inputs(column, float), column.name
    codes = {level: float(code) for code, level in enumerate(column.levels, start=1)}

    def inputs(value: Any) -> Inputs:
        number = number_of(name, read(value))
        return (*of_number(number), codes.get(number, 0.0))

    return inputs


def level_inputs(column: Any, read: Callable[[Any], Any]) -> Callable[[Any], Inputs]:
    """From a value to the inputs of its level."""
    known = {level: inputs_at(column, place) for place, level in enumerate(column.levels)}
    missing, unseen = inputs_at(column, len(column.levels)), inputs_at(column, -1)
    level = level_finder(column)

    def found(value: Any) -> Inputs:
        value = read(value)
        if type(value) is not str:
            value = level(value)
        return missing if value is None else known.get(value, unseen)

    as_written = dict(answers(found, column.levels))  # the answers to most texts, found once

    def inputs(value: Any) -> Inputs:
        answer = as_written.get(value) if type(value) is str else None
        return found(value) if answer is None else answer

    return inputs


def answers(found: Callable[[str], Inputs], levels: Sequence[str]) -> Iterator[tuple[str, Inputs]]:
    """Each level with its inputs, but for those whose text is refused."""
    for level in levels:
        with suppress(WrongRow):
            yield level, found(level)


def level_finder(column: Levels) -> Callable[[Any], str | None]:
    """From a value to the level that means the same, else to its text; None for a missing value."""
    meanings = Meanings(column.levels)

    def level(value: Any) -> str | None:
        text = as_text(value) if value is not None else None
        if text is None:
            return None
        alike = meanings.alike(kind_of(value), text)
        if len(alike) > 1:
            raise meanings.ambiguous(column.name, text, alike, 1)
        return alike[0] if alike else text

    return level


def measured_values(column: ColumnEncoder, values: Iterable[Any]) -> npt.NDArray[Any]:
    """What `ColumnEncoder.measure` gives for raw values, each of which is read by itself.

    >>> from glassnet.tables.encoding.column_encoders import CategoryColumn
    >>> from glassnet.tables.values.text_format import TextFormat
    >>> measured_values(CategoryColumn("city", True, TextFormat(), ("Oslo", "Rome")), ["Rome ", None, "Bonn"]).tolist()
    [1, 2, -1]
    """
    read = value_reader(column.name, column.format)
    if isinstance(column, NumberColumn):
        number_in, name = days_of if isinstance(column, DateColumn) else number_of, column.name
        return np.array([*each_row(lambda value: number_in(name, read(value)), values)], np.float64)
    assert isinstance(column, Levels)
    level, known = level_finder(column), {text: place for place, text in enumerate(column.levels)}

    def place(value: Any) -> int:
        value = read(value)
        text = value if type(value) is str else level(value)
        return len(known) if text is None else known.get(text, -1)

    return np.array([*each_row(place, values)], np.intp)


def inputs_at(column: Levels, place: int) -> Inputs:
    """The inputs of the level at a place, where −1 is an unknown one, and one past the last a missing value."""
    if isinstance(column, CodedColumn):
        return (float(column.code(place)),)
    return tuple(float(place == k) for k in range(len(column.names)))


def encode_values(column: ColumnEncoder, values: Sequence[Any] | npt.NDArray[Any]) -> Outputs:
    """The inputs (n, …) of plain values of a column; an array of numbers is encoded as a whole."""
    numbers = isinstance(values, np.ndarray) and values.dtype.kind in "fiub"
    if numbers and type(column) is NumberColumn and column.format.takes_numbers:
        return column.encoded(finite(np.array(values, np.float64)))
    if isinstance(values, np.ndarray) and values.dtype == np.float32 and isinstance(column, LeveledColumn):
        values = as_written(values)
    encode = value_encoder(column)
    return np.array([*each_row(encode, items(values))], np.float32)


def each_row(work: Callable[[Any], Any], rows: Iterable[Any]) -> Iterator[Any]:
    """What `work` makes of each value; an error names its row."""
    for number, row in enumerate(rows):
        try:
            yield work(row)
        except WrongRow as error:
            raise error.below(number) from error
