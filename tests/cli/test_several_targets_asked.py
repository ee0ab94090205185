"""Several targets on the command line: one network, and a folder, scores and predictions for each target."""

import io
import json
from pathlib import Path

import numpy as np
import polars as pl

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
        (["--target", "petal_width,species"], "several targets must all hold numbers, but 'species' holds classes"),
        (["--target", "petal_width,petal_lenght"], "there is no target column 'petal_lenght'"),
        (["--target", "petal_width,petal_width,species"], "'species' holds classes"),
    ):
        refused(glassnet("train", "iris", *options, *QUICK), said)
    assert not Path("runs").exists()
