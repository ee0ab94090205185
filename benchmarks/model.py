"""The network of the predictions: 20-64-64-1 with relu, the same parameters for every library."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Parameters = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Model:
    """Hidden layers with relu, and a linear output."""

    widths: tuple[int, ...] = (20, 64, 64, 1)

    def parameters(self) -> Parameters:
        """(W, b) of each layer in float32, drawn so that signals keep their size."""
        rng = np.random.default_rng(1)
        draw = [(rng.standard_normal(s) * (2 / s[0]) ** 0.5, rng.standard_normal(s[1])) for s in pairwise(self.widths)]
        return [(W.astype(np.float32), b.astype(np.float32)) for W, b in draw]

    def inputs(self, rows: int) -> np.ndarray:
        return np.random.default_rng(2).standard_normal((rows, self.widths[0]), dtype=np.float32)

    def outputs(self, X: np.ndarray) -> np.ndarray:
        """What every library must give, to rounding."""
        *hidden, (W, b) = self.parameters()
        A = X
        for V, c in hidden:
            A = np.maximum(A @ V + c, 0)
        return A @ W + b

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.widths))} relu"
