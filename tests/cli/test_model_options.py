"""Ensembles, calibration and intervals on the command line, from training to predictions."""

import io
from pathlib import Path

import numpy as np
import polars as pl

import glassnet as gn
from tests.cli.conftest import interrupt_in

QUICK = ["--hidden", "8", "--epochs", "2", "--engine", "numpy"]


def refused(done, *parts):
    status, _, err = done
    assert status == 1 and err.count("\n") == 1
    for part in parts:
        assert part in err


def test_an_ensemble_with_learned_intervals_predicts_both_ends(glassnet):
    asked = ["--target", "petal_width", "--ensemble", 2, "--interval", 0.8, *QUICK]
    assert glassnet("train", "iris", *asked)[0] == 0
    model = gn.TableModel.load("runs/iris/model.safetensors")
    assert len(model.networks) == 2
    status, out, _ = glassnet("predict", "runs/iris/model.safetensors", "iris", "--interval", 0.8)
    table = pl.read_csv(io.StringIO(out))
    assert status == 0 and table.columns == ["prediction", "lower", "upper"]
    np.testing.assert_allclose(
        table.select("lower", "upper"), model.predict_interval(gn.datasets.iris().to_polars()), rtol=1e-5
    )
    refused(
        glassnet("predict", "runs/iris/model.safetensors", "iris", "--interval", 0.9),
        "has learned intervals of coverage 0.8, not 0.9",
    )
    assert "2 networks like this were trained" in Path("runs/iris/report.md").read_text()


def test_classes_are_calibrated_unless_that_is_not_wanted(glassnet):
    for name, more in (("with", []), ("without", ["--no-calibrate"])):
        assert glassnet("train", "iris", "--out", name, *more, *QUICK)[0] == 0
    assert gn.TableModel.load("with/model.safetensors").calibration is not None
    assert gn.TableModel.load("without/model.safetensors").calibration is None
    refused(glassnet("predict", "with/model.safetensors", "iris", "--interval", 0.9), "intervals are for numbers")


def two_classes(path):
    x = np.random.default_rng(0).normal(size=200)
    table = pl.DataFrame({"x": x, "w": np.where(x > 1, 2.0, 1.0), "y": np.where(x > 1, "yes", "no")})
    table.write_csv(path)
    return table


def test_a_threshold_and_weights_are_said_on_the_command_line(glassnet):
    table = two_classes("t.csv")
    asked = ["--target", "y", "--threshold", "auto", "--metric", "f1", "--weight", "w", "--class-weight", "yes=2,no=1"]
    assert glassnet("train", "t.csv", "--out", "run", *asked, *QUICK, "--checkpoint-every", 1)[0] == 0
    model = gn.TableModel.load("run/model.safetensors")
    assert model.threshold is not None and model.encoder.columns == ("x",)
    _, out, _ = glassnet("predict", "run/model.safetensors", "t.csv")
    said = pl.read_csv(io.StringIO(out))["prediction"].to_list()
    assert said == np.where(model.outputs(table)[:, 1] >= model.threshold, "yes", "no").tolist()
    report = Path("run/report.md").read_text()
    assert "the best on the validation rows" in report and "Rows were weighed in training" in report


def test_wrong_thresholds_and_weights_are_refused(glassnet):
    two_classes("t.csv")
    for option, value, said in (
        ("--threshold", "1.5", "--threshold takes a probability in (0, 1), such as 0.3, or auto, got '1.5'."),
        ("--threshold", "best", "--threshold takes a probability in (0, 1), such as 0.3, or auto, got 'best'."),
        ("--class-weight", "even", "--class-weight takes balanced, weights such as yes=5,no=1, or JSON"),
        ("--class-weight", '{"yes": "x"}', "--class-weight takes balanced, weights such as yes=5,no=1, or JSON"),
        ("--class-weight", "yas=5", "unknown class in class_weight 'yas'. Did you mean 'yes'?"),
        ("--weight", "ww", "there is no weight column 'ww'"),
    ):
        refused(glassnet("train", "t.csv", "--target", "y", option, value, *QUICK), said)
    assert not Path("runs").exists()


def test_what_cannot_work_is_refused(glassnet):
    refused(glassnet("train", "iris", "--ensemble", 0), "--ensemble takes a number of networks, at least 1, got 0.")
    refused(glassnet("train", "iris", "--interval", 90), "--interval takes a coverage in (0, 1), such as 0.9, got 90.")
    refused(glassnet("train", "iris", "--interval", 0.9, *QUICK), "is for numbers, but 'species' holds classes")
    assert not Path("runs").exists()


def test_an_interrupted_ensemble_goes_on(glassnet, monkeypatch):
    asked = ["--ensemble", 2, *QUICK, "--epochs", 4]
    assert glassnet("train", "iris", "--out", "whole", *asked)[0] == 0
    with monkeypatch.context() as patch:
        interrupt_in(3, patch)
        assert glassnet("train", "iris", "--out", "part", *asked, "--checkpoint-every", 1)[0] == 130
    whole, part = (gn.TableModel.load(f"{name}/model.safetensors") for name in ("whole", "part"))
    assert len(part.networks) == 2 and part != whole
    assert glassnet("train", "--resume", "part")[0] == 0
    assert gn.TableModel.load("part/model.safetensors") == whole
