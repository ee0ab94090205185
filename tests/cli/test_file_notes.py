"""What is unusual about a file is told before the training and kept with the model; later files are read anew."""

import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.reading.chunks import Pieces

NOTES = ("values are separated by semicolons", "one line is skipped above the column names ('Report of 2024')")
ROWS = [(f"{k % 17},5", 'a "b"' if k % 3 else "c", "uv"[k % 17 > 8]) for k in range(120)]


@pytest.fixture
def model(glassnet):
    with open("table.csv", "w") as file:
        file.write("Report of 2024\nx;text;y\n" + "".join(";".join(row) + "\n" for row in ROWS))
    status, out, _ = glassnet("train", "table.csv", "--target", "y", "--hidden", 4, "--epochs", 2, "--out", "run")
    assert status == 0 and f"the file: {'; '.join(NOTES)}; a quotation mark inside a value" in out
    return "run/model.safetensors"


def test_notes_are_kept_with_the_model_and_in_its_report(model):
    assert gn.TableModel.load(model).file_notes[:2] == NOTES
    with open("run/report.md") as file:
        assert f"About the file: {NOTES[0]}; " in file.read()


def test_another_file_has_a_layout_of_its_own_and_what_is_new_is_told(glassnet, model):
    with open("new.csv", "w") as file:
        file.write("sep=|\nx|text\n" + "".join("|".join(row[:2]) + "\n" for row in ROWS))
    status, out, err = glassnet("predict", model, "new.csv")
    assert status == 0 and len(out.splitlines()) == 121
    assert err == "the file: values are separated by bars\n"  # the quotation marks are as in the file trained on
    seen = "120 rows predicted; the model was trained on 120 of them, so new rows may be predicted worse\n"
    assert glassnet("predict", model, "table.csv")[1:] == (out, seen)


@pytest.mark.parametrize("memory", [pytest.param([], marks=pytest.mark.long), ["--memory", "10kB"]])
def test_as_many_predictions_as_rows(glassnet, model, memory, monkeypatch):
    monkeypatch.setattr(Pieces.__init__, "__defaults__", (50,))
    rows = ["1,5;c", "", ";", '2,5;"two\n\nlines"', " ", "3,5;c", ";"] * 40
    text = "x;text\n" + "\n".join(rows) + "\n\n\n"
    with open("new.csv", "w") as file:
        file.write(text)
    status, out, err = glassnet("predict", model, "new.csv", *memory)
    predictions = out.splitlines()[1:]
    assert status == 0 and len(predictions) == 280 and "160 rows hold no value (an empty line counts as a row)" in err
    assert predictions == predictions[:7] * 40
    pl.DataFrame({"x": [1.5, None, None, 2.5, None, 3.5, None] * 40, "text": ["c", None] * 140}).write_parquet(
        "new.parquet"
    )
    assert len(glassnet("predict", model, "new.parquet", *memory)[1].splitlines()) == 281


@pytest.mark.parametrize("memory", [[], ["--memory", "10kB"]])
def test_texts_that_are_read_as_missing_are_told_in_a_line(glassnet, memory, monkeypatch):
    monkeypatch.setattr(Pieces.__init__, "__defaults__", (50,))
    stray = pl.DataFrame({"x": ["?!" if k == 7 else str(k * 3 % 50) for k in range(60)], "y": ["a", "b"] * 30})
    stray.write_csv("stray.csv")
    assert glassnet("train", "stray.csv", "--target", "y", "--hidden", 4, "--epochs", 2, "--out", "run")[0] == 0
    texts = [str(k) for k in range(40)]
    texts[31], texts[35] = "<5", "none yet"
    pl.DataFrame({"x": texts, "y": ["a", "b"] * 20}).write_csv("new.csv")
    for command in ("predict", "evaluate"):
        status, _, err = glassnet(command, "run/model.safetensors", "new.csv", *memory)
        assert status == 0
        told = "x: 2 values are read as missing, as they are not a number; row 32 is '<5'\n"
        seen = "; the model was trained on 32 of them, so new rows may be predicted worse\n"
        assert err == told + (f"40 rows predicted; missing: x 2{seen}" if command == "predict" else "")
