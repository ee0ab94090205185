"""A model knows which rows it was trained on: from any kind of table, after saving, and none that it has not seen."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables import seen_rows
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.seen_rows import SeenRows, seen_in

N = 150
RNG = np.random.default_rng(0)
TABLE = pl.DataFrame(
    {
        "size": RNG.normal(100, 20, N).round(3),
        "city": RNG.choice(["Rome", "Oslo", "Bonn"], N),
        "y": RNG.choice(["no", "yes"], N),
        "z": RNG.normal(3, 2, N).round(3),
    }
)


def trained(target: str, **more: Any) -> gn.TableTraining:
    training = gn.TableTraining(
        TABLE.drop("z" if target == "y" else "y"),
        target,
        recipe=gn.Recipe(hidden=(4,), epochs=1, engine="numpy"),
        **more,
    )
    for _ in training.epochs():
        pass
    return training


@pytest.mark.parametrize("target", ["y", "z"])
def test_rows_of_training_are_known_and_held_out_ones_are_not(target: str, tmp_path: Path) -> None:
    training = trained(target)
    model = gn.TableModel.load(training.model.save(tmp_path / "model.safetensors"))
    assert model == training.model and model.seen is not None
    assert training.prepared.test_rows is not None
    held_out = TABLE[training.prepared.test_rows]
    assert len(held_out) == 30 and model.compared(held_out).n_seen == 0
    for frame in (TABLE, TABLE.to_pandas(), TABLE.to_arrow(), TABLE.select(pl.all().cast(pl.String))):
        assert model.compared(frame).n_seen == 120
    changed = TABLE.with_columns(pl.col("size") + 0.5)
    assert model.compared(changed).n_seen == 0
    other = {"y": pl.col("y").replace({"no": "yes", "yes": "no"}), "z": pl.col("z") + 1}[target]
    assert model.compared(TABLE.with_columns(other)).n_seen == 0


def test_hashes_are_the_same_everywhere() -> None:
    X = np.array([[0.0, 1.5], [-0.0, 1.5], [2.0, -3.0]], np.float32)
    found = SeenRows.of(X, np.array([0, 0, 1]))
    assert found is not None and found.hashes.tolist() == EXPECTED  # 0 and −0 are one row
    assert found.count(np.asfortranarray(X), np.array([0.0, -0.0, 1.0]), ENCODER) == 3


EXPECTED = [2141576789070681.0, 2787689956659264.0]


def test_of_too_many_rows_none_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_rows, "MOST", 100)
    model = trained("y").model
    assert model.seen is None and model.compared(TABLE).n_seen == 0 and "seen" not in model.describe()


def updated(model: gn.TableModel, rows: pl.DataFrame) -> gn.TableModel:
    update = gn.TableUpdate(model, rows, epochs=1, engine="numpy")
    for _ in update.epochs():
        pass
    assert update.rows.held_out["new rows"].shape[0] == round(len(rows) * 0.2)
    return update.model


def seen_again(model: gn.TableModel, folder: Path) -> gn.TableModel:
    again = gn.TableModel.load(model.save(folder / "again.safetensors"))
    assert again == model and again.seen is not None
    return again


@pytest.mark.parametrize("target", ["y", "z"])
def test_rows_of_an_update_are_known_too(target: str, tmp_path: Path) -> None:
    first = trained(target).model
    new = TABLE.drop("z" if target == "y" else "y").with_columns(pl.col("size") + 0.25)
    model = seen_again(updated(first, new), tmp_path)
    assert model.compared(TABLE).n_seen == 120 and model.compared(new).n_seen == 120
    assert first.compared(new).n_seen == 0
    assert model.seen is not None and not model.seen.earlier  # nothing was encoded anew


def test_rows_are_known_after_the_encoder_has_grown_again_and_again(tmp_path: Path) -> None:
    """New levels with an input each or with a code, and values that are missing for the first time."""
    many = pl.Series("street", [f"s{k % 30}" for k in range(N)])
    table = TABLE.drop("z").with_columns(many)
    recipe = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
    training = gn.TableTraining(table, "y", recipe=recipe)
    for _ in training.epochs():
        pass
    second = table.with_columns(
        pl.col("size") + 0.25, city=pl.lit("Bari"), street=pl.Series([f"t{k % 3}" for k in range(N)])
    )
    third = second.with_columns(
        size=pl.Series([None if k in (3, 8) else 300.0 + k for k in range(N)]),
        city=pl.lit("Lund"),
        street=pl.Series([None if k % 4 == 0 else "u" for k in range(N)]),
    )
    model = seen_again(updated(seen_again(updated(training.model, second), tmp_path), third), tmp_path)
    assert model.seen is not None
    assert [len(each.hashes) for each in model.seen.earlier] == [120, 120]
    assert [model.compared(rows).n_seen for rows in (table, second, third)] == [120, 120, 120]
    unseen = second.with_columns(city=pl.lit("Kyiv"))  # another new level is another row
    assert model.compared(unseen).n_seen == 0
    assert len(model.seen) == 360


def test_a_model_that_did_not_know_its_rows_knows_those_of_an_update(tmp_path: Path) -> None:
    TABLE.drop("z").write_csv(tmp_path / "t.csv")
    recipe = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
    training = gn.TableTraining.of_file(tmp_path / "t.csv", "y", recipe=recipe, folder=tmp_path, memory=1 << 30)
    for _ in training.epochs():
        pass
    assert training.model.seen is None  # of a file that is read in chunks
    new = TABLE.drop("z").with_columns(pl.col("size") + 0.25)
    model = updated(training.model, new)
    assert model.compared(new).n_seen == 120 and model.compared(TABLE).n_seen == 0


def test_of_too_many_rows_with_those_of_updates_none_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    first = trained("y").model
    monkeypatch.setattr(seen_rows, "MOST", 200)
    model = updated(first, TABLE.drop("z").with_columns(pl.col("size") + 0.25))
    assert model.seen is None and "seen" not in model.describe()


@pytest.mark.parametrize(
    "size",
    [
        {"levels": {"city": 9}, "missing": ()},
        {"levels": {"town": 1}, "missing": ()},
        {"levels": {"city": -1}, "missing": ()},
        {"levels": {"city": 1}, "missing": ("size",)},
    ],
)
def test_an_earlier_encoder_that_does_not_fit_is_refused(size: dict[str, Any], tmp_path: Path) -> None:
    model = trained("y").model
    found = {"hashes": np.array([1.0]), "0.hashes": np.array([2.0])}
    assert seen_in(1, [{"rows": 1, "levels": {"city": 2}, "missing": ()}], found, model.encoder).earlier
    earlier: Any = [{"rows": 1, **size}]
    with pytest.raises(gn.InvalidInput, match=r"`table\.seen_earlier` does not fit the columns"):
        seen_in(1, earlier, found, model.encoder)
    with pytest.raises(gn.InvalidInput, match=r"`table\.seen` needs that many hashes of rows"):
        seen_in(1, [{"rows": 2, "levels": {"city": 2}, "missing": ()}], found, model.encoder)


ENCODER = TableEncoder.learn(TABLE[["size", "city"]])
WRONG: dict[str, tuple[int, dict[str, Any]]] = {
    "none": (1, {}),
    "fewer": (3, {"hashes": np.array([1.0, 2.0])}),
    "parts": (1, {"hashes": np.array([1.5])}),
    "no order": (2, {"hashes": np.array([2.0, 1.0])}),
    "too large": (1, {"hashes": np.array([2.0**52])}),
    "another": (1, {"hashes": np.array([1.0]), "more": np.array([1.0])}),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_are_no_hashes_is_refused(case: str) -> None:
    n, arrays = WRONG[case]
    with pytest.raises(gn.InvalidInput, match=re.escape("`table.seen` needs that many hashes of rows")):
        seen_in(n, (), arrays, ENCODER)
    assert replace(seen_in(1, (), {"hashes": np.array([1.0])}, ENCODER)) == SeenRows(np.array([1.0]))
