"""The loss of deep Q-learning: of all actions, it looks at the one that was taken."""

import numpy as np

from glassnet.formulas.elementary import Array, abs, clip, minimum, where
from glassnet.formulas.loss import Loss

NOT_TAKEN = -1e30  # stands in targets for "nothing is known"; what a game is worth lies far above


class QError(Loss, listed=False):
    """Huber loss (δ = 1) of the action that was taken; the others, whose target is NOT_TAKEN, have none.

    ℓ = ½ r² if |r| ≤ 1 else |r| − ½,    r = q − y of the action taken, 0 of all others.

    >>> targets = action_targets(np.array([1]), np.array([5.0]), n_actions=2)
    >>> QError().gradient(np.array([[3.0, 4.5]]), targets).tolist()
    [[0.0, -0.5]]
    """

    name = "q_error"

    def value(self, p: Array, y: Array) -> Array:
        """The loss of each entry."""
        r = where(y > -1e29, p - y, 0.0)
        inner = minimum(abs(r), 1.0)
        return inner * (abs(r) - 0.5 * inner)

    def gradient(self, p: Array, y: Array) -> Array:
        """Its slope."""
        return where(y > -1e29, clip(p - y, -1.0, 1.0), 0.0)


def action_targets(actions: Array, targets: Array, n_actions: int) -> Array:
    """(n, n_actions): the target of each row in the column of its action, and NOT_TAKEN elsewhere."""
    y = np.full((len(actions), n_actions), NOT_TAKEN, np.float32)
    y[np.arange(len(actions)), actions] = targets
    return y
