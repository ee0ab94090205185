"""What is wrong with new rows: each fault planted, and nothing said of rows like those of training."""

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput

RNG = np.random.default_rng(0)


def table(n=300, cities=("Rome", "Oslo", "Bonn"), shift=0.0):
    return pl.DataFrame(
        {
            "size": RNG.normal(100 + shift, 20, n),
            "age": RNG.integers(0, 90, n),
            "city": RNG.choice(cities, n),
            "street": [f"street {k}" for k in RNG.integers(0, 20, n)],
            "y": RNG.choice(["no", "yes"], n),
        }
    )


TRAIN = table()


@pytest.fixture(scope="module")
def model():
    training = gn.TableTraining(TRAIN, "y", recipe=gn.Recipe(hidden=(4,), epochs=1, engine="numpy"))
    for _ in training.epochs():
        pass
    return training.model


def test_rows_like_those_of_training_are_healthy(model):
    found = model.diagnose(table(200), TRAIN)
    assert found.names() == [] and found.n_rows == 200
    assert "rows that differ from the training rows" in found.checks
    assert "rows that differ from the training rows" not in model.diagnose(table(200).drop("y")).checks


def test_columns_that_are_not_there_are_named_and_the_others_looked_at(model):
    found = model.diagnose(table(cities=("Rome", "Bergen")).drop("size", "age"), TRAIN)
    assert found.names() == ["missing columns", "unseen levels"]
    assert "2 of the 4 columns" in found.findings[0].measured and "'size', 'age'" in found.findings[0].measured


@pytest.mark.parametrize("column", ["city", "street"])  # a column of levels, and one of codes
def test_unseen_levels_are_shown_with_their_share(model, column):
    odd = table(200).with_columns(
        pl.when(pl.int_range(200) % 4 == 0).then(pl.lit("nowhere")).otherwise(pl.col(column)).alias(column)
    )
    (found,) = model.diagnose(odd)
    assert (found.name, found.where) == ("unseen levels", repr(column))
    assert found.measured.startswith("25.0% of 200 rows") and "'nowhere'" in found.measured
    few = table(200).with_columns(
        pl.when(pl.int_range(200) < 4).then(pl.lit("nowhere")).otherwise(pl.col(column)).alias(column)
    )
    assert model.diagnose(few).names() == []


@pytest.mark.parametrize("column", ["size", "city", "street"])
def test_values_that_are_newly_missing(model, column):
    gone = table(200).with_columns(pl.when(pl.int_range(200) % 2 == 0).then(pl.col(column)).alias(column))
    (found,) = model.diagnose(gone)
    assert (found.name, found.where) == ("values newly missing", repr(column)) and "50.0% of 200" in found.measured


def test_missing_values_of_pandas_count_too(model):
    gone = table(200).to_pandas()
    gone.loc[::2, "size"] = np.nan
    assert model.diagnose(gone).names() == ["values newly missing"]


def test_rows_from_elsewhere_are_told_apart(model):
    (found,) = model.diagnose(table(300, shift=60.0), TRAIN)
    assert found.name == "drift: new rows differ from training rows" and "differ most: 'size'" in found.measured


def test_a_table_without_rows_meets_a_sentence(model):
    with pytest.raises(InvalidInput, match="the table has no rows"):
        model.diagnose(TRAIN[:0])
