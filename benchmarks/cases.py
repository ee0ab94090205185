"""The training steps that are timed: networks from four samples of XOR to five million parameters."""

from dataclasses import dataclass

import numpy as np

LEARNING_RATES = {"sgd": 0.01, "adam": 0.001}


@dataclass(frozen=True)
class Case:
    """One network with its batch; hidden layers share an activation, the output layer gives scores."""

    name: str
    rows: int
    widths: tuple[int, ...]
    activation: str
    loss: str
    optimizer: str
    scan: int = 100  # steps that JAX takes in one call when it scans

    @property
    def classifies(self) -> bool:
        return self.loss == "cross_entropy"

    @property
    def learning_rate(self) -> float:
        return LEARNING_RATES[self.optimizer]

    def __str__(self) -> str:
        widths = "-".join(map(str, self.widths))
        return f"{self.rows:,} rows, {widths} {self.activation}, {self.loss.replace('_', ' ')}, {self.optimizer}"

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Normal inputs and targets in float32, or class numbers; the same for every library."""
        rng = np.random.default_rng(0)
        X = rng.standard_normal((self.rows, self.widths[0]), dtype=np.float32)
        if self.classifies:
            return X, rng.integers(self.widths[-1], size=self.rows)
        return X, rng.standard_normal((self.rows, self.widths[-1]), dtype=np.float32)


CASES = {
    case.name: case
    for case in [
        Case("xor", 4, (3, 4, 1), "sigmoid", "squared_error", "sgd"),
        Case("iris", 32, (4, 6, 3), "relu", "cross_entropy", "sgd"),
        Case("clouds", 1500, (2, 5, 3), "sigmoid", "cross_entropy", "sgd"),
        Case("regression", 128, (1000, 100, 1), "relu", "squared_error", "sgd"),
        Case("tabular", 256, (100, 256, 256, 256, 1), "relu", "squared_error", "adam"),
        Case("mnist", 128, (784, 512, 512, 10), "relu", "cross_entropy", "adam"),
        # A step takes a tenth of a second: there is no cost of a call left to save by scanning more of them.
        Case("wide", 512, (784, 2048, 2048, 10), "relu", "cross_entropy", "adam", scan=4),
        Case("matexp", 10_000, (4, 32, 16, 4), "tanh", "squared_error", "adam"),
    ]
}
