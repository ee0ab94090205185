"""The interval of a share, beside SciPy's."""

import numpy as np
import pytest

from glassnet.training.wilson import wilson


def test_intervals_of_shares_are_scipys():
    stats = pytest.importorskip("scipy.stats")
    for k, n in [(0, 5), (3, 7), (40, 40)]:
        theirs = stats.binomtest(k, n).proportion_ci(method="wilson")
        np.testing.assert_allclose(wilson(np.array([k / n]), np.array([n])), [[theirs.low], [theirs.high]], atol=1e-6)
