"""The search of a hundred small fits: ten learning rates on ten folds of the breast cancer table."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Search:
    """Networks with one hidden layer of relu, trained with Adam on standardised rows."""

    epochs: int
    hidden: int = 32
    batch: int = 32
    folds: int = 10
    rates: tuple[float, ...] = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.02, 0.03, 0.05)
    seed: int = 0

    @cached_property
    def data(self) -> tuple[np.ndarray, np.ndarray]:
        from sklearn.datasets import load_breast_cancer

        X, y = load_breast_cancer(return_X_y=True)
        return ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32), y

    @cached_property
    def splits(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(rows to train on, rows to score on) of each fold, with the classes in their shares."""
        from sklearn.model_selection import StratifiedKFold

        return list(StratifiedKFold(self.folds, shuffle=True, random_state=self.seed).split(*self.data))

    def best(self, scores: np.ndarray) -> float:
        """The best mean accuracy over the folds, from scores (rates, folds)."""
        return float(np.mean(scores.reshape(len(self.rates), self.folds), axis=1).max())

    def __str__(self) -> str:
        X, _ = self.data
        network = f"{X.shape[1]}-{self.hidden}-1 relu, binary cross entropy, Adam"
        fits = f"{len(self.rates)} learning rates on {self.folds} folds of {len(X)} rows"
        return f"{network}, {self.epochs} epochs in batches of {self.batch}; {fits}"
