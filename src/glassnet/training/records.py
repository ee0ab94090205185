"""The records of epochs as one table of numbers, and back: each float64, so that every bit is the same again."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.training.history import Epoch

WHOLE = {field.name for field in dataclasses.fields(Epoch) if field.type is int}


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
    """The records that `table_of` made a table of."""
    if table.ndim != 2 or table.shape[1] != len(names) or table.dtype != np.float64:
        raise InvalidInput("its history is no table of its columns")
    return [epoch_of(dict(zip(names, row, strict=True))) for row in table.tolist()]


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
