"""What a model remembers of the times that it was trained further."""

from dataclasses import dataclass

from glassnet.calls import answered
from glassnet.files.checksum import checksum
from glassnet.formulas.elementary import Array


@answered
@dataclass(frozen=True)
class UpdateRecord:
    """An update of a model of a table, as the model remembers it in `TableModel.updates`.

    Attributes
    ----------
    weights
        A hash of the weights that it began with: BLAKE2b-128 of the arrays of the model file.
    rows, replayed
        On how many new and old rows it was trained further, those that chose the epoch among them.
    epochs, learning_rate, seed
        How many epochs, from which learning rate on, and from which seed.
    new_levels
        How many levels each column has got.

    >>> gn.UpdateRecord("", 100, 0, 32, 0.004, 0, {"city": 2}).rows
    100
    """

    weights: str
    rows: int
    replayed: int
    epochs: int
    learning_rate: float
    seed: int
    new_levels: dict[str, int]


def weights_hash(arrays: dict[str, Array]) -> str:
    """A hash of arrays by their names, types, shapes and bytes."""
    return checksum("", arrays)
