"""Files that are large for the memory: read in pieces by every command, with the same results."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from glassnet.cli import inputs
from glassnet.tables.fitting.row_files import RowFiles
from glassnet.tables.reading.chunks import Pieces

N = 3000


def table(path):
    x = np.random.default_rng(0).normal(size=(N, 2))
    frame = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "label": np.where(x[:, 0] * x[:, 1] > 0, "yes", "no")})
    frame.sort("label").write_csv(path)


def test_a_large_file_is_trained_on_resumed_predicted_and_evaluated_in_pieces(glassnet, tmp_path, monkeypatch):
    table("table.csv")
    monkeypatch.setattr(Pieces.__init__, "__defaults__", (20_000,))
    assert len(list(Pieces("table.csv"))) > 5
    train = ["train", "table.csv", "--target", "label", "--epochs", 6, "--hidden", 16, "--memory", "300kB"]
    status, out, _ = glassnet(*train, "--out", "whole")
    assert status == 0 and "is large for 300.0 kB of memory: it is read in chunks, several times" in out
    status, out, _ = glassnet(*train, "--out", "run", "--checkpoint-every", 1, "--max-time", "0.001s")
    assert status == 0 and "stopped after epoch 1" in out and (tmp_path / "run" / "checkpoints").exists()
    status, out, _ = glassnet("train", "--resume", "run", "--max-time", "1h")
    assert status == 0 and "is read in chunks" in out and "continuing after epoch 1" in out
    one, other = (json.loads((tmp_path / name / "history.json").read_text()) for name in ("whole", "run"))
    assert one["val_loss"] == other["val_loss"] and len(one["val_loss"]) == 6
    assert {p.name for p in (tmp_path / "run").iterdir()} == {p.name for p in (tmp_path / "whole").iterdir()}
    for command in ("predict", "evaluate"):
        whole = glassnet(command, "run/model.safetensors", "table.csv")
        assert glassnet(command, "run/model.safetensors", "table.csv", "--memory", "300kB") == whole
        assert whole[0] == 0


@pytest.mark.long
def test_a_row_that_is_wrong_is_counted_in_the_whole_file(glassnet, monkeypatch):
    table("table.csv")
    assert glassnet("train", "table.csv", "--target", "label", "--epochs", 1, "--hidden", 8)[0] == 0
    frame = pl.read_csv("table.csv")
    texts = [*map(str, frame["a"].to_list())]
    texts[2899] = "much"
    frame.with_columns(a=pl.Series(texts)).write_csv("texts.csv")
    labels = frame["label"].to_list()
    labels[2799] = None
    frame.with_columns(label=pl.Series(labels)).write_csv("gaps.csv")
    monkeypatch.setattr(Pieces.__init__, "__defaults__", (20_000,))
    model = "runs/table/model.safetensors"
    for memory in ([], ["--memory", "300kB"]):
        for command in ("predict", "evaluate"):
            status, _, err = glassnet(command, model, "texts.csv", *memory)
            assert status == 1 and "column 'a' holds 'much' in row 2900, where a number is expected" in err
        status, out, _ = glassnet("evaluate", model, "gaps.csv", *memory)
        assert status == 0 and "2999 rows (1 without a label dropped)" in out


def test_a_size_of_memory_that_is_none_is_refused(glassnet):
    table("table.csv")
    status, _, err = glassnet("train", "table.csv", "--target", "label", "--memory", "much")
    assert status == 1 and "such as 500MB or 2GB, got 'much'" in err


def test_an_interrupt_while_rows_are_read_says_so_and_leaves_no_rows(glassnet, tmp_path, monkeypatch):
    def interrupted(self, *given):
        raise KeyboardInterrupt

    table("table.csv")
    monkeypatch.setattr(RowFiles, "add", interrupted)
    status, out, _ = glassnet("train", "table.csv", "--target", "label", "--memory", "300kB")
    assert status == 130 and "stopped before training began: nothing was written" in out
    assert [*tmp_path.glob("runs/table/rows*")] == []


def test_the_report_names_the_memory_that_the_machine_had(glassnet, tmp_path, monkeypatch):
    table("table.csv")
    monkeypatch.setattr(inputs, "memory_there", lambda: 300_000)
    assert glassnet("train", "table.csv", "--target", "label", "--epochs", 1, "--hidden", 8)[0] == 0
    assert "--hidden 8 --memory 300000" in (tmp_path / "runs" / "table" / "report.md").read_text()


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="other systems limit memory in other ways")
def test_a_file_of_four_times_the_memory_is_trained_on(tmp_path):
    program = Path(__file__).with_name("beyond_memory.py")
    # Each thread of polars keeps memory of its own, and its allocator what was given back to it.
    alone = {**os.environ, "POLARS_MAX_THREADS": "1", "_RJEM_MALLOC_CONF": "retain:false,dirty_decay_ms:0"}
    done = subprocess.run([sys.executable, program, tmp_path, "60MB"], capture_output=True, text=True, env=alone)
    (tmp_path / "large.csv").unlink()
    assert done.returncode == 0, done.stderr
    assert "large.csv is large for 60.0 MB of memory: it is read in chunks" in done.stdout
    assert (tmp_path / "large" / "model.safetensors").exists()
