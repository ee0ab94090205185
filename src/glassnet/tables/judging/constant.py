"""The constant that a model has to beat: what is best for a metric if nothing is known of a row."""

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.judging.known import Baseline, Known
from glassnet.tables.judging.verdict import named
from glassnet.tables.number_format import readable
from glassnet.training.metrics import Metric
from glassnet.training.metrics.of_numbers import weighted_median

MEDIANS = ("mae", "median_absolute_error")


def constant(known: Known, metric: str) -> Baseline:
    """The shares of the classes, or the label that is best for the metric; of numbers the mean or a median."""
    if isinstance(known.target, ClassTarget):
        return of_classes(known, known.target, Metric.of(metric))
    called, value = best_number(known, metric)
    outputs = known.target.decode(repeated(np.array([value]), known))
    said = f"The constant is {called} of the other rows, {readable(outputs[0, 0])}."
    return Baseline("constant", called, said, outputs)


def of_classes(known: Known, target: ClassTarget, metric: Metric) -> Baseline:
    """The shares, which decide for the largest class, or for the one of two that the metric gives more."""
    shares = known.counts / known.counts.sum()
    largest, best = int(shares.argmax()), best_label(shares, metric)
    outputs, said = repeated(known.moved(shares), known), "The constant gives every row the shares of the classes; the "
    if best == largest:
        return Baseline("constant", "the class shares", f"{said}largest is {target.names[largest]}.", outputs)
    name = target.names[best]
    said += f"label is {name}, which is best for {named(metric.name)}."
    return Baseline("constant", f"saying {name} of every row", said, outputs, repeated(np.eye(2)[best], known))


def best_label(shares: Array, metric: Metric) -> int:
    """The class to say of every row; of more than two classes no metric prefers another than the largest."""
    largest = int(shares.argmax())
    if not metric.of_decisions or len(shares) > 2:
        return largest
    classes = np.arange(2)
    largest_score, other_score = (metric(classes, np.eye(2)[[k, k]], shares) for k in (largest, 1 - largest))
    return 1 - largest if other_score > largest_score else largest


def best_number(known: Known, metric: str) -> tuple[str, float]:
    """What it is called, and the standardised number."""
    weights = np.ones(len(known.y)) if known.weights is None else known.weights
    if metric in MEDIANS:
        return "the median", weighted_median(known.y, weights)
    if metric == "mape":
        sizes = np.maximum(np.abs(known.target.decode(known.y)), np.finfo(np.float64).eps)
        return "the median (weighted by 1 / size)", weighted_median(known.y, weights / sizes)
    return "the mean", float(np.average(known.y, weights=weights))


def repeated(row: Array, known: Known) -> Array:
    """The same outputs for every row."""
    return np.tile(row, (len(known.held_out), 1))
