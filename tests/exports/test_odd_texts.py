"""Odd texts mean in every target what they mean to `predict`, or are refused by the same sentence."""

import datetime
import json
import re
import shutil
import subprocess
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import odd_texts as odd  # type: ignore[import-not-found]
import polars as pl
import pytest
from exported_tables import cases, run_all  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.exports.program import LevelInput
from glassnet.exports.running import in_python
from tests.serving.client import served

MODELS = list(odd.OPTIONS)
ONE = [MODELS[0], *(pytest.param(name, marks=pytest.mark.long) for name in MODELS[1:])]
CLOSE: Any = {"rtol": 2e-6, "atol": 2e-6}
DRIVER = """
const { path, rows } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
import(path).then((module) => {
  const answer = (row) => {
    try { return [...module.forward(row).value]; } catch (error) { return String(error.message); }
  };
  console.log(JSON.stringify(rows.map(answer)));
});
"""


def shown(one):
    return f"{one.column}: {one.text[:80]!r}"


def answered(name):
    return [one for one in odd.asked(name) if one.refused is None]


def refused(name):
    return [one for one in odd.asked(name) if one.refused is not None]


def frame_of(name):
    """The rows that `predict` answers as a data frame."""
    return pl.DataFrame([one.row for one in answered(name)], infer_schema_length=None)


def exported(name, target, folder):
    """The case of a model's export, with the rows that `predict` answers."""
    (case,) = cases({name: odd.model(name)}, target, folder, frame_of(name))
    return case


def same(name, found, rows=None):
    """Each output is the one of `predict`."""
    rows = answered(name) if rows is None else rows
    far = [shown(one) for one, values in zip(rows, found, strict=True) if not np.allclose(values, one.outputs, **CLOSE)]
    assert far == []


@pytest.mark.parametrize("name", MODELS)
def test_the_texts_tell_meanings_apart(name):
    assert len({tuple(np.round(one.outputs, 6)) for one in answered(name)}) > 100
    assert len(refused(name)) > 500
    both = {one.column for one in answered(name)} & {one.column for one in refused(name)}
    assert len(both) > 6


@pytest.mark.parametrize("name", ONE)
def test_a_data_frame_means_the_same(name):
    same(name, odd.model(name).outputs(frame_of(name)))


@pytest.mark.parametrize("name", MODELS)
def test_in_python(name, tmp_path):
    case = exported(name, "python", tmp_path)
    module = in_python.imported(case)
    same(name, module.probabilities([one.row for one in answered(name)]))
    for one in refused(name):
        with pytest.raises(ValueError) as error:
            module.predict([one.row])
        assert str(error.value) == one.refused, shown(one)


@pytest.mark.parametrize("name", MODELS)
def test_in_javascript(name, tmp_path):
    if (node := shutil.which("node")) is None:
        pytest.skip("node is not installed")
    path = exported(name, "javascript", tmp_path).path.resolve().as_uri()
    asked = json.dumps({"path": path, "rows": [one.row for one in odd.asked(name)]})
    done = subprocess.run(
        [node, "-e", DRIVER], input=asked, capture_output=True, text=True, encoding="utf-8", check=True
    )
    found = dict(zip(odd.asked(name), json.loads(done.stdout), strict=True))
    same(name, [found[one] if isinstance(found[one], list) else np.nan for one in answered(name)])
    for one in refused(name):
        ending = one.refused.split(", where ")[1]
        assert isinstance(found[one], str) and found[one].startswith(f'column "{one.column}" holds "'), shown(one)
        assert found[one].endswith(f", where {ending}"), shown(one)


def of_levels(name, program):
    """The places of the rows, among those that are answered, whose odd text is a level or none."""
    names = {step.column for step in program.columns if isinstance(step, LevelInput)}
    return [k for k, one in enumerate(answered(name)) if one.column in names]


def with_raw_texts(name, case, rows):
    """The case with texts as they came in its columns of levels; numbers are numbers."""
    chosen = [answered(name)[k] for k in rows]
    plain = [
        [one.row[step.column] for one in chosen] if isinstance(step, LevelInput) else [values[k] for k in rows]
        for step, values in zip(case.program.inputs, case.plain, strict=True)
    ]
    return replace(case, plain=plain), chosen


@pytest.mark.parametrize("name", MODELS)
def test_in_c(name, tmp_path):
    case = exported(name, "c", tmp_path)
    sent = [
        k
        for k in of_levels(name, case.program)
        if len(answered(name)[k].text) < 10_000 and "\0" not in answered(name)[k].text
    ]
    case, rows = with_raw_texts(name, case, sent)
    same(name, run_all("c", [case])[0].values, rows)


@pytest.mark.parametrize("name", MODELS)
def test_in_onnx(name, tmp_path):
    """Texts with more than one blank at an end, or another one, are as they stand there: no operator takes them off."""
    case = exported(name, "onnx", tmp_path)

    def is_plain(text):
        bare = text.removeprefix(" ").removesuffix(" ")
        return bare == bare.strip("".join(odd.BLANKS[:-3]) + " \n") and "\0" not in text

    sent = [k for k in of_levels(name, case.program) if is_plain(answered(name)[k].text)]
    case, rows = with_raw_texts(name, case, sent)
    same(name, run_all("onnx", [case])[0].values, rows)


@pytest.mark.parametrize("name", ONE)
def test_behind_http(name, tmp_path):
    file = odd.model(name).save(tmp_path / "model.safetensors")
    with served(file) as service:
        said = service.client.post("/predict", {"rows": [one.row for one in answered(name)]})["predictions"]
        same(name, [list(each["probabilities"].values()) for each in said])
        for one in refused(name)[:: max(1, len(refused(name)) // 60)]:
            status, sentence = service.client.refused("/predict", {"row": one.row})
            assert (status, sentence) == (400, one.refused), shown(one)


VALUES = [
    7, 7.0, np.float32(7), np.int8(7), Decimal("7"), True, False, None, float("nan"), Decimal("NaN"), 10**400,
    [3], {}, 3j, b"3", datetime.date(2020, 1, 31), datetime.time(12, 30), np.datetime64("2020-01-31"),
    np.datetime64("NaT"), -(10**400),
]  # fmt: skip


@pytest.mark.parametrize("column", ["plain", "strays", "iso", "time", "town", "code"])
def test_values_that_are_no_texts_in_python(column, tmp_path):
    """But for numbers in a column of dates, which are days here, and lists in one of strays, which are refused."""
    module, predictor = in_python.imported(exported("usual", "python", tmp_path)), odd.model("usual").predictor()
    base = answered("usual")[0].row
    for value in VALUES:
        row = {**base, column: value}
        found = told(lambda row=row: module.probabilities([row])[0])
        if column in ("iso", "time") and isinstance(value, (int, float, Decimal, np.number)) and value == value:
            continue
        if column == "time" and isinstance(value, (datetime.date, np.datetime64)) and value == value:
            continue
        expected = told(lambda row=row: predictor.outputs(row))
        if isinstance(found, str) or isinstance(expected, str):
            beginning = f"column {column!r} holds "
            assert found.startswith(beginning) and (column == "strays" or expected.startswith(beginning)), repr(value)
        else:
            np.testing.assert_allclose(found, expected, err_msg=repr(value), **CLOSE)


def told(answer):
    """What is answered, or the sentence that refuses it."""
    try:
        return answer()
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "the table has no rows."),
        ({}, "the rows lack the column 'plain'."),
        (5, "row 1 must be a mapping such as {column: value, …}."),
        ("rows", "row 1 must be a mapping such as {column: value, …}."),
        ([{}, 5], "row 1 lacks the column 'plain'."),
        ({name: [] for name in odd.table().columns}, "the table has no rows."),
        ({name: ["1"] * (1 + (name == "code")) for name in odd.table().columns}, "the columns differ in length."),
        (
            dict.fromkeys(odd.table().columns, "1"),
            "a mapping holds a list for each column, but 'plain' is none: pass",
        ),
    ],
)
def test_what_are_no_rows_in_python(rows, said, tmp_path):
    module = in_python.imported(exported("usual", "python", tmp_path))
    for asked in (module.predict, module.probabilities):
        with pytest.raises(ValueError) as error:
            asked(rows)
        assert str(error.value).startswith(said)


TRIED = """
const [table, network] = process.argv.slice(1);
const tell = (answer) => { try { return answer(); } catch (error) { return `${error.name}: ${error.message}`; } };
const row = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
Promise.all([import(table), import(network)]).then(([{ forward }, { predict }]) => {
  const found = {};
  for (const name of ["plain", "strays", "iso", "town"])
    for (const value of [[3], {}, () => 3, Symbol("3"), new String("3")])
      found[`${name} ${String(typeof value)}${Array.isArray(value)}`] = tell(() => forward({ ...row, [name]: value }));
  found.date = tell(() => forward({ ...row, plain: new Date(0) }));
  found.big = tell(() => forward({ ...row, plain: 7n }).value[0] - forward({ ...row, plain: "7" }).value[0]);
  for (const given of [null, undefined, "abc", 5]) found[`row ${given}`] = tell(() => forward(given));
  for (const given of [null, "abc", [1, null], [1, "2"], [1, [2]], [1, 2, 3]])
    found[`network ${JSON.stringify(given)}`] = tell(() => predict(given));
  console.log(JSON.stringify(found));
});
"""


def test_values_that_are_no_texts_in_javascript(tmp_path):
    if (node := shutil.which("node")) is None:
        pytest.skip("node is not installed")
    table = exported("usual", "javascript", tmp_path).path
    network = gn.export(gn.Network([gn.Dense(1)]).build(2, seed=0), tmp_path / "net.mjs").paths[0]
    paths = [each.resolve().as_uri() for each in (table, network)]
    row = json.dumps(answered("usual")[0].row)
    done = subprocess.run([node, "-e", TRIED, *paths], input=row, capture_output=True, encoding="utf-8", check=True)
    found = json.loads(done.stdout)
    assert found.pop("big") == 0
    assert found.pop("date").startswith('Error: column "plain" holds "Thu Jan 01 1970')
    sentences = (
        r'Error: column "\w+" holds (an array|an object|a function|a symbol), where (one value|a text) is expected\.'
        r"|Error: a row must be an object \{ column: value, … \}\.|Error: a row must be a list of numbers\."
        r"|Error: a row holds .*, where a number is expected\.|Error: a row has 2 numbers, got 3\."
    )
    assert {key: said for key, said in found.items() if not re.fullmatch(sentences, said)} == {}
