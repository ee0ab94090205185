"""Turn a table into a matrix: learned from the training rows, applied unchanged to later rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Self, TypedDict

import numpy as np
import numpy.typing as npt

from glassnet.errors import InvalidInput
from glassnet.files.schema import checked
from glassnet.tables.encoding.column_encoders import (
    CategoryColumn,
    CodedColumn,
    ColumnEncoder,
    NumberColumn,
    Outputs,
    column_from_description,
)
from glassnet.tables.encoding.column_kinds import Column, find_columns, is_text, nothing_to_learn, read_as
from glassnet.tables.encoding.leveled_column import LeveledColumn
from glassnet.tables.encoding.telling_levels import tell_more
from glassnet.tables.encoding.value_encoders import encode_values, measured_values
from glassnet.tables.values.frames import Floats, as_frame, check_column, listed, nearest
from glassnet.tables.values.objects import plain
from glassnet.tables.values.plain_tables import Columns, plain_columns

if TYPE_CHECKING:
    import narwhals as nw
    from narwhals.typing import IntoDataFrame

ONE_HOT = 9  # levels (Holzmüller et al. 2024, arXiv 2407.04491, appendix A.1)

Measured = Mapping[str, npt.NDArray[Any]]
FEW_ROWS = 64  # of texts that are read one by one
TOLD = 4  # columns of which an error says why nothing is learned from them


class EncoderFields(TypedDict):
    """The description of a TableEncoder; each kind of column has its own fields."""

    columns: list[dict[str, Any]]
    dropped: dict[str, str]


@dataclass(frozen=True, repr=False)
class TableEncoder:
    """What was learned about each column, and which columns are dropped with the reason in a few words.

    >>> import polars
    >>> cities = ["Rome", "Oslo", "Rome", "Oslo"]
    >>> train = polars.DataFrame({"age": [20, 30, 40, None], "city": cities, "y": [1, 2, 3, 4]})
    >>> encoder = TableEncoder.learn(train, drop=["y"])
    >>> encoder.feature_names
    ('age', 'age missing', 'city=Oslo', 'city=Rome')
    >>> encoder.transform(polars.DataFrame({"city": ["Rome", "Bonn"], "age": [30, None]}))
    array([[0., 0., 0., 1.], [0., 1., 0., 0.]], dtype=float32)
    """

    encoders: tuple[ColumnEncoder, ...]
    dropped: Mapping[str, str]

    def __repr__(self) -> str:
        left_out = f", {len(self.dropped):,} dropped" if self.dropped else ""
        return f"TableEncoder({len(self.columns):,} columns as {len(self.feature_names):,} inputs{left_out})"

    @classmethod
    def learn(
        cls,
        data: Any,
        drop: Iterable[str] = (),
        columns: Sequence[Column] | None = None,
        one_hot: int = ONE_HOT,
        judged_by: Floats | None = None,
    ) -> Self:
        """Learn from the rows of a data frame (polars, pandas, pyarrow); the columns in `drop` are not looked at.

        `columns` says what each is, where that is known from more rows than these. A category of up to `one_hot`
        levels has an output for each, others have one output of codes (see `codes`). Beside `judged_by`, (n, …), what
        is to be predicted, a number whose single values tell more of it than its size has such an output as well
        (see `tell_more`), unless it was said to be a number.

        Raises InvalidInput without rows, when a name in `drop` is no column, and when no column is left to learn from.
        """
        frame = _with_rows(data)
        unwanted = [drop] if isinstance(drop, str) else [*drop]
        for name in unwanted:
            check_column(frame, name)
        columns = find_columns(frame.drop(unwanted)) if columns is None else columns
        dropped = {column.name: column.reason for column in columns if column.reason}
        kept = [column for column in columns if not column.reason]
        read = read_as(frame, {column.name: column.format for column in kept})
        dropped |= {name: reason for name, values in read.items() if (reason := nothing_to_learn(values))}
        kept = [column for column in kept if column.name not in dropped]
        if not kept:
            few = [f"{name!r} {reason}" for name, reason in dropped.items()][:TOLD]
            reasons = "; ".join(few) + (f"; and {len(dropped) - TOLD} more" if len(dropped) > TOLD else "")
            raise InvalidInput(f"the table has no column to learn from ({reasons or 'it has no other columns'}).")
        return cls(tuple(learn_column(c, read[c.name], one_hot, judged_by) for c in kept), dropped)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a table must have."""
        return tuple(encoder.name for encoder in self.encoders)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name for each output, such as "age", "age missing", "city=Rome", "zip"."""
        return tuple(name for encoder in self.encoders for name in encoder.names)

    @property
    def places(self) -> dict[str, slice]:
        """The outputs of each column, by its name."""
        return {encoder.name: slice(first, first + len(encoder.names)) for first, encoder in self._places()}

    @property
    def codes(self) -> dict[int, int]:
        """The outputs that are codes, by their number, and how many codes each has."""
        coded = ((place, e) for place, e in self._places() if isinstance(e, CodedColumn | LeveledColumn))
        return {place + len(encoder.names) - 1: encoder.n_codes for place, encoder in coded}

    @property
    def leveled(self) -> tuple[str, ...]:
        """The columns of numbers whose single values are levels as well."""
        return tuple(encoder.name for encoder in self.encoders if isinstance(encoder, LeveledColumn))

    @property
    def notes(self) -> dict[str, str]:
        """What was odd or ambiguous about the texts of a column, in words."""
        return {encoder.name: encoder.format.note for encoder in self.encoders if encoder.format.note}

    @property
    def measured(self) -> tuple[int, ...]:
        """The outputs that are numbers or dates, by their number."""
        return tuple(place for place, encoder in self._places() if isinstance(encoder, NumberColumn))

    def _places(self) -> Iterator[tuple[int, ColumnEncoder]]:
        """The number of each column's first output."""
        yield from zip(accumulate((len(e.names) for e in self.encoders), initial=0), self.encoders, strict=False)

    def transform(self, data: Any) -> Outputs:
        """The rows of a data frame as numbers: float32, shape (n, len(self.feature_names)), always finite.

        The columns may come in any order, and others beside them are ignored. Mappings of columns, lists of rows,
        arrays and batches of Arrow are read without any library of data frames (see `plain_columns`). Raises
        InvalidInput without rows, when a learned column is not there, and for text where numbers or dates were learned
        (row numbers count from 1).
        """
        if (plain := plain_columns(data, self.columns)) is not None:
            return self._of_plain(plain)
        return self.encoded(self.measure(data))

    def measure(self, data: Any) -> Measured:
        """What the rows of a data frame hold in each column: numbers, or the places of levels."""
        frame = _with_rows(data)
        self.check_columns(frame.columns)
        found = self._few_texts(frame)
        others = [encoder for encoder in self.encoders if encoder.name not in found]
        read = read_as(frame, {encoder.name: encoder.format for encoder in others})
        found |= {encoder.name: encoder.measure(read[encoder.name]) for encoder in others}
        return {encoder.name: found[encoder.name] for encoder in self.encoders}

    def _few_texts(self, frame: Any) -> dict[str, npt.NDArray[Any]]:
        """The columns of texts in a frame of few rows, which are read one by one: a query for each takes longer."""
        if len(frame) > FEW_ROWS:
            return {}
        columns = ((encoder, plain(frame[encoder.name])) for encoder in self.encoders)
        return {each.name: measured_values(each, texts.to_list()) for each, texts in columns if is_text(texts)}

    def encoded(self, measured: Measured) -> Outputs:
        """The rows that `measure` has measured as the numbers of `transform`."""
        return np.concatenate([encoder.encoded(measured[encoder.name]) for encoder in self.encoders], axis=1)

    def _of_plain(self, columns: Columns) -> Outputs:
        self.check_columns([*columns])
        if not len(columns[self.columns[0]]):
            raise InvalidInput("the table has no rows.")
        return np.concatenate([encode_values(column, columns[column.name]) for column in self.encoders], axis=1)

    def describe(self) -> dict[str, Any]:
        """All that was learned, as JSON values."""
        return {"columns": [encoder.describe() for encoder in self.encoders], "dropped": dict(self.dropped)}

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Self:
        """The encoder from its description; InvalidInput for anything else."""
        found: EncoderFields = checked(description, EncoderFields, "table.encoder")
        columns = enumerate(found["columns"])
        encoders = tuple(column_from_description(column, f"table.encoder.columns[{k}]") for k, column in columns)
        check_different([encoder.name for encoder in encoders])
        return cls(encoders, found["dropped"])

    def check_columns(self, present: Sequence[str], what: str = "table") -> None:
        """Refuse a table or a row without a learned column; the nearest of those that it has are named."""
        there = {*present}
        missing = [name for name in self.columns if name not in there]
        if missing:
            known = {*self.columns, *self.dropped}
            extra = [name for name in present if name not in known]
            hints = ", ".join(f"{name!r}{nearest(name, extra)}" for name in missing[:10])
            more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
            unknown = f"; it has columns that were not in training: {listed(extra)}" if extra else ""
            raise InvalidInput(f"the {what} lacks columns that were in training: {hints}{more}{unknown}.")


def check_different(names: Sequence[str]) -> None:
    """Refuse an encoder that reads a column twice, or none."""
    if not names or len(set(names)) < len(names):
        raise InvalidInput("an encoder needs one or more columns with distinct names.")


def learn_column(
    column: Column, values: "nw.Series[Any]", one_hot: int, judged_by: Floats | None = None
) -> ColumnEncoder:
    """Learn a column by its kind; a category with many levels is coded, and so are numbers whose values tell more."""
    learned = ColumnEncoder.registry[column.kind].learn(values, column.format)
    if type(learned) is NumberColumn and judged_by is not None and not column.stated:
        return LeveledColumn.of(learned, values) if tell_more(learned.in_numbers(values), judged_by) else learned
    many = isinstance(learned, CategoryColumn) and len(learned.levels) > one_hot
    return CodedColumn.learn(values, column.format) if many else learned


def _with_rows(data: "IntoDataFrame") -> Any:
    frame = as_frame(data)
    if len(frame) == 0:
        raise InvalidInput("the table has no rows.")
    return frame
