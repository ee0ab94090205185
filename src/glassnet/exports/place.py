"""A layer at its place while a network becomes a program."""

from dataclasses import dataclass
from typing import Any

from glassnet.engine.layout import Node
from glassnet.formulas.elementary import Array


@dataclass(frozen=True)
class Place:
    """A layer at its place in a network: with its arrays by name, and a suffix that its values' names get."""

    layer: Any
    node: Node
    arrays: dict[str, Array]
    suffix: str

    def of(self, name: str) -> Array:
        """One of its arrays."""
        return self.arrays[name]
