"""`glassnet draw` on the command line."""

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.reading.chunks import Pieces
from tests.themes import in_both_themes

BEGINNINGS = {"png": b"\x89PNG", "svg": b"<?xml"}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model of classes and one of numbers, barely trained."""
    folder = tmp_path_factory.mktemp("models")
    rows = gn.datasets.iris().to_polars()
    for name, target in [("classes", "species"), ("numbers", "petal_width")]:
        training = gn.TableTraining(rows, target, recipe=gn.Recipe(hidden=(8,), epochs=2, seed=0, engine="numpy"))
        for _ in training.epochs():
            pass
        training.model.save(folder / f"{name}.safetensors")
    return folder


@pytest.mark.usefixtures("whole_report")
@pytest.mark.parametrize("format", ["png", "svg"])
@in_both_themes
def test_a_switch_writes_its_picture(glassnet, models, theme, format):
    asked = ("--confusion", "--theme", theme, "--format", format, "--out", "drawn")
    status, out, err = glassnet("draw", models / "classes.safetensors", "iris", *asked)
    assert (status, err) == (0, "")
    told = "the model was trained on 120 of these 150 rows: on new ones it may be worse\n"
    assert out == f"figures  drawn/confusion.{format}\n{told}"
    assert os.listdir("drawn") == [f"confusion.{format}"]
    assert Path(f"drawn/confusion.{format}").read_bytes().startswith(BEGINNINGS[format])


@pytest.mark.usefixtures("figures_drawn_later")
@pytest.mark.parametrize(
    ("model", "has", "has_not"), [("classes", "confusion", "predicted"), ("numbers", "predicted", "confusion")]
)
def test_without_a_switch_all_that_fits_lies_beside_the_model(glassnet, models, model, has, has_not):
    status, out, err = glassnet("draw", models / f"{model}.safetensors", "iris")
    assert (status, err) == (0, "")
    names = {path.stem for path in (models / "figures").iterdir()}
    assert has in names
    assert f"{has}.png" in out
    assert f"{has_not}.png" not in out


def test_what_a_picture_lacks_is_said_in_one_sentence(glassnet, models):
    gn.Network([gn.Dense(1)]).build(2, seed=0).save("net.safetensors")
    for arguments, message in [
        (
            (models / "numbers.safetensors", "iris", "--confusion"),
            "confusion needs classes; the model predicts a number.",
        ),
        (
            (models / "classes.safetensors", "iris", "--predicted"),
            "predicted needs a number to predict; the model predicts classes.",
        ),
        ((models / "classes.safetensors", "--confusion"), "confusion needs rows of a table that holds the target."),
        (
            ("net.safetensors", "--confusion"),
            "confusion needs a model written by `glassnet train`; this is a bare network.",
        ),
        (
            (models / "classes.safetensors", "iris", "--theme", "sepia"),
            "theme must be one of 'light', 'dark', got 'sepia'.",
        ),
        ((models / "classes.safetensors", "iris", "--format", "pdf"), "format must be one of 'png', 'svg', got 'pdf'."),
    ]:
        assert glassnet("draw", *arguments) == (1, "", f"glassnet: {message}\n")


@pytest.mark.usefixtures("figures_drawn_later")
def test_a_switch_that_takes_columns_writes_a_picture_for_each(glassnet, models):
    asked = ("--dependence", "petal_length", "--dependence", "sepal_width,petal_length", "--out", "drawn")
    status, _, err = glassnet("draw", models / "classes.safetensors", "iris", *asked)
    assert (status, err) == (0, "")
    assert sorted(os.listdir("drawn")) == ["dependence-petal_length.png", "dependence-sepal_width-petal_length.png"]
    refused = glassnet("draw", models / "classes.safetensors", "iris", "--dependence", "petal_lenght")
    assert refused == (
        1,
        "",
        "glassnet: the model does not read a column 'petal_lenght' (did you mean 'petal_length'?).\n",
    )


@pytest.mark.usefixtures("figures_drawn_later")
def test_pictures_that_these_rows_are_not_enough_for_are_left_out_with_a_word(glassnet, models):
    rows = gn.datasets.iris().to_polars().head(3)
    rows.with_columns(petal_length=pl.lit(None, pl.Float64)).write_csv("setosa.csv")
    status, out, err = glassnet("draw", models / "classes.safetensors", "setosa.csv", "--out", "drawn")
    assert (status, err) == (0, "")
    assert "not drawn: roc, as all rows are of class setosa: there is nothing to distinguish." in out
    assert "not drawn: dependence-petal_length, as the column 'petal_length' has no value in these rows." in out
    assert {"confusion.png", "calibration.png", "dependence-sepal_length.png"} < set(os.listdir("drawn"))
    assert "roc.png" not in os.listdir("drawn")


class SmallPieces(Pieces):
    """A table in many pieces."""

    def __init__(self, path):
        super().__init__(path, piece_bytes=1000)


def test_of_a_large_table_every_so_many_th_row_is_drawn(glassnet, models, monkeypatch):
    monkeypatch.setattr("glassnet.cli.inputs.MOST_ROWS", 40)
    monkeypatch.setattr("glassnet.cli.inputs.Pieces", SmallPieces)
    drawn: list[Any] = []

    def look(subject, tell):
        drawn.append(subject.frame)
        return {}

    monkeypatch.setattr("glassnet.cli.commands.draw.all_that_fit", look)
    iris = gn.datasets.iris().to_polars()
    iris.write_csv("iris.csv")
    glassnet("draw", models / "classes.safetensors", "iris.csv", "--memory", "1kB")
    assert drawn[0].cast(dict(iris.schema)).equals(iris.gather_every(4))  # a text file's values come as texts


def test_rows_without_the_target_are_refused(glassnet, models):
    gn.datasets.iris().to_polars().drop("species").write_csv("rows.csv")
    status, _, err = glassnet("draw", models / "classes.safetensors", "rows.csv", "--confusion")
    assert status == 1
    assert err.startswith("glassnet: there is no target column 'species'")


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_help_lists_every_picture(glassnet, monkeypatch, columns):
    from glassnet.tables.insight.gallery import GALLERY

    monkeypatch.setenv("COLUMNS", columns)
    said = glassnet("draw", "--help")[1]
    for picture in GALLERY:
        assert f"--{picture.name}" in said
    assert max(map(len, said.splitlines())) <= int(columns)


def test_curves_are_drawn_where_the_history_lies_beside_the_model(glassnet, models):
    status, _, err = glassnet("train", "iris", "--epochs", "2", "--hidden", "4", "--out", "run")
    assert status == 0, err
    assert glassnet("draw", "run/model.safetensors", "--curves") == (0, "figures  run/figures/curves.png\n", "")
    said = "curves needs a history.json next to the model, as `glassnet train` writes it."
    assert glassnet("draw", models / "classes.safetensors", "--curves") == (1, "", f"glassnet: {said}\n")


def test_an_activation_is_drawn_without_a_model(glassnet):
    drawn = glassnet("draw", "--activation", "tanh", "--activation", "relu")
    assert drawn == (0, "figures  figures/activation-tanh.png, figures/activation-relu.png\n", "")
    for arguments, message in [
        (("--activation", "tahn"), "unknown activation 'tahn'. Did you mean 'tanh'?"),
        (("--diagram",), "diagram needs a model: glassnet draw MODEL."),
        ((), "say what to draw: glassnet draw MODEL DATA, or --activation NAME."),
    ]:
        status, out, err = glassnet("draw", *arguments)
        assert (status, out) == (1, "") and err.startswith(f"glassnet: {message}")


@pytest.mark.long
@pytest.mark.usefixtures("figures_drawn_later")
def test_pictures_of_the_network_are_drawn_of_the_rows_that_are_named(glassnet, models):
    asked = ("--regions", "petal_length,petal_width", "--responses", "2", "--neuron", "2,0", "--neuron", "2,1,17")
    status, _, err = glassnet("draw", models / "classes.safetensors", "iris", *asked, "--surface", "3", "--out", "o")
    assert (status, err) == (0, "")
    assert glassnet("draw", models / "classes.safetensors", "iris", "--regions", "components", "--out", "o")[0] == 0
    drawn = "regions-petal_length-petal_width regions-components responses-2 neuron-2-0 neuron-2-1-17 surface-3"
    assert sorted(os.listdir("o")) == sorted(f"{name}.png" for name in drawn.split())
    for switch, value, message in [
        ("--regions", "petal_length", "--regions takes two columns, such as width,height; got 'petal_length'."),
        ("--regions", "petal_length,no", "the model does not read a column 'no'"),
        ("--responses", "77", "unknown layer '77'. Known: 0,"),
        ("--neuron", "2", "--neuron takes LAYER,UNIT or LAYER,UNIT,ROW, such as 0,2 or 2.1,0,17; got '2'."),
        ("--neuron", "2,0,150", "row must be 0…149, as the table has 150 rows (counted from 0), got 150."),
        ("--neuron", "2,8", "unit must be 0…7, as layer 2 has 8, got 8."),
        ("--surface", "x", "--surface takes a seed, a whole number of at least 0, got 'x'."),
    ]:
        status, _, err = glassnet("draw", models / "classes.safetensors", "iris", switch, value)
        assert status == 1 and err.startswith(f"glassnet: {message}")
