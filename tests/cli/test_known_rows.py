"""`glassnet evaluate`, `predict` and `draw` say how many rows were trained on; the run folder has those held out."""

from pathlib import Path

import polars as pl

import glassnet as gn


def test_rows_that_were_trained_on_are_told(glassnet):
    iris = gn.datasets.iris().to_polars()
    assert glassnet("train", "iris", "--epochs", 1, "--hidden", 4)[0] == 0
    rows = pl.read_csv("runs/iris/held-out.csv")["row"].to_list()
    assert len(rows) == 30 and rows == sorted({*rows}) and rows[0] >= 0 and rows[-1] < 150
    known = {tuple(row) for k, row in enumerate(iris.iter_rows()) if k not in rows}
    new = iris[rows].filter([row not in known for row in iris[rows].iter_rows()])  # two flowers are alike
    new.write_csv("new.csv")
    out = glassnet("evaluate", "runs/iris", "new.csv")[1]
    assert out.startswith(f"On {len(new)} rows\n") and len(new) > 25
    again = 120 + len(rows) - len(new)
    line = f"On 150 rows; the model was trained on {again} of them, so new rows may score worse\n"
    assert glassnet("evaluate", "runs/iris", "iris")[1].startswith(line)
    line = f"; the model was trained on {again} of them, so new rows may be predicted worse\n"
    assert glassnet("predict", "runs/iris", "iris", "--out", "p.csv")[1].endswith(line)
    assert glassnet("predict", "runs/iris", "iris")[2].endswith(line)
    for others in (iris.drop("species"), iris.with_columns(species=pl.lit("other"))):
        others.write_csv("others.csv")
        status, out, _ = glassnet("predict", "runs/iris", "others.csv", "--out", "p.csv")
        assert status == 0 and "trained on" not in out
    status, out, err = glassnet("draw", "runs/iris", "iris", "--confusion")
    told = f"the model was trained on {again} of these 150 rows: on new ones it may be worse"
    assert (status, err) == (0, "") and out.splitlines()[-1] == told
    assert glassnet("draw", "runs/iris", "new.csv", "--confusion")[1] == "figures  runs/iris/figures/confusion.png\n"
    assert Path("runs/iris/figures/confusion.png").exists()


def test_rows_of_ones_own_have_no_numbers_in_the_table(glassnet):
    iris = gn.datasets.iris().to_polars()
    iris[::2].write_csv("t.csv")
    iris[1::2].write_csv("own.csv")
    options = ("--target", "species", "--test", "own.csv", "--epochs", 1, "--hidden", 4)
    assert glassnet("train", "t.csv", *options)[0] == 0
    assert not Path("runs/t/held-out.csv").exists()
