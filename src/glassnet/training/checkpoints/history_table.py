"""The records of epochs as one table of numbers, and back: each float64, so that every bit is the same again."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.training.epoch import Epoch

FIELDS = dataclasses.fields(Epoch)
WHOLE = {field.name for field in FIELDS if field.type is int}
GROUPS = {field.name for field in FIELDS if field.default_factory is dict}
SINGLE = {field.name for field in FIELDS} - GROUPS
NEEDED = ("number", "loss", "learning_rate", "seconds", "steps")


def flat(epoch: Epoch) -> dict[str, float]:
    """All numbers of a record: "loss", "metrics.accuracy", "val_loss", …"""
    found: dict[str, float] = {}
    for name, value in vars(epoch).items():
        if isinstance(value, dict):
            found |= {f"{name}.{key}": number for key, number in value.items()}
        elif value is not None:
            found[name] = value
    return found


def table_of(epochs: Sequence[Epoch]) -> tuple[list[str], Array]:
    """(names of the columns, one row an epoch); NaN where an epoch has no such number."""
    rows = [flat(epoch) for epoch in epochs]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return names, np.array([[row.get(name, np.nan) for name in names] for row in rows], float).reshape(
        len(rows), len(names)
    )


def epochs_of(names: Sequence[str], table: Array) -> list[Epoch]:
    """The records in a table made by `table_of`; InvalidInput unless it is a table of numbered epochs."""
    if table.ndim != 2 or table.shape[1] != len(names) or table.dtype != np.float64 or len(set(names)) < len(names):
        raise InvalidInput("its history does not have one column per name")
    check_columns(names, table)
    return [epoch_of(dict(zip(names, row, strict=True))) for row in table.tolist()]


def check_columns(names: Sequence[str], table: Array) -> None:
    """Refuse columns that do not belong in a record, that are missing, or that count wrongly."""
    for name in names:
        group, dot, _ = name.partition(".")
        if group not in (GROUPS if dot else SINGLE):
            raise InvalidInput(f"its history has a column {brief(name)}, which does not belong in a record")
    if len(table) == 0:
        return
    for name in NEEDED:
        if name not in names:
            raise InvalidInput(f"its history lacks the column {name!r}")
        if not np.isfinite(table[:, names.index(name)]).all():
            raise InvalidInput(f"its history has numbers in the column {name!r} that are not finite")
    if not np.array_equal(table[:, names.index("number")], np.arange(1, len(table) + 1)):
        raise InvalidInput("its history does not number the epochs from 1")
    steps = table[:, names.index("steps")]
    if (steps < 0).any() or (steps > 2**53).any():
        raise InvalidInput("its history has impossible numbers of steps")


def epoch_of(numbers: dict[str, float]) -> Epoch:
    """One record from its numbers."""
    fields: dict[str, Any] = {}
    for name, value in numbers.items():
        group, _, key = name.partition(".")
        if key:
            fields.setdefault(group, {})[key] = value
        else:
            fields[name] = int(value) if name in WHOLE else value
    return Epoch(**fields)
