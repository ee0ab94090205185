"""The verdict over folds: every simple model is judged by its own outputs."""

import numpy as np
import polars as pl

import glassnet as gn

rng = np.random.default_rng(0)
X = rng.normal(size=(300, 2))
LINE = pl.DataFrame({"x": X[:, 0], "z": X[:, 1], "y": 10 * X[:, 0] + 50 + rng.normal(size=300)})


def test_each_simple_model_of_the_folds_is_judged_by_its_own_outputs():
    verdict = gn.cross_validate(LINE, "y", folds=3, n_ensemble=1, recipe=gn.Recipe(hidden=(16,), epochs=20)).verdict
    assert verdict.sentence.startswith("Use a linear regression instead: its RMSE of 1.")
    for other in verdict.comparisons:
        better = other.better["rmse"]
        assert better.low < other.scores["rmse"] - verdict.scores["rmse"] < better.high
    assert len({other.better["rmse"] for other in verdict.comparisons}) == 3
