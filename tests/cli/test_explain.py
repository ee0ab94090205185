"""`glassnet explain` on the command line."""

import pytest


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
