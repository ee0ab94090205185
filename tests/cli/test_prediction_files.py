"""What `glassnet predict` writes: columns kept, one line at the end, files of any size, whole or not at all."""

import io
import os
import stat
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.reading.chunks import Pieces

N = 1200


def rows(n=N):
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "no": [f"r{k:04}" for k in range(n)],
            "^size.*$": rng.normal(100, 20, n).round(3),
            "city": rng.choice(["Rome", "Oslo", "Bonn"], n),
            "street": [f"street {k % 20}" for k in range(n)],
            "y": rng.normal(3, 2, n).round(3),
        }
    )


@pytest.fixture
def model(glassnet, models, monkeypatch):
    rows(200).with_columns(pl.col("y") + 10).write_csv("new.csv")  # not the rows that were trained on
    return models


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    training = gn.TableTraining(
        rows(200), "y", recipe=gn.Recipe(hidden=(4,), epochs=1, engine="numpy"), columns={"id": ["no"]}
    )
    for _ in training.epochs():
        pass
    return training.model.save(tmp_path_factory.mktemp("run") / "model.safetensors")


def table(text):
    return pl.read_csv(io.StringIO(text))


def test_ids_and_columns_to_keep_stand_before_the_predictions(glassnet, model):
    assert table(glassnet("predict", model, "new.csv")[1]).columns == ["no", "prediction"]
    _, out, err = glassnet("predict", model, "new.csv", "--keep", "^size.*$,city", "--interval", 0.8)
    found = table(out)
    assert err == "" and found.columns == ["no", "^size.*$", "city", "prediction", "lower", "upper"]
    assert found["city"].to_list() == rows(200)["city"].to_list()
    assert table(glassnet("predict", model, "new.csv", "--id", "city")[1]).columns == ["city", "prediction"]
    assert table(glassnet("predict", model, "new.csv", "--keep", "no,y")[1]).columns == ["no", "y", "prediction"]


def test_one_line_tells_what_was_odd_about_the_rows(glassnet, model):
    odd = rows(200).with_columns(
        city=pl.when(pl.int_range(200) < 3).then(pl.lit("Paris")).otherwise(pl.col("city")),
        y=pl.lit(None, pl.Float64),
        street=pl.when(pl.int_range(200) < 2).then(pl.lit(None)).otherwise(pl.col("street")),
    )
    sizes = odd["^size.*$"].to_list()
    odd = odd.with_columns(pl.Series("^size.*$", [None, None, 1e6, -5.0, *sizes[4:]]))
    odd.write_csv("odd.csv")
    line = "200 rows {}; unknown levels: city 3; missing: ^size.*$ 2, street 2; "
    line += "outside the range of training: ^size.*$ 2\n"
    assert glassnet("predict", model, "odd.csv", "--out", "p.csv")[1:] == (line.format("with predictions in p.csv"), "")
    status, out, err = glassnet("predict", model, "odd.csv")
    assert (status, err) == (0, line.format("predicted")) and out == Path("p.csv").read_text()
    assert glassnet("predict", model, "new.csv", "--out", "p.csv")[1:] == ("200 rows with predictions in p.csv\n", "")


@pytest.mark.parametrize("name", ["p.csv", pytest.param("p.parquet", marks=pytest.mark.long)])
def test_a_large_file_is_predicted_piece_by_piece_with_the_same_result(glassnet, model, monkeypatch, name):
    rows().write_csv("large.csv")
    ask = ("predict", model, "large.csv", "--keep", "city", "--out")
    assert glassnet(*ask, name)[0] == 0
    whole = Path(name).read_bytes()
    monkeypatch.setattr(Pieces.__init__, "__defaults__", (8_000,))
    assert len([*Pieces("large.csv")]) > 4
    status, out, err = glassnet(*ask, f"again-{name}", "--memory", "100kB")
    assert (status, err) == (0, "") and out.startswith(f"{N} rows with predictions in again-{name}")
    if name == "p.csv":
        assert Path("again-p.csv").read_bytes() == whole
        assert glassnet(*ask[:-1], "--memory", "100kB")[1].encode() == whole
    again, found = (pl.read_csv(each) if name == "p.csv" else pl.read_parquet(each) for each in (f"again-{name}", name))
    assert again.equals(found) and again.columns == ["no", "city", "prediction"]
    assert sorted(os.listdir()) == sorted(["new.csv", "large.csv", name, f"again-{name}"])


@pytest.mark.parametrize("name", ["p.csv", "p.parquet"])
def test_a_row_that_is_wrong_leaves_the_old_file_as_it_was(glassnet, model, monkeypatch, name):
    sizes = [*map(str, rows()["^size.*$"].to_list())]
    rows().with_columns(pl.Series("^size.*$", [*sizes[:-1], "wide"])).write_csv("wrong.csv")
    Path(name).write_text("old")
    monkeypatch.setattr(Pieces.__init__, "__defaults__", (8_000,))
    status, out, err = glassnet("predict", model, "wrong.csv", "--out", name, "--memory", "100kB")
    assert (status, out) == (1, "") and f"holds 'wide' in row {N}, where a number is expected" in err
    assert glassnet("predict", model, "wrong.csv", "--memory", "100kB")[:2] == (1, "")
    assert Path(name).read_text() == "old" and sorted(os.listdir()) == sorted(["new.csv", "wrong.csv", name])


@pytest.mark.skipif(os.name == "nt", reason="devices and modes")
def test_a_device_takes_predictions_and_a_file_keeps_its_mode(glassnet, model):
    Path("void.csv").symlink_to(os.devnull)
    assert glassnet("predict", model, "new.csv", "--out", "void.csv")[0] == 0
    assert stat.S_ISCHR(os.stat("void.csv").st_mode)
    Path("p.csv").touch(0o600)
    assert glassnet("predict", model, "new.csv", "--out", "p.csv")[0] == 0
    assert Path("p.csv").stat().st_mode & 0o777 == 0o600 and len(Path("p.csv").read_text().splitlines()) == 201


REFUSED = {
    "no such column": (["--keep", "citi"], "--keep: there is no column 'citi' (did you mean 'city'?); the columns are"),
    "no such id": (["--id", "number"], "--id: there is no column 'number'; the columns are 'no', '^size.*$'"),
    "another ending": (["--out", "p.txt"], "--out takes a file that ends in .csv or .parquet, got 'p.txt'."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_written_is_refused_first(glassnet, model, case):
    options, message = REFUSED[case]
    status, out, err = glassnet("predict", model, "new.csv", *options)
    assert (status, out) == (1, "") and err.startswith("glassnet: ") and message in err and err.count("\n") == 1


def test_a_column_that_is_called_like_a_prediction_is_refused(glassnet, model):
    rows(200).rename({"y": "prediction"}).write_csv("new.csv")
    status, _, err = glassnet("predict", model, "new.csv", "--keep", "prediction", "--out", "p.csv")
    assert status == 1 and "the rows have a column 'prediction', and so have their predictions: rename it" in err
    assert not Path("p.csv").exists()
