"""What new rows hold that training rows did not: unseen levels, missing values, numbers outside their range."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from glassnet.tables.encoding.column_encoders import Levels, NumberColumn
from glassnet.tables.encoding.encoder import Measured
from glassnet.tables.number_format import counted
from glassnet.tables.pipeline import TablePipeline

TOLD = 5  # columns of each kind


class RowTally:
    """Counts, column by column, of rows that come in data frames one after the other.

    >>> iris = gn.datasets.iris().to_polars()
    >>> training = gn.TableTraining(iris, "species", recipe=gn.Recipe(epochs=1))
    >>> for epoch in training.epochs(): pass
    >>> tally = RowTally(training.model)
    >>> tally.add(training.model.encoder.measure(iris[:3].with_columns(petal_width=9.0, sepal_width=None)))
    >>> tally.sentence("predicted")
    '3 rows predicted; missing: sepal_width 3; outside the range of training: petal_width 3'
    """

    def __init__(self, model: TablePipeline):
        self.encoders = model.encoder.encoders
        self.ranges = {each.name: (each.low, each.high) for each in model.columns if each.low is not None}
        self.n_rows = self.n_seen = 0
        self.unseen, self.missing, self.outside = Counter[str](), Counter[str](), Counter[str]()

    def add(self, measured: Measured, n_seen: int = 0) -> None:
        """Count some rows, as `TableEncoder.measure` gives them; so many of them the model was trained on."""
        for column in self.encoders:
            values = measured[column.name]
            if isinstance(column, NumberColumn):
                self.missing[column.name] += int(np.isnan(values).sum())
                low, high = self.ranges.get(column.name, (-np.inf, np.inf))
                self.outside[column.name] += int(((values < low) | (values > high)).sum())
            elif isinstance(column, Levels):
                self.missing[column.name] += int((values == len(column.levels)).sum())
                self.unseen[column.name] += int((values == -1).sum())
        self.n_rows += len(values)
        self.n_seen += n_seen

    @property
    def odd(self) -> list[str]:
        """What was unusual, in which columns and how many rows, in words."""
        kinds = (
            ("unknown levels", self.unseen),
            ("missing", self.missing),
            ("outside the range of training", self.outside),
        )
        found = [f"{what}: {in_words(counts.most_common())}" for what, counts in kinds if +counts]
        known = f"the model was trained on {self.n_seen:,} of them, so new rows may be predicted worse"
        return [*found, known] if self.n_seen else found

    def sentence(self, done: str) -> str:
        """One line: how many rows something was done with, and what was unusual about them."""
        return "; ".join([f"{counted(self.n_rows, 'row')} {done}", *self.odd])


def in_words(counts: Sequence[tuple[str, int]]) -> str:
    """Each column with its number of rows, the largest first.

    >>> in_words([("city", 3), ("street", 1), ("zip", 0)])
    'city 3, street 1'
    """
    some = [f"{name} {n:,}" for name, n in counts if n]
    more = f" and {counted(len(some) - TOLD, 'more column')}" if len(some) > TOLD else ""
    return ", ".join(some[:TOLD]) + more
