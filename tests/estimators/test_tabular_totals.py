"""Totals at the end of a data frame are no rows to learn from, for estimators as for a training on a table."""

import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.sklearn import TabularClassifier, TabularRegressor

rng = np.random.default_rng(0)
SOLD = rng.integers(1, 90, 40)
SHOPS = pl.DataFrame({"shop": [f"s{k % 4}" for k in range(40)], "size": rng.integers(10, 99, 40), "sold": SOLD})
WITH_TOTAL = pl.concat(
    [SHOPS, pl.DataFrame({"shop": ["Total"], "size": [SHOPS["size"].sum()], "sold": [int(SOLD.sum())]})]
)
QUICK: dict[str, Any] = {
    "recipe": gn.Recipe(hidden=(4,), epochs=2, engine="numpy"),
    "engine": "numpy",
    "random_state": 0,
}


@pytest.mark.parametrize("kind", ["polars", "pandas"])
def test_totals_are_left_out_with_a_warning_that_says_how_to_keep_them(kind):
    frame = WITH_TOTAL if kind == "polars" else WITH_TOTAL.to_pandas()
    with pytest.warns(
        UserWarning, match=r"TabularRegressor: row 41 .*'Total'.* is left out, .* \(skip_last=0 keeps it\)"
    ):
        found = TabularRegressor(**QUICK).fit(frame[["shop", "size"]], frame["sold"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain = TabularRegressor(**QUICK).fit(SHOPS[["shop", "size"]], SHOPS["sold"])
        kept: Any = TabularRegressor(**QUICK, skip_last=0).fit(frame[["shop", "size"]], frame["sold"])
    np.testing.assert_array_equal(found.predict(SHOPS[["shop", "size"]]), plain.predict(SHOPS[["shop", "size"]]))
    assert "Total" in next(each for each in kept.encoder_.encoders if each.name == "shop").levels


def test_rows_are_left_out_on_request_also_of_an_array_and_with_weights():
    A, labels = rng.normal(size=(40, 2)), np.arange(40) % 2
    plain = TabularClassifier(**QUICK).fit(A[:-3], labels[:-3])
    with pytest.warns(UserWarning, match="the last 3 rows are left out, as asked"):
        short = TabularClassifier(**QUICK, skip_last=3).fit(A, labels)
    np.testing.assert_array_equal(short.predict_proba(A), plain.predict_proba(A))
    weights = np.linspace(1, 2, 40)
    with pytest.warns(UserWarning, match="the last 3 rows are left out, as asked"):
        short.fit(A, labels, sample_weight=weights)
    plain.fit(A[:-3], labels[:-3], sample_weight=weights[:-3])
    np.testing.assert_array_equal(short.predict_proba(A), plain.predict_proba(A))
    for wrong, said in [
        (40, "skip_last=40 leaves no row"),
        (-1, "skip_last must be a whole number of at least 0, got"),
    ]:
        with pytest.raises(gn.InvalidInput, match=said):
            TabularClassifier(**QUICK, skip_last=wrong).fit(A, labels)
