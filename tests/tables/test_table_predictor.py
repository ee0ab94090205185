"""A table's predictor answers for raw rows what `predict` does, from any thread."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput

RNG = np.random.default_rng(0)
N = 120
ENGINES = pytest.mark.parametrize("engine", ["numpy", "compiled"])
TINY = gn.Recipe(hidden=(4,), epochs=1, frequencies=2)


def table() -> pl.DataFrame:
    day = datetime.date(2020, 1, 1)
    return pl.DataFrame(
        {
            "size": RNG.normal(100, 20, N).round(2),
            "rooms": [None if k % 9 == 0 else k % 7 for k in range(N)],
            "price": [f"$ {x:,.2f}" for x in RNG.uniform(500, 5000, N)],
            "new": [bool(k % 3) for k in range(N)],
            "open": [["yes", "no"][k % 2] for k in range(N)],
            "city": [["Rome", "Oslo", "Bonn", None][k % 4] for k in range(N)],
            "street": [f"street {k % 20}" for k in range(N)],
            "built": [day + datetime.timedelta(days=37 * k) for k in range(N)],
            "seen": [(day + datetime.timedelta(days=11 * k)).strftime("%d.%m.%Y") for k in range(N)],
            "y": RNG.choice(["no", "yes"], N),
            "z": RNG.normal(3, 2, N),
        }
    )


TABLE = table()
ODD: dict[str, Any] = {
    "missing": dict.fromkeys(TABLE.columns),
    "empty": {"size": "", "city": "", "seen": "NA", "open": "?"},
    "unseen": {"city": "Paris", "street": "nowhere", "open": "maybe"},
    "infinite": {"size": float("inf"), "rooms": -1e308},
    "nan": {"size": float("nan"), "city": float("nan")},
    "texts": {"size": " 99.5 ", "rooms": "3", "price": "-$1200", "new": "TRUE"},
    "dates": {"built": "2021-03-04", "seen": datetime.datetime(2021, 3, 4, 12)},
    "numbers": {"open": 1, "new": 0.5},
}


def trained(target: str = "y", engine: str = "numpy", **more: Any) -> gn.TableModel:
    frame = TABLE.drop("z" if target == "y" else "y")
    training = gn.TableTraining(frame, target, recipe=replace(TINY, engine=engine), **more)
    for _ in training.epochs():
        pass
    return training.model


MODELS: dict[str, Any] = {
    "classes": {}, "uncalibrated": {"calibrate": False}, "an ensemble": {"n_ensemble": 2},
    "a threshold": {"threshold": 0.47}, "numbers": {"target": "z"},
    "learned ends": {"target": "z", "interval": 0.8, "n_ensemble": 2},
}  # fmt: skip


@pytest.fixture(scope="module", params=MODELS)
def model(request: Any) -> gn.TableModel:
    return trained(**MODELS[request.param])


def same(found: Any, expected: Any) -> None:
    """Equal on the NumPy engine, which predicts rows in double precision, and near on the compiled one."""
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_rows_of_every_kind_are_answered_as_predict_does(model: gn.TableModel) -> None:
    predictor, rows = model.predictor(), TABLE.select(model.encoder.columns)
    expected, outputs = model.predict(rows), model.outputs(rows)
    for k, row in enumerate(rows.iter_rows(named=True)):
        for given in (row, tuple(row.values()), [*row.values()]):
            found = predictor(given)
            assert (
                found == expected[k]
                if model.task == "classification"
                else found == pytest.approx(expected[k], rel=1e-12)
            )
        np.testing.assert_array_equal(predictor.outputs(row), outputs[k])
    for few in (rows.rows(), rows.rows(named=True), [[*row] for row in rows.iter_rows()]):
        assert predictor(few).tolist() == expected.tolist()
        np.testing.assert_array_equal(predictor.outputs(few), outputs)


@pytest.mark.parametrize("case", ODD)
def test_odd_values_too(model: gn.TableModel, case: str) -> None:
    row = TABLE.row(7, named=True) | ODD[case]
    frame = pl.DataFrame([pl.Series(name, [row[name]]) for name in model.encoder.columns])
    predictor = model.predictor()
    np.testing.assert_array_equal(predictor.outputs(row), model.outputs(frame)[0])
    assert predictor(row) == model.predict(frame)[0]


def test_intervals_are_those_of_predict_interval(model: gn.TableModel) -> None:
    predictor, rows = model.predictor(), TABLE.select(model.encoder.columns)
    if model.task == "classification":
        with pytest.raises(InvalidInput, match="intervals are for numbers"):
            predictor.interval(rows.row(0))
        return
    np.testing.assert_array_equal(predictor.interval(rows.rows(), 0.8), model.predict_interval(rows, 0.8))
    np.testing.assert_array_equal(predictor.interval(rows.row(3)), model.predict_interval(rows[3])[0])


@ENGINES
def test_threads_share_a_predictor(engine: str) -> None:
    model = trained(engine=engine)
    predictor, rows = model.predictor(), TABLE.select(model.encoder.columns).rows()
    expected = [predictor.outputs(row) for row in rows]
    same(expected, model.outputs(TABLE))
    with ThreadPoolExecutor(8) as pool:
        for found, row in zip(pool.map(predictor.outputs, rows * 20), expected * 20, strict=True):
            np.testing.assert_array_equal(found, row)


def test_a_network_of_float64_and_a_table_of_one_column() -> None:
    training = gn.TableTraining(TABLE.select("city", "y"), "y", recipe=TINY)
    for _ in training.epochs():
        pass
    model = training.model
    assert [model.predictor()(("Rome",)), model.predictor()({"city": "Rome"})] == model.predict(
        {"city": ["Rome"] * 2}
    ).tolist()
    assert model.predictor()([("Oslo",), {"city": None}]).shape == (2,)


ROW = TABLE.row(0, named=True)
REFUSED: dict[str, tuple[Any, str]] = {
    "a column that is not there": (
        {"siz": 1.0},
        r"the row lacks columns that were in training: 'size' \(did you mean 'siz'\?\)",
    ),
    "values too few": (
        (1.0, 2),
        r"a row has 2 values for 9 columns: pass those of 'size', 'rooms', .*, in this order, or a mapping\.$",
    ),
    "text for a number": (
        ROW | {"size": "wide"},
        r"column 'size' holds 'wide' in row 1, where a number is expected\.$",
    ),
    "a date for a number": (
        ROW | {"size": datetime.date(2020, 1, 1)},
        "'size' holds '2020-01-01' in row 1, where a number",
    ),
    "the second row": ([ROW, ROW | {"built": "soon"}], "'built' holds 'soon' in row 2, where a date"),
    "a data frame": (
        TABLE,
        r"takes a row \(a mapping or a tuple\) or a list of rows, got DataFrame: a whole table is predicted by model\.",
    ),
    "no row": ([], "the table has no rows"),
    "a row within rows": ([TABLE.row(0)[:9], 3], "a row is a mapping, or a tuple of the values of 'size'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_row_meets_one_sentence(case: str, classes: gn.TableModel) -> None:
    given, message = REFUSED[case]
    with pytest.raises(InvalidInput, match=message):
        classes.predictor()(given)


@pytest.fixture(scope="module")
def classes() -> gn.TableModel:
    return trained()


def test_the_first_columns_and_a_shape_are_shown(classes: gn.TableModel) -> None:
    predictor = classes.predictor()
    assert repr(predictor) == "TablePredictor(9 columns → 'y')" and predictor.columns == classes.encoder.columns
