"""Numbers that change from step to step: the fields of objects that they stand in, and their values in an epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array


class Changing:
    """Fields of objects that are a run's own, and `table` (steps, fields): their values in each step of this epoch."""

    def __init__(self, fields: Sequence[tuple[Any, str]] = ()):
        self.fields = list(fields)
        self.table: Array = np.zeros((0, len(self.fields)))

    def holds(self, owner: object, field: str) -> bool:
        """Whether a field of an object changes."""
        return any(one is owner and name == field for one, name in self.fields)

    def write(self, step: int) -> None:
        """Put the values of a step into the objects."""
        for (owner, name), value in zip(self.fields, self.table[step].tolist(), strict=True):
            vars(owner)[name] = value  # they are frozen for everyone else
