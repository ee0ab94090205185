"""The validation rows of a network of an estimator."""

from typing import NamedTuple

from glassnet.formulas.elementary import Array
from glassnet.tables.fitting.ensemble import Member


class HeldOut(NamedTuple):
    """A network, and the encoded rows that chose its epoch."""

    member: Member
    X: Array
    y: Array
    weights: Array | None
