"""The CSV log: full precision, the header once, whole lines after a kill."""

import csv
import os
import signal
import subprocess
import sys

import pytest

import glassnet as gn
from glassnet.files.atomic import CannotWrite
from glassnet.training.epoch import Epoch

IRIS = gn.datasets.iris()


def fit(*listeners, engine="auto", **settings):
    net = gn.Network([gn.Dense(3, "softmax")], engine=engine)
    how = {"loss": "cross_entropy", "epochs": 4, "validation": 0.2, "metrics": ["accuracy"], "seed": 0, **settings}
    return net.fit(IRIS.X, IRIS.y, listeners=listeners, **how)


def read(path):
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_numbers_are_read_back_to_the_bit(engine, tmp_path):
    history = fit(gn.listeners.CSVLog(tmp_path / "log.csv"), engine=engine)
    header, rows = read(tmp_path / "log.csv")
    assert header == ["epoch", *history.names()]
    assert [int(row[0]) for row in rows] == [1, 2, 3, 4]
    for k, name in enumerate(history.names(), 1):
        assert [float(row[k]) for row in rows] == history[name]


def test_a_second_training_is_added_under_the_same_header(tmp_path):
    log = gn.listeners.CSVLog(str(tmp_path / "log.csv"))
    fit(log)
    fit(log)
    fit(gn.listeners.CSVLog(tmp_path / "log.csv"))
    header, rows = read(tmp_path / "log.csv")
    assert header[0] == "epoch"
    assert [row[0] for row in rows] == ["1", "2", "3", "4"] * 3


def test_other_columns_are_refused_and_the_file_is_unchanged(tmp_path):
    log = gn.listeners.CSVLog(tmp_path / "log.csv")
    fit(log)
    before = log.path.read_bytes()
    with pytest.raises(gn.InvalidInput, match=r"log\.csv has the columns epoch, loss, accuracy, .*; this training has"):
        fit(log, metrics=[])
    assert log.path.read_bytes() == before


def test_a_line_that_was_cut_off_is_removed(tmp_path):
    log = gn.listeners.CSVLog(tmp_path / "log.csv")
    fit(log)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[:-5])
    fit(log)
    header, rows = read(log.path)
    assert [row[0] for row in rows] == ["1", "2", "3", "1", "2", "3", "4"]
    assert {len(row) for row in rows} == {len(header)}


def test_a_log_that_cannot_be_written_meets_one_sentence(tmp_path):
    with pytest.raises(CannotWrite, match=r"could not write .*: No such file or directory\."):
        fit(gn.listeners.CSVLog(tmp_path / "nowhere" / "log.csv"))
    with pytest.raises(CannotWrite, match=r"could not write .*: Is a directory\."):
        fit(gn.listeners.CSVLog(tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="the system has no SIGKILL")
def test_each_line_is_in_the_file_before_the_next_epoch_and_outlives_a_kill(tmp_path):
    code = f"""
import os, signal, glassnet as gn
log = gn.listeners.CSVLog({str(tmp_path / "log.csv")!r})
for k in range(1, 4): log(gn.Epoch(k, 0.1 * k, 0.01))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert [float(row[1]) for row in read(tmp_path / "log.csv")[1]] == [0.1 * k for k in (1, 2, 3)]


def test_as_a_context_manager_it_closes_its_file(tmp_path):
    with gn.listeners.CSVLog(tmp_path / "log.csv") as log:
        log(Epoch(1, float("nan"), 0.1))
        file = log._file
    assert file is not None and file.closed
    assert read(log.path)[1] == [["1", "nan", "0.1", "0.0"]]
