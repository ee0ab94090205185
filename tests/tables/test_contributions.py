"""What each column contributed to a prediction of a table model."""

import itertools
import re
from dataclasses import replace

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
        training = gn.TableTraining(TABLE.drop(other).drop_nulls(target), target, recipe=recipe, n_ensemble=1)
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


def test_those_of_a_linear_network_are_weights_times_differences_added_up_over_the_inputs_of_a_column(models):
    model, n = models["price"], len(models["price"].encoder.feature_names)
    coded = [*model.encoder.codes]
    assert len(coded) == 1  # the town, whose code a linear layer takes as a number
    linear = replace(model, network=gn.Network([gn.Dense(1)]).build(n, seed=0))
    W, X, back = (np.asarray(a, float) for a in (linear.network.arrays["0.W"][:, 0], *map(
        model.encoder.transform, (TABLE[:6], TABLE[100:110])
    )))  # fmt: skip
    parts = model.target.scale * W * (X - back.mean(axis=0))
    found = linear.contributions(TABLE[:6], TABLE[100:110])
    for k, place in enumerate(model.encoder.places.values()):
        np.testing.assert_allclose(found.values[:, k], parts[:, place].sum(axis=1), atol=1e-9 * model.target.scale)
    assert found.error < 1e-9 * model.target.scale


def test_columns_that_play_the_same_part_contribute_the_same():
    """Two columns with the same values and, in the network, the same weights."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=80)
    frame = pl.DataFrame({"a": a, "b": a.copy(), "c": rng.normal(size=80), "y": a})
    training = gn.TableTraining(frame, "y", recipe=gn.Recipe(hidden=(8,), epochs=1), n_ensemble=1)
    network = gn.Network([gn.Dense(8, "tanh"), gn.Dense(1)]).build(3, seed=0)
    network.arrays["0.W"][1] = network.arrays["0.W"][0]
    for _ in training.epochs():
        pass
    found = replace(training.model, network=network).contributions(frame[:5], frame[10:20])
    np.testing.assert_allclose(found.values[:, 0], found.values[:, 1], rtol=1e-9)
    assert np.abs(found.values[:, 0]).min() > 0


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
    assert "compared with 32 rows drawn from this table: on average over them it is" in " ".join(text.split())
    assert "Together:" in text and "size" in text
    text = contributions_page(models["dear"], TABLE, 3).text(80)
    assert "For the typical row" in text and "probability" in text


def test_small_contributions_to_a_large_number_are_seen_beside_it(models):
    target = replace(models["price"].target, mean=4e4, low=0.0, high=1e5, scale=0.5)
    text = contributions_page(replace(models["price"], target=target), TABLE, 3).text(100)
    total = re.search(r"Together: (\S+) ([+−]) (\S+) = (\S+), right", text)
    assert total is not None
    before, sign, change, after = (part.replace(",", "").replace("−", "-") for part in total.groups())
    assert abs(float(before) + (1 if sign == "+" else -1) * float(change) - float(after)) < 0.02 * float(change)


def test_rows_that_do_not_fit_meet_one_sentence(models):
    with pytest.raises(gn.InvalidInput, match="town"):
        models["price"].contributions(TABLE.drop("town")[:2])
    with pytest.raises(gn.InvalidInput, match=r"row must be 0…399"):
        contributions_page(models["price"], TABLE, 400)


def bars_of(figure):
    axes = figure.axes[0]
    return [(label.get_text(), bar.get_x(), bar.get_width()) for label, bar in zip(
        axes.get_yticklabels(), axes.patches, strict=False
    )]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_bars_go_from_the_baseline_to_the_prediction(models, theme):
    found = models["price"].contributions(TABLE[3:5], TABLE[100:110])
    bars = bars_of(found.draw(1, theme=theme))
    assert bars[0][1] == pytest.approx(found.baseline)
    assert bars[-1][1] + bars[-1][2] == pytest.approx(found.predictions[1], rel=1e-4)
    for (_, start, size), (_, following, _) in itertools.pairwise(bars):
        assert following == pytest.approx(start + size)
    assert [abs(size) for *_, size in bars] == pytest.approx(sorted(abs(found.values[1])))
    assert bars[-1][0].startswith(("kind = house", "kind = flat", "size = ", "kind = missing", "town = "))


def test_bars_of_a_class_are_those_of_the_class_that_is_asked_for(models):
    found = models["dear"].contributions(TABLE[3:5], TABLE[100:110])
    for of in ("cheap", "dear"):
        k = models["dear"].target.names.index(of)
        sizes = [size for *_, size in bars_of(found.draw(0, of=of))]
        np.testing.assert_allclose(sorted(sizes), sorted(found.values[0, :, k]))
    with pytest.raises(gn.InvalidInput, match=r"unknown class 'deer'. Did you mean 'dear'"):
        found.draw(0, of="deer")
    with pytest.raises(gn.InvalidInput, match="row must be 0…1, counted from 0 in what was explained, got 2"):
        found.draw(2)


def test_with_a_threshold_the_predicted_class_is_explained(models):
    strict = replace(models["dear"], threshold=0.999)
    row = TABLE[int(models["dear"].outputs(TABLE)[:, 1].argmax()) :][:1]
    assert models["dear"].predict(row).tolist() == ["dear"] and strict.predict(row).tolist() == ["cheap"]
    text = contributions_page(strict, row, 0).text(100)
    assert "predicted to be cheap (probability 0.0" in text and "of cheap" in text
    assert strict.contributions(row).of()[3] == "probability of cheap"


def test_classes_that_are_numbers_are_asked_for_as_they_stand():
    from glassnet.tables.insight.contributions import class_number

    assert class_number(1, ["1", "2", "3"]) == class_number(1.0, ["1", "2"]) == class_number("1", ["1", "2"]) == 0
    with pytest.raises(gn.UnknownName, match="unknown class 4"):
        class_number(4, ["1", "2", "3"])


def test_beyond_twelve_columns_the_smaller_ones_share_a_bar():
    from glassnet.pictures.effects.contributions import bars

    sizes, names = bars(np.arange(1.0, 21.0), [f"c{k}" for k in range(20)])
    assert names == ["9 other columns", *(f"c{k}" for k in range(9, 20))]
    assert sizes.tolist() == [45.0, *np.arange(10.0, 21.0)]


def test_columns_that_say_the_same_are_seen():
    """Each of two equal columns contributes, though shuffling one of them costs less than shuffling a lone one."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 300))
    frame = pl.DataFrame({"a": a, "twin": 10 * a + 1, "b": b, "idle": rng.normal(size=300), "y": 2 * a + b})
    training = gn.TableTraining(frame, "y", recipe=gn.Recipe(hidden=(16,), epochs=60), n_ensemble=1)
    for _ in training.epochs():
        pass
    found = training.model.importances(training.test)
    by_name = dict(zip(found.columns, zip(found.contribution, found.permutation, strict=True), strict=True))
    assert found.alike == {"a": ("twin", pytest.approx(1.0)), "twin": ("a", pytest.approx(1.0))}
    assert found.columns[-1] == "idle" and (found.contribution[:-1] > found.contribution[1:]).all()
    of_a = by_name["a"][0] + by_name["twin"][0]
    assert of_a == pytest.approx(2 * np.abs(rng.normal(size=9999)).mean() * 2**0.5, rel=0.5)  # |2 (a − a')| on average
    text = found.text(100)
    assert "a and twin say much the same" in text or "twin and a say much the same" in text
    assert "contributes" in text and "rmse gained" in text
    figure = found.draw("dark")
    assert [axes.get_title() for axes in figure.axes] == ["Permutation importance, 60 rows", "Contribution"]
    assert sorted(bar.get_width() for bar in figure.axes[1].patches) == pytest.approx(sorted(found.contribution))


def test_without_a_target_there_is_no_importance(models):
    with pytest.raises(gn.InvalidInput, match="there is no target column 'price'"):
        models["price"].importances(TABLE.drop("price"))
