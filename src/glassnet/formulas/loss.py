"""What a loss is: its value and its gradient, and what its mean divides by."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from glassnet.formulas.description import field
from glassnet.formulas.elementary import Array
from glassnet.formulas.names import ActivationName, LossName
from glassnet.formulas.registry import Named


class Loss(Named, family="loss", home="glassnet.formulas.losses"):
    """Base class of losses: what training minimises.

    `p` and `y` are (n, outputs). With an `output_activation`, `value` takes the score z and `gradient` takes a.

    Parameters
    ----------
    reduction
        What the sum of the values is divided by: `"mean"` (default), their number (with sample weights, the sum of the
        weights); `"mean_of_rows"`, the number of rows, however many outputs they have; `"sum"`, nothing.

    Raises InvalidInput for another `reduction`.

    >>> Loss.of('squared_error')
    SquaredError()
    """

    reduction: Literal["mean", "mean_of_rows", "sum"] = field(default="mean", kw_only=True)
    output_activation: ClassVar[ActivationName | None] = None
    is_function: ClassVar[bool] = False  # whether it is one of one's own, which only the NumPy engine runs
    targets: ClassVar[Literal["numbers", "classes", "several classes", "binary", "counts"]] = "numbers"
    column_symbols: ClassVar[tuple[str, ...]] = ("q",)  # what formulas call the `columns`
    output_symbols: ClassVar[tuple[str, ...]] = ()  # and outputs that differ, in turn

    def value(self, *args: Any, **kwargs: Any) -> Array:
        """The loss of each entry (or of each row, as a column), from (p, y, *columns)."""
        raise NotImplementedError(f"{type(self).__name__} must define value(self, p, y)")

    def gradient(self, *args: Any, **kwargs: Any) -> Array:
        """∂ Σ value / ∂p of each entry, from (p, y, *columns)."""
        raise NotImplementedError(f"{type(self).__name__} must define gradient(self, p, y)")

    def columns(self, n_outputs: int) -> tuple[Array, ...]:
        """Constants that differ from output to output; they follow p and y."""
        return ()

    def outputs_per_target(self) -> int:
        """How many outputs of the network predict one column of y."""
        return 1

    def count(self, n_values: int) -> int:
        """How many values a row with n values counts for in the mean."""
        return 1 if self.reduction == "mean_of_rows" else n_values


LossLike = Loss | type[Loss] | LossName | Mapping[str, object]  # for `of`
