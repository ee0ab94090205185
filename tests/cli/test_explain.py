"""`glassnet explain` on the command line."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.figure import drawn


@pytest.mark.parametrize("columns", ["80", "120"])
def test_explain_follows_a_row_and_fits_the_terminal(glassnet, monkeypatch, columns):
    glassnet("train", "iris", "--epochs", 2, "--out", "run", "--hidden", "6")
    monkeypatch.setenv("COLUMNS", columns)
    status, out, err = glassnet("explain", "run/model.safetensors", "iris", "--row", 149, "--arithmetic")
    assert (status, err) == (0, "")
    assert out.startswith("Row 149: species is predicted to be ")
    assert "Row 149: species from 4 columns" in out
    assert max(map(len, out.splitlines())) <= int(columns)
    assert "The table says virginica." in out.replace("\n  ", " ")


def test_explain_says_what_each_column_contributed(glassnet):
    glassnet("train", "iris", "--epochs", 2, "--out", "run", "--hidden", "6")
    status, out, err = glassnet("explain", "run/model.safetensors", "iris", "--row", 149)
    assert (status, err) == (0, "")
    assert "contribution" in out and "petal_width" in out and "Together: " in out
    assert "The loss" not in out


def test_explain_refuses_a_row_that_is_not_there(glassnet):
    glassnet("train", "iris", "--epochs", 2, "--out", "run", "--hidden", "6")
    status, out, err = glassnet("explain", "run/model.safetensors", "iris", "--row", 150)
    assert (status, out) == (1, "")
    assert err == "glassnet: row must be 0…149, as the table has 150 rows (counted from 0), got 150.\n"


@pytest.mark.long
def test_a_row_and_the_importance_of_columns_are_drawn(glassnet, monkeypatch, tmp_path):
    glassnet("train", "iris", "--epochs", 2, "--out", "run", "--hidden", "6")
    model = "run/model.safetensors"
    monkeypatch.setattr("glassnet.figure.drawn", drawn)
    status, out, err = glassnet("explain", model, "iris", "--row", 7, "--figure", "row.svg", "--theme", "dark")
    assert (status, err) == (0, "") and out.endswith("figures  row.svg\n")
    assert "prediction" in (tmp_path / "row.svg").read_text() and "#14181d" in (tmp_path / "row.svg").read_text()
    status, out, err = glassnet("explain", model, "iris", "--importance", "--figure", "columns.png")
    assert (status, err) == (0, "") and (tmp_path / "columns.png").stat().st_size > 1000
    assert "contributes" in out and "accuracy lost when the column is shuffled" in out and "petal_width" in out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--figure", "row.pdf"), "a figure must end in .png or .svg, got 'row.pdf'."),
        (("--figure", "nowhere/row.png"), "could not write into {}/nowhere: No such file or directory."),
        (("--figure", "row.png", "--theme", "sepia"), "theme must be one of 'light', 'dark', got 'sepia'."),
    ],
)
def test_a_figure_that_cannot_be_written_is_refused_before_anything_is_read(glassnet, tmp_path, asked, said):
    said = said.format(tmp_path)
    assert glassnet("explain", "missing.safetensors", "missing.csv", *asked) == (1, "", f"glassnet: {said}\n")


def test_the_smallest_change_comes_after_the_contributions(glassnet):
    glassnet("train", "iris", "--epochs", 60, "--out", "run", "--hidden", "16")
    model = "run/model.safetensors"
    asked = ("--row", 60, "--change", "petal_length,petal_width", "--to", "virginica")
    status, out, err = glassnet("explain", model, "iris", *asked)
    assert (status, err) == (0, "") and out.startswith("Row 60: species is predicted to be ")
    then = out[out.index("The smallest change found that makes the prediction of species virginica") :]
    assert "petal_" in then and "instead" in then and "Predicted then: virginica" in then
    assert glassnet("explain", model, "iris", *asked) == (0, out, "")
    _, out, _ = glassnet("explain", model, "iris", "--row", 60, "--to", "virginica", "--arithmetic")
    assert out.index("The prediction\n") < out.index("The smallest change")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            ("--change", "petal_lenght"),
            "the model has no column 'petal_lenght' (did you mean 'petal_length'?); its columns",
        ),
        (("--to", "verginica"), "unknown class 'verginica'. Did you mean 'virginica'?"),
        (("--row", -1), "row must be "),
        (
            ("--importance", "--arithmetic"),
            "--importance is about all rows, --arithmetic about one: leave one of them out.",
        ),
        (
            ("--importance", "--change", "x"),
            "--importance is about all rows, --change about one: leave one of them out.",
        ),
        (("--importance", "--to", "x"), "--importance is about all rows, --to about one: leave one of them out."),
    ],
)
def test_changes_that_cannot_be_looked_for_meet_one_sentence(glassnet, asked, said):
    glassnet("train", "iris", "--epochs", 1, "--out", "run", "--hidden", "6")
    status, out, err = glassnet("explain", "run/model.safetensors", "iris", *asked)
    assert (status, out) == (1, "") and err.startswith(f"glassnet: {said}") and err.count("\n") == 1


def test_another_class_is_explained_beside_rows_of_another_table(glassnet, tmp_path):
    glassnet("train", "iris", "--epochs", 40, "--out", "run", "--hidden", "6")
    setosa = gn.datasets.iris().to_polars()[:50]
    setosa.write_csv("setosa.csv")
    asked = ("explain", "run", "iris", "--row", 149, "--background", "setosa.csv")
    status, out, err = glassnet(*asked, "--of", "versicolor")
    said = " ".join(out.split())
    assert (status, err) == (0, "") and said.startswith("Row 149: species is predicted to be virginica (probability")
    baseline = "32 rows drawn from setosa.csv: on average over them the probability of versicolor is"
    assert "The probability of versicolor is" in said and baseline in said
    setosa[:1].write_csv("one.csv")
    assert "with 1 row of one.csv: for it the probability" in " ".join(glassnet(*asked[:-1], "one.csv")[1].split())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--of", "virginia"), "unknown class 'virginia'. Did you mean 'virginica'?"),
        (("--of", "setosa", "--importance"), "--importance is about all rows, --of about one: leave one of them out."),
        (("--background", "none.csv"), "there is no file none.csv"),
    ],
)
def test_a_class_or_a_background_that_is_not_there_is_refused(glassnet, asked, said):
    glassnet("train", "iris", "--epochs", 2, "--out", "run", "--hidden", "6")
    status, out, err = glassnet("explain", "run", "iris", *asked)
    assert (status, out) == (1, "") and said in err


def test_the_contributions_of_all_rows_go_into_a_file_and_are_those_of_python(glassnet):
    iris = gn.datasets.iris().to_polars().with_row_index("no")[::9]
    iris.write_csv("rows.csv")
    options = ("--target", "species", "--id", "no", "--epochs", 5, "--hidden", "6", "--out", "run")
    assert glassnet("train", "rows.csv", *options)[0] == 0
    status, out, err = glassnet("explain", "run", "rows.csv", "--of", "setosa", "--out", "all.csv")
    assert (status, err) == (0, "") and out.startswith("17 rows with contributions in all.csv, whose sums are right to")
    found, model = pl.read_csv("all.csv"), gn.TableModel.load("run/model.safetensors")
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    assert found.columns == ["no", "prediction", "explained", "baseline", *(f"contribution of {k}" for k in names)]
    assert found["no"].to_list() == iris["no"].to_list()
    assert found["prediction"].to_list() == model.predict(iris).tolist()
    np.testing.assert_allclose(found["explained"], model.outputs(iris)[:, 0], atol=1e-6)
    parts = found.select(found.columns[4:])
    np.testing.assert_allclose(parts.sum_horizontal(), found["explained"] - found["baseline"], atol=1e-3)
    given = model.contributions(iris, iris)  # 17 rows are all of the background
    np.testing.assert_allclose(parts.to_numpy(), given.values[..., 0], atol=1e-6)
    for wrong, said in (
        (("--out", "all.txt"), "--out takes a file that ends in .csv or .parquet"),
        (("--out", "b.csv", "--arithmetic"), "--out is about all rows, --arithmetic about one"),
        (("--out", "b.csv", "--figure", "x.png"), "--out writes numbers, --figure shows others"),
        (("--out", "b.csv", "--of", "rose"), "unknown class 'rose'"),
    ):
        status, _, err = glassnet("explain", "run", "rows.csv", *wrong)
        assert (status, err.count("\n")) == (1, 1) and said in err and not Path("b.csv").exists()
