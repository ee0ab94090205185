"""What is said of the layout of a text file, at training and, unless told otherwise, at prediction."""

import os
from pathlib import Path

import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.reading.read import read_file
from glassnet.tables.reading.read_options import ReadOptions

N = 40
SMALL = ("--target", "größe", "--epochs", 1, "--hidden", 4)
LAYOUT = ("--separator", "^", "--skip-lines", 2, "--encoding", "cp1252")


def written(path="t.csv", above="1^2^3\n4^5^6\n", encoding="cp1252", separator="^"):
    table = pl.DataFrame(
        {"x": range(0, 2 * N, 2), "stadt": ["Köln", "Rom"] * (N // 2), "größe": [k % 9 + 0.5 for k in range(N)]}
    )
    Path(path).write_bytes((above + table.write_csv(separator=separator)).encode(encoding))
    return table


@pytest.mark.parametrize("memory", [(), ("--memory", "10k")])
def test_a_layout_that_is_said_is_used_again_for_predictions_unless_another_is_said(glassnet, memory):
    written()
    status, said, err = glassnet("train", "t.csv", *SMALL, *LAYOUT, *memory, "--out", "run")
    assert status == 0, err
    assert "2 lines are skipped at the beginning, as asked" in said
    assert "2 levels: Köln, Rom" in said
    model = "run/model.safetensors"
    status, predictions, err = glassnet("predict", model, "t.csv", *memory)
    assert (status, len(predictions.splitlines())) == (0, N + 1), err
    for command in ("evaluate", "explain"):
        assert glassnet(command, model, "t.csv")[0] == 0
    written("other.csv", above="", encoding="utf-8", separator=";")
    status, others, _ = glassnet(
        "predict", model, "other.csv", "--separator", "auto", "--skip-lines", 0, "--encoding", "utf-8"
    )
    assert (status, others) == (0, predictions)
    written().write_parquet("t.parquet")  # which no layout is asked of
    assert glassnet("predict", model, "t.parquet")[1] == predictions


def test_a_folder_is_read_by_it_too(glassnet):
    Path("many").mkdir()
    written("many/a.csv")
    written("many/b.csv")
    status, said, err = glassnet("train", "many", *SMALL, *LAYOUT, "--out", "run")
    assert status == 0, err
    assert f"{2 * N * 8 // 10} rows for training" in said
    status, said, err = glassnet("predict", "run/model.safetensors", "many")
    assert status == 0, err
    assert len(said.splitlines()) == 2 * N + 1
    status, _, err = glassnet("predict", "run/model.safetensors", "many", "--out", "parts")
    assert status == 0, err
    assert pl.read_parquet("parts/*.parquet").height == 2 * N
    assert len(glassnet("predict", "run/model.safetensors", "many/a.csv")[1].splitlines()) == N + 1


def test_tune_names_it_in_its_command(glassnet):
    written()
    assert glassnet("tune", "t.csv", *SMALL[:4], "--trials", 1, *LAYOUT, "--out", "found", "--folds", "none")[0] == 0
    assert "--separator '^' --skip-lines 2 --encoding cp1252" in Path("found/report.md").read_text()


def test_the_same_in_python(tmp_path):
    table = written(tmp_path / "t.csv")
    read = gn.read_table(tmp_path / "t.csv", separator="^", skip_lines=2, encoding="latin-1")
    assert read.equals(table)
    known = LocalTable(tmp_path / "t.csv", known=ReadOptions("^", 2, "cp1252"))
    whole = read_file(known).frame
    assert pl.concat(Pieces(known, piece_bytes=64)).equals(whole)
    written(tmp_path / "space.txt", above="", separator=" ")
    assert gn.read_table(tmp_path / "space.txt", separator="space", encoding="cp1252").equals(table)


def test_what_cannot_be_is_refused_before_anything_is_written(glassnet):
    written()
    written("utf8.csv", above="", encoding="utf-8", separator=",").write_parquet("t.parquet")
    for data, options, sentence in (
        (
            "t.csv",
            ["--skip-lines", 500, "--encoding", "cp1252"],
            "t.csv has only 43 lines: nothing is left when 500 are skipped",
        ),
        ("t.csv", ["--encoding", "cp1522"], "unknown encoding 'cp1522' (did you mean 'cp1252'?)"),
        ("t.csv", ["--encoding", "base64"], "unknown encoding 'base64'"),
        ("t.csv", [], "t.csv is not UTF-8 text (line 3): say its encoding, such as cp1252"),
        ("t.csv", ["--encoding", "ascii"], "t.csv cannot be read in ASCII: it holds other bytes"),
        ("utf8.csv", ["--separator", "ab"], "the separator must be one sign such as ; or |, or one of tab, comma"),
        ("utf8.csv", ["--separator", ";"], "there is no target column 'größe'"),
        ("t.parquet", ["--separator", ";"], "t.parquet is Parquet and not text: it has no separator"),
        ("iris", ["--skip-lines", 1], "iris is a bundled table and not text"),
    ):
        for memory in ([], ["--memory", "10k"]):
            status, _, err = glassnet("train", data, *SMALL, *options, *memory)
            assert (status, err.count("\n")) == (1, 1), err
            assert sentence in err
            assert not os.path.exists("runs")
