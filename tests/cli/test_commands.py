"""The command: train, predict, evaluate on real tables, and one sentence for every mistake."""

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.training.environment import environment_in_words


def iris(rows=slice(None), **changes):
    return gn.datasets.iris().to_polars()[rows].with_columns(**changes)


def csv(frame, name="data.csv"):
    frame.write_csv(name)
    return name


def train(glassnet, *arguments):
    status, out, err = glassnet("train", *arguments, "--epochs", 3, "--hidden", 8)
    assert (status, err) == (0, "")
    return out


@pytest.mark.usefixtures("whole_report")
def test_train_on_the_bundled_iris_writes_the_whole_run(glassnet):
    status, out, _ = glassnet("train", "iris", "--hidden", "16,16", "--epochs", 60)
    assert status == 0
    assert "classification of species: 120 rows for training and validation, 30 held out, 4 columns as 4 inputs" in out
    assert "epoch 60/60" in out
    run = "runs/iris"
    figures = ["calibration.png", "confusion.png", "curves.png", "importance.png"]
    names = [*figures, "held-out.csv", "history.json", "model.safetensors", "report.html", "report.md"]
    assert sorted(os.listdir(run)) == sorted(names)
    for name in names:
        assert f"{run}/{name}" in out or f"report.md, {name}" in out
    report = Path(f"{run}/report.md").read_text()
    for part in (
        "# species from iris",
        "| accuracy |",
        "Confusion matrix: true against predicted class.\n\n![confusion](confusion.png)",
        "## The data",
        "periodic embedding",
        "arXiv 2407.04491",
        "glassnet train iris --hidden 16,16 --epochs 60",
    ):
        assert part in report
    history = json.loads(Path(f"{run}/history.json").read_text())
    assert len(history["val_accuracy"]) == 60
    assert f"- Trained on: {environment_in_words(history['about']['environment'])}." in report
    assert float(report.split("| accuracy | ")[1].split(" ")[0]) >= 0.9


def test_the_same_command_gives_the_same_model_and_another_seed_another(glassnet):
    for out, seed in [("a", 3), ("b", 3), ("c", 4)]:
        train(glassnet, "iris", "--out", out, "--seed", seed)
    a, b, c = (Path(f"{out}/model.safetensors").read_bytes() for out in "abc")
    assert a == b != c


def test_predict_and_evaluate_take_raw_rows_of_a_new_file(glassnet):
    train(glassnet, csv(iris()), "--target", "species", "--out", "run")
    csv(iris(slice(40, 60)).drop("species").with_columns(note=pl.lit("x"))[:, ::-1], "new.csv")
    status, out, _ = glassnet("predict", "run/model.safetensors", "new.csv")
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "prediction,probability of setosa,probability of versicolor,probability of virginica"
    assert len(lines) == 21
    for name in ("p.csv", "p.parquet"):
        assert glassnet("predict", "run/model.safetensors", "new.csv", "--out", name)[0] == 0
    assert pl.read_csv("p.csv")["prediction"].equals(pl.read_parquet("p.parquet")["prediction"])
    model = gn.TableModel.load("run/model.safetensors")
    np.testing.assert_array_equal(model.predict(pl.read_csv("new.csv")), pl.read_csv("p.csv")["prediction"].to_numpy())
    status, out, _ = glassnet("evaluate", "run/model.safetensors", "data.csv")
    assert status == 0
    assert "On 150 rows" in out
    assert "accuracy" in out


def messy(n=300):
    rng = np.random.default_rng(0)
    size, city = rng.normal(100, 30, n), rng.choice(["Rome", "Oslo", "Bonn"], n)
    price = 3 * size + 50 * (city == "Rome") + rng.normal(0, 5, n)
    return pl.DataFrame(
        {
            "id": [f"house-{i}" for i in range(n)],
            "size": [None if i % 10 == 0 else s for i, s in enumerate(size)],
            "city": [None if i % 15 == 0 else c for i, c in enumerate(city)],
            "street": [f"street {k}" for k in rng.integers(0, 60, n)],
            "sold": pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 10, 26), "1d", eager=True)[:n],
            "country": ["X"] * n,
            "price": price,
        }
    )


@pytest.mark.usefixtures("figures_drawn_later")
def test_numbers_are_predicted_from_columns_of_every_kind(glassnet):
    out = train(glassnet, csv(messy()), "--target", "price", "--out", "run")
    assert "regression of price" in out
    assert re.search(r"^id +identifier +dropped: differs from row to row", out, re.M)
    assert re.search(r"^country +constant +dropped: has the same value in", out, re.M)
    assert {"curves.png", "predicted.png", "residuals.png", "importance.png"} < set(os.listdir("run"))
    report = Path("run/report.md").read_text()
    assert re.search(r"\| street \| coded \| \d\d levels beside rare ones: .* \|  \| \d\d codes \|", report)
    assert re.search(r"\| size \| number \| .* … .* \| \d\d \| 2 \|", report)
    assert re.search(r"\| city \| category \| 3 levels: Bonn, Oslo, Rome \| 1\d \| 4 \|", report)
    assert re.search(r"\| sold \| date \| 2020-01-.. … 2020-10-.. \|  \| 1 \|", report)
    model = gn.TableModel.load("run/model.safetensors")
    assert model.evaluate(pl.read_csv("data.csv", try_parse_dates=True)).keys() >= {"rmse", "mae", "r2"}
    assert 0 < model.predict(messy(50)).mean() < 1000


def test_parquet_and_an_overruled_task(glassnet):
    iris(number=pl.Series(gn.datasets.iris().y)).drop("species").write_parquet("data.parquet")
    assert "classification of number" in train(glassnet, "data.parquet", "--target", "number", "--out", "a")
    out = train(glassnet, "data.parquet", "--target", "number", "--out", "b", "--task", "regression")
    assert "regression of number" in out


def holding(column, value):
    return iris().with_columns(pl.col(column).cast(str)).with_columns(
        pl.when(pl.int_range(pl.len()) == 16).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
    )  # fmt: skip


SPECIES = ["--target", "species"]
TRAINS: dict[str, tuple[Any, list[Any], str]] = {
    "unknown target": (iris, ["--target", "specie"], "there is no target column 'specie' (did you mean 'species'?)"),
    "no target": (iris, [], "say which column to predict: --target COLUMN."),
    "missing in all rows": (
        lambda: iris(species=pl.lit(None)), ["--target", "species"], "'species' has no value in any of 150 rows",
    ),
    "one class": (lambda: iris(slice(50)), ["--target", "species"], "has only one class, 'setosa'"),
    "no rows": (lambda: iris(slice(0)), ["--target", "species"], "has column names but no rows"),
    "constant number": (lambda: iris(y=pl.lit(1.5)), ["--target", "y"], "there is nothing to predict"),
    "zero epochs": (iris, [*SPECIES, "--epochs", 0], "epochs must be a whole number of at least 1, got 0."),
    "batch of 0": (iris, [*SPECIES, "--batch-size", 0], "batch_size must be a whole number of at least 1"),
    "batch of -1": (iris, [*SPECIES, "--batch-size", -1], "batch_size must be a whole number of at least 1"),
    "rate of 0": (iris, [*SPECIES, "--learning-rate", 0], "`learning_rate` must be a positive number, got 0"),
    "unknown activation": (
        iris, ["--target", "species", "--activation", "rellu"], "unknown activation 'rellu'. Did you mean 'relu'?",
    ),
    "softmax within": (
        iris, [*SPECIES, "--activation", "softmax"], "`activation` must work on single numbers and learn nothing",
    ),
    "unknown metric": (iris, [*SPECIES, "--metric", "acuracy"], "unknown metric 'acuracy'. Did you mean 'accuracy'?"),
    "a metric of numbers for classes": (
        iris, [*SPECIES, "--metric", "mae"], "unknown metric for classification 'mae'. Known: accuracy, average_",
    ),
    "dropout of all": (iris, [*SPECIES, "--dropout", 1], "`dropout` must be a number in [0, 1), got 1.0."),
    "weights that grow": (iris, [*SPECIES, "--weight-decay", -1], "`weight_decay` must be a number of at least 0, got"),
    "patience of 0": (iris, [*SPECIES, "--patience", 0], "`patience` must be a whole number of at least 1, got 0."),
    "no time": (iris, [*SPECIES, "--max-time", "soon"], "such as '90s', '5m' or '1h30m', got 'soon'."),
    "unknown task": (iris, [*SPECIES, "--task", "regresion"], "unknown task 'regresion'. Did you mean 'reg"),
    "units of text": (iris, [*SPECIES, "--hidden", "a,b"], "--hidden takes whole numbers of at least 1,"),
    "no layer": (iris, [*SPECIES, "--hidden", ""], "at least 1, separated by commas, such as 64,32; got ''."),
    "a layer of 0 units": (
        iris, [*SPECIES, "--hidden", "8,0"], "--hidden takes whole numbers of at least 1, separated by commas, such as",
    ),
    "all held out": (iris, ["--target", "species", "--test", "1"], "must be in (0, 1), got 1.0."),
    "text for regression": (iris, ["--target", "species", "--task", "regression"], "where a number is expected"),
    "it diverges": (
        lambda: iris(slice(20, 120)).drop("species"),
        ["--target", "petal_width", "--task", "regression", "--learning-rate", "1e30"],
        "training diverged: the loss was",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TRAINS)
def test_train_refuses_in_one_sentence(case, glassnet):
    make, arguments, message = TRAINS[case]
    status, _, err = glassnet("train", csv(make()), *arguments)
    assert status == 1
    assert message in err
    assert err.startswith("glassnet: ")
    assert err.count("\n") == 1


FILES = {
    "not there": ("nothing.csv", None, "no file"),
    "empty": ("empty.csv", b"", "is empty"),
    "an image": ("image.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is an image, not a table"),
    "a folder": (".", None, "is a folder"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_table_meets_one_sentence(case, glassnet):
    name, content, message = FILES[case]
    if content is not None:
        Path(name).write_bytes(content)
    status, _, err = glassnet("train", name, "--target", "y")
    assert status == 1
    assert message in err
    assert err.count("\n") == 1


USES: dict[str, tuple[str, Any, str]] = {
    "unseen class": ("evaluate", lambda: iris(species=pl.lit("rose")), "has classes that were not in training: 'rose'"),
    "no target": ("evaluate", lambda: iris().drop("species"), "there is no target column 'species'"),
    "text for numbers": (
        "predict", lambda: holding("petal_width", "wide"), "'petal_width' holds 'wide' in row 17, where a number",
    ),
    "column gone": (
        "predict", lambda: iris().drop("petal_width"), "the table lacks columns that were in training: 'petal_width'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", USES)
def test_predict_and_evaluate_refuse_in_one_sentence(case, glassnet):
    train(glassnet, "iris", "--out", "run")
    command, make, message = USES[case]
    status, _, err = glassnet(command, "run/model.safetensors", csv(make()))
    assert status == 1
    assert message in err
    assert err.count("\n") == 1


def test_a_model_that_reads_no_tables_meets_one_sentence(glassnet):
    gn.Network([gn.Dense(1)]).build(2).save("net.safetensors")
    assert "holds a bare network" in glassnet("predict", "net.safetensors", csv(iris()))[2]
    assert "is not a model file" in glassnet("predict", csv(iris()), "data.csv")[2]
    assert "is not there" in glassnet("predict", "nothing", "data.csv")[2]


def test_a_table_model_that_does_not_fit_its_network_is_refused(glassnet):
    from glassnet.files.model_file import read_model, write_model

    train(glassnet, "iris", "--out", "run")
    arrays, description = read_model("run/model.safetensors")
    description["table"]["target"]["classes"] = ["a", "b"]
    write_model("wrong.safetensors", arrays, description)
    with pytest.raises(gn.ModelFileError, match="the network does not fit the table"):
        gn.load("wrong.safetensors")


def test_no_room_on_the_disk_meets_one_sentence(glassnet, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    status, _, err = glassnet("train", "iris", "--epochs", 1, "--hidden", 8, "--out", "run")
    assert status == 1
    assert "No space left on device" in err
    assert not Path("run").exists()


def test_a_folder_that_cannot_be_made_meets_one_sentence(glassnet):
    Path("taken").touch()
    assert "could not make the folder taken" in glassnet("train", "iris", "--out", "taken")[2]


def test_version_and_help(glassnet):
    assert glassnet("--version")[1] == f"glassnet {gn.__version__}\n"
    for command in ("train", "predict", "evaluate", "demo"):
        assert "Usage: glassnet" in glassnet(command, "--help")[1]


@pytest.mark.parametrize("words", [
    "train nothing.csv --target y",
    *(pytest.param(few, marks=pytest.mark.long) for few in ("--version", "evaluate --help")),
])  # fmt: skip
def test_python_m_glassnet_is_the_same_command(glassnet, words):
    command = [sys.executable, "-m", "glassnet", *words.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == glassnet(*words.split())
