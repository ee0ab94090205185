"""Rows and columns of plain values, without any library of data frames: mappings, lists, arrays, Arrow's batches."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.extras import is_installed
from glassnet.tables.number_format import counted
from glassnet.tables.values.frames import listed, nearest

Columns = Mapping[str, Sequence[Any]]
ROW = (tuple, list)


def plain_columns(data: Any, names: Sequence[str]) -> Columns | None:
    """The columns of what holds plain values, by name; None for a data frame, which is read by its own library.

    A mapping has columns; a list has rows, each a mapping or a tuple of values in the order of `names`; so has an array
    of two axes; a structured array and Arrow's batches have names of their own. Raises InvalidInput for what does not
    fit together.

    >>> plain_columns({"age": [30, 41], "city": ["Rome", None]}, ())["city"]
    ['Rome', None]
    >>> plain_columns([(30, "Rome"), (41, None)], ["age", "city"])["city"]
    ('Rome', None)
    """
    if isinstance(data, Mapping):
        return of_mapping(data)
    if isinstance(data, ROW):
        return of_rows(data, names)
    if isinstance(data, np.ndarray):
        return of_array(data, names)
    if is_arrow(data) and not (is_installed("narwhals") and is_installed("polars")):
        return {name: data.column(k).to_pylist() for k, name in enumerate(data.schema.names)}
    return None


def of_mapping(data: Mapping[Any, Any]) -> Columns:
    """The columns of a mapping, all of the same length."""
    wrong = [name for name, values in data.items() if not is_column(values)]
    if wrong:
        raise InvalidInput(
            f"a mapping holds a sequence of values for each column, but {wrong[0]!r} is {brief(data[wrong[0]])}; "
            "one row goes into a list, [row]."
        )
    lengths = {str(name): len(values) for name, values in data.items()}
    if len(set(lengths.values())) > 1:
        (first, n), *rest = lengths.items()
        other, m = next(pair for pair in rest if pair[1] != n)
        raise InvalidInput(f"the columns differ in length: {first!r} has {counted(n, 'value')}, {other!r} has {m}.")
    return {str(name): values for name, values in data.items()}


def is_column(values: Any) -> bool:
    """Whether something is a sequence of values."""
    if isinstance(values, np.ndarray):
        return values.ndim == 1
    return not isinstance(values, (str, bytes, Mapping)) and hasattr(values, "__len__") and hasattr(values, "__iter__")


def of_rows(rows: Sequence[Any], names: Sequence[str]) -> Columns:
    """The columns of rows, which are all mappings or all tuples."""
    if not rows:
        raise InvalidInput("the table has no rows.")
    if all(isinstance(row, Mapping) for row in rows):
        check_keys(rows, names)
        shared = [name for name in rows[0] if all(name in row for row in rows)]
        return {str(name): [row[name] for row in rows] for name in shared}
    table = [row_values(row, names) for row in rows]
    return dict(zip(names, zip(*table, strict=True), strict=True))


def is_row(data: Any) -> bool:
    """Whether something is one row, rather than several: a mapping, a tuple, or plain values one after the other."""
    if isinstance(data, (dict, tuple, Mapping)):
        return True
    if isinstance(data, list):
        return bool(data) and not isinstance(data[0], (*ROW, Mapping, np.ndarray))
    return isinstance(data, np.ndarray) and data.ndim == 1


def check_keys(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Refuse rows that do not all have the columns of the first."""
    there = [name for name in names if name in rows[0]]
    for number, row in enumerate(rows, 1):
        if missing := [name for name in there if name not in row]:
            raise InvalidInput(f"row {number} has no {missing[0]!r}{nearest(missing[0], map(str, row))}.")


def row_values(row: Any, names: Sequence[str]) -> Sequence[Any]:
    """The values of one row in the order of names; of a mapping those with these names."""
    if isinstance(row, np.ndarray) and row.ndim == 1 and row.dtype.names is None:
        row = items(row)
    if not isinstance(row, ROW):
        raise InvalidInput(f"a row is a mapping, or a tuple of the values of {listed(names)}; got {brief(row)}.")
    if len(row) != len(names):
        came = f"{counted(len(row), 'value')} for {counted(len(names), 'column')}"
        raise InvalidInput(f"a row has {came}: pass those of {listed(names)}, in this order, or a mapping.")
    return row


def of_array(data: Any, names: Sequence[str]) -> Columns:
    """The columns of an array, by its own names or in order."""
    if data.dtype.names is not None:
        return {name: data[name] for name in data.dtype.names}
    if data.ndim != 2 or data.shape[1] != len(names):
        raise InvalidInput(
            f"an array needs the shape (n, {len(names)}), with the columns {listed(names)} in this order; got shape "
            f"{data.shape}."
        )
    return dict(zip(names, data.T, strict=True))


def items(values: Any) -> Sequence[Any]:
    """The values of a column as objects of Python."""
    if not isinstance(values, np.ndarray):
        return values if isinstance(values, ROW) else list(values)
    if values.dtype.kind in "mM":
        values = values.astype(f"{values.dtype.kind}8[us]")
    return values.tolist()


def is_arrow(data: Any) -> bool:
    """Whether something is a table or a batch of Arrow."""
    return type(data).__module__.split(".")[0] == "pyarrow" and hasattr(data, "schema") and hasattr(data, "column")
