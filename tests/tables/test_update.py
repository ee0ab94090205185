"""A model trained further on new rows: what is kept, what is added, what is refused, and what the scores are."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.growth import Growth
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.updating.grown_network import grown_network

SMALL = gn.Recipe(hidden=(8,), epochs=6, frequencies=2, engine="numpy", batch_size=32)
QUICK: dict[str, Any] = {"epochs": 2, "engine": "numpy"}


def shops(n: int, seed: int, cities: str = "Rome Oslo Paris", zips: int = 12, gone: bool = False) -> pl.DataFrame:
    """Numbers, a category, a coded category, dates and truth values, from which a class and a number follow."""
    rng = np.random.default_rng(seed)
    x, city = rng.normal(size=n), rng.choice(cities.split(), n)
    amount = 2 * x + (city == "Rome") - 3 * (city == "Bonn")
    return pl.DataFrame(
        {
            "x": [None if gone and i % 5 == 0 else float(v) for i, v in enumerate(x)],
            "city": city,
            "zip": [f"z{k}" for k in rng.integers(0, zips, n)],
            "day": [f"2024-0{1 + seed}-{1 + i % 28:02}" for i in range(n)],
            "open": rng.random(n) < 0.5,
            "sold": np.where(amount > 0, "yes", "no"),
            "amount": amount,
        }
    )


OLD, NEW = shops(120, 0), shops(80, 1, "Rome Oslo Bonn", 20, gone=True)


def trained(target: str = "sold", rows: Any = OLD, **more: Any) -> Any:
    other = "amount" if target == "sold" else "sold"
    training = gn.TableTraining(rows, target, recipe=SMALL, columns={"drop": [other]}, **more)
    for _ in training.epochs():
        pass
    return training.model


def updated(model: Any, rows: Any = NEW, replay: Any = None, **more: Any) -> Any:
    update = gn.TableUpdate(model, rows, replay, **QUICK | more)
    for _ in update.epochs():
        pass
    return update


@pytest.fixture(scope="module")
def model() -> Any:
    return trained()


@pytest.mark.parametrize("more", [{}, {"n_ensemble": 2}, {"target": "amount", "interval": 0.8}], ids=str)
def test_before_the_first_epoch_nothing_is_predicted_otherwise(more: dict[str, Any]) -> None:
    made = trained(**{"n_ensemble": 1, **more})
    update = gn.TableUpdate(made, NEW, **QUICK)
    np.testing.assert_allclose(update.model.outputs(OLD), made.outputs(OLD), atol=1e-5)
    complete = NEW.drop_nulls("x")
    before, after = made.outputs(complete), update.model.outputs(complete)
    if made.task == "regression":  # the range of the predictions has grown
        low, high = made.target.low, made.target.high
        before, after = (np.clip(each, low, high) for each in (before, after))
        was, ends = (each.predict_interval(OLD) for each in (made, update.model))
        inside = (was > was.min(axis=0)) & (was < was.max(axis=0))  # the outermost were kept within the old range
        np.testing.assert_allclose(ends[inside], was[inside], atol=1e-3)
    np.testing.assert_allclose(after, before, atol=1e-5)  # a new level as an unseen one


def test_codes_formats_and_scales_stay_and_what_is_new_comes_last(model: Any) -> None:
    after = updated(model).model
    old, new = ({each.name: each for each in m.encoder.encoders} for m in (model, after))
    for name in ("x", "day", "open"):
        assert (new[name].median, new[name].scale) == (old[name].median, old[name].scale)
        assert new[name].format == old[name].format
    assert new["city"].levels == (*old["city"].levels, "Bonn")
    levels = old["zip"].levels
    assert new["zip"].levels[: len(levels)] == levels and len(new["zip"].levels) > len(levels)
    assert (old["x"].missing, new["x"].missing) == (False, True)
    assert after.encoder.feature_names[:2] == ("x", "x missing")
    found = {column.name: column for column in after.columns}
    assert found["city"].values == "4 levels: Oslo, Paris, Rome, …" and found["x"].missing > 0
    assert found["day"].values == "2024-01-01 … 2024-02-28"
    assert found["zip"].inputs == f"{len(new['zip'].levels) + 1} codes"


def test_a_level_in_a_single_row_gets_no_code_and_one_that_was_missing_keeps_its_vector() -> None:
    zips = [f"z{k}" for k in range(12)] * 3
    old = pl.DataFrame({"zip": [None, None, *zips], "x": range(len(zips) + 2)})
    encoder = TableEncoder.learn(old.with_columns(x=pl.col("x") % 7))
    growth = Growth.of(encoder, [pl.DataFrame({"zip": ["new", "new", "once", None], "x": [1, 2, 3, 4]})])
    assert growth.new_levels == {"zip": ("new",)}
    place = encoder.feature_names.index("zip")
    codes = growth.codes(place)
    assert codes.tolist() == [*range(13), 14] and growth.n_codes(place) == 15
    net = SMALL.network(encoder, ClassTarget(("no", "yes")))
    net.build(len(encoder.feature_names), seed=0, X=encoder.transform(old))
    grown = grown_network(net, growth)
    (name,) = (n for n, a in net.arrays.items() if a.shape == (14, 8))
    W, wider = net.arrays[name], grown.arrays[name]
    np.testing.assert_array_equal(wider[codes], W)
    np.testing.assert_array_equal(wider[13], W[0])


def test_missing_values_stay_what_they_are_in_every_kind_of_column() -> None:
    def holed(rows: pl.DataFrame) -> pl.DataFrame:
        gone = pl.int_range(pl.len()) % 4 == 1
        return rows.with_columns(pl.when(gone).then(None).otherwise(name).alias(name) for name in ("x", "city", "zip"))

    made = trained(rows=holed(OLD))
    update = gn.TableUpdate(made, holed(NEW), holed(OLD), **QUICK)
    assert update.rows.growth.newly_missing == () and update.rows.growth.new_levels["city"] == ("Bonn",)
    names = update.model.encoder.feature_names
    assert [name for name in names if name.startswith("city")][-2:] == ["city=Bonn", "city missing"]
    np.testing.assert_allclose(update.model.outputs(holed(OLD)), made.outputs(holed(OLD)), atol=1e-5)
    found = {column.name: column.missing for column in update.model.columns}
    n_new = sum(value is None for value in update.rows.kept["new rows"]["city"].to_list())
    assert found["city"] == {column.name: column.missing for column in made.columns}["city"] + n_new
    whole = gn.TableUpdate(trained(), holed(NEW), **QUICK)
    assert whole.rows.growth.newly_missing == ("x", "city", "zip")
    np.testing.assert_allclose(whole.model.outputs(OLD), whole.before.outputs(OLD), atol=1e-5)


def test_the_new_level_is_learned_and_old_rows_that_are_replayed_are_kept() -> None:
    made = trained("amount")
    update = updated(made, NEW, OLD, epochs=60, learning_rate=0.1)
    scores = update.scores()
    assert [*scores] == ["new rows", "old rows"]
    assert scores["new rows"]["after"]["rmse"] < 0.8 * scores["new rows"]["before"]["rmse"]
    assert scores["old rows"]["before"] == pytest.approx(made.evaluate(update.rows.held_out["old rows"]))
    assert scores["old rows"]["after"]["rmse"] < 1.5 * scores["old rows"]["before"]["rmse"]
    assert update.sentence.startswith("The RMSE went from ")
    assert [row[0] for row in update.table()] == ["metric", *scores["new rows"]["before"]]
    assert any("the model had been trained on" in note for note in update.notes)


def test_the_range_of_the_numbers_grows() -> None:
    made = trained("amount")
    target = updated(made).model.target
    assert target.low < made.target.low and target.high >= made.target.high
    assert (target.mean, target.scale) == (made.target.mean, made.target.scale)


def test_the_given_model_stays_as_it_is_and_the_new_one_remembers_where_it_came_from(
    model: Any, tmp_path: Path
) -> None:
    before = {name: array.copy() for name, array in model.arrays.items()}
    once = updated(model).model
    twice = updated(once, NEW, OLD).model
    assert all(np.array_equal(array, before[name]) for name, array in model.arrays.items()) and not model.updates
    assert [update.rows for update in twice.updates] == [64, 64]
    assert [update.replayed for update in twice.updates] == [0, 96]
    assert twice.updates[0].weights != twice.updates[1].weights and twice.updates[0].epochs == 2
    assert twice.updates[0].new_levels.keys() == {"city", "zip"}
    assert [update.learning_rate for update in twice.updates] == pytest.approx([0.004, 0.004])
    again = gn.TableModel.load(twice.save(tmp_path / "model.safetensors"))
    assert again == twice and again.updates == twice.updates
    np.testing.assert_allclose(again.outputs(NEW), twice.outputs(NEW), atol=1e-5)


@pytest.mark.parametrize("as_given", [pl.DataFrame, pl.DataFrame.to_pandas, pl.DataFrame.to_arrow])
def test_the_same_seed_and_rows_give_the_same_bits_from_any_library(model: Any, as_given: Any) -> None:
    one, other, third = updated(model), updated(model, as_given(NEW)), updated(model, seed=1)
    same = [np.array_equal(array, other.model.arrays[name]) for name, array in one.model.arrays.items()]
    assert all(same) and one.model.updates == other.model.updates
    assert not np.array_equal(one.model.network.parameters, third.model.network.parameters)


def test_calibration_and_intervals_are_derived_anew_from_rows_enough_and_else_kept() -> None:
    many = shops(300, 1)
    for target, more in (("sold", {"threshold": 0.3}), ("amount", {}), ("amount", {"interval": 0.8})):
        made = trained(target, **more)
        few, enough = updated(made), updated(made, many)
        kept = [note for note in few.notes if "are fewer than 30" in note]
        anew = [note for note in enough.notes if "derived anew from 48 validation rows" in note]
        assert len(kept) == len(anew) == 1
        if target == "sold":
            assert few.model.calibration == made.calibration != enough.model.calibration
            assert enough.model.threshold == 0.3 and "threshold: kept, 0.3" in enough.notes
        elif more:
            assert few.model.interval.margin == made.interval.margin != enough.model.interval.margin
        else:
            assert len(enough.model.interval.errors) == 48 and few.model.interval == made.interval


def test_a_threshold_can_be_given_or_found_again() -> None:
    made = trained(threshold=0.3)
    assert updated(made, threshold=0.6).model.threshold == 0.6
    found = updated(made, shops(300, 1), threshold="auto")
    assert found.model.threshold not in (0.3, None) and any("threshold: derived anew" in n for n in found.notes)


def test_groups_are_held_out_whole_and_times_late(model: Any) -> None:
    patients = NEW.with_columns(patient=pl.Series([f"p{i % 16}" for i in range(len(NEW))]))
    old = OLD.with_columns(patient=pl.Series([f"p{i % 20}" for i in range(len(OLD))]))
    update = gn.TableUpdate(model, patients, old, group="patient", **QUICK)
    sides = [
        {p for frame in part.values() for p in frame["patient"].to_list()}
        for part in (update.rows.kept, update.rows.held_out)
    ]
    assert sides[0] and sides[1] and not sides[0] & sides[1]
    later = gn.TableUpdate(model, NEW, OLD, time="day", **QUICK).rows
    for what in ("new rows", "old rows"):
        assert max(later.kept[what]["day"].to_list()) < min(later.held_out[what]["day"].to_list())


def test_weights_count(model: Any) -> None:
    weighed = NEW.with_columns(w=pl.lit(0.0)).with_columns(w=pl.when(pl.col("city") == "Rome").then(1.0).otherwise(0.0))
    plain, by_rows = updated(model), updated(model, weighed, weight="w")
    assert by_rows.rows.weights is not None and set(by_rows.rows.weights.tolist()) == {0.0, 1.0}
    assert not np.array_equal(plain.model.network.parameters, by_rows.model.network.parameters)
    balanced = updated(model, class_weight="balanced").rows
    assert balanced.weights is not None
    sums = [balanced.weights[balanced.y == k].sum() for k in range(2)]
    assert sums[0] == pytest.approx(sums[1])


def test_few_rows_without_held_out_ones_keep_everything_and_the_last_epoch(model: Any) -> None:
    update = updated(model, NEW[:3], test=None)
    assert update.scores() == {} and len(update.rows.chosen) == 0
    assert update.model.calibration == model.calibration
    assert update.sentence == "No rows were held out, so that there are no scores."
    assert any("too few rows to choose" in note for note in update.notes)


def test_old_rows_may_be_scored_without_training_on_them(model: Any) -> None:
    plain, scored = updated(model), updated(model, compare=OLD)
    assert np.array_equal(plain.model.network.parameters, scored.model.network.parameters)
    assert scored.scores()["old rows"]["before"] == pytest.approx(model.evaluate(OLD))
    assert scored.scores()["old rows"]["after"] == pytest.approx(scored.model.evaluate(OLD))
    assert "on 120 old rows." in scored.sentence and scored.n_rows("old rows") == 0
    both = updated(model, NEW, OLD[:100], compare=OLD[100:])
    assert both.n_rows("old rows") == 100 and len(both.rows.held_out["old rows"]) == 20
    with pytest.raises(gn.InvalidInput, match="the old rows: the table lacks columns that were in training: 'x'"):
        gn.TableUpdate(model, NEW, compare=OLD.drop("x"))


def test_how_far_scores_can_be_trusted_is_told(model: Any) -> None:
    few, enough = updated(model, NEW, OLD[:2]), updated(model, shops(300, 1), OLD)
    assert few.notes[-2].startswith("only 1") and few.notes[-2].endswith("new rows held out: their scores are rough")
    assert few.notes[-1].startswith("there are too few old rows to hold some out")
    assert not any("rough" in note for note in enough.notes) and "the model had been trained on" in enough.notes[-1]
    assert updated(model).notes[-1].startswith("without old rows to replay")
    assert updated(model, OLD).notes[-2].startswith("the model had been trained on 20 of the 24 new rows that are")
    assert updated(model, NEW[:5]).sentence.endswith("on 1 held-out new row.")


def test_rows_without_a_target_and_unknown_columns_are_told(model: Any) -> None:
    rows = NEW.with_columns(sold=pl.when(pl.int_range(pl.len()) < 2).then(None).otherwise("sold"), note=pl.lit("x"))
    notes = gn.TableUpdate(model, rows, **QUICK).rows.notes
    assert notes == (
        "2 new rows without a sold dropped",
        "nothing is learned from columns that were not in training: 'note'",
    )


WRONG: dict[str, tuple[Any, dict[str, Any], str]] = {
    "no rows": (NEW[:0], {}, "the new rows: the table has no rows."),
    "few rows": (NEW[:3], {}, "an update needs 5 new rows or more with a sold, got 3."),
    "a path": ("new.csv", {}, "the new rows: expected a data frame of polars, pandas or pyarrow, got 'new.csv'"),
    "no target": (NEW.drop("sold"), {}, "the new rows: there is no target column 'sold'"),
    "no values": (NEW.with_columns(sold=pl.lit(None, pl.String)), {}, "'sold' has no value in any of 80 rows"),
    "a column less": (NEW.drop("city"), {}, "the new rows: the table lacks columns that were in training: 'city'"),
    "renamed": (
        NEW.rename({"city": "City"}), {},
        "'city' (did you mean 'City'?); it has columns that were not in training: 'City'.",
    ),
    "texts for numbers": (NEW.with_columns(x=pl.lit("much")), {}, "column 'x' holds 'much' in row 1, where"),
    "dates for numbers": (NEW.with_columns(x=pl.date(2024, 1, 1)), {}, "column 'x' holds dates, but numbers in"),
    "numbers for dates": (NEW.with_columns(day=pl.lit(7.5)), {}, "column 'day' holds '7.5' in row 1, where a date is"),
    "numbers for levels": (
        NEW.with_columns(city=pl.int_range(pl.len())), {}, "column 'city' holds numbers, but 3 levels in training"
    ),
    "names for levels": (
        NEW.with_columns(city=pl.format("n{}", pl.int_range(pl.len()))), {},
        "column 'city' has 80 different values in 80 rows, none of which is among the 3 levels in training",
    ),
    "a new class": (
        NEW.with_columns(sold=pl.lit("perhaps")), {},
        "the target 'sold' has classes that were not in training: 'perhaps'; known classes: 'no', 'yes'; a new class",
    ),
    "no old rows": (NEW, {"replay": OLD[:0]}, "the old rows: the table has no rows."),
    "old rows of another kind": (NEW, {"replay": OLD.drop("day")}, "the old rows: the table lacks columns"),
    "no such group": (NEW, {"group": "patient"}, "there is no group column 'patient'"),
    "one group": (NEW.with_columns(g=pl.lit("a")), {"group": "g"}, "the group column 'g' has one value in all 80 rows"),
    "no times": (NEW, {"time": "city"}, "the time column 'city' must hold dates or numbers"),
    "both": (NEW, {"time": "day", "group": "city"}, "group and time exclude each other"),
    "no epochs": (NEW, {"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
    "no rate": (NEW, {"learning_rate": -1.0}, "`learning_rate` must be a positive number, got -1.0"),
    "a share": (NEW, {"test": 1.5}, "`test` must be a number in (0, 1), got 1.5"),
    "a threshold of few rows": (NEW, {"threshold": "auto"}, "threshold='auto' needs 30 validation rows"),
    "weights below 0": (NEW, {"weight": "x"}, "the weight column 'x' is"),
    "an unknown class weight": (NEW, {"class_weight": {"maybe": 2}}, "unknown class in class_weight 'maybe'"),
    "an unknown keyword": (NEW, {"rate": 1}, "rate"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused_in_one_sentence(model: Any, case: str) -> None:
    rows, more, sentence = WRONG[case]
    with pytest.raises(gn.InvalidInput) as error:
        gn.TableUpdate(model, rows, **QUICK | more)
    assert sentence in str(error.value)
    assert str(error.value).count("\n") == 0 and len(str(error.value)) <= 500


def test_only_models_of_tables_are_updated() -> None:
    with pytest.raises(gn.InvalidInput, match=r"expected a gn.TableModel to go on with, got"):
        gn.TableUpdate(gn.Network([gn.Dense(1)]), NEW)  # type: ignore[arg-type]


def test_numbers_as_levels_stay_levels_and_all_levels_may_be_new() -> None:
    shelves = [str(100 + k % 3) for k in range(len(OLD))]
    made = trained(rows=OLD.with_columns(city=pl.Series(shelves)), task="classification")
    assert {each.kind for each in made.encoder.encoders if each.name == "city"} <= {"category", "number"}
    stated = gn.TableTraining(
        OLD.with_columns(city=pl.Series(shelves)), "sold", recipe=SMALL,
        columns={"drop": ["amount"], "kinds": {"city": "category"}},
    )  # fmt: skip
    for _ in stated.epochs():
        pass
    rows = NEW.with_columns(city=pl.Series([300 + k % 2 for k in range(len(NEW))]))
    assert updated(stated.model, rows).rows.growth.new_levels["city"] == ("300", "301")
    other = updated(trained(), NEW.with_columns(city=pl.lit("Kyiv")))
    assert other.rows.growth.new_levels["city"] == ("Kyiv",)


def test_plain_networks_take_new_levels_too() -> None:
    recipe = gn.Recipe.simple(hidden=(8,), epochs=2, engine="numpy")
    training = gn.TableTraining(OLD, "sold", recipe=recipe, columns={"drop": ["amount"]})
    for _ in training.epochs():
        pass
    update = gn.TableUpdate(training.model, NEW, **QUICK)
    np.testing.assert_allclose(update.model.outputs(OLD), training.model.outputs(OLD), atol=1e-5)
    assert len(update.rows.growth.new_levels["zip"]) > 3
