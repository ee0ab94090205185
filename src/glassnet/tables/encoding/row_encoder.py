"""Raw rows as inputs, row by row and without a data frame: what `TableEncoder.transform` makes of data frames."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.value_encoders import value_encoder
from glassnet.tables.values.plain_tables import row_values


class RowEncoder:
    """The function of each column, made once: from raw values to inputs.

    >>> import polars
    >>> table = polars.DataFrame({"age": [20, 30, 40, None], "city": ["Rome", "Oslo", "Rome", "Oslo"]})
    >>> row = RowEncoder(TableEncoder.learn(table))
    >>> row({"city": "Rome", "age": None}), row((30, "Bonn"))
    ([0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0])
    """

    def __init__(self, encoder: TableEncoder):
        self._encoder, self._names = encoder, encoder.columns
        self._encode = [value_encoder(column) for column in encoder.encoders]
        self._get: Callable[[Any], Any] = itemgetter(*self._names)

    def __call__(self, row: Any) -> list[float]:
        """The inputs of a row: a mapping, or a tuple of values in the order of the columns."""
        inputs: list[float] = []
        for encode, value in zip(self._encode, self.values(row), strict=True):
            inputs += encode(value)
        return inputs

    def values(self, row: Any) -> Sequence[Any]:
        """The values of a row in the order of the columns."""
        if not isinstance(row, Mapping):
            return row_values(row, self._names)
        try:
            found: Sequence[Any] = self._get(row)
        except KeyError:
            self._encoder.check_columns([*map(str, row)], "row")
            raise
        return found if len(self._names) > 1 else (found,)
