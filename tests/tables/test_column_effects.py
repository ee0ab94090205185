"""What a column of a table does to a model is found on the table as it stands, whatever the column was encoded as."""

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.tables.insight.column_dependence import column_dependence, joint_column_dependence
from glassnet.tables.insight.column_importances import column_importances, multiplications


def houses(n=240):
    rng = np.random.default_rng(0)
    size, city = rng.normal(100, 30, n).round(), rng.choice(["Rome", "Oslo", "Bonn"], n)
    return pl.DataFrame(
        {
            "size": [None if i % 10 == 0 else s for i, s in enumerate(size)],
            "city": [None if i % 15 == 0 else c for i, c in enumerate(city)],
            "street": [f"street {k}" for k in rng.integers(0, 60, n)],
            "sold": pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 8, 27), "1d", eager=True)[:n],
            "country": ["X"] * n,
            "price": 3 * size + 50 * (city == "Rome") + rng.normal(0, 5, n),
        }
    )


@pytest.fixture(scope="module")
def model():
    training = gn.TableTraining(houses(), "price", recipe=gn.Recipe(hidden=(16,), epochs=20, seed=0, engine="numpy"))
    for _ in training.epochs():
        pass
    return training.model


def test_importances_are_those_of_shuffled_columns_of_the_table(model):
    frame = houses()
    importances = column_importances(model, model.encoder.transform(frame), model.truth(frame), repeats=2, seed=1)
    names, found = importances.names, importances.found
    assert (names, importances.rows, importances.others) == (("size", "city", "street", "sold"), 240, ())
    rng, before = np.random.default_rng(1), model.evaluate(frame)["rmse"]
    for place, name in enumerate(names):
        for k in range(2):
            other = frame.with_columns(frame[name][rng.permutation(240)])
            assert found[place, k] == pytest.approx(model.evaluate(other)["rmse"] - before, rel=1e-4, abs=1e-4)
    assert found.mean(axis=1).argmax() == 0


def wide(n_columns, task, n=300):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, n_columns))
    code = rng.integers(0, 12, n)
    y = 2 * X[:, 7] - 2 * X[:, n_columns - 1] + 4 * (code % 2) - 2
    columns = {f"f{k}": X[:, k] for k in range(n_columns)} | {"code": [f"c{k}" for k in code]}
    return pl.DataFrame(columns | {"y": y if task == "regression" else np.where(y > 0, "up", "down")})


@pytest.mark.long
@pytest.mark.parametrize(
    ("task", "recipe"),
    [
        pytest.param("classification", gn.Recipe.simple, marks=pytest.mark.long),
        ("regression", gn.Recipe.simple),
        pytest.param("classification", gn.Recipe, marks=pytest.mark.long),
        pytest.param("regression", gn.Recipe, marks=pytest.mark.long),
    ],
)
def test_of_many_columns_those_are_shuffled_that_move_the_outputs_the_most(task, recipe, monkeypatch):
    settings = {"hidden": (32,), "epochs": 30, "seed": 0, "engine": "numpy"}
    training = gn.TableTraining(wide(60, task), "y", recipe=recipe(**settings))
    for _ in training.epochs():
        pass
    model, frame = training.model, training.train
    X, y = model.encoder.transform(frame), model.truth(frame)
    every = column_importances(model, X, y)
    assert len(every.names) == 61 and every.others == ()
    monkeypatch.setattr("glassnet.tables.insight.column_importances.MOST_WORK", 1.0)
    some = column_importances(model, X, y)
    assert (len(some.names), len(some.others), some.rows) == (20, 41, 100)
    assert {*some.names, *some.others} == {*model.encoder.columns} and len(some.order) == 61
    lost = dict(zip(every.names, every.found.mean(axis=1), strict=True))
    mean = [np.mean([lost[name] for name in names]) for names in (some.names, some.others)]
    assert mean[0] > 3 * abs(mean[1]) and {*every.order[:1], "f59", "code"} <= {*some.names}
    assert list(some.names) == [name for name in model.encoder.columns if name in some.names]


def test_a_prediction_is_counted_without_the_tables_of_embeddings(model):
    net = gn.Network([gn.Columns((0, gn.Embedding(1000, 4)), (1, gn.Activation("linear"))), gn.Dense(2)]).build(2)
    assert multiplications(net) == 1 + 5 * 2 + 2


def test_a_prediction_counts_the_multiplications_of_each_member_and_each_network(monkeypatch):
    net = gn.Network([gn.Members(3), gn.BatchEnsemble(4), gn.DensePerMember(2), gn.MeanOfMembers()]).build(5)
    assert multiplications(net) == 1 + 3 * 5 * 4 + 3 * (4 + 1) * 2
    rows = []
    for n in (1, 4):
        recipe = gn.Recipe(hidden=(8,), epochs=2, frequencies=0)
        training = gn.TableTraining(wide(30, "regression"), "y", recipe=recipe, n_ensemble=n)
        list(training.epochs())
        X, y = training.rows()[0], training.model.truth(training.train)
        one = multiplications(training.model.network)
        monkeypatch.setattr("glassnet.tables.insight.column_importances.MOST_WORK", 31 * 200 * 5 * one)
        rows.append(len(column_importances(training.model, X, y).names))
    assert rows == [31, 20]


@pytest.mark.parametrize("column", ["size", "city", "street", "sold"])
def test_dependence_is_what_is_predicted_for_the_table_with_one_value_in_every_row(model, column):
    frame = houses()
    found = column_dependence(model, frame, column)
    assert (found.categories, found.dates) == (column in ("city", "street"), column == "sold")
    for k in (0, len(found.values) // 2, len(found.values) - 1):
        value = found.values[k]
        put = pl.lit(str(value)) if found.categories else pl.lit(float(value))
        if found.dates:
            put = pl.lit(int(value)).cast(pl.Date)
        expected = model.outputs(frame.with_columns(put.alias(column)))
        np.testing.assert_allclose(found.curves[:, k], expected, rtol=1e-5)
    if column in ("size", "city"):
        assert found.missing is not None
        gone = frame.with_columns(pl.lit(None, frame[column].dtype).alias(column))
        np.testing.assert_allclose(found.missing, model.outputs(gone), rtol=1e-5)
    else:
        assert found.missing is None


def test_two_columns_at_once_are_what_is_predicted_with_both_values_in_every_row(model):
    frame = houses(90)
    found = joint_column_dependence(model, frame, ("sold", "city"))
    assert (found.dates, found.n_rows) == ((True, False), 90)
    for i, j in [(0, 0), (5, 2), (len(found.values[0]) - 1, 1)]:
        day, city = pl.lit(int(found.values[0][i])).cast(pl.Date), pl.lit(str(found.values[1][j]))
        expected = model.outputs(frame.with_columns(day.alias("sold"), city.alias("city"))).mean(axis=0)
        np.testing.assert_allclose(found.mean[i, j], expected, rtol=1e-5)


def test_a_column_that_the_model_does_not_read_is_refused(model):
    for column, message in [
        ("sise", "the model does not read a column 'sise' (did you mean 'size'?)."),
        (
            "country",
            "the model does not read a column 'country': it was dropped, as it has the same value in every row.",
        ),
    ]:
        with pytest.raises(InvalidInput) as error:
            column_dependence(model, houses(), column)
        assert str(error.value) == message
    with pytest.raises(InvalidInput, match="the column 'size' has no value in these rows"):
        column_dependence(model, houses()[[0, 10]], "size")


def test_a_model_draws_what_is_asked_for_or_all_that_fits(model):
    assert [*model.draw(houses(), "residuals", dependence=["city", "size,sold"])] == [
        "residuals", "dependence-city", "dependence-size,sold"
    ]  # fmt: skip
    assert {"predicted", "residuals", "importance", "diagram"} < model.draw(houses()).keys()
    with pytest.warns(UserWarning, match="not drawn: .*as the column 'size' has no value in these rows"):
        drawn = model.draw(houses()[[0, 10, 20]], theme="dark")
    assert any(name.startswith("dependence-") for name in drawn)
    with pytest.raises(gn.UnknownName, match=r"unknown picture 'residual'\. Did you mean 'residuals'"):
        model.draw(houses(), "residual")
    with pytest.raises(InvalidInput, match="confusion needs classes; the model predicts a number"):
        model.draw(houses(), "confusion")
