"""Each row given to all members of an ensemble."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_whole
from glassnet.layers.layer import Layer, Shape, Slices, rows_of

MOST_MEMBERS = 10_000


def check_members(layer: Any, shape: Shape) -> None:
    """Refuse samples that are no rows of members (members, features)."""
    if len(shape) != 2:
        hint = ": put Members(32) in front" if len(shape) == 1 else ""
        raise InvalidInput(
            f"{type(layer).__name__} needs a row of numbers for each member (members, features), got samples of shape "
            f"{shape}{hint}."
        )


class Members(Layer):
    """Gives each row to all members of an ensemble in one network.

    A = M X;     dX = Mᵀ dA.

    A (n, members, features) holds each row of X (n, features) once for each member; with a row of A for each member of
    each sample, M repeats rows. What comes back from the members is added up. The layers behind decide where members
    differ: `BatchEnsemble` by factors, `DensePerMember` by weights of their own, and `MeanOfMembers` brings them
    together.

    Parameters
    ----------
    members
        How many members; 32 by default.

    Raises InvalidInput for a number below 1; when the network is built, for samples that are not rows of numbers.

    >>> Members(), Members(8).output_shape((5,))
    (Members(), (8, 5))
    """

    members: int = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_whole(self.members, 1) or self.members > MOST_MEMBERS:
            raise InvalidInput(
                f"Members: `members` must be a whole number from 1 to {MOST_MEMBERS:,}, got {brief(self.members)}."
            )
        object.__setattr__(self, "members", int(self.members))

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise InvalidInput(f"Members needs rows of numbers, got samples of shape {shape}: put Flatten() in front.")
        return (self.members, *shape)

    def forward(self, s: Slices) -> None:
        s.A[...] = s.X[:, np.newaxis]

    def backward(self, s: Slices) -> None:
        if s.dX is not None:
            s.dA.sum(axis=1, out=s.dX)

    def named_values(self, s: Any) -> dict[str, Array]:
        found = {name: rows_of(a) for name in ("A", "dA") if (a := getattr(s, name, None)) is not None}
        return found | {"M": rows_of_samples(len(s.X), self.members)}


def rows_of_samples(n: int, members: int) -> Array:
    """M (n · members, n): a 1 where a row of a member belongs to a sample."""
    return np.repeat(np.eye(n), members, axis=0)
