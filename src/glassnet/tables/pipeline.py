"""From raw rows to classes or numbers: the encoder of the columns, the network, and the way back from its outputs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.files.schema import checked
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.tables.calibration.in_files import (
    OTHERS,
    ArrayGroups,
    arrays_of,
    described,
    interval_arrays,
    interval_in,
    networks_in,
)
from glassnet.tables.calibration.intervals import Interval
from glassnet.tables.calibration.temperature import Calibration
from glassnet.tables.calibration.threshold import check_chosen
from glassnet.tables.distributions.distribution import Distribution
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.heads import described_head, head_from_description, head_of
from glassnet.tables.distributions.scores import TOLD_NAMES, scores_of_rows, told_columns
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.found_columns import FoundColumn
from glassnet.tables.encoding.several_targets import n_outputs
from glassnet.tables.encoding.target import ClassTarget, Target, target_from_description
from glassnet.tables.model_checks import check_finite, check_network_fits, check_task, fitting
from glassnet.tables.network_outputs import mean, raw_outputs
from glassnet.tables.reading.read_options import NOTHING_KNOWN, ReadOptions
from glassnet.tables.seen_rows import SEEN, SeenRows, seen_in
from glassnet.tables.table_fields import TableFields
from glassnet.tables.update_record import UpdateRecord
from glassnet.tables.values.frames import as_frame, check_column
from glassnet.tables.values.plain_tables import items, plain_columns
from glassnet.training.metrics import Metric

PREDICTION, CHANCE, LIMITS = "prediction", "probability of {}", ("lower", "upper")  # columns of predictions


@answered
@dataclass(frozen=True, repr=False)
class TablePipeline:
    """What `TableModel` is made of, and how it predicts.

    `encoder` says what became of each column, `target` of the classes or numbers, `target_name` which column that was;
    `network` takes what the encoder makes, and so do the `others` of an ensemble, whose outputs are averaged;
    `file_notes` say what was not usual about the file that it was trained on, `id_columns` which columns name the rows.
    `calibration` is that of probabilities, `interval` says how wide intervals of numbers are, `estimator` what an
    estimator of scikit-learn that saved the model knows beside it, `columns` what was found of
    each column but the target, `updates` how it was trained further. `head` says what the outputs mean where they are a
    distribution of numbers, `seen` which rows it was trained on.
    """

    encoder: TableEncoder
    target: Target
    target_name: str
    network: Network
    file_notes: tuple[str, ...] = ()
    id_columns: tuple[str, ...] = ()
    others: tuple[Network, ...] = ()
    calibration: Calibration | None = None
    interval: Interval | None = None
    estimator: Mapping[str, Any] | None = None
    columns: tuple[FoundColumn, ...] = ()
    threshold: float | None = None
    reading: ReadOptions = NOTHING_KNOWN
    updates: tuple[UpdateRecord, ...] = ()
    head: Head | None = None
    seen: SeenRows | None = None

    def __repr__(self) -> str:
        inputs = f"{len(self.encoder.columns):,} columns as {len(self.encoder.feature_names):,} inputs"
        size = f"{self.network.built()[0].n_parameters:,} parameters"
        size = f"{len(self.networks)} networks of {size}" if self.others else size
        return f"{type(self).__name__}({self.task} of {self.target_name!r} from {inputs}, {size})"

    @property
    def task(self) -> str:
        """ "classification" or "regression"."""
        return self.target.task

    @property
    def networks(self) -> tuple[Network, ...]:
        """All networks, whose outputs are averaged."""
        return (self.network, *self.others)

    def outputs(self, frame: Any) -> Array:
        """Predict class probabilities (n, classes), or numbers (n, 1) in the target's own unit."""
        return self.outputs_of(self.encoder.transform(frame))

    def outputs_of(self, X: Array) -> Array:
        """The outputs for encoded rows: the mean over the networks."""
        return mean([self.outputs_by(network, X) for network in self.networks])

    def outputs_by(self, network: Network, X: Array) -> Array:
        """What one of the networks says of encoded rows."""
        return self.in_units(*network.outputs(X))

    def in_units(self, outputs: Array, whole: bool) -> Array:
        """Outputs of a network, all finite if `whole`, as calibrated probabilities or as numbers in their own unit."""
        if not whole:
            check_finite(outputs)
        if isinstance(self.target, ClassTarget):
            return outputs if self.calibration is None else self.calibration.apply(outputs)
        if self.head is not None:
            outputs = self.head.mean(outputs)[:, np.newaxis]
        return self.target.within(self.target.decode(outputs))

    def predict(self, frame: Any) -> Array:
        """Predict the class of each row, as it was written in the table, or its number: (n,)."""
        outputs = self.outputs(frame)
        return self.target.decode(self.decided(outputs)) if isinstance(self.target, ClassTarget) else outputs[:, 0]

    def decided(self, outputs: Array) -> Array:
        """The class numbers (n,) for probabilities: the most probable, or of two the second from the threshold on."""
        return outputs.argmax(axis=1) if self.threshold is None else (outputs[:, 1] >= self.threshold).astype(np.intp)

    def seen_by(self, metric: Metric, outputs: Array) -> Array:
        """What a metric compares with the truth: outputs, or where these are decided by a threshold, the decisions."""
        return np.eye(2)[self.decided(outputs)] if self.threshold is not None and metric.of_decisions else outputs

    def predict_interval(self, frame: Any, coverage: float | None = None) -> Array:
        """Intervals that hold a new row's number with a probability of `coverage`, (n, 2): low and high.

        Conformal: the margin is that of the errors on the validation rows, which hold for rows drawn like those. The
        coverage is 0.9 by default, or the one that networks of the ends were trained for (`interval=`), which is then
        the only one.

        Raises InvalidInput for classes, for another coverage, and for a model without validation errors.
        """
        return self.ends(self.encoder.transform(frame), None, coverage)

    def ends(self, X: Array, predictions: Array | None, coverage: float | None) -> Array:
        """The ends of `predict_interval` for encoded rows, around predictions if these are known already."""
        if isinstance(self.target, ClassTarget):
            raise InvalidInput("intervals are for numbers: this model predicts classes, with a probability for each.")
        if self.interval is None:
            raise InvalidInput("this model has no errors on validation rows to derive intervals from: train it again.")
        predictions = self.outputs_of(X)[:, 0] if predictions is None else predictions
        return self.interval.ends(self.target, X, predictions, coverage)

    def predict_distribution(self, frame: Any) -> Distribution:
        """What the model says of the number of each row of a data frame: a `Distribution`, whose mean `predict` gives.

        `predict` keeps it between the least and the largest number in training, as the distribution is not. Raises
        InvalidInput for classes, and for a model that was trained without `distribution=`.
        """
        return self.distribution_of(self.encoder.transform(frame))

    def distribution_of(self, X: Array) -> Distribution:
        """The distributions of encoded rows."""
        head, target = head_of(self.head, self.target)
        return head.distribution([raw_outputs(network, X) for network in self.networks], target)

    def scores_of_rows(self, X: Array, truth: Array) -> Array | None:
        """(log score, CRPS) of each encoded row, (n, 2); None for a model without a distribution."""
        return scores_of_rows(self.distribution_of(X), truth) if self.head is not None else None

    def predict_table(self, frame: Any, coverage: float | None = None) -> dict[str, Any]:
        """Predict columns for a file: the ids, "prediction", and for classes also "probability of …" for each.

        With a `coverage`, numbers have "lower" and "upper" too, the ends of `predict_interval`; those of a model with a
        distribution have its "standard deviation" and three quantiles.
        """
        predicted = self.predicted_columns(self.encoder.transform(frame), coverage)
        return {**self._ids(frame, predicted), **predicted}

    def predicted_columns(self, X: Array, coverage: float | None = None) -> dict[str, Array]:
        """The columns of `predict_table` but for the ids, for encoded rows."""
        predicted = self._predicted(self.outputs_of(X))
        if self.head is not None:
            predicted |= told_columns(self.distribution_of(X))
        if coverage is not None:
            predicted |= zip(LIMITS, self.ends(X, predicted[PREDICTION], coverage).T, strict=True)
        return predicted

    def predicted_names(self, coverage: float | None = None) -> tuple[str, ...]:
        """The names of `predicted_columns`, which need no rows."""
        target, told = self.target, TOLD_NAMES if self.head is not None else ()
        chances = map(CHANCE.format, target.names) if isinstance(target, ClassTarget) else ()
        return (PREDICTION, *chances, *told, *(LIMITS if coverage is not None else ()))

    def _ids(self, frame: Any, predicted: Mapping[str, Any]) -> dict[str, Any]:
        """The id columns of a data frame as they stand there, as far as it has them."""
        if taken := [name for name in self.id_columns if name in predicted]:
            raise InvalidInput(f"the id column {taken[0]!r} has the name of a column of the predictions: rename it.")
        if not self.id_columns:
            return {}
        if (plain := plain_columns(frame, self.encoder.columns)) is not None:
            return {name: items(plain[name]) for name in self.id_columns if name in plain}
        columns = as_frame(frame)
        return {name: columns[name].to_list() for name in self.id_columns if name in columns.columns}

    def _predicted(self, outputs: Array) -> dict[str, Array]:
        if not isinstance(self.target, ClassTarget):
            return {PREDICTION: outputs[:, 0]}
        chances = {CHANCE.format(name): outputs[:, k] for k, name in enumerate(self.target.names)}
        return {PREDICTION: self.target.decode(self.decided(outputs)), **chances}

    def truth(self, frame: Any) -> Array:
        """The target column of a data frame: class numbers, or numbers in their own unit."""
        check_column(frame, self.target_name, "target column")
        encoded = self.target.encode(as_frame(frame)[self.target_name])
        return encoded if isinstance(self.target, ClassTarget) else self.target.decode(encoded)

    def describe(self) -> dict[str, Any]:
        """Everything but the first network and the arrays, as JSON values."""
        calibration, interval = self.calibration, self.interval
        return {
            "encoder": self.encoder.describe(),
            "target": self.target.describe(),
            "target_name": self.target_name,
            "file_notes": list(self.file_notes),
            **({"id_columns": list(self.id_columns)} if self.id_columns else {}),
            **({"others": [network.describe() for network in self.others]} if self.others else {}),
            **({"calibration": asdict(calibration)} if calibration is not None else {}),
            **({"interval": described(interval)} if interval is not None else {}),
            **({"threshold": self.threshold} if self.threshold is not None else {}),
            **({"distribution": described_head(self.head)} if self.head is not None else {}),
            **({"estimator": dict(self.estimator)} if self.estimator is not None else {}),
            **({"columns": [asdict(column) for column in self.columns]} if self.columns else {}),
            **({"reading": asdict(self.reading)} if self.reading.said else {}),
            **(self.seen.describe() if self.seen is not None else {}),
            **({"updates": [asdict(update) for update in self.updates]} if self.updates else {}),
        }

    @property
    def arrays(self) -> dict[str, Array]:
        """The arrays of all networks and of the interval, by their names in the model file."""
        found = {**self.network.arrays, **arrays_of(OTHERS, self.others)}
        found |= {} if self.seen is None else self.seen.arrays
        return found if self.interval is None else found | interval_arrays(self.interval)

    @classmethod
    def from_description(
        cls, description: Mapping[str, Any], network: Mapping[str, Any], arrays: Mapping[str, Array]
    ) -> Self:
        """The model from its description, that of the first network, and the arrays; InvalidInput for a misfit."""
        found: TableFields = checked(description, TableFields, "table")
        encoder = TableEncoder.from_description(found["encoder"])
        target = target_from_description(found["target"])
        groups = ArrayGroups(arrays)
        networks = (
            Network.from_description(network, groups.own),
            *networks_in(OTHERS, found.get("others", ()), groups),
        )
        interval = interval_in(found["interval"], groups) if "interval" in found else None
        earlier = found.get("seen_earlier", ())
        seen = seen_in(found["seen"], earlier, groups.take(SEEN), encoder) if "seen" in found else None
        groups.check_all_taken()
        head = head_from_description(found["distribution"]) if "distribution" in found else None
        for one, outputs in fitting(networks, interval, n_outputs(target) if head is None else head.n_outputs):
            check_network_fits(one, encoder, outputs)
        calibration = found.get("calibration")
        check_task(target, calibration, interval, head)
        check_chosen(found.get("threshold"), "", target.names if isinstance(target, ClassTarget) else ())
        named = found["target_name"], networks[0], found["file_notes"], found.get("id_columns", ())
        optional = found.get("estimator"), found.get("columns", ()), found.get("threshold")
        last = found.get("reading", NOTHING_KNOWN), found.get("updates", ()), head
        return cls(encoder, target, *named, networks[1:], calibration, interval, *optional, *last, seen=seen)
