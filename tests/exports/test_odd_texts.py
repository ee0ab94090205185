"""Odd texts mean in every target what they mean to `predict`, or are refused by the same sentence."""

import json
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import numpy as np
import odd_texts as odd  # type: ignore[import-not-found]
import polars as pl
import pytest
from exported_tables import cases, run_all  # type: ignore[import-not-found]

from glassnet.exports.program import LevelInput
from glassnet.exports.running import in_python
from tests.serving.client import served

MODELS = list(odd.OPTIONS)
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


@pytest.mark.parametrize("name", MODELS)
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


@pytest.mark.parametrize("name", MODELS)
def test_behind_http(name, tmp_path):
    file = odd.model(name).save(tmp_path / "model.safetensors")
    with served(file) as service:
        said = service.client.post("/predict", {"rows": [one.row for one in answered(name)]})["predictions"]
        same(name, [list(each["probabilities"].values()) for each in said])
        for one in refused(name)[:: max(1, len(refused(name)) // 60)]:
            status, sentence = service.client.refused("/predict", {"row": one.row})
            assert (status, sentence) == (400, one.refused), shown(one)
