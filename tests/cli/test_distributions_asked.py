"""Distributions on the command line, from training to predictions, scores and the report."""

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import glassnet as gn

QUICK = ["--hidden", "8", "--epochs", "2", "--engine", "numpy"]
MODEL = "runs/iris/model.safetensors"


@pytest.mark.parametrize("kind", ["gaussian", "mixture", "quantiles", "histogram"])
def test_a_distribution_is_trained_predicted_scored_and_reported(glassnet, kind):
    status, out, _ = glassnet("train", "iris", "--target", "petal_width", "--distribution", kind, *QUICK)
    assert status == 0 and "which had the best validation loss" in out and f"distributions ({kind})" in out
    report = Path("runs/iris/report.md").read_text()
    assert f"distributions ({kind})" in report and "the prediction is its mean" in report
    status, out, _ = glassnet("predict", MODEL, "iris")
    table = pl.read_csv(io.StringIO(out))
    said = gn.TableModel.load(MODEL).predict_distribution(gn.datasets.iris().to_polars())
    np.testing.assert_allclose(table["standard deviation"], said.std, rtol=1e-5)
    np.testing.assert_allclose(table["quantile 0.95"], said.quantile(0.95), rtol=1e-5)
    status, out, _ = glassnet("evaluate", MODEL, "iris")
    assert status == 0 and "log_score" in out and "crps" in out


@pytest.mark.long
def test_a_distribution_goes_on_and_is_judged_over_folds(glassnet):
    asked = ["--target", "petal_width", "--distribution", "histogram", *QUICK]
    status, out, _ = glassnet("train", "iris", *asked, "--folds", 2, "--out", "folds")
    assert status == 0 and "over 2 folds: rmse" in out and ", crps 0." in out and ", log_score " in out
    assert "It predicts distributions (histogram): their log score is" in out
    assert "- It predicts distributions (histogram): their" in Path("folds/report.md").read_text()
    assert gn.TableModel.load("folds/model.safetensors").head is not None
    assert glassnet("train", "iris", *asked, "--learning-curve", "--checkpoint-every", 1, "--out", "curve")[0] == 0
    for command in (["explain", "curve/model.safetensors", "iris"], ["draw", "curve/model.safetensors", "iris"]):
        assert glassnet(*command)[0] == 0


def test_a_score_chooses_the_epoch(glassnet):
    asked = ["--target", "petal_width", "--distribution", "mixture", "--metric", "crps", *QUICK]
    status, out, _ = glassnet("train", "iris", *asked)
    assert status == 0 and "which had the best validation CRPS" in out


def test_wrong_distributions_meet_one_sentence(glassnet):
    for options, said in (
        (["--target", "petal_width", "--metric", "crps"], "metric='crps' scores distributions, but a number alone"),
        (["--distribution", "normal"], "unknown distribution 'normal'."),
        (["--distribution", "gaussian"], "distribution='gaussian' is for numbers, but 'species' holds classes"),
        (
            ["--target", "petal_width", "--distribution", "gaussian", "--metric", "mae"],
            "metric='mae' chooses the loss and the epoch, and so does distribution='gaussian'",
        ),
    ):
        status, _, err = glassnet("train", "iris", *options, *QUICK)
        assert status == 1 and err.count("\n") == 1 and said in err
    assert not Path("runs").exists()
