"""What a layer does with an activation has the bits of its formula, for rows of one piece and of several."""

import numpy as np
import pytest

from glassnet.formulas.activations import Activation
from glassnet.layers.activate import PIECE, ScoreSlices, connect, pull_back

UNITS = 9


def slices(f: Activation, n_rows: int, dtype: str) -> ScoreSlices:
    """Scores and gradients drawn at random, and room for what the passes write."""
    rng = np.random.default_rng(0)
    Z, dA = rng.normal(size=(2, n_rows, UNITS)).astype(dtype)
    learned = {name: rng.random(UNITS).astype(dtype) for name in f.learned}
    made = {"Z": Z, "A": f.value(Z, *learned.values()), "dA": dA, "dZ": np.full_like(Z, np.nan), **learned}
    made |= {"d" + name: np.empty_like(value) for name, value in learned.items()}
    s = ScoreSlices(ones=np.ones(n_rows, dtype), **made)
    connect(f, s)
    return s


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n_rows", [1, 7, 2 * PIECE // UNITS + 5])
@pytest.mark.parametrize("name", sorted(Activation.registry))
def test_the_gradient_of_scores_is_that_of_the_formula(name, n_rows, dtype):
    f: Activation = Activation.of(name)
    s = slices(f, n_rows, dtype)
    pull_back(f, s)
    expected = [f.pull_back(dA, Z, A, *s.learned) for _, dA, Z, A in s.backward_pieces]
    assert np.array_equal(s.dZ, np.concatenate(expected))
    assert s.dZ.dtype == dtype
