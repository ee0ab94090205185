"""The smallest change of some columns that changes a prediction."""

import datetime
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.insight.counterfactual.candidates import candidates_of, round_numbers
from glassnet.tables.values.frames import as_frame

N = 300
RNG = np.random.default_rng(3)
TABLE = pl.DataFrame({
    "size": RNG.normal(100, 30, N).round(2), "rooms": RNG.integers(1, 7, N),
    "town": RNG.choice([f"Ort {k}" for k in range(15)], N),
    "kind": RNG.choice(["flat", "house", "hut"], N), "lift": RNG.choice([True, False], N),
    "built": [datetime.date(1970, 1, 1) + datetime.timedelta(days=int(d)) for d in RNG.integers(0, 15_000, N)],
    "idle": RNG.normal(size=N), "plot": [f"{k}" for k in range(N)],
}).with_columns(
    price=pl.col("size") * 3 + pl.col("rooms") * 20 + (pl.col("kind") == "house").cast(pl.Int32) * 100
    + pl.col("lift").cast(pl.Int32) * 60 + (pl.col("built").to_physical() / 100)
)  # fmt: skip
TABLE = TABLE.with_columns(
    dear=pl.when(pl.col("price") > pl.col("price").median()).then(pl.lit("dear")).otherwise(pl.lit("cheap")),
    size=pl.when(pl.arange(N) % 9 == 0).then(None).otherwise(pl.col("size")),
)


def trained(target, other, **settings):
    recipe = gn.Recipe(hidden=(16,), epochs=25, engine="numpy")
    training = gn.TableTraining(TABLE.drop(other), target, recipe=recipe, **settings)
    for _ in training.epochs():
        pass
    return training.model


@pytest.fixture(scope="module")
def priced():
    return trained("price", "dear")


@pytest.fixture(scope="module")
def classed():
    return trained("dear", "price", n_ensemble=2)


def cheap_row(model):
    """A row that is predicted to be cheap, not by far, and has a size."""
    p = model.outputs(TABLE)[:, model.target.names.index("dear")]
    there = TABLE["size"].is_not_null().to_numpy()
    k = int(np.where((p < 0.5) & there, p, -1).argmax())
    return TABLE[k : k + 1]


def smallest_on_a_grid(model, row, names, to):
    """The cost of the smallest change on a grid of candidates, by predicting all of them as a table."""
    one = as_frame(row)
    columns = [candidates_of(model, one, model.encoder.transform(row)[0], name) for name in names]
    picks = [np.unique(np.linspace(0, len(c.values) - 1, 60).round().astype(int)) for c in columns]
    pairs = np.stack([axis.ravel() for axis in np.meshgrid(*picks, indexing="ij")], axis=1)
    rows = row[np.zeros(len(pairs), int)]
    for k, column in enumerate(columns):
        values = [row[column.name][0] if j == column.start else column.values[j] for j in pairs[:, k]]
        rows = rows.with_columns(pl.Series(column.name, values))
    costs = np.sum([column.costs[pairs[:, k]] for k, column in enumerate(columns)], axis=0)
    return costs[model.predict(rows) == to].min(initial=np.inf)


@pytest.mark.parametrize("names", [["size"], ["size", "rooms"], ["size", "kind"], ["rooms", "built"], ["lift", "size"]])
def test_no_change_on_a_grid_is_smaller(classed, names):
    row = cheap_row(classed)
    found = classed.counterfactual(row, names, to="dear")
    best = smallest_on_a_grid(classed, row, names, "dear")
    assert found.cost <= best * 1.02 + 1e-6  # a trifle of a change is left out at the price of a trifle
    if found.row is None:
        assert best == np.inf
        return
    assert classed.predict(found.row).tolist() == ["dear"] and set(found.changes) <= set(names)
    assert found.row.drop(*found.changes).equals(row.drop(*found.changes))
    assert found.cost == pytest.approx(sum(found.costs.values()))


def test_of_one_column_it_is_the_smallest_step_that_does_it(classed):
    """The next candidate towards the row's own value is not enough any more."""
    row = cheap_row(classed)
    found = classed.counterfactual(row, "size", to="dear")
    (now, then), scale = found.changes["size"], classed.encoder.encoders[0].scale
    assert found.cost == pytest.approx(abs(then - now) / scale)
    nearer = then - np.sign(then - now) * scale / 1000
    assert classed.predict(row.with_columns(size=pl.lit(float(nearer)))).tolist() == ["cheap"]
    assert len(f"{then:.10g}") < 8  # a round number


def test_numbers_are_moved_to_a_value_from_both_sides(priced):
    row = TABLE[4:5]
    now = float(priced.predict(row)[0])
    for to in (now + 40, now - 40):
        found = priced.counterfactual(row, ["size", "rooms", "kind"], to=to)
        then = float(priced.predict(found.row)[0])
        assert (then - to) * np.sign(to - now) >= 0
        assert abs(then - to) < 15  # and not much further, as a number may move in small steps
        assert found.row["rooms"].dtype == pl.Int64


def test_whole_numbers_dates_and_truth_values_stay_what_they_are(priced):
    row = TABLE[4:5]
    now = float(priced.predict(row)[0])
    for name, kind in (("rooms", int), ("built", datetime.date), ("lift", bool)):
        ends = [
            float(priced.predict(row.with_columns(pl.lit(v).alias(name)))[0])
            for v in (TABLE[name].min(), TABLE[name].max())
        ]
        to = max(ends, key=lambda end: abs(end - now))
        found = priced.counterfactual(row, [name], to=now + 0.9 * (to - now))
        assert type(found.changes[name][1]) is kind and found.row[name].dtype == row[name].dtype
        assert TABLE[name].min() <= found.changes[name][1] <= TABLE[name].max()
        assert name != "lift" or found.cost == 1.0


def test_a_missing_value_may_get_one_for_one_more(classed):
    gone = TABLE.filter(pl.col("size").is_null())
    row = gone[int(classed.outputs(gone)[:, 0].argmin()) :][:1]
    to = "cheap" if classed.predict(row)[0] == "dear" else "dear"
    found = classed.counterfactual(row, ["size"], to=to)
    now, then = found.changes["size"]
    size = classed.encoder.encoders[0]
    assert now is None and found.cost == pytest.approx(1 + abs(then - size.median) / size.scale)
    assert classed.predict(found.row).tolist() == [to] and "missing" in found.text(80)


def test_levels_that_training_has_not_seen_are_none_to_change_to(classed):
    row = cheap_row(classed).with_columns(town=pl.lit("Atlantis"), kind=pl.lit("flat"))
    found = classed.counterfactual(row)
    assert found.row is not None and found.after.startswith("dear" if classed.predict(row)[0] == "cheap" else "cheap")
    assert set(found.row["town"]) <= {"Atlantis", *TABLE["town"]}


def test_what_no_change_reaches_is_said_in_one_sentence(classed, priced):
    found = classed.counterfactual(TABLE[int(classed.outputs(TABLE)[:, 0].argmax()) :][:1], ["idle"])
    assert found.row is None and found.changes == {} and found.cost == 0
    text = found.text(300)
    assert "No change of idle within the ranges and levels of training makes the prediction of dear other " in text
    assert "than cheap; the nearest of " in text and "(probability" in text and text.count(". ") == 0
    text = priced.counterfactual(TABLE[4:5], ["idle", "lift"], to=TABLE["price"].max()).text(300)
    assert "No change of lift and idle within" in text and "or more; the nearest" in text


def test_the_same_row_has_the_same_answer_and_a_page(classed):
    row = cheap_row(classed)
    first, second = (classed.counterfactual(row, to="dear") for _ in range(2))
    assert first.changes == second.changes and first.tried == second.tried < 100_000
    text = first.text(300)
    assert "The smallest change found that makes the prediction of dear dear" in text
    assert "now" in text and "instead" in text and f"{first.tried:,} changed rows were predicted" in text
    assert "dear (probability 0.5" in text and "<table" in first._repr_html_()


def test_no_column_is_changed_by_a_trifle(classed, priced):
    now = float(priced.predict(TABLE[4:5])[0])
    found = [priced.counterfactual(TABLE[4:5], to=now + by) for by in (-150,)]
    found += [classed.counterfactual(cheap_row(classed), to="dear")]
    for each in found:
        assert min(each.costs.values()) > 0.01 * each.cost, each


def test_of_a_distribution_the_mean_is_moved():
    model = trained("price", "dear", distribution="gaussian")
    row = TABLE[4:5]
    to = float(model.predict(row)[0]) + 30
    found = model.counterfactual(row, ["size", "kind"], to=to)
    assert model.predict(found.row)[0] >= to > model.predict_distribution(row).mean[0]


def test_a_threshold_decides_what_the_prediction_is(classed):
    strict = replace(classed, threshold=0.8)
    found = strict.counterfactual(cheap_row(classed), ["size", "kind", "rooms"], to="dear")
    assert strict.predict(found.row).tolist() == ["dear"]
    assert found.cost > classed.counterfactual(cheap_row(classed), ["size", "kind", "rooms"], to="dear").cost


@pytest.mark.long
@pytest.mark.parametrize("library", ["pandas", pytest.param("pyarrow", marks=pytest.mark.long)])
def test_the_changed_row_is_a_frame_of_the_given_library(classed, library):
    row = cheap_row(classed)
    given = row.to_pandas().set_index(np.array([17])) if library == "pandas" else row.to_arrow()
    found = classed.counterfactual(given, ["size", "kind", "built"], to="dear")
    assert type(found.row) is type(given) and classed.predict(found.row).tolist() == ["dear"]
    assert found.cost == pytest.approx(classed.counterfactual(row, ["size", "kind", "built"], to="dear").cost)


def test_texts_that_are_numbers_become_numbers(priced):
    """As in a file with decimal commas and a unit, of which the model knows how to read them."""
    frame = TABLE.select(
        y=pl.col("rooms") * 2.5,
        area=pl.col("rooms").cast(pl.String) + ",5 m²",
        sold=pl.col("built").dt.to_string("%d.%m.%Y"),
    )
    training = gn.TableTraining(frame, "y", recipe=gn.Recipe(hidden=(8,), epochs=30, engine="numpy"))
    for _ in training.epochs():
        pass
    row = frame[int(frame["y"].arg_min() or 0) :][:1]
    found = training.model.counterfactual(row, ["area"], to=8.0)
    assert found.changes["area"][0] == float(row["area"][0].replace(",5 m²", ".5")) < found.changes["area"][1]
    assert training.model.predict(found.row)[0] >= 8.0


def test_of_many_columns_a_change_of_several_is_found():
    """None of the columns can do it alone."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    frame = pl.DataFrame(X, [f"c{k}" for k in range(5)]).with_columns(
        y=pl.Series(np.where(X.sum(axis=1) > 0, "yes", "no"))
    )
    training = gn.TableTraining(frame, "y", recipe=gn.Recipe(hidden=(8,), epochs=40, engine="numpy"))
    for _ in training.epochs():
        pass
    model = training.model
    row = frame[int(model.outputs(frame)[:, 0].argmax()) :][:1]
    assert all(model.counterfactual(row, [f"c{k}"]).row is None for k in (0, 4))
    found = model.counterfactual(row)
    assert model.predict(found.row).tolist() == ["yes"] and 2 <= len(found.changes) <= 5


def test_estimators_have_it_too(tmp_path):
    sklearn = pytest.importorskip("glassnet.sklearn")
    X, y = TABLE.select("size", "kind", "rooms"), TABLE["dear"].to_numpy()
    fitted = sklearn.TabularClassifier(recipe=gn.Recipe(hidden=(8,), epochs=10), engine="numpy", random_state=0).fit(
        X, y
    )
    row = X[3:4]
    found = fitted.as_model().counterfactual(row)
    assert fitted.predict(found.row)[0] != fitted.predict(row)[0]
    read = sklearn.TabularClassifier.load(fitted.save(tmp_path / "model.safetensors"))
    assert read.as_model().counterfactual(row).changes == found.changes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"row": TABLE[:2]}, r"a change is found for one row, such as table\[7:8\], got 2 rows"),
        ({"row": TABLE[:1].drop("size")}, "the table lacks columns that were in training: 'size'"),
        ({"columns": ["sice"]}, r"the model has no column 'sice' \(did you mean 'size'\?\); its columns are"),
        ({"columns": ["plot"]}, "changing 'plot' changes no prediction: it "),
        ({"columns": "dear"}, "'dear' is what is predicted; the columns that may change are 'size'"),
        ({"columns": []}, r"columns must be names of columns that may change, as in \['age', 'city'\], got \[\]"),
        ({"columns": 3}, "columns must be names of columns that may change"),
        ({"to": "deer"}, "unknown class 'deer'. Did you mean 'dear'"),
        ({"to": "cheap"}, "dear is already predicted to be cheap for this row"),
    ],
)  # fmt: skip
def test_what_does_not_fit_meets_one_sentence(classed, arguments, said):
    with pytest.raises(gn.InvalidInput, match=said):
        classed.counterfactual(**{"row": cheap_row(classed), **arguments})


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (None, "say with to=… which value the prediction of price is to reach, from "),
        ("much", "a number, got 'much'"),
        (True, "a number, got True"),
        (float("nan"), "a number, got nan"),
        (1e6, "predictions of price stay within .*, the range of training; 1e.06 is beyond"),
    ],
)
def test_values_that_no_prediction_can_reach_meet_one_sentence(priced, to, said):
    with pytest.raises(gn.InvalidInput, match=said):
        priced.counterfactual(TABLE[4:5], ["size"], to=to)


def test_a_model_without_ranges_says_so(classed):
    with pytest.raises(
        gn.InvalidInput, match="this model does not hold the range of 'size' in training: train it again"
    ):
        replace(classed, columns=()).counterfactual(cheap_row(classed), ["size"], to="dear")


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [(0.07, 0.31, 0.01), (-3, 5, 1.0), (0, 1e9, 1.0), (17.25, 17.75, 1 / 24), (1e17, 1e17 + 64, 0.1)],
)
def test_candidates_are_round_within_the_range_and_not_too_many(low, high, step):
    found = round_numbers(low, high, step)
    assert found[0] == low and found[-1] == high and 2 <= len(found) <= 20_003
    assert (np.diff(found) > 0).all()
    if step == 0.01:
        assert 0.14 in found.tolist()  # not 0.14000000000000001


def test_class_names_that_are_numbers_are_meant_as_they_stand():
    frame = TABLE.select("size", "rooms", y=pl.when(pl.col("rooms") > 3).then(2).otherwise(1))
    training = gn.TableTraining(
        frame, "y", task="classification", recipe=gn.Recipe(hidden=(8,), epochs=20, engine="numpy")
    )
    for _ in training.epochs():
        pass
    row = frame.filter(pl.col("rooms") == 1)[:1]
    found = training.model.counterfactual(row, to=2)
    assert training.model.predict(found.row).tolist() == [2]
