"""The rows of a request, however they are written, as tuples of values or as inputs of a network."""

from collections.abc import Sequence
from typing import Any

from glassnet.errors import InvalidInput, brief
from glassnet.tables.values.frames import listed, nearest

Value = str | int | float | bool | None
Rows = list[tuple[Value, ...]]  # values in the order of the model's columns

SHOWN = 5  # columns in a message
COMPARED = 50  # columns that are compared with one that is missing: a client may send any number
PLAIN = frozenset((str, int, float, bool, type(None)))
MOST = 10**300  # of an integer; a float is infinite beyond, and read as missing


class TableRows:
    """Reads rows for a model of a table: each has its columns, by name or in their order.

    `names` are the columns that the model reads; `beside` those that may stand next to them and are not read, such as
    the target.
    """

    def __init__(self, names: Sequence[str], beside: Sequence[str]):
        self.names, self.beside = tuple(names), frozenset(beside)
        self.known = frozenset(names)

    def of_rows(self, rows: list[Any]) -> Rows:
        """Rows as objects (by name) or lists (by position); InvalidInput for anything else."""
        return self._checked([self._row(number, row) for number, row in enumerate(rows, 1)])

    def of_columns(self, columns: dict[str, Any]) -> Rows:
        """Columns as lists of the same length, by name."""
        self._check_names(list(columns), "the data")
        for name, values in columns.items():
            if not isinstance(values, list):
                raise InvalidInput(f"column {name[:80]!r} must be a list of values, got {brief(values)}.")
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            raise InvalidInput(f"columns must have one length, got {brief(lengths)}.")
        return self._checked([*zip(*(columns[name] for name in self.names), strict=True)])

    def of_split(self, names: list[Any], rows: list[Any]) -> Rows:
        """The names of the columns once, and rows of values in their order."""
        if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
            raise InvalidInput(f"the columns must be different texts, got {brief(names)}.")
        self._check_names(names, "the data")
        places = [names.index(name) for name in self.names]
        for number, row in enumerate(rows, 1):
            if not isinstance(row, list) or len(row) != len(names):
                raise InvalidInput(f"row {number} must be a list of {len(names)} values, got {brief(row)}.")
        return self._checked([tuple([row[place] for place in places]) for row in rows])

    def _row(self, number: int, row: object) -> tuple[Any, ...]:
        if isinstance(row, dict):
            if row.keys() != self.known:
                self._check_names(list(row), f"row {number}")
            return tuple([row[name] for name in self.names])
        if not isinstance(row, list):
            raise InvalidInput(f"row {number} must be an object or a list of values, got {brief(row)}.")
        if len(row) != len(self.names):
            order = listed(self.names, SHOWN)
            raise InvalidInput(f"row {number} has {len(row)} values, expected {len(self.names)} in the order {order}.")
        return tuple(row)

    def _check_names(self, given: list[str], what: str) -> None:
        there = set(given)
        extra = [name for name in given if name not in self.known and name not in self.beside]
        if missing := [name for name in self.names if name not in there]:
            more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
            lacking = ", ".join(f"{name!r}{nearest(name, extra[:COMPARED])}" for name in missing[:SHOWN])
            raise InvalidInput(f"{what} lacks columns that the model reads: {lacking}{more}.")
        if extra:
            first = extra[0][:80]
            raise InvalidInput(
                f"{what} has a column {first!r} that the model does not know{nearest(first, self.known)}."
            )

    def _checked(self, rows: Rows) -> Rows:
        """The rows, unless one holds what is not a value."""
        for number, row in enumerate(rows, 1):
            types = set(map(type, row))
            if not types <= PLAIN or int in types:
                for name, value in zip(self.names, row, strict=True):
                    check_value(value, name, number)
        return rows


def check_value(value: object, name: str, row: int) -> None:
    """Refuse a list or an object in the place of a value, and an integer that no float can hold."""
    if type(value) not in PLAIN:
        what = "a list" if isinstance(value, list) else "an object"
        raise InvalidInput(f"column {name!r} holds {what} in row {row}, expected one value.")
    if isinstance(value, int) and not -MOST <= value <= MOST:
        raise InvalidInput(f"column {name!r} holds an integer beyond 1e300 in row {row}.")


class NetworkRows:
    """Reads rows for a bare network: lists of numbers, which have no names."""

    def of_rows(self, rows: list[Any]) -> list[Any]:
        """Rows as (nested) lists of numbers; the network says what shape they must have."""
        for number, row in enumerate(rows, 1):
            if not isinstance(row, list):
                raise InvalidInput(f"row {number} must be a list of numbers for a bare network, got {brief(row)}.")
        return rows

    def of_columns(self, columns: dict[str, Any]) -> list[Any]:
        """A bare network has no columns with names."""
        raise InvalidInput(
            f"a bare network takes rows as lists of numbers, got columns named {listed([*columns], SHOWN)}."
        )

    def of_split(self, names: list[Any], rows: list[Any]) -> list[Any]:
        """The rows; a bare network knows no names."""
        return self.of_rows(rows)
