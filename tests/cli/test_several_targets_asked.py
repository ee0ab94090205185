"""Several targets on the command line: one network, and a folder, scores and predictions for each target."""

import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import glassnet as gn

QUICK = ["--hidden", "8", "--epochs", "2", "--engine", "numpy"]
BOTH = ["--target", "petal_width,petal_length", *QUICK]


def refused(done, *parts):
    status, _, err = done
    assert status == 1 and err.count("\n") == 1
    for part in parts:
        assert part in err


def test_each_target_has_a_folder_scores_and_predictions(glassnet):
    status, out, _ = glassnet("train", "iris", *BOTH)
    assert status == 0 and "regression of petal_width, petal_length" in out
    places = json.loads(Path("runs/iris/targets.json").read_text())["targets"]
    assert places == {"petal_width": "petal_width", "petal_length": "petal_length"}
    rows = gn.datasets.iris().to_polars()
    one, other = (gn.TableModel.load(f"runs/iris/{name}/model.safetensors") for name in places)
    assert one.encoder.columns == other.encoder.columns == ("sepal_length", "sepal_width", "species")
    assert "of the standardised target, averaged over several targets" in Path(
        "runs/iris/petal_length/report.md"
    ).read_text().replace("\n", " ")
    _, out, _ = glassnet("predict", "runs/iris", "iris", "--interval", 0.9)
    table = pl.read_csv(io.StringIO(out))
    assert table.columns == [f"{what} of {name}" for name in places for what in ("prediction", "lower", "upper")]
    np.testing.assert_allclose(table["prediction of petal_length"], other.predict(rows), rtol=1e-5)
    status, out, _ = glassnet("evaluate", "runs/iris", "iris")
    assert status == 0 and "petal_width on 150 rows" in out and "petal_length on 150 rows" in out
    for command in (["explain", "runs/iris/petal_width", "iris"], ["draw", "runs/iris/petal_width", "iris"]):
        assert glassnet(*command)[0] == 0
    refused(glassnet("explain", "runs/iris", "iris"), "holds models of several targets: name the folder of one")
    refused(glassnet("train", "iris", "--out", "runs/iris", *BOTH), "holds a run already")
    assert glassnet("train", "iris", "--out", "runs/iris", "--force", *QUICK)[0] == 0
    assert not Path("runs/iris/targets.json").exists()


def test_what_is_for_one_target_is_refused(glassnet):
    both = ["--target", "petal_width,petal_length"]
    for options, said in (
        ([*both, "--interval", 0.9], "interval=0.9 works for one target, got 2"),
        ([*both, "--distribution", "gaussian"], "distribution='gaussian' works for one target, got 2"),
        ([*both, "--folds", 3], "cross-validation takes one target, got 2: train a model for each."),
        ([*both, "--learning-curve"], "--learning-curve is for one target, got 2"),
        (
            ["--target", "petal_width,species"],
            "numbers are in 'petal_width' and classes in 'species': train a model for each kind",
        ),
        (["--target", "petal_width,petal_lenght"], "there is no target column 'petal_lenght'"),
        (["--target", "petal_width,petal_width"], "each target can be named once, got petal_width, petal_width."),
    ):
        refused(glassnet("train", "iris", *options, *QUICK), said)
    assert not Path("runs").exists()


@pytest.mark.long
def test_classes_are_trained_predicted_evaluated_explained_and_exported(glassnet):
    rows = (
        gn.datasets.iris()
        .to_polars()
        .with_columns(wide=pl.when(pl.col("petal_width") > 1).then(pl.lit("y")).otherwise(pl.lit("n")))
    )
    rows.write_csv("flowers.csv")
    status, out, _ = glassnet("train", "flowers.csv", "--target", "species,wide", *QUICK)
    assert status == 0 and "classification of species, wide" in out
    assert "cross-entropy without label smoothing, averaged over several targets" in Path(
        "runs/flowers/wide/report.md"
    ).read_text().replace("\n", " ")
    _, out, _ = glassnet("predict", "runs/flowers", "flowers.csv")
    table = pl.read_csv(io.StringIO(out))
    assert table.columns == [
        "prediction of species", "probability of setosa of species", "probability of versicolor of species",
        "probability of virginica of species",
        "prediction of wide", "probability of n of wide", "probability of y of wide",
    ]  # fmt: skip
    model = gn.TableModel.load("runs/flowers/wide/model.safetensors")
    assert table["prediction of wide"].to_list() == model.predict(rows).tolist()
    status, out, _ = glassnet("evaluate", "runs/flowers", "flowers.csv")
    assert status == 0 and "species on 150 rows" in out and "wide on 150 rows" in out and "log_loss" in out
    for command in (
        ["explain", "runs/flowers/species", "flowers.csv"],
        ["draw", "runs/flowers/wide", "flowers.csv"],
        ["export", "runs/flowers/wide", "--to", "python", "--check", "flowers.csv"],
    ):
        assert glassnet(*command)[0] == 0
    refused(
        glassnet("train", "flowers.csv", "--target", "species,wide", "--metric", "f1", *QUICK),
        "metric='f1' chooses the epoch for one target, got 2",
    )
