"""Columns of texts one below the other, so that one query answers for many: each query and expression has its price."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from glassnet.extras import require
from glassnet.tables.values.missing import Marks, marks_of

MOST_VALUES = 1 << 16  # of a stack of several columns, so that few are held several times

Flags = npt.NDArray[np.bool_]


class Stack:
    """Texts of columns of the same length, without blanks around them, None where one stands for a missing value.

    >>> import polars
    >>> stack = Stack.of([polars.Series("a", [" x", "NA"]), polars.Series("b", ["y", "z"])])
    >>> stack.texts.to_list(), stack.there.tolist()
    (['x', None, 'y', 'z'], [[True, False], [True, True]])
    """

    def __init__(self, texts: Any, width: int):
        self.texts, self.width, self.height = texts, width, len(texts) // width

    @classmethod
    def of(cls, columns: Sequence[Any], missing: Marks = "marks") -> Self:
        """From polars series of texts; `missing` says which of them stand for a missing value."""
        polars = require("polars", "tables", "a table")
        whole = polars.concat([column.alias("x") for column in columns], rechunk=True)
        texts = polars.col("x")
        stripped = whole.to_frame().select_seq(texts.str.strip_chars())  # once for the two uses below
        gone = texts.str.to_lowercase().is_in(marks_of(missing))
        return cls(stripped.select_seq(polars.when(~gone).then(texts)).to_series(), len(columns))

    @property
    def there(self) -> Flags:
        """Which texts are there, shape (number of columns, number of rows)."""
        return self.flags(self.texts.is_not_null())

    def flags(self, values: Any) -> Flags:
        """A polars series of true and false in the shape (number of columns, number of rows)."""
        shaped: Flags = values.to_numpy().reshape(self.width, self.height)
        return shaped

    def ask(self, what: Callable[[Any], Any]) -> Any:
        """What is asked of all texts, a polars series: `what` makes an expression from one."""
        polars = require("polars", "tables", "a table")
        return self.texts.to_frame().select_seq(what(polars.col("x"))).to_series()

    def only(self, places: Sequence[int]) -> "Stack":
        """Some of the columns."""
        if len(places) == self.width:
            return self
        polars = require("polars", "tables", "a table")
        return Stack(polars.concat([self.column(self.texts, place) for place in places], rechunk=True), len(places))

    def column(self, values: Any, place: int) -> Any:
        """The values of one column among those for all texts."""
        return values.slice(place * self.height, self.height)


def stacked(columns: Sequence[Any], missing: Marks = "marks") -> Iterator[tuple[slice, Stack]]:
    """Stacks of columns (polars series of texts, all of the same length), and which columns each has."""
    step = max(1, MOST_VALUES // max(1, len(columns[0]))) if columns else 1
    for first in range(0, len(columns), step):
        some = slice(first, first + step)
        yield some, Stack.of(columns[some], missing)
