"""What each column contributed to a prediction of a table model."""

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.insight.contributions import contributions_page, some_background

N = 400
RNG = np.random.default_rng(0)
TABLE = pl.DataFrame({
    "size": RNG.normal(100, 30, N), "town": RNG.choice([f"Ort {k} é" for k in range(20)], N),
    "kind": [("flat", "house", None)[k] for k in RNG.integers(0, 3, N)], 
    "built": pl.Series(RNG.integers(0, 20_000, N)).cast(pl.Date),
}).with_columns(
    pl.when(pl.arange(N) % 7 == 0).then(None).otherwise(pl.col("size")).alias("size"),
    price=pl.col("size") * 3 + (pl.col("kind") == "house").fill_null(False).cast(pl.Int32) * 100,
)  # fmt: skip
TABLE = TABLE.with_columns(dear=pl.when(pl.col("price") > 320).then(pl.lit("dear")).otherwise(pl.lit("cheap")))


@pytest.fixture(scope="module")
def models():
    found = {}
    for target, other in (("price", "dear"), ("dear", "price")):
        recipe = gn.Recipe(hidden=(32, 32), epochs=40)
        training = gn.TableTraining(TABLE.drop(other).drop_nulls(target), target, recipe=recipe)
        for _ in training.epochs():
            pass
        found[target] = training.model
    return found


@pytest.mark.parametrize("background", [None, TABLE[100:110]], ids=["typical row", "rows"])
def test_they_add_up_to_the_prediction_in_the_unit_of_the_target(models, background):
    model = models["price"]
    found = model.contributions(TABLE[:6], background)
    assert found.values.shape == (6, 4) and found.columns == ("size", "town", "kind", "built")
    np.testing.assert_allclose(found.values.sum(axis=1) + found.baseline, found.predictions, atol=1e-4 * 300)
    np.testing.assert_allclose(model.target.within(found.predictions), model.predict(TABLE[:6]), rtol=1e-4)
    if background is not None:
        inside = model.target.decode(model.network.predict(model.encoder.transform(background)))
        assert found.baseline == pytest.approx(inside.mean(), rel=1e-4)
    assert np.abs(found.values[:, 0]).mean() > np.abs(found.values[:, 3]).mean()  # size matters, the date does not


def test_those_of_classes_are_probabilities_that_cancel_over_the_classes(models):
    model = models["dear"]
    found = model.contributions(TABLE[:6], TABLE[100:110])
    assert found.values.shape == (6, 4, 2) and found.error < 1e-4
    np.testing.assert_allclose(found.values.sum(axis=1) + found.baseline, model.outputs(TABLE[:6]), atol=1e-3)
    np.testing.assert_allclose(found.values.sum(axis=2), 0, atol=1e-9)


def test_unknown_categories_and_missing_values_have_theirs(models):
    model = models["price"]
    odd = TABLE[:1].with_columns(
        pl.lit(None, pl.Float64).alias("size"), pl.lit("Atlantis").alias("town"), pl.lit(None, pl.Date).alias("built")
    )
    found = model.contributions(odd, TABLE[:50])
    assert np.isfinite(found.values).all() and found.error < 1e-4 * 300


def test_the_page_says_the_prediction_the_baseline_and_the_sum(models):
    text = contributions_page(models["price"], TABLE, 3, some_background(TABLE)).text(80)
    assert text.startswith("Row 3: price is predicted to be ")
    assert "On average over 32 rows of this table it is" in text
    assert "Together:" in text and "size" in text
    text = contributions_page(models["dear"], TABLE, 3).text(80)
    assert "For the typical row" in text and "probability" in text


def test_rows_that_do_not_fit_meet_one_sentence(models):
    with pytest.raises(gn.InvalidInput, match="town"):
        models["price"].contributions(TABLE.drop("town")[:2])
    with pytest.raises(gn.InvalidInput, match=r"row must be 0…399"):
        contributions_page(models["price"], TABLE, 400)
