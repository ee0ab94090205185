"""The command that looks at new rows."""

import polars as pl

import glassnet as gn
from glassnet.cli import inputs


def test_new_rows_are_looked_at_beside_those_of_training(glassnet, monkeypatch):
    training = gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=gn.Recipe(hidden=(4,), epochs=1))
    for _ in training.epochs():
        pass
    training.model.save("model.safetensors")
    moved = gn.datasets.iris().to_polars().with_columns(pl.col("sepal_width") + 3).drop("species")
    moved.write_csv("moved.csv")
    status, out, _ = glassnet("diagnose", "model.safetensors", "iris")
    assert status == 0 and out.startswith("Nothing found on 150 rows.")
    status, out, _ = glassnet("diagnose", "model.safetensors", "moved.csv", "--train", "iris")
    assert status == 0 and "drift: new rows differ from training rows" in out and "'sepal_width'" in out
    moved.drop("sepal_length").write_csv("fewer.csv")
    assert "missing columns" in glassnet("diagnose", "model.safetensors", "fewer.csv")[1]
    assert "there is no file nothing.csv" in glassnet("diagnose", "model.safetensors", "nothing.csv")[2]
    monkeypatch.setattr(inputs, "too_large", lambda *_: 1 << 20)
    assert (
        "moved.csv is large: its first rows are looked at" in glassnet("diagnose", "model.safetensors", "moved.csv")[2]
    )
