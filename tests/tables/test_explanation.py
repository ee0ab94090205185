"""A row of a table explained: its values, the inputs they became, every layer, and the prediction in words."""

import dataclasses
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.reading.chunks import Pieces


@pytest.fixture(scope="module")
def flowers():
    table = gn.datasets.iris().to_polars()
    training = gn.TableTraining(table, "species", recipe=gn.Recipe(hidden=(5,), epochs=5, dropout=0.0, engine="numpy"))
    for _ in training.epochs():
        pass
    return training.model, table


@pytest.fixture(scope="module")
def houses():
    rng, n = np.random.default_rng(0), 120
    age = [None if k % 9 == 0 else float(k) for k in rng.integers(0, 80, n)]
    table = pl.DataFrame({"age": age, "town": rng.choice(["Rome", "Oslo", "Bonn"], n), "one": 1}).with_columns(
        price=pl.col("age").fill_null(40) * 10 + 1000 + pl.Series(rng.normal(size=n))
    )
    training = gn.TableTraining(table, "price", recipe=gn.Recipe(hidden=(4,), epochs=3, engine="numpy", dropout=0.2))
    for _ in training.epochs():
        pass
    return training.model, table


@pytest.mark.parametrize("width", [80, 120])
def test_a_row_of_classes_with_its_target(flowers, width):
    model, table = flowers
    explanation = model.explain(table, 60)
    text = explanation.text(width)
    assert max(map(len, text.splitlines())) <= width
    for part in ("z = (x − median) / scale", "sepal_length", "Forward", "The loss", "Backward", "dW = Xᵀ dZ"):
        assert part in text
    assert explanation.prediction == model.predict(table[60:61])[0]
    assert f"species is predicted to be {explanation.prediction}" in text
    assert text.replace("\n  ", " ").endswith("The table says versicolor.")
    encoder = model.encoder.encoders[0]
    z = (table["sepal_length"][60] - encoder.median) / encoder.scale
    assert "  column          x  median" in text
    line = next(line for line in text.splitlines() if line.startswith("  sepal_length"))
    assert line.split()[-3:-1] == [f"{v:.4g}".replace("-", "−") for v in (z, z / (1 + (z / 3) ** 2) ** 0.5)]
    assert [line.split()[-1] for line in text.splitlines() if line[2:7] in ("sepal", "petal")] == list("0123")


def test_without_the_target_the_forward_pass_alone(flowers):
    model, table = flowers
    text = model.explain(table.drop("species"), 3).text()
    assert "Forward" in text
    assert not any(part in text for part in ("The loss", "Backward", "The table says"))
    assert "species is predicted to be" in text
    missing = table.with_columns(species=pl.lit(None, dtype=pl.String))
    assert "The loss" not in model.explain(missing, 3).text()


@pytest.mark.parametrize("given", ["tulip", "", "x" * 200, "<b>"])
def test_a_class_that_was_not_in_training_has_a_prediction_and_no_loss(flowers, given):
    model, table = flowers
    explanation = model.explain(table.with_columns(species=pl.lit(given)), 3)
    text = " ".join(explanation.text(120).split())
    assert explanation.prediction == model.predict(table[3:4])[0] and explanation.trace is None
    assert "Forward" in text and "The loss" not in text
    if given:
        assert f"The table says {given[:10]}" in text and "which is not one of the classes in training, so" in text


@pytest.mark.parametrize("given", ["cheap", "about 3", "NULL?"])
def test_a_text_in_a_column_of_numbers_to_predict_is_no_obstacle(houses, given):
    model, table = houses
    text = model.explain(table.with_columns(price=pl.lit(given)), 3).text(120)
    text = " ".join(text.split())
    assert "The loss" not in text and f"The table says {given}, which is not a number, so there is no loss" in text
    with pytest.raises(gn.InvalidInput, match=r"price.*row 1, where a number is expected"):
        model.evaluate(table.with_columns(price=pl.lit(given)))


def test_a_number_with_missing_values_and_a_town_that_was_not_in_training(houses):
    model, table = houses
    row = next(k for k, age in enumerate(table["age"]) if age is None)
    text = model.explain(table.with_columns(town=pl.lit("Paris")), row).text()
    assert "missing" in text and "0 and 1" in text
    assert "all 3 are 0, it was not in training" in text
    assert "Left out: one." in text
    assert "y = mean + scale t" in text
    predicted = model.predict(table.with_columns(town=pl.lit("Paris"))[row : row + 1])[0]
    assert f"price is predicted to be {predicted:.0f}. The table says {table['price'][row]:.0f}." in text


def test_every_value_is_found_again_in_the_inputs(houses):
    model, table = houses
    text, X = model.explain(table, 3).text(80), model.encoder.transform(table[3:4])
    place = 2 + ["Bonn", "Oslo", "Rome"].index(table["town"][3])
    assert X[0, place] == 1
    assert f"X[0, {place}] is 1, the other 2 are 0" in text
    assert "2…4" in text
    y = table["price"][3]
    t = (y - model.target.mean) / model.target.scale
    assert f"t = ({y:.4g} − {model.target.mean:.4g}) / {model.target.scale:.4g} = {t:.4g}".replace("-", "−") in text


def test_codes_dates_and_long_tables():
    n = 200
    rng = np.random.default_rng(0)
    numbers = {f"number {k:02d} with a long name that goes on": rng.normal(size=n) for k in range(40)}
    day = pl.datetime_range(
        pl.datetime(2020, 1, 1), pl.datetime(2020, 1, 1) + pl.duration(hours=n - 1), "1h", eager=True
    )
    agents = [f"agent {k % 23}" for k in range(n)]
    table = pl.DataFrame(
        {"when": day, "agent": agents, "flag": rng.choice(np.array(["a", None]), n), **numbers, "y": rng.normal(size=n)}
    )
    training = gn.TableTraining(table, "y", recipe=gn.Recipe(hidden=(2,), epochs=1, frequencies=0, engine="numpy"))
    for _ in training.epochs():
        pass
    text = training.model.explain(table, 7).text(80)
    assert max(map(len, text.splitlines())) <= 80
    assert "2020-01-01 07:00:00" in text
    assert "Dates are counted in days since 1970-01-01, durations in days: when 18262." in text
    code = training.model.encoder.transform(table[7:8])[0, 1]
    assert f"agent 7  code {code:.0f} " in text
    assert "… and 9 more columns." in text
    other = table.with_columns(agent=pl.lit("agent of nobody"), when=pl.lit(None, dtype=pl.Datetime))
    text = training.model.explain(other, 7).text(80)
    assert "code 0, rare or not in training" in text
    assert "Dates count" not in text


def test_with_dropout_loss_and_gradients_are_those_of_the_network_at_rest(houses):
    model, table = houses
    explanation = model.explain(table, 1)
    text = explanation.text(80)
    assert text.count("Inactive, as in prediction; in training it draws new values for each batch.") == 1
    for part in ("Dropout(rate=0.2)", "The loss", "Backward", "dX = dA ", "dw = 1ᵀ (2 π dZ ⊙ X)"):
        assert part in text
    assert "⊙ m" not in text
    trace = explanation.trace
    X, y = model.encoder.transform(table[1:2]), model.target.encode(table[1:2]["price"])
    np.testing.assert_allclose(trace.layers[-1].A, model.network.predict(X), rtol=1e-5)
    assert trace.loss == pytest.approx(model.network.evaluate(X, y)["loss"], rel=1e-5)
    assert trace.check().max_error < 1e-6
    why = trace.why(layer="0.0", w=(0, 3))
    assert list(why.factors) == ["2 π", "dS[i, 3]", "−sin(Z[i, 3])", "X[i, 0]"]
    assert why.gradient == pytest.approx(why.numeric, rel=1e-4)


def test_the_layers_are_those_of_prediction_also_with_batch_norm(flowers):
    model, table = flowers
    X, y = model.encoder.transform(table), model.target.encode(table["species"])
    net = gn.Network(
        [gn.BatchNorm(), gn.Dense(4, "relu"), gn.GaussianNoise(0.5), gn.Dense(3, "softmax")], engine="numpy"
    )
    net.fit(X, y, loss="cross_entropy", epochs=3, seed=0)
    text = dataclasses.replace(model, network=net).explain(table, 7).text()
    assert "N = (X − running_mean) / √(running_variance + ε)" in text
    assert "μ = " not in text
    assert text.index("N = (X −") < text.index("A = N ⊙ γ + β")
    assert "Some layers look at a whole batch in training" in text.replace("\n  ", " ")
    assert "dW" not in text
    shown = [line for line in text.splitlines() if line.startswith("    A = ")][-1]
    numbers = [float(part.replace("−", "-")) for part in shown.split("[")[1].rstrip(" ]").split()]
    np.testing.assert_allclose(numbers, net.predict(X[7:8])[0], rtol=1e-3)


def test_a_row_of_a_file_that_is_read_in_pieces(flowers, tmp_path):
    model, table = flowers
    table.write_csv(tmp_path / "iris.csv")
    pieces = Pieces(tmp_path / "iris.csv", piece_bytes=1000)
    assert str(model.explain(pieces, 149)) == str(model.explain(table, 149))
    with pytest.raises(gn.InvalidInput, match="row must be 0…149, as the table has 150 rows"):
        model.explain(pieces, 150)


def test_a_notebook_shows_it(flowers):
    model, table = flowers
    html = model.explain(table, 0)._repr_html_()
    assert ElementTree.fromstring(html).tag == "div"
    assert "versicolor" in html


@pytest.mark.parametrize("row", [150, -1, 1.5])
def test_a_row_that_is_not_there_meets_one_sentence(flowers, row):
    model, table = flowers
    with pytest.raises(gn.InvalidInput, match="row must be"):
        model.explain(table, row)
