"""Metrics of classes and of yes-or-no outputs, as scikit-learn defines them, computed over all rows at once."""

from typing import Any, ClassVar

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_one_of, require_whole
from glassnet.training.metrics.metric import Metric, are_classes, indicators, true_classes

MOST_CLASSES = 2**31 - 1


class Accuracy(Metric):
    """Share of correctly classified rows.

    A row of several yes-or-no outputs is correct if all of them are. Takes class numbers y (n,), one-hot rows (n,
    classes) or 0/1 columns (n, n_outputs), and probabilities (n, classes) or (n, n_outputs).

    >>> gn.metrics.Accuracy()([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    0.6666666666666666
    """

    of_decisions: ClassVar[bool] = True
    of_many: ClassVar[bool] = True

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Weighted share of rows."""
        if are_classes(y, p):
            right = p.argmax(axis=-1) == true_classes(y)
        else:
            right = ((y.reshape(p.shape[-2:]) > 0.5) == (p > 0.5)).all(axis=-1)
        return np.average(right, axis=-1, weights=w)


class TopKAccuracy(Metric, name="top_k_accuracy"):
    """Share of rows whose true class is among the k most probable ones.

    Takes class numbers y (n,) or one-hot rows (n, classes), and probabilities (n, classes).

    Parameters
    ----------
    k
        How many classes count as a hit, at least 1; 2 by default.

    Raises InvalidInput for a `k` below 1.

    >>> p = [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]]
    >>> gn.metrics.TopKAccuracy(k=2)([1, 2], p)
    0.5
    """

    k: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        require_whole(self, "k")

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Weighted share of rows; among equal probabilities the later class comes first, as in scikit-learn."""
        best = np.argsort(p, axis=1, kind="stable")[:, ::-1][:, : self.k]
        return np.average((best == true_classes(y)[:, None]).any(axis=1), weights=w)


class _Counted:
    """Metrics of true and false positives: of class 1 for one output or two classes, else the mean over the classes."""

    of_decisions: ClassVar[bool] = True

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Mean over the classes that occur; a class whose ratio is 0 / 0 counts 0."""
        truth, said = indicators(y, p)
        right, positive, predicted = ((w @ a) for a in (truth & said, truth, said))
        ratios = self.ratio(right, positive, predicted)
        return self.chosen(ratios, np.asarray((truth | said).any(axis=0)), are_classes(y, p))

    def chosen(self, ratios: Array, occurs: Array, exclusive: bool) -> Any:
        """Of all ratios that of class 1 of two classes, or the mean over those that occur, or over all outputs."""
        if exclusive:
            return ratios[1] if len(ratios) == 2 else ratios[occurs].mean()
        return ratios.mean()

    def ratio(self, right: Array, positive: Array, predicted: Array) -> Array:
        """The metric of each class from the weights of its true positives, true rows and predicted rows."""
        raise NotImplementedError


def over(a: Array, b: Array) -> Array:
    """a / b, and 0 where b is 0."""
    return np.divide(a, b, out=np.zeros_like(a, dtype=np.float64), where=b != 0)


class Precision(_Counted, Metric):
    """Precision: of the rows predicted to be in a class, the share that are.

    precision = TP / (TP + FP)

    Of class 1 for two classes, else the mean over the classes that occur or over the outputs. A class that is never
    predicted counts 0. Takes y and probabilities as `Accuracy` does.

    >>> gn.metrics.Precision()([0, 1, 1, 0], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])
    0.5
    """

    def ratio(self, right: Array, positive: Array, predicted: Array) -> Array:
        """Right / predicted."""
        return over(right, predicted)


class Recall(_Counted, Metric):
    """Recall: of the rows of a class, the share that were found.

    recall = TP / (TP + FN)

    Of class 1 for two classes, else the mean over the classes that occur or over the outputs. A class without rows
    counts 0. Takes y and probabilities as `Accuracy` does.

    >>> gn.metrics.Recall()([0, 1, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.8, 0.2]]) == 1 / 3
    True
    """

    def ratio(self, right: Array, positive: Array, predicted: Array) -> Array:
        """Right / positive."""
        return over(right, positive)


class F1(_Counted, Metric):
    """F1 score: the harmonic mean of precision and recall.

    F1 = 2 · precision · recall / (precision + recall)

    Of class 1 for two classes, else the mean over the classes that occur or over the outputs. Takes y and probabilities
    as `Accuracy` does.

    Parameters
    ----------
    of_class
        "macro" for the mean over the classes that occur also where there are two; the number of a class or an output,
        for that of it alone; None (default) as above.

    Raises InvalidInput for anything else.

    >>> gn.metrics.F1()([0, 1, 1, 0], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])
    0.5
    """

    of_class: int | str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        given = self.of_class
        number = isinstance(given, (int, np.integer)) and not isinstance(given, bool) and 0 <= given <= MOST_CLASSES
        if not (given is None or is_one_of(given, ["macro"]) or number):
            raise InvalidInput(
                f"F1: `of_class` must be 'macro', the number of a class or None, got {brief(self.of_class)}."
            )

    def chosen(self, ratios: Array, occurs: Array, exclusive: bool) -> Any:
        """Of the class that is asked for."""
        if self.of_class is None:
            return super().chosen(ratios, occurs, exclusive)
        if self.of_class == "macro":
            return ratios[occurs].mean() if exclusive else ratios.mean()
        if int(self.of_class) >= len(ratios):
            raise InvalidInput(f"F1: there is no class {self.of_class}: the outputs have {len(ratios)} columns.")
        return ratios[int(self.of_class)]

    def ratio(self, right: Array, positive: Array, predicted: Array) -> Array:
        """2 right / (positive + predicted)."""
        return over(2 * right, positive + predicted)


class BalancedAccuracy(Metric, name="balanced_accuracy"):
    """Balanced accuracy: the mean over the classes of the share of their rows that were found, so that all count alike.

    Over the classes that have rows; a single yes-or-no output has two classes. Takes y and probabilities as `Accuracy`
    does.

    >>> gn.metrics.BalancedAccuracy()([0, 0, 0, 1], [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    0.5
    """

    of_decisions: ClassVar[bool] = True

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Mean recall; yes-or-no outputs are averaged over the columns."""
        truth, said = indicators(y, p)
        if are_classes(y, p):
            return mean_recall(truth, said, w)
        columns = zip(truth.T, said.T, strict=True)
        return np.mean([mean_recall(both(a), both(b), w) for a, b in columns])


def mean_recall(truth: Array, said: Array, w: Array) -> float:
    """The mean over the classes (n, classes) with rows of the share that was found."""
    right, positive = w @ (truth & said), w @ truth
    return float((right[positive > 0] / positive[positive > 0]).mean())


def both(yes: Array) -> Array:
    """A column of yes and no as two classes."""
    return np.column_stack([~yes, yes])


class Brier(Metric):
    """Brier score: the mean squared distance of the probabilities from what happened.

    (p − y)² of class 1 for two classes or one output; Σₖ (pₖ − yₖ)² for more classes

    Lower is better. The mean over the rows; yes-or-no outputs are averaged. Takes y and probabilities as `LogLoss`
    does.

    >>> gn.metrics.Brier()([0, 1], [[0.5, 0.5], [0.0, 1.0]])
    0.125
    """

    higher_is_better: ClassVar[bool] = False

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Weighted mean; two classes have the same square twice."""
        if are_classes(y, p):
            there = true_classes(y)[:, None] == np.arange(p.shape[1])
            return np.average(((p - there) ** 2).sum(axis=1) * (0.5 if p.shape[1] == 2 else 1.0), weights=w)
        return np.average(((p - y.reshape(p.shape)) ** 2).mean(axis=1), weights=w)


class LogLoss(Metric, name="log_loss"):
    """Log loss: the mean of −log of the probability given to the true class.

    Probabilities are kept 2⁻⁵² away from 0 and 1; yes-or-no outputs are averaged. Takes class numbers y (n,), one-hot
    rows (n, classes) or 0/1 columns (n, n_outputs), and probabilities (n, classes) or (n, n_outputs).

    >>> round(gn.metrics.LogLoss()([0, 1], [[0.5, 0.5], [0.5, 0.5]]), 4)  # log 2
    0.6931
    """

    higher_is_better: ClassVar[bool] = False

    def compute(self, y: Array, p: Array, w: Array) -> Any:
        """Weighted mean; yes-or-no outputs are averaged over the columns."""
        tiny = float(np.finfo(np.float64).eps)
        p = np.clip(p, tiny, 1 - tiny)
        if are_classes(y, p):
            chosen = np.take_along_axis(p, true_classes(y).astype(int)[:, None], axis=1)
            return np.average(-np.log(chosen[:, 0]), weights=w)
        y = y.reshape(p.shape)
        return np.average(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(axis=1), weights=w)
