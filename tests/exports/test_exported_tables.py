"""Models of tables, from raw columns to the answer, say in each target what `predict` says, also of odd values."""

import codecs
import csv
import importlib.util
import io
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from exported_tables import N, cases, odd, run_all, table, trained  # type: ignore[import-not-found]
from hypothesis import given, settings
from hypothesis import strategies as st

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.exports.lower_table import program_of_table
from glassnet.exports.running import in_c, in_python
from glassnet.exports.running.case import CannotRun
from glassnet.exports.running.check import check

MODELS = {
    "classes": ("y", {}),
    "numbers": ("price", {}),
    "ends": ("price", {"n_ensemble": 2, "interval": 0.8}),
    "threshold": ("y", {"n_ensemble": 2, "threshold": 0.3}),
    "plain": ("y", {"calibrate": False}),
}


@pytest.fixture(scope="module")
def models():
    return {name: trained(*asked) for name, asked in MODELS.items()}


@pytest.mark.filterwarnings("ignore:intervals of coverage")
@pytest.mark.parametrize(
    ("target", "dtype"),
    [
        ("python", "float64"),
        ("c", "float32"),
        ("javascript", "float64"),
        *(
            pytest.param(*case, marks=pytest.mark.long)
            for case in [("python", "float32"), ("c", "float64"), ("javascript", "float32")]
        ),
    ],
)
def test_answers_are_those_of_predict(target, dtype, models, tmp_path):
    frame = odd(table())
    made = cases(models, target, tmp_path, frame, dtype)
    bound: Any = (
        {"rtol": 2e-6, "atol": 2e-6} if dtype == "float32" else {"rtol": 1e-7, "atol": 1e-12}
    )  # a bit of float32
    for (name, model), case, found in zip(models.items(), made, run_all(target, made), strict=True):
        expected = model.outputs(frame)
        np.testing.assert_allclose(found.values, expected, err_msg=name, **bound)
        if model.task == "classification":
            assert (found.labels == model.decided(expected)).all(), name
        else:
            ends = model.predict_interval(frame, case.program.outputs.coverage)
            np.testing.assert_allclose(found.ends, ends, err_msg=name, **bound)


def test_another_order_of_columns_and_more_of_them_change_nothing(models, tmp_path):
    frame = odd(table())
    (case,) = cases({"classes": models["classes"]}, "python", tmp_path, frame)
    module = in_python.imported(case)
    columns = frame.select(reversed(frame.columns))
    expected = module.probabilities(case.given)
    assert (module.probabilities(columns) == expected).all()
    assert (module.probabilities(columns.to_dicts()) == expected).all()
    assert (module.probabilities(columns.to_pandas()) == expected).all()
    with pytest.raises(ValueError, match="the rows lack the column 'größe m²'"):
        module.predict(frame.drop("größe m²"))
    with pytest.raises(ValueError, match="row 2 lacks the column 'zip'"):
        module.predict([{"zip": 1, **row} if k == 0 else row for k, row in enumerate(frame.drop("zip").to_dicts())])


def as_texts(frame):
    """The table as a CSV file holds it."""
    return pl.read_csv(frame.write_csv().encode(), infer_schema=False)


@pytest.mark.parametrize("target", ["python", "javascript"])
def test_texts_are_read_as_in_training(target, models, tmp_path):
    texts = as_texts(odd(table()))
    small = {name: models[name] for name in ("classes", "numbers")}
    made = cases(small, target, tmp_path, texts)
    for (name, model), found in zip(small.items(), run_all(target, made), strict=True):
        np.testing.assert_allclose(found.values, model.outputs(texts), rtol=2e-6, atol=2e-6, err_msg=name)


DATES = [
    "2015-08-07", "2015-8-7", "2015-08-07 12:30", "0050-01-01", "0001-01-01",
    "2015-13-07", "2015-00-07", "2015-02-30", "2015-08-07T25:00", "2015-08-07T12:99", "20150807", "2015-W32-5",
]  # fmt: skip


@pytest.mark.parametrize("target", ["python", "javascript"])
def test_a_date_is_read_or_refused_as_predict_does(target, models, tmp_path):
    model, frame = models["classes"], as_texts(table())[:1]
    (case,) = cases({"classes": model}, target, tmp_path, frame)
    for text in DATES:
        row, made = frame.with_columns(when=pl.lit(text)), [replace(case, given={**case.given, "when": [text]})]
        try:
            expected = model.outputs(row)
        except InvalidInput:
            with pytest.raises((ValueError, CannotRun), match=r"holds .*where a"):
                run_all(target, made)
        else:
            np.testing.assert_allclose(run_all(target, made)[0].values, expected, atol=2e-6, err_msg=text)


def test_a_command_reads_a_file_that_begins_with_a_mark_of_utf_8(models, tmp_path):
    given = table().write_csv().encode()
    command = [sys.executable, *command_of(models["classes"], tmp_path)[3:]]
    plain, marked = (
        subprocess.run(command, input=text, capture_output=True, env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"})
        for text in (given, codecs.BOM_UTF8 + given)
    )
    assert (marked.returncode, marked.stdout) == (0, plain.stdout), marked.stderr


def test_a_command_reads_csv_and_writes_predictions(models, tmp_path):
    frame = odd(table())
    for name, columns in (("classes", 3), ("ends", 3), ("numbers", 3)):
        (case,) = cases({name: models[name]}, "python", tmp_path, frame)
        command = [sys.executable, "-X", "utf8", str(case.path)]
        done = subprocess.run(command, input=frame.write_csv(), capture_output=True, text=True, encoding="utf-8")
        assert done.stderr == ""
        rows = list(csv.reader(io.StringIO(done.stdout)))
        assert (len(rows), {len(row) for row in rows}) == (N + 1, {columns})
        texts = as_texts(frame)
        assert [row[0] for row in rows[1:4]] == [str(v) for v in in_python.imported(case).predict(texts)[:3]]
    empty = subprocess.run([sys.executable, str(case.path)], input="", capture_output=True, text=True)
    assert (empty.returncode, "no rows on standard input" in empty.stderr) == (1, True)


def command_of(model, folder):
    """The exported file as a command."""
    return [sys.executable, "-X", "utf8", str(gn.export(model, folder / "a_model.py").paths[0])]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end in another way there")
def test_a_reader_that_has_enough_ends_a_command_in_silence(models, tmp_path):
    net = gn.Network([gn.Dense(2)]).build(3, seed=0)
    for model, text in ((models["classes"], odd(table()).write_csv()), (net, "1,2,3\n")):
        given: dict[str, Any] = {
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "encoding": "utf-8",
        }
        with subprocess.Popen(command_of(model, tmp_path), **given) as running:
            assert running.stdin and running.stdout and running.stderr
            running.stdout.close()  # before the first line is written, as `head` does after some
            running.stdin.write(text)
            running.stdin.close()
            assert (running.stderr.read(), running.wait()) == ("", 0)


def test_a_command_says_in_one_line_what_it_cannot_read(models, tmp_path):
    net = gn.Network([gn.Dense(2)]).build(3, seed=0)
    wrong = as_texts(table()).with_columns(when=pl.lit("wet")).write_csv()
    for model, text, said in (
        (models["classes"], wrong, "error: column 'when' holds 'wet' in row 1, where a date is expected.\n"),
        (net, "1,2,3\n1,2,x\n", "error: line 2 holds 'x', where a number is expected.\n"),
        (net, "1,2,3\n\n1,2\n", "error: line 3 has 2 values, expected 3.\n"),
        (models["classes"], f"{wrong}1,2\n", f"error: line {N + 2} has 2 values, expected 11 as in the first.\n"),
    ):
        done = subprocess.run(command_of(model, tmp_path), input=text, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 1
        assert done.stderr.startswith(said) and done.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ["wet", "12,5", "1.2.2020 x"])
def test_a_text_that_cannot_be_read_is_named(text, models, tmp_path):
    frame = as_texts(table())
    made = cases({"classes": models["classes"]}, "python", tmp_path, frame)
    module = in_python.imported(made[0])
    wrong = {**{name: frame[name].to_list() for name in frame.columns}, "when": [text] * N}
    with pytest.raises(ValueError, match=f"column 'when' holds '{text}' in row 1, where a date is expected"):
        module.predict(wrong)


LEVEL = st.sampled_from(
    ["Oslo", "Rome", 'Zürich "ü"', "", "NA", " Rome", "?", "Rom", "Ω", "??=", "\\", "a" * 300, None]
)
NUMBER = st.one_of(st.none(), st.floats(), st.floats(-1e3, 1e3))


@settings(max_examples=2 * settings().max_examples)
@given(rows=st.lists(st.tuples(NUMBER, LEVEL, st.booleans() | st.none()), min_size=1, max_size=8))
def test_any_rows_in_python(rows, models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    frame = any_rows(rows)
    made = cases({"classes": models["classes"]}, "python", folder, frame)
    np.testing.assert_allclose(in_python.run(made[0]).values, models["classes"].outputs(frame), rtol=2e-6, atol=2e-6)


def any_rows(rows):
    """A table of rows of which three columns are drawn."""
    several = pl.concat([table()] * (1 + len(rows) // N))[: len(rows)]
    numbers, levels, flags = (list(column) for column in zip(*rows, strict=True))
    drawn = [pl.Series("größe m²", numbers, pl.Float64), pl.Series("1st place", levels, pl.String)]
    return several.with_columns(*drawn, pl.Series("flag", flags, pl.Boolean))


def test_any_rows_in_c_and_javascript(models, tmp_path):
    rng = np.random.default_rng(5)
    numbers = [None, np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e308, -1e308, 1e38, 1e-300, 50.0]
    levels = ["Oslo", 'Zürich "ü"', "", "NA", "na", " Rome\t", "?", "Rom", "Ω", "??=", "\\", "%s", "a" * 300, None]
    picked = [(numbers[rng.integers(len(numbers))], levels[rng.integers(len(levels))], None) for _ in range(150)]
    frame = any_rows(picked)
    for target in ("c", "javascript"):
        made = cases({"classes": models["classes"]}, target, tmp_path, frame)
        (found,) = run_all(target, made)
        np.testing.assert_allclose(found.values, models["classes"].outputs(frame), rtol=2e-6, atol=2e-6)


def test_a_check_counts_other_classes(models, tmp_path):
    model, frame = models["classes"], table()
    path = gn.export(model, tmp_path / "model.py").paths[0]
    program = program_of_table(model)
    fine = check(model, program, "python", path, [frame, frame[:3]])
    assert (fine.n_rows, fine.labels, fine.difference < 2e-6) == (N + 3, 0, True)
    assert fine.lines()[-1] == "all classes agree"
    then = path.stat()
    path.write_text(path.read_text().replace("p.argmax(axis=1)", "p.argmin(axis=1)"))
    os.utime(
        path, ns=(then.st_atime_ns, then.st_mtime_ns)
    )  # the same size and time: no cache may take it for the old one
    wrong = check(model, program, "python", path, [frame])
    assert wrong.lines()[-1] == f"{N} of {N} rows have another class"


@pytest.mark.long
def test_c_tables_run_under_sanitizers(models, tmp_path):
    if shutil.which("gcc") is None or sys.platform == "win32":
        pytest.skip("no gcc with sanitizers is installed")
    frame = odd(table())
    made = cases({name: models[name] for name in ("classes", "ends")}, "c", tmp_path, frame)
    found = in_c.run_all(made, ("-O0", *in_c.STRICT, *in_c.SANITIZED))
    assert all(np.isfinite(each.values).all() for each in found)


def test_the_file_needs_numpy_alone(models, tmp_path):
    path = gn.export(models["classes"], tmp_path / "model.py").paths[0]
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import model; print([*sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "numpy" in loaded
    assert not {name for name in ("glassnet", "polars", "pandas", "narwhals") if f"'{name}'" in loaded}
    assert importlib.util.find_spec("model") is None
    assert path.read_text().startswith("# glassnet ")


NAMES = [
    "a b", "a_b", "double", "row", "class", 'qu"ote', "back\\", "*/ </script>", "new\nline", "年", "🙂", "??/",
    "`${x}`", "%s",
]  # fmt: skip


@pytest.mark.parametrize("target", ["python", "c", "javascript"])
def test_names_of_any_letters(target, tmp_path):
    rng, n = np.random.default_rng(1), 40
    levels = [f"{name}!" for name in NAMES]
    columns: dict[str, Any] = {name: rng.normal(size=n) for name in NAMES}
    columns |= {f"{name} of": [levels[k] for k in rng.integers(0, 4, n) + 3 * (j % 3)] for j, name in enumerate(NAMES)}
    frame = pl.DataFrame(columns | {"target */ \\": [levels[k] for k in rng.integers(5, 8, n)]})
    training = gn.TableTraining(
        frame, "target */ \\", recipe=gn.Recipe(hidden=(4,), epochs=1, frequencies=0, engine="numpy")
    )
    for _ in training.epochs():
        pass
    model = training.model
    (case,) = made = cases({"odd": model}, target, tmp_path, frame)
    (found,) = run_all(target, made)
    np.testing.assert_allclose(found.values, model.outputs(frame), rtol=2e-6, atol=2e-6)
    assert target != "javascript" or "</script" not in case.path.read_text()
