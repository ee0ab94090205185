"""The command `glassnet export`."""

import os
import shutil

import pytest

import glassnet as gn

COLUMNS = "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n,3,1e3,0.2\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    training = gn.TableTraining(
        gn.datasets.iris().to_polars(), "species", recipe=gn.Recipe(hidden=(4,), epochs=2, frequencies=0)
    )
    for _ in training.epochs():
        pass
    training.model.save(folder / "model.safetensors")
    gn.Network([gn.Dense(1)]).build(4, seed=0).save(folder / "net.safetensors")
    return folder / "model.safetensors"


@pytest.mark.parametrize("suffix", [".py", ".h", ".mjs"])
def test_a_model_is_written_beside_itself_or_elsewhere(suffix, model, glassnet, tmp_path):
    to = {".py": "python", ".h": "c", ".mjs": "javascript"}[suffix]
    status, out, err = glassnet("export", model, "--to", to)
    assert (status, err) == (0, "")
    assert glassnet("export", model.parent, "--to", to)[:2] == (0, out)
    assert f"model{suffix} (" in out
    assert "multiply-adds a row" in out
    assert model.with_suffix(suffix).exists()
    assert glassnet("export", model, "--out", tmp_path / f"other{suffix}", "--dtype", "float64")[0] == 0
    assert "computed in float64" in (tmp_path / f"other{suffix}").read_text()


def test_a_check_compares_with_predict(model, glassnet, tmp_path):
    (tmp_path / "rows.csv").write_text(COLUMNS)
    status, out, _ = glassnet("export", model, "--to", "python", "--check", tmp_path / "rows.csv")
    assert status == 0
    assert "checked on 2 rows: the largest difference from predict is " in out
    assert "all classes agree" in out


def test_a_check_with_the_rows_that_the_run_held_out(glassnet, tmp_path):
    gn.datasets.iris().to_polars().write_csv("t.csv")
    assert glassnet("train", "t.csv", "--target", "species", "--epochs", 1, "--hidden", 4)[0] == 0
    asked = ("export", "runs/t", "--to", "python", "--held-out")
    status, out, _ = glassnet(*asked, "--check", "t.csv")
    assert status == 0
    assert "checked on 30 rows: " in out and "all classes agree" in out
    assert "checked on 30 rows: " in glassnet(*asked, "--check", "t.csv", "--memory", "2kB")[1]
    gn.datasets.iris().to_polars()[:20].write_csv("other.csv")
    os.remove("runs/t/model.py")
    for options, message in [
        ((), "--held-out chooses rows of --check DATA: say which table the model was trained on"),
        (("--check", "other.csv"), "was held out, but the table has 20 rows: it is another table"),
    ]:
        status, _, err = glassnet(*asked, *options)
        assert status == 1 and message in err
    (tmp_path / "runs" / "t" / "held-out.csv").write_text("row\nx\n")
    assert "held-out.csv does not list the numbers of rows" in glassnet(*asked, "--check", "t.csv")[2]
    os.remove("runs/t/held-out.csv")
    assert "held-out.csv: `glassnet train` writes it where it holds out" in glassnet(*asked, "--check", "t.csv")[2]
    assert not (tmp_path / "runs" / "t" / "model.py").exists()


def test_8_bits_are_laid_out_by_the_rows_of_the_check(model, glassnet, tmp_path):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    status, out, err = glassnet("export", model, "--out", tmp_path / "m.h", "--dtype", "int8", "--check", "iris")
    assert (status, err) == (0, "")
    assert " kB of weights, " in out
    assert "on the rows that have the target: accuracy 0." in out
    assert " by the export" in out
    asked = ("export", model, "--out", tmp_path / "m.h", "--dtype", "int8", "--check", "iris", "--fixed-point")
    status, out, err = glassnet(*asked)
    assert (status, err) == (0, "")
    assert "int32_t out[3]" in (tmp_path / "m.h").read_text()


def test_what_cannot_be_exported(model, glassnet, tmp_path):
    net = model.with_name("net.safetensors")
    for options, message in [
        ((model,), "say what to write: --to python, --to c, --to"),
        ((model, "--to", "rust"), "unknown target of an export 'rust'"),
        ((model, "--out", "model.txt"), "export writes by the suffix of a file"),
        ((model, "--to", "c", "--dtype", "float16"), "c is exported in float32, float64 or int8, got dtype='float16'"),
        (
            (model, "--to", "c", "--dtype", "int8"),
            "int8 needs rows to measure the ranges of activations on: rows=… (on",
        ),
        ((model, "--to", "c", "--fixed-point"), "fixed point is for int8: add dtype='int8' (--dtype int8)."),
        ((model, "--out", tmp_path / "no" / "m.h"), "could not write"),
        ((net, "--to", "c", "--check", "iris"), "--check reads a table, but"),
        ((tmp_path / "none.safetensors", "--to", "c"), "none.safetensors"),
    ]:
        status, _, err = glassnet("export", *options)
        assert status == 1
        assert message in err
        assert "Traceback" not in err
    assert [*tmp_path.iterdir()] == []
