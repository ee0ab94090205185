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
    assert found.count(np.asfortranarray(X), np.array([0.0, -0.0, 1.0])) == 3


EXPECTED = [2141576789070681.0, 2787689956659264.0]


def test_of_too_many_rows_none_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_rows, "MOST", 100)
    model = trained("y").model
    assert model.seen is None and model.compared(TABLE).n_seen == 0 and "seen" not in model.describe()


def test_a_model_that_is_trained_further_does_not_know_its_rows(tmp_path: Path) -> None:
    update = gn.TableUpdate(trained("y").model, TABLE.drop("z"), epochs=1)
    for _ in update.epochs():
        pass
    assert update.model.seen is None
    TABLE.drop("z").write_csv(tmp_path / "t.csv")
    recipe = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
    training = gn.TableTraining.of_file(tmp_path / "t.csv", "y", recipe=recipe, folder=tmp_path, memory=1 << 30)
    for _ in training.epochs():
        pass
    assert training.model.seen is None


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
        seen_in(n, arrays)
    assert replace(seen_in(1, {"hashes": np.array([1.0])})) == SeenRows(np.array([1.0]))
