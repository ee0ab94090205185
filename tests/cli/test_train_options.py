"""What `train` and the other commands do at their edges: names, folders, options, units, and a stop half way."""

import dataclasses
import json
import os
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.cli.options.held_out import HeldOutOptions
from glassnet.cli.options.network import FixedOptions, NetworkOptions
from glassnet.drawing import DARK
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.number_format import readable
from glassnet.tables.reporting import report
from tests.cli.conftest import interrupt_in

GROUPS = (NetworkOptions, FixedOptions, HeldOutOptions)  # of options that set fields of a recipe


def noisy(n=200, **columns):
    x = np.random.default_rng(0).normal(size=n)
    return pl.DataFrame({"x": x, "price": 2e6 + 5e5 * x, **columns})


def refused(done, *parts):
    status, _, err = done
    assert status == 1 and err.count("\n") == 1
    for part in parts:
        assert part in err


def test_a_folder_named_as_a_bundled_table_changes_nothing(glassnet):
    Path("iris").mkdir()
    assert glassnet("train", "iris", "--epochs", 1, "--hidden", 8)[0] == 0


def test_nothing_is_made_before_the_checks_have_passed(glassnet):
    for arguments in (
        ["train", "iris", "--target", "specie"], ["train", "iris", "--activation", "rellu"], ["demo", "irish"],
        ["train", "iris", "--engine", "numpie"], ["train", "iris", "--epochs", 0],
    ):  # fmt: skip
        refused(glassnet(*arguments))
        assert os.listdir() == []


def test_a_hidden_file_has_a_folder_of_its_own(glassnet):
    noisy().write_csv(".hidden.csv")
    assert glassnet("train", ".hidden.csv", "--target", "price", "--epochs", 1)[0] == 0
    assert os.listdir("runs") == ["hidden"]


def test_a_demo_has_a_folder_of_its_own_and_names_its_figures(glassnet):
    status, out, _ = glassnet("demo", "descent")
    assert status == 0
    assert out.endswith("figures  runs/demo-descent/descent.png\n")
    assert Path("runs/demo-descent/descent.png").exists()


def test_without_a_useful_column_the_reasons_of_the_whole_table_are_given(glassnet):
    noisy(24).select(pl.format("name {}", pl.int_range(24)).alias("x"), "price").write_csv("data.csv")
    refused(glassnet("train", "data.csv", "--target", "price"), "no column to learn from ('x' differs from row to row)")


def test_one_column_is_one_column(glassnet):
    noisy().write_csv("data.csv")
    assert "1 column as 1 input\n" in glassnet("train", "data.csv", "--target", "price", "--epochs", 1)[1]


def test_a_share_out_of_range_names_its_option(glassnet):
    for option in ("--test", "--validation"):
        refused(
            glassnet("train", "iris", option, 1.5), f"{option} is a share of the rows and must be in (0, 1), got 1.5."
        )


def test_the_engine_is_chosen_by_an_option(glassnet):
    refused(glassnet("train", "iris", "--engine", "nunpy"), "unknown engine 'nunpy'. Did you mean 'numpy'?")
    assert glassnet("train", "iris", "--epochs", 1, "--engine", "numpy")[0] == 0
    training = TableTraining(noisy(), "price", recipe=Recipe(hidden=(8,), engine="numpy"))
    assert training.model.network.engine_name == "numpy"


def test_predictions_go_to_csv_or_parquet_in_any_case_and_to_nothing_else(glassnet):
    glassnet("train", "iris", "--epochs", 1, "--out", "run")
    for name in ("a.CSV", "a.Parquet"):
        assert glassnet("predict", "run/model.safetensors", "iris", "--out", name)[0] == 0
    assert pl.read_csv("a.CSV").shape == pl.read_parquet("a.Parquet").shape == (150, 4)
    for name in ("a.json", "a"):
        done = glassnet("predict", "run/model.safetensors", "iris", "--out", name)
        refused(done, f"--out takes a file that ends in .csv or .parquet, got '{name}'.")
        assert not Path(name).exists()


def test_the_help_names_arguments_in_capitals(glassnet):
    for command, names in [
        ("train", ["DATA"]), ("predict", ["MODEL", "DATA"]), ("evaluate", ["MODEL", "DATA"]), ("demo", ["NAME"]),
    ]:  # fmt: skip
        usage = glassnet(command, "--help")[1].split("Usage:")[1].splitlines()[0]
        assert re.findall("[A-Za-z]+", usage) == ["glassnet", command, "OPTIONS", *names]


def test_the_seed_is_recorded_everywhere(glassnet):
    glassnet("train", "iris", "--epochs", 1, "--seed", 7, "--ensemble", 1, "--out", "run")
    assert gn.TableModel.load("run/model.safetensors").network.seed == 7
    assert json.loads(Path("run/history.json").read_text())["about"]["seed"] == 7
    assert "seed 7;" in Path("run/report.md").read_text()


def test_the_error_of_a_regression_is_in_the_unit_of_its_target():
    training = TableTraining(noisy(), "price", recipe=Recipe(hidden=(8,), epochs=2))
    epoch = list(training.epochs())[-1]
    truth = training.train["price"].to_numpy()
    error = np.sqrt(np.mean((training.model.outputs(training.train)[:, 0] - truth) ** 2))
    assert error / 3 < epoch.metrics["rmse"] < error * 3
    assert error / 3 < training.history["val_rmse"][-1] < error * 3


def test_the_report_names_what_it_was_trained_with_in_readable_numbers(glassnet):
    noisy().write_csv("data.csv")
    out = glassnet("train", "data.csv", "--target", "price", "--epochs", 2, "--out", "run")[1]
    page = Path("run/report.md").read_text()
    for part in (
        "Loss: squared error of the standardised target",
        "Mish (mixed",
        "Weight decay 0.02",
        "goes up to 0.2 and back",
    ):
        assert part in page
    assert re.search(r"\| rmse \| [\d,]+,\d{3} \|", page) and "e+0" not in page
    assert re.search(r"rmse +[\d,]+,\d{3} ", out)


def test_numbers_are_readable():
    assert [readable(v) for v in (23389.6, 999.96, 1234.6, 0.5, 0.0, -20_005.0, 1e20)] == [
        "23,390", "1000", "1235", "0.5", "0", "-20,000", "1e+20",
    ]  # fmt: skip
    assert readable(float("nan")) == "nan"


def test_a_metric_that_is_not_defined_is_explained_beside_the_table_which_keeps_its_columns(glassnet, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    pl.DataFrame({"x": np.arange(40) * 0.5, "y": ["a"] * 39 + ["b"]}).write_csv("data.csv")
    status, out, _ = glassnet("train", "data.csv", "--target", "y", "--epochs", 1, "--out", "run")
    assert status == 0
    header = next(line for line in out.splitlines() if line.startswith("metric "))
    names = header.replace("this model", "model").replace("95 % interval", "interval").split()
    assert names[:4] == ["metric", "model", "interval", "constant"]
    row = next(line for line in out.splitlines() if line.startswith("roc_auc "))
    assert row.split() == ["roc_auc", "nan", "unknown", *["nan"] * (len(names) - 3)] and len(row) <= 80
    said = "nan for 'roc_auc', 'average_precision': one class has no rows here, or all of them."
    report = Path("run/report.md").read_text()
    assert said in out and f"- {said}" in report and "| roc_auc | nan | unknown |" in report


@pytest.mark.long
@pytest.mark.usefixtures("whole_report")
def test_class_names_that_no_font_has_are_drawn_without_a_word(glassnet, monkeypatch):
    monkeypatch.setattr(report, "DRAWN", ("confusion", "calibration"))  # which name the classes
    frame = noisy().with_columns(y=pl.when(pl.col("x") > 0).then(pl.lit("🦀")).otherwise(pl.lit("🐟")))
    frame.write_csv("data.csv")
    status, _, err = glassnet("train", "data.csv", "--target", "y", "--epochs", 1, "--out", "run")
    assert (status, err) == (0, "")


def test_an_interrupt_writes_the_best_epoch_so_far(glassnet, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_in(4, patch)
        status, out, err = glassnet("train", "iris", "--epochs", 9, "--hidden", 8, "--out", "run")
    assert (status, err) == (130, "")
    assert re.search(
        r"stopped after epoch 3\nkept the parameters of epoch \d, which had the best .* of the first network", out
    )
    page = Path("run/report.md").read_text()
    assert "Trained for 3 epochs (stopped after epoch 3 of 9)" in page
    assert len(json.loads(Path("run/history.json").read_text())["loss"]) == 3
    stopped = gn.TableModel.load("run/model.safetensors").network
    again = page.split("```")[-2].split()
    status, said, _ = glassnet(*again[1:], "--force")
    assert status == 0
    assert gn.TableModel.load("run/model.safetensors").network == stopped
    assert "epoch 3/9" in said and "stopped after epoch 3 (epoch 3 was set as the last)\nkept" in said


def test_an_interrupt_before_the_first_epoch_writes_nothing(glassnet, monkeypatch):
    def epochs(self):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(TableTraining, "epochs", epochs)
    status, out, _ = glassnet("train", "iris", "--hidden", 8, "--out", "run")
    assert status == 130
    assert "stopped before the end of the first epoch, so no model was written" in out
    assert not Path("run").exists()


@pytest.mark.long
def test_distributions_and_a_film_of_the_training_lie_in_its_folder(glassnet):
    asked = ("--distributions", "--film", "--epochs", "3", "--hidden", "6", "--engine", "numpy", "--out", "run")
    status, out, err = glassnet("train", "iris", *asked)
    assert (status, err) == (0, "")
    assert out.splitlines()[-1].endswith("run/distributions.png, run/film.gif")
    assert Path("run/distributions.png").read_bytes().startswith(b"\x89PNG")
    assert Path("run/film.gif").read_bytes().startswith(b"GIF89a")
    plain = ("train", "iris", "--epochs", "3", "--hidden", "6", "--engine", "numpy", "--out", "plain")
    assert glassnet(*plain)[0] == 0
    assert Path("plain/model.safetensors").stat().st_size == Path("run/model.safetensors").stat().st_size


@pytest.mark.long
@pytest.mark.usefixtures("whole_report")
def test_figures_of_a_run_have_the_theme_and_the_format_that_are_asked_for(glassnet, monkeypatch):
    monkeypatch.setattr(report, "DRAWN", ("curves", "confusion"))
    asked = ("--distributions", "--film", "--epochs", "2", "--hidden", "4", "--engine", "numpy", "--out", "run")
    assert glassnet("train", "iris", *asked, "--theme", "dark", "--format", "svg")[0] == 0
    figures = {path.name for path in Path("run").iterdir() if path.suffix in (".svg", ".png", ".gif")}
    assert figures == {f"{name}.svg" for name in ("curves", "confusion", "distributions")} | {"film.gif"}
    assert all(DARK.paper in path.read_text() for path in Path("run").glob("*.svg"))
    assert "![curves](curves.svg)" in Path("run/report.md").read_text()
    assert (
        glassnet("train", "iris", "--format", "pdf")[2] == "glassnet: format must be one of 'png', 'svg', got 'pdf'.\n"
    )


def test_a_film_needs_two_columns_of_numbers(glassnet):
    Path("few.csv").write_text("a,c,y\n" + "".join(f"{k},{'xz'[k % 2]},{k % 2}\n" for k in range(60)))
    status, _, err = glassnet("train", "few.csv", "--target", "y", "--film", "--epochs", "1", "--out", "run")
    assert status == 1
    assert err == ("glassnet: a film needs two columns of numbers, but the table has fewer: leave out --film.\n")


def test_every_setting_of_a_recipe_is_an_option(glassnet):
    asked = ("--frequencies", 0, "--sigma", 0.5, "--no-parametric", "--one-hot", 2, "--dropout", 0, "--weight-decay", 0)
    noisy(city=[f"c{k % 4}" for k in range(200)]).write_csv("houses.csv")
    status, _, err = glassnet("train", "houses.csv", "--target", "price", "--epochs", 1, "--hidden", 4, *asked)
    assert (status, err) == (0, "")
    report = " ".join(Path("runs/houses/report.md").read_text().split())
    assert "frequencies 0; sigma 0.5; parametric False; one hot 2" in report
    assert gn.TableModel.load("runs/houses").encoder.feature_names == ("x", "city")
    fields = {field.name for field in dataclasses.fields(Recipe)}
    assert fields <= {field.name for group in GROUPS for field in dataclasses.fields(group)}


@pytest.mark.parametrize(
    ("sigma", "message"),
    [
        ("a,2", "--sigma takes a positive number, or two such as 0.1,2; got 'a,2'."),
        ("0.1,2,3", "`sigma` must be a positive number, or a pair of them such as (0.1, 2.0), got (0.1, 2.0, 3.0)."),
        ("0", "`sigma` must be a positive number, got 0.0."),
    ],
)
def test_other_frequencies_than_those_of_one_or_two_numbers_are_refused(glassnet, sigma, message):
    status, _, err = glassnet("train", "iris", "--sigma", sigma)
    assert status != 0 and message in err


def test_evaluate_takes_further_metrics(glassnet):
    glassnet("train", "iris", "--epochs", 1, "--hidden", 4, "--out", "run")
    status, out, _ = glassnet(
        "evaluate", "run", "iris", "--metric", "precision_at_recall", "--metric", "top_k_accuracy"
    )
    assert status == 0 and "precision_at_recall" in out and "top_k_accuracy" in out
    status, out, err = glassnet("evaluate", "run", "iris", "--metric", "rmse")
    assert (status, out, err) == (1, "", "glassnet: the metric rmse is for numbers, but the model predicts classes.\n")


def test_what_is_said_counts_for_tabm_too_though_it_be_usual(glassnet):
    usual = ("--epochs", 256, "--hidden", "128,128,128", "--members", 2, "--stop-after", 1)
    assert glassnet("train", "iris", "--tabm", *usual, "--engine", "numpy", "--out", "run")[0] == 0
    report = " ".join(Path("run/report.md").read_text().split())
    assert "Changed settings: hidden 128, 128, 128; epochs 256; members 2." in report
