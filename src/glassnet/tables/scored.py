"""How good a model of a table is on rows that have the target, and what about the rows is unusual."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.batches import check_batches, predicted_batch
from glassnet.tables.compared import Compared
from glassnet.tables.distributions.scores import named_scores
from glassnet.tables.encoding.strays import stray_notes
from glassnet.tables.encoding.target import has_value
from glassnet.tables.encoding.task import METRICS
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.reading.chunks import Pieces, each
from glassnet.tables.values.frames import as_frame, check_column
from glassnet.training.loop.settings import metrics_of
from glassnet.training.metrics import Metric, MetricLike, measure


@answered
@dataclass(frozen=True, repr=False)
class ScoredPipeline(TablePipeline):
    """A pipeline with its scores."""

    def evaluate(self, frames: Any, metrics: Sequence[MetricLike] = ()) -> dict[str, float]:
        """Metrics on the rows that have a target: accuracy, log_loss, f1, …; for numbers rmse, mae, r2, ….

        Those of a distribution are log_score and crps.

        Parameters
        ----------
        frames
            A data frame, or several that are looked at one after the other, such as `Pieces`.
        metrics
            Further metrics, by name or as objects: "precision_at_recall", `gn.metrics.F1(of_class=1)`, "pinball", ….
            None by default.

        Raises InvalidInput where no row has a target, and for metrics of numbers where classes are predicted, and the
        other way round.
        """
        more = self.checked_metrics(metrics)
        found = self.compared(frames)
        return self.measured(found.truth, found.outputs, found.of_rows, more)

    def checked_metrics(self, metrics: Sequence[MetricLike]) -> tuple[Metric, ...]:
        """Metrics that suit what is predicted."""
        found, classes = metrics_of(metrics), self.task == "classification"
        for metric in found:
            if metric.of_labels != classes and type(metric).__module__.startswith("glassnet."):
                of, predicts = ("classes", "numbers") if metric.of_labels else ("numbers", "classes")
                raise InvalidInput(f"the metric {metric.name} is for {of}, but the model predicts {predicts}.")
        return found

    def measured(
        self, truth: Array, outputs: Array, of_rows: Array | None = None, more: Sequence[Metric] = ()
    ) -> dict[str, float]:
        """The metrics of `evaluate` from what `compared` gives."""
        names = [name for name in METRICS[self.task] if name != "mape" or truth.all()]  # shares of 0 say nothing
        found: dict[str, float] = {}
        for metric in (*metrics_of(names), *more):
            found |= measure([metric], truth, self.seen_by(metric, outputs), None)
        return found if of_rows is None else found | named_scores(of_rows)

    def compared(self, frames: Any) -> Compared:
        """The rows of `evaluate`, of one data frame or several; those without a target are dropped."""
        parts = [*each(frames if isinstance(frames, (list, Pieces)) else [frames], self._part)]
        truth, outputs = (np.concatenate([part[k] for part in parts]) for k in range(2))
        if not len(truth):
            raise InvalidInput(f"no row has a value of the target {self.target_name!r} to compare with.")
        scores = [part.of_rows for part in parts if part.of_rows is not None]
        n_without = sum(part.n_without_target for part in parts)
        n_seen = sum(part.n_seen for part in parts)
        return Compared(truth, outputs, n_without, np.concatenate(scores) if scores else None, n_seen)

    def _part(self, frame: Any) -> Compared:
        check_column(frame, self.target_name, "target column")
        there = has_value(as_frame(frame)[self.target_name], self.target.format)
        X = self.encoder.transform(frame)
        truth = self.truth(as_frame(frame)[np.flatnonzero(there)]) if there.any() else np.zeros(0, np.intp)
        of_rows = self.scores_of_rows(X[there], truth) if there.any() else None
        n_seen = 0 if self.seen is None else self.seen.count(X[there], truth, self.encoder)
        return Compared(truth, self.outputs_of(X)[there], int((~there).sum()), of_rows, n_seen)

    def n_seen(self, frame: Any, X: Array) -> int:
        """How many rows of a data frame, X as the encoder makes them, the model was trained on; 0 without targets."""
        rows = as_frame(frame)
        if self.seen is None or self.target_name not in rows.columns:
            return 0
        try:
            there = np.flatnonzero(has_value(rows[self.target_name], self.target.format))
            return self.seen.count(X[there], self.truth(rows[there]), self.encoder) if len(there) else 0
        except InvalidInput:  # predictions need no target: it may hold anything
            return 0

    def notes_on(self, frames: Any) -> list[str]:
        """What in the rows of a data frame (or of `Pieces`) is read as missing, as odd texts in training; in words."""
        formats = {encoder.name: encoder.format for encoder in self.encoder.encoders}
        frames = frames if isinstance(frames, (list, Pieces)) else [frames]
        names = frames.columns if isinstance(frames, Pieces) else as_frame(frames[0]).columns
        gone = [f"there is no id column {name!r} in this table" for name in self.id_columns if name not in names]
        return gone + stray_notes(frames, formats)

    def predict_batches(self, batches: Iterable[Any], interval: float | None = None) -> Iterator[Any]:
        """Predict tables that come one after the other, in memory for one of them at a time.

        Each prediction depends on its row alone, so it does not matter how rows are divided into batches, or which
        machine predicts which: engines such as Spark, Dask, polars and DuckDB can call this (see docs/cluster.md).

        Parameters
        ----------
        batches
            Data frames of pandas or polars, tables or record batches of Arrow, or mappings of columns, with any number
            of rows, none included.
        interval
            Add "lower" and "upper", the ends of `predict_interval`, for this coverage; None (default) for none.

        Yields for each batch a frame of the same library (of a mapping a dict of arrays) with the columns of
        `predict_table`: the ids, "prediction", and for classes "probability of …". Raises InvalidInput for one table in
        place of several, and for a batch that lacks columns of the model.

        >>> iris = gn.datasets.iris().to_polars()
        >>> training = gn.TableTraining(iris, "species", recipe=gn.Recipe(epochs=20))
        >>> for epoch in training.epochs(): pass
        >>> [found.height for found in training.model.predict_batches(iris.iter_slices(100))]
        [100, 50]
        """
        check_batches(batches)
        return (predicted_batch(self, batch, interval) for batch in batches)
