"""Tables without a library of data frames: mappings, lists, arrays and Arrow's batches are predicted as frames are."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput

N = 60
TABLE = pl.DataFrame(
    {
        "id": [f"row {k}" for k in range(N)],
        "size": np.random.default_rng(0).normal(100, 20, N),
        "rooms": [None if k % 9 == 0 else k % 7 for k in range(N)],
        "city": [["Rome", "Oslo", "Bonn", None][k % 4] for k in range(N)],
        "y": [["no", "yes"][k % 2] for k in range(N)],
    }
)


def trained(frame: pl.DataFrame, target: str, **more: Any) -> gn.TableModel:
    training = gn.TableTraining(frame, target, recipe=gn.Recipe(hidden=(4,), epochs=1, engine="numpy"), **more)
    for _ in training.epochs():
        pass
    return training.model


@pytest.fixture(scope="module")
def model() -> gn.TableModel:
    return trained(TABLE, "y", columns={"id": ["id"]})


FORMS: dict[str, Any] = {
    "lists by name": TABLE.to_dict(as_series=False),
    "arrays by name": {name: TABLE[name].to_numpy() for name in TABLE.columns},
    "series by name": TABLE.to_dict(),
    "rows by name": TABLE.rows(named=True),
    "rows in order": TABLE.select("size", "rooms", "city").rows(),
    "an array of objects": np.array(TABLE.select("size", "rooms", "city").rows(), object),
    "Arrow's table": TABLE.to_arrow(),
    "Arrow's batch": TABLE.to_arrow().combine_chunks().to_batches()[0],
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_predicted_as_the_frame(form: str, model: gn.TableModel) -> None:
    np.testing.assert_array_equal(model.outputs(FORMS[form]), model.outputs(TABLE))
    assert model.predict(FORMS[form]).tolist() == model.predict(TABLE).tolist()
    if "id" in str(FORMS[form])[:30]:
        assert model.predict_table(FORMS[form])["id"] == TABLE["id"].to_list()


def test_arrays_of_numbers() -> None:
    iris = gn.datasets.iris()
    model = trained(iris.to_polars(), "species")
    expected = model.outputs(iris.to_polars())
    np.testing.assert_array_equal(model.outputs(iris.X), expected)
    np.testing.assert_allclose(model.outputs(iris.X.astype(np.float32)), expected, atol=1e-5)
    names = [(name, "f8") for name in iris.feature_names]
    named = np.array([tuple(row) for row in iris.X], names)[[*reversed(iris.feature_names)]]
    np.testing.assert_array_equal(model.outputs(named), expected)


REFUSED: dict[str, tuple[Any, str]] = {
    "a row for columns": (
        {"size": 3.0},
        r"a sequence of values for each column, but 'size' is 3\.0; one row goes into a list, \[row\]\.",
    ),
    "a text for a column": ({"size": "abc"}, "but 'size' is 'abc'"),
    "lengths": (
        {"size": [1.0], "city": ["Rome", "Oslo"]},
        "differ in length: 'size' has 1 value, 'city' has 2",
    ),
    "no column": ({"size": [1.0], "rooms": [1]}, "the table lacks columns that were in training: 'city'"),
    "no rows": ({"size": [], "rooms": [], "city": []}, "the table has no rows"),
    "no list": ([], "the table has no rows"),
    "another row": (
        [{"size": 1.0, "rooms": 1, "city": "Rome"}, {"size": 1.0, "rooms": 1, "cty": "Rome"}],
        r"row 2 has no 'city' \(did you mean 'cty'\?\)",
    ),
    "a wide array": (
        np.zeros((2, 5)),
        r"\(n, 3\), with the columns 'size', 'rooms', 'city' in this order; got shape \(2, 5\)",
    ),
    "a flat array": (np.zeros(3), r"got shape \(3,\)"),
    "a short tuple": ([(1.0, 2, "Rome"), (1.0, 2)], "a row has 2 values for 3 columns"),
    "a text": ([(1.0, 2, "Rome"), ("wide", 2, "Rome")], "column 'size' holds 'wide' in row 2, where a number"),
    "numbers alone": (
        [1.0, 2.0],
        "a row is a mapping, or a tuple of the values of 'size', 'rooms', 'city'; got 1.0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_meets_one_sentence(case: str, model: gn.TableModel) -> None:
    given, message = REFUSED[case]
    with pytest.raises(InvalidInput, match=message):
        model.predict(given)


BARE = """
import sys
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in HIDDEN: raise ImportError(name)
sys.meta_path.insert(0, Hide())
import numpy as np, glassnet as gn
model = gn.load(sys.argv[1])
columns = {"size": np.array([90.0, np.nan]), "rooms": [3, None], "city": ["Rome", "nowhere"]}
rows = [dict(zip(columns, values)) for values in zip(*columns.values())]
array = np.array([*zip(*columns.values())], object)
predictor = model.predictor()
found = [model.outputs(columns), model.outputs(rows), model.outputs(array), [*map(predictor.outputs, rows)]]
if "pyarrow" not in HIDDEN:
    import pyarrow
    batch = pyarrow.RecordBatch.from_pydict({**columns, "size": [90.0, None]})
    found.append(model.outputs(batch))
print(repr([np.asarray(each).tolist() for each in found]), model.predict(rows).tolist() == [*map(predictor, rows)])
"""


@pytest.mark.parametrize("arrow", [False, True])
def test_numpy_alone_is_enough_to_load_a_model_and_predict(arrow: bool, model: gn.TableModel, tmp_path: Path) -> None:
    hidden = {"polars", "narwhals", "pandas", "matplotlib", "sklearn", "scipy", "typer", "numba"} | (
        set() if arrow else {"pyarrow"}
    )
    path = model.save(tmp_path / "model.safetensors")
    code = BARE.replace("HIDDEN", repr(hidden))
    env = {**os.environ, "GLASSNET_ENGINE": "numpy"}
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False, env=env)
    assert done.stderr == ""
    told, agree = done.stdout.strip().rsplit(" ", 1)
    expected = model.outputs(pl.DataFrame({"size": [90.0, None], "rooms": [3, None], "city": ["Rome", "nowhere"]}))
    found = eval(told)
    assert agree == "True" and len(found) == 4 + arrow
    for each in found:
        np.testing.assert_allclose(each, expected, rtol=1e-6)
