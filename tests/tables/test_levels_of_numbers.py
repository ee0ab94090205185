"""Numbers whose single values tell more than their size have a code for each value as well."""

import json
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.tables.encoding.column_encoders import NumberColumn, column_from_description
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.leveled_column import LeveledColumn
from glassnet.tables.encoding.several_targets import ClassTargets, NumberTargets
from glassnet.tables.encoding.target import ClassTarget, NumberTarget
from glassnet.tables.encoding.telling_levels import judged_by, leaf_means, tell_more
from glassnet.tables.encoding.value_encoders import encode_values

SMALL = gn.Recipe(hidden=(8,), frequencies=2, epochs=3, engine="numpy")
N = 600


def codes(n: int = N, seed: int = 0) -> pl.DataFrame:
    """`form` says by its number what y is, but not by its size; `size` is as good as its size; `few` has few values."""
    rng = np.random.default_rng(seed)
    form, few = rng.integers(0, 30, n), rng.integers(0, 5, n)
    y = np.random.default_rng(1).normal(size=30)[form] + 0.1 * rng.normal(size=n)
    numbers = [None if k % 50 == 7 else 2.5 * value for k, value in enumerate(form)]
    return pl.DataFrame({"form": numbers, "size": form // 3 + rng.normal(size=n).round(1), "few": few, "y": y})


def trained(recipe: gn.Recipe = SMALL, **more: Any) -> gn.TableTraining:
    training = gn.TableTraining(codes(), "y", recipe=recipe, **{"n_ensemble": 1, **more})
    for _ in training.epochs():
        pass
    return training


@pytest.fixture(scope="module")
def training() -> gn.TableTraining:
    return trained()


def test_single_values_count_where_they_tell_more(training: gn.TableTraining) -> None:
    encoder = training.model.encoder
    assert encoder.leveled == ("form",)
    assert encoder.feature_names == ("form", "form missing", "form as a level", "size", "few")
    assert encoder.codes == {2: 31} and encoder.measured == (0, 3, 4)
    X = encoder.transform(pl.DataFrame({"form": [0.0, 72.5, 1.0, None], "size": [0.0] * 4, "few": [1] * 4}))
    assert X[:, 1:3].tolist() == [[0, 1], [0, 30], [0, 0], [1, 0]]
    plain = TableEncoder.learn(training.train, ["y"]).transform(codes())
    np.testing.assert_array_equal(encoder.transform(codes())[:, [1, 3, 4]], plain[:, 1:])


def test_single_precision_meets_the_same_levels() -> None:
    x = nw.from_native(pl.Series("x", [0.1, 0.1, 0.7, 0.7, None]), series_only=True)
    column, single = LeveledColumn.of(NumberColumn.learn(x), x), x.cast(nw.Float32)
    assert isinstance(column, LeveledColumn)
    assert column.transform(x)[:, -1].tolist() == column.transform(single)[:, -1].tolist() == [1, 1, 2, 2, 0]
    assert encode_values(column, np.array([0.7, 0.1, np.nan], np.float32))[:, -1].tolist() == [2, 1, 0]


def test_it_is_told_and_remembered(training: gn.TableTraining, tmp_path: Path) -> None:
    (form,) = (column for column in training.model.columns if column.name == "form")
    assert form.cells == ("form", "number", "0 … 72.5", "8", "2 and 31 codes of single values")
    (note,) = (note for note in training.notes if note.startswith("form"))
    assert "single values tell more than its size" in note and "--kind form=number" in note
    model = gn.TableModel.load(training.model.save(tmp_path / "model.safetensors"))
    assert model == training.model
    np.testing.assert_allclose(model.outputs(codes()), training.model.outputs(codes()), atol=1e-5)


def test_what_is_said_wins() -> None:
    for more in ({"columns": {"kinds": {"form": "number"}}}, {"recipe": gn.Recipe(levels=False, epochs=1)}):
        assert gn.TableTraining(codes(), "y", **more).model.encoder.leveled == ()
    assert gn.TableTraining(codes(), "y", columns={"kinds": {"form": "category"}}).model.encoder.leveled == ()
    assert gn.Recipe.simple().levels is False


def test_one_row_is_read_as_the_table_is(training: gn.TableTraining) -> None:
    rows = codes()[:60].drop("y").rows()
    given = [*rows, (5.0, 1.0, 2), ("5", 1.0, 2), (5.1, 1.0, 2), (None, 1.0, 2)]
    predictor = training.model.predictor()
    table = {"form": [None if row[0] is None else float(row[0]) for row in given]}
    frame = pl.DataFrame({**table, "size": [row[1] for row in given], "few": [row[2] for row in given]})
    np.testing.assert_array_equal(predictor(given), training.model.predict(frame))
    assert "is the code of its value" in " ".join(str(training.model.explain(frame[60:61])).split())


def test_further_rows_add_no_levels(training: gn.TableTraining) -> None:
    update = gn.TableUpdate(training.model, codes(200, seed=2).with_columns(pl.col("form") + 2.5), epochs=1)
    for _ in update.epochs():
        pass
    assert update.model.encoder.encoders[0] == training.model.encoder.encoders[0]


def test_pictures_of_such_a_model(training: gn.TableTraining) -> None:
    assert {*training.model.draw(codes(), "regions", dependence=["form"])} == {"regions-few,size", "dependence-form"}


def test_a_file_in_chunks_finds_the_same(tmp_path: Path) -> None:
    codes().write_csv(tmp_path / "codes.csv")
    training = gn.TableTraining.of_file(tmp_path / "codes.csv", "y", recipe=SMALL, folder=tmp_path, memory=2**30)
    assert training.model.encoder.leveled == ("form",)
    training.prepared.close()


def test_what_levels_are_judged_by() -> None:
    two, three = ClassTarget(("no", "yes")), ClassTarget(("a", "b", "c"))
    assert judged_by(two, np.array([0, 1, 0])).tolist() == [[1], [0], [1]]
    assert judged_by(three, np.array([2, 1, 2])).tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert judged_by(ClassTargets((two, three)), np.array([[0, 2], [1, 1]])).shape == (2, 1)
    number = NumberTarget.learn_any(np.array([1.0, 3.0]))
    assert judged_by(number, np.array([0.5, 1])).tolist() == [[0.5], [1]]
    assert judged_by(NumberTargets((number, number)), np.ones((2, 2))).shape == (2, 2)


def test_chance_and_size_are_no_levels() -> None:
    rng = np.random.default_rng(0)
    for seed in range(20):
        x = rng.integers(0, 60, 1000).astype(float)
        y = np.column_stack([rng.normal(size=1000), np.sin(x / 8)]).sum(axis=1, keepdims=True)
        assert not tell_more(x, y, seed)
    many = rng.integers(0, 300, 1000).astype(float)  # each value has too few rows
    assert not tell_more(many, rng.normal(size=(300, 1))[many.astype(int)])
    few = rng.integers(0, 16, 1000).astype(float)  # which a tree of 16 leaves can tell apart
    assert not tell_more(few, rng.normal(size=(16, 1))[few.astype(int)])


def test_a_few_rows_with_telling_values_are_enough() -> None:
    rng = np.random.default_rng(0)
    x = np.where(rng.random(8000) < 0.92, 0, rng.integers(1, 60, 8000)).astype(float)  # as the gains of most are 0
    chance = np.where(x > 0, rng.integers(0, 2, 60)[x.astype(int)], 0.24)
    assert tell_more(x, (rng.random(8000) < chance).astype(float)[:, None])


def test_a_tree_of_as_many_leaves_as_steps_finds_them() -> None:
    steps = np.repeat([3.0, -1.0, 4.0, 1.0], 10)[:, None]
    np.testing.assert_allclose(leaf_means(7 * steps, np.full(40, 7.0)), steps)


@pytest.mark.parametrize("levels", [(), (2.0, 1.0), (1.0, 1.0)])
def test_a_description_with_odd_levels_is_refused(levels: tuple[float, ...], training: gn.TableTraining) -> None:
    described = json.loads(json.dumps(training.model.encoder.encoders[0].describe()))
    assert isinstance(column_from_description(described), LeveledColumn)
    with pytest.raises(InvalidInput, match="ascending order as levels"):
        column_from_description(described | {"levels": list(levels)})
