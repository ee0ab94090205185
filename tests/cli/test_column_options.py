"""What is said of columns on the command line, and that it reaches predictions."""

import os
import re
import shlex
import sqlite3
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import polars as pl

from glassnet.cli.console import console

N = 40
SMALL = ("--epochs", 1, "--hidden", 4)
SAID = (
    "--kind", "zip=category", "--kind", "price, net=number", "--kind", "smoker=boolean", "--date-format",
    "sold=%d %b %y", "--drop", "junk,more", "--id", "id", "--missing", "-999,n/k", "--decimal", ",",
)  # fmt: skip


def written(path: str = "t.csv") -> pl.DataFrame:
    table = pl.DataFrame(
        {
            "more": range(N),
            "id": [f"p{i:03}" for i in range(N)],
            "zip": [str(1000 + i % 5) for i in range(N)],
            "price, net": [f"1.{i % 10}00,5" if i % 7 else "n/k" for i in range(N)],
            "sold": [f"{1 + i % 28} Jan {20 + i % 3}" for i in range(N)],
            "smoker": ["yes" if i % 3 else "no" for i in range(N)],
            "junk": [-999 if i % 5 == 0 else i for i in range(N)],
            "y": [f"{i % 17},5" for i in range(N)],
        }
    )
    table.write_csv(path, separator=";")
    return table


def test_what_is_said_of_columns_reaches_the_model_and_its_predictions(glassnet):
    written()
    for out, more in (("whole", ()), ("chunks", ("--memory", "10k"))):
        status, said, _ = glassnet("train", "t.csv", "--target", "y", *SMALL, *SAID, *more, "--out", out)
        assert status == 0
        assert re.search(r"^junk +unwanted +dropped: is left out on request", said, re.M)
        assert re.search(r"^id +id +dropped: is an id, kept beside", said, re.M)
        status, predictions, _ = glassnet("predict", f"{out}/model.safetensors", "t.csv")
        assert predictions.splitlines()[0] == "id,prediction"
        assert predictions.splitlines()[1].startswith("p000,")


def test_tune_takes_the_same_and_its_command_says_so(glassnet):
    written()
    given = ("--target", "y", "--trials", 1, "--epochs", 1)
    status, _, _ = glassnet("tune", "t.csv", *given, *SAID, "--out", "found", "--folds", "none")
    assert status == 0
    report = Path("found/report.md").read_text()
    (command,) = [line for line in report.splitlines() if line.startswith("glassnet train")]
    words = shlex.split(command)
    for word in ("zip=category", "price, net=number", "sold=%d %b %y", "-999,n/k", "id"):
        assert word in words


def test_options_that_cannot_be_leave_nothing_behind(glassnet):
    written("../t.csv")
    for options, sentence in (
        (["--drop", "zap"], "there is no column 'zap' to drop (did you mean 'zip'?)"),
        (["--keep", "zap"], "there is no column 'zap' to keep"),
        (["--id", "nobody"], "there is no column 'nobody' to take as an id"),
        (["--kind", "zip"], "--kind takes a column and what it is, as in --kind zip=category, got 'zip'"),
        (["--kind", "zip=nmber"], "unknown kind of column 'nmber'"),
        (["--kind", "zip=number", "--kind", "zip=id"], "--kind says two things of column 'zip': number and id"),
        (["--date-format", "sold=%d.%m.%Y"], "row 1 is '1 Jan 20'"),
        (["--decimal", ",", "--thousands", ","], "must differ"),
        (["--drop", "zip", "--keep", "zip"], "column 'zip' is to be dropped, but is to be kept as well"),
        (["--drop", "y"], "the target 'y' cannot be dropped"),
    ):
        for more in ([], ["--memory", "10k"]):
            status, _, err = glassnet("train", "../t.csv", "--target", "y", *options, *more)
            assert (status, err.count("\n")) == (1, 1), err
            assert sentence in err
            assert os.listdir() == []


def test_what_was_found_is_one_table_that_fits_the_terminal(glassnet, monkeypatch):
    monkeypatch.setattr(console, "width", 80)
    long = {"a name of a column that is longer than anyone would want": ["a level that is long too, far too long"] * N}
    levels = {"more levels": [f"level {i % 12}" for i in range(N)], "same": [1] * N}
    written().with_columns(pl.DataFrame(long | levels)).write_csv("t.csv")
    said = glassnet("train", "t.csv", "--target", "y", *SMALL, "--missing", "n/k", "--decimal", ",")[1].splitlines()
    (start,) = [k for k, line in enumerate(said) if line.startswith("column ")]
    table = [*takewhile(lambda line: not line.startswith(("y: ", "epoch")), said[start:])]
    assert max(map(len, table)) <= 80
    assert re.split("  +", table[0].strip()) == ["column", "kind", "range or levels", "missing", "inputs"]
    rows = {re.split("  +", line)[0]: re.split("  +", line.strip()) for line in table[1:]}
    assert rows["y"][:3] == ["y", "target", "0.5 … 16.5"]
    assert rows["zip"] == ["zip", "number", "1000 … 1004", "1"]
    assert rows["price, net"][1:3] == ["number", "1000 … 1900"]
    assert rows["smoker"] == ["smoker", "category", "2 levels: no, yes", "2"]
    assert rows["more levels"][1] == "coded"
    assert rows["same"] == ["same", "constant", "dropped: has the same value"]


def test_of_many_columns_the_table_shows_some_and_says_where_the_others_are(glassnet):
    many = {f"x{k}": [(i * k) % 7 for i in range(N)] for k in range(30)}
    written().with_columns(pl.DataFrame(many), last=pl.lit(1)).write_csv("t.csv")
    said = glassnet("train", "t.csv", "--target", "y", *SMALL, "--drop", "x1,x2,x3")[1].splitlines()
    assert "… and 18 more columns, 3 of them dropped: report.md lists all 38" in said
    assert any(re.match("last +constant +dropped: has the same value", line) for line in said)
    assert not any(line.startswith("x1 ") for line in said)
    report = Path("runs/t/report.md").read_text()
    assert "| x1 | unwanted | dropped: is left out on request |" in report


def test_an_id_stays_what_it_is_where_predictions_go_beside_their_rows(glassnet):
    with closing(sqlite3.connect("shop.db")) as shop:
        shop.execute("CREATE TABLE o (id TEXT, x REAL, y REAL)")
        shop.executemany("INSERT INTO o VALUES (?, ?, ?)", [(f"p{i}", i % 7 + 0.5, i % 7 * 2.25) for i in range(N)])
        shop.commit()
    assert glassnet("train", "shop.db", "--target", "y", *SMALL, "--id", "id", "--out", "run")[0] == 0
    assert glassnet("predict", "run/model.safetensors", "shop.db", "--into", "found")[0] == 0
    with closing(sqlite3.connect("shop.db")) as shop:
        rows = shop.execute("SELECT id, prediction FROM found").fetchall()
    assert [name for name, _ in rows] == [f"p{i}" for i in range(N)]
