"""Metrics of how rows are ranked, over folds: rows of one fold alone are compared, as each fold has another model."""

from collections.abc import Sequence

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.judging.verdict import named
from glassnet.training.metrics import ROCAUC, AveragePrecision, Metric


class WithinFolds(Metric, listed=False):
    """The mean over the folds, by the weight of their rows, of a metric; folds in which it is nan are left out.

    The outputs have one column more, the number of the fold (`with_folds`).
    """

    metric: Metric

    @property
    def name(self) -> str:  # type: ignore[override]
        """That of the metric."""
        return self.metric.name

    def compute(self, y: Array, p: Array, w: Array) -> float:
        """The weighted mean; nan where it is nan in every fold."""
        parts = [p[:, -1] == fold for fold in np.unique(p[:, -1])]
        sizes = np.array([w[rows].sum() for rows in parts])
        with np.errstate(invalid="ignore", divide="ignore"):
            each = np.array([self.metric(y[rows], p[rows, :-1], w[rows]) for rows in parts])
        known = ~np.isnan(each) & (sizes > 0)
        return float(np.average(each[known], weights=sizes[known])) if known.any() else float("nan")


def with_folds(outputs: Array, folds: Array) -> Array:
    """Outputs with a column for the fold of each row."""
    return np.column_stack([outputs, folds])


def within_folds(metric: Metric) -> Metric:
    """The metric over folds: of a ranking that within each fold, else that of all rows."""
    return WithinFolds(metric) if isinstance(metric, (ROCAUC, AveragePrecision)) else metric


def said_of_folds(metrics: Sequence[Metric], parts: Sequence[tuple[Array, Array]]) -> list[str]:
    """Remarks on the metrics that are means over folds, by (truth, outputs) of each fold."""
    ranked = [each for each in metrics if isinstance(each, WithinFolds)]
    if not ranked:
        return []
    said = [f"{' and '.join(named(each.name) for each in ranked)} are means over the folds, weighted by their rows."]
    for each in ranked:
        if n := sum(np.isnan(each.metric(truth, outputs)) for truth, outputs in parts):
            folds = f"{n} of {len(parts)} folds"
            said.append(f"The {named(each.name)} leaves out {folds}, whose held-out rows are not of all classes.")
    return said
