"""What a model says of rows, beside what is true of them."""

from typing import NamedTuple

from glassnet.formulas.elementary import Array


class Compared(NamedTuple):
    """What is true of rows and what a model says of them; `of_rows` are the scores of a distribution for each.

    `n_seen` of them are among the rows that the model was trained on.
    """

    truth: Array
    outputs: Array
    n_without_target: int
    of_rows: Array | None
    n_seen: int = 0
