"""A table with columns of all kinds, models of it, and their exports run in each target."""

import datetime
import shutil

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.exports.lower_table import program_of_table
from glassnet.exports.registry import TARGETS
from glassnet.exports.running import in_c, in_javascript, in_onnx, in_python
from glassnet.exports.running.case import case_of_table

N = 80
RUNTIMES = {"c": "gcc", "javascript": "node"}


def table(n=N, seed=0):
    """Numbers, levels with and without missing ones, dates, truth values, numbers with units, names of all kinds."""
    rng = np.random.default_rng(seed)
    size, places = rng.normal(50, 10, n), ["Oslo", "Rome", 'Zürich "ü"', None]
    days = rng.integers(0, 900, n).tolist()
    return pl.DataFrame(
        {
            "größe m²": size,
            "1st place": [places[k] for k in rng.integers(0, 4, n)],
            "int": [None if k % 7 == 0 else k * k for k in range(n)],
            "flag": rng.choice([True, False], n).tolist(),
            "when": [datetime.date(2020, 1, 1) + datetime.timedelta(days=k) for k in days],
            "zip": [f"{k:05}" for k in rng.integers(0, 15, n)],
            "paid": [f"{k:,.2f} €".replace(",", "_").replace(".", ",").replace("_", ".") for k in 99 * size],
            "am": [f"{1 + k % 28:02}.{1 + k % 12:02}.2{k % 1000:03}" for k in days],
            "answer": rng.choice(["yes", "no"], n).tolist(),
            "y": np.where(size + rng.normal(0, 3, n) > 50, "ja", "nein é"),
            "price": 2 * size + rng.normal(0, 1, n),
        }
    )


def odd(frame):
    """The table with values that no training row had."""
    rest = {name: frame[name].to_list()[5:] for name in frame.columns}
    first = {
        "größe m²": [float("nan"), float("inf"), -float("inf"), 1e200, None],
        "1st place": ["Bonn", "", "NA", " Rome ", "oslo"],
        "zip": ["99999", None, "", "00001", "1"],
        "int": [None, 2**40, -5, 0, None],
        "when": [None, datetime.date(1900, 1, 1), datetime.date(2999, 12, 31), None, datetime.date(1970, 1, 1)],
        "paid": ["-1,00 €", "1.234.567,89 €", None, "5 €", ""],
    }
    return frame.with_columns(pl.Series(name, values + rest[name], frame[name].dtype) for name, values in first.items())


def trained(target, asked):
    """A model of one of the two targets of the table."""
    frame = table().drop("price" if target == "y" else "y")
    training = gn.TableTraining(frame, target, recipe=gn.Recipe(hidden=(8,), epochs=3, engine="numpy"), **asked)
    for _ in training.epochs():
        pass
    return training.model


def cases(models, target, folder, frame, dtype=None):
    """The exports of models by name, with the rows of a data frame."""
    chosen = TARGETS[target]
    made = []
    for name, model in models.items():
        program, path = program_of_table(model, dtype), folder / f"m_{name}{chosen.suffixes[0]}"
        for place, content in chosen.files(program, path).items():
            place.write_bytes(content)
        made.append(case_of_table(program, path, model.encoder, frame))
    return made


def run_all(target, made):
    """What the exports give; the test is skipped where the runtime is not installed."""
    if target == "python":
        return [in_python.run(case) for case in made]
    if target == "onnx":
        pytest.importorskip("onnxruntime")
        return in_onnx.run_all(made)
    if shutil.which(RUNTIMES[target]) is None:
        pytest.skip(f"what runs {target} is not installed")
    return (in_c if target == "c" else in_javascript).run_all(made)
