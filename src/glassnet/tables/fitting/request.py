"""What is asked of a training on a table, whether the table lies in memory or in a file."""

from dataclasses import dataclass, field

from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.values.column_options import ColumnOptions


@dataclass(frozen=True)
class TableRequest:
    """What is to be predicted, and by what network; each setting of `TableTraining` beside the table itself.

    target   the name of the column to predict
    task     "classification" or "regression"; None guesses it from the target
    recipe   the network and its training
    columns  what is known of the columns
    """

    target: str
    task: str | None = None
    recipe: Recipe = field(default_factory=Recipe)
    columns: ColumnOptions = field(default_factory=ColumnOptions)
