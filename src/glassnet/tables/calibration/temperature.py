"""Calibration of probabilities: a temperature, from rows that were not trained on."""

from dataclasses import dataclass
from typing import Self

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.prediction import calibration as formulas
from glassnet.training.metrics.tempering import best_temperature as best_temperature
from glassnet.training.metrics.tempering import tempered as tempered


@dataclass(frozen=True)
class Calibration:
    """Probabilities at a temperature T, moved towards 1/classes by as much as one row in n + 1 counts.

    T is that of the least log loss on n rows that were not trained on; where all of them are right T falls to its
    bound, and the second step keeps what no row has shown from being impossible (Laplace's rule of succession).

    >>> Calibration.learn(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1])).apply(np.array([[0.9, 0.1]])).round(3)
    array([[0.833, 0.167]])
    """

    temperature: float
    n_rows: float

    def __post_init__(self) -> None:
        if not self.temperature > 0 or not self.n_rows >= 0:
            found = f"{self.temperature!r} and {self.n_rows!r}"
            raise InvalidInput(f"a calibration needs a temperature above 0 and at least 0 rows, got {found}.")

    @classmethod
    def learn(cls, probabilities: Array, classes: Array, weights: Array | None = None) -> Self:
        """From rows (n, classes), or those of networks whose mean counts, and their true class numbers."""
        n = float(len(classes) if weights is None else (weights > 0).sum())
        return cls(best_temperature(probabilities, classes, weights), n)

    def apply(self, probabilities: Array) -> Array:
        """The calibrated probabilities, shape as given; their order in a row stays."""
        return self.moved(tempered(probabilities, self.temperature))

    def moved(self, probabilities: Array) -> Array:
        """Probabilities (…, classes) moved towards 1/classes."""
        return formulas.moved(probabilities, self.share, probabilities.shape[-1])

    @property
    def share(self) -> float:
        """By how much: as much as one row in n + 1 counts."""
        return 1 / (self.n_rows + 1)
