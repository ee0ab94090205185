"""Ridge regression solved exactly, from sums over rows that need to be seen only once.

    L(W) = mean over rows of ‖y − x W‖² + α ‖W‖²,    ∂L/∂W = 0    ⟺    (XᵀX + n α I) W = XᵀY

The same sums over other rows give the error of any W on those: ‖Y − X W‖² = ‖Y‖² − 2 ⟨XᵀY, W⟩ + ⟨W, XᵀX W⟩. Leaving
some rows out is a subtraction.
"""

from dataclasses import dataclass

import numpy as np

from glassnet.formulas.elementary import Array


@dataclass
class Sums:
    """XᵀX, XᵀY and ‖Y‖² over rows, for inputs (n, n_inputs) and targets (n, n_outputs)."""

    XX: Array
    XY: Array
    YY: float = 0.0
    n: int = 0

    @classmethod
    def empty(cls, n_inputs: int, n_outputs: int) -> "Sums":
        """Sums over no rows."""
        return cls(np.zeros((n_inputs, n_inputs)), np.zeros((n_inputs, n_outputs)))

    def without(self, part: "Sums") -> "Sums":
        """The sums over all rows but those of a part."""
        return Sums(self.XX - part.XX, self.XY - part.XY, self.YY - part.YY, self.n - part.n)

    def add(self, X: Array, Y: Array) -> None:
        """Count these rows too."""
        self.XX += X.T @ X
        self.XY += X.T @ Y
        self.YY += float(np.vdot(Y, Y))
        self.n += len(X)

    def squared_error(self, W: Array) -> float:
        """The sum of the squared errors of Y ≈ X W over these rows and all outputs."""
        return max(0.0, self.YY - 2 * float(np.vdot(self.XY, W)) + float(np.vdot(W, self.XX @ W)))

    def solution(self, penalty: float) -> Array:
        """The weights (n_inputs, n_outputs) with the least loss; without a penalty, of these the smallest."""
        damped = self.XX + self.n * penalty * np.eye(len(self.XX))
        if penalty > 0:
            return np.linalg.solve(damped, self.XY)
        return np.linalg.pinv(damped, hermitian=True) @ self.XY
