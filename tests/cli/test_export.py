"""The command `glassnet export`."""

import os
import shutil

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.cli.row_parts import every_second, only, others

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


def test_8_bits_are_laid_out_by_rows_that_are_not_checked(model, glassnet, tmp_path):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    status, out, err = glassnet("export", model, "--out", tmp_path / "m.h", "--dtype", "int8", "--check", "iris")
    assert (status, err) == (0, "")
    assert " kB of weights, " in out
    assert "ranges of activations measured on every second row of iris (75 of 150), the others are checked" in out
    assert "checked on 75 rows: " in out
    assert "on the rows that have the target: accuracy 0." in out
    assert " by the export" in out
    asked = ("export", model, "--out", tmp_path / "m.h", "--dtype", "int8", "--check", "iris", "--fixed-point")
    status, out, err = glassnet(*asked)
    assert (status, err) == (0, "")
    assert "int32_t out[3]" in (tmp_path / "m.h").read_text()


def test_a_bare_network_is_checked_with_rows_of_numbers(model, glassnet, tmp_path):
    net, X = model.with_name("net.safetensors"), gn.datasets.iris().X
    np.save("x.npy", X)
    np.savez("x.npz", y=np.zeros(3), X=X)
    np.savez("one.npz", rows=X)
    np.savetxt("x.csv", X, delimiter=",")
    (tmp_path / "named.csv").write_text("a,b,c,d\n1,2,3,4\n\n5,6,7,8\n")
    for data, n in (("x.npy", 150), ("x.npz", 150), ("one.npz", 150), ("x.csv", 150), ("named.csv", 2)):
        status, out, err = glassnet("export", net, "--to", "python", "--check", data)
        assert (status, err) == (0, ""), data
        assert f"checked on {n} rows: the largest difference from predict is " in out
        assert "class" not in out
    gn.Network([gn.Flatten(), gn.Dense(3, "softmax")]).build((2, 2), seed=0).save("square.safetensors")
    for data in ("x.csv", "square.npy"):
        np.save("square.npy", X.reshape(-1, 2, 2))
        asked = ("export", "square.safetensors", "--to", "python", "--check", data)
        assert "checked on 150 rows: " in (out := glassnet(*asked)[1]) and "all classes agree" in out
    if shutil.which("gcc") is not None:
        fixed = ("export", net, "--out", "m.h", "--dtype", "int8", "--fixed-point", "--check", "x.csv")
        status, out, _ = glassnet(*fixed)
        assert status == 0 and "every second row of x.csv (75 of 150)" in out and "checked on 75 rows" in out
        out = glassnet(*fixed, "--ranges-from", "named.csv")[1]
        assert "ranges of activations measured on 2 rows of named.csv" in out and "checked on 150 rows" in out


def test_the_rows_that_ranges_are_measured_on():
    """Those that were not held out, every second one, or those of a table of their own; in one piece and in many."""
    frame = gn.datasets.iris().to_polars()
    pieces = [frame[:7], frame[7:8], frame[8:]]
    numbers = {0, 7, 8, 149}
    for frames in ([frame], pieces):
        assert pl.concat([*only(frames, numbers)]).equals(frame[sorted(numbers)])
        assert pl.concat([*others(frames, numbers)]).equals(frame[[k for k in range(150) if k not in numbers]])
        for first in (0, 1):
            assert pl.concat([*every_second(frames, first)]).equals(frame[first::2])


def test_ranges_from_other_rows_than_the_held_out_ones(model, glassnet, tmp_path):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    frame = gn.datasets.iris().to_polars()
    frame.write_csv("t.csv")
    frame[:60].write_csv("other.csv")
    shutil.copy(model, "model.safetensors")
    (tmp_path / "held-out.csv").write_text("row\n3\n60\n140\n")
    asked = ("export", "model.safetensors", "--out", "m.h", "--dtype", "int8")
    for memory in ((), ("--memory", "2kB")):
        status, out, _ = glassnet(*asked, "--check", "t.csv", "--held-out", *memory)
        assert status == 0
        assert "ranges of activations measured on the 147 rows of t.csv that were not held out" in out
        assert "checked on 3 rows: " in out
    by_all_others = (tmp_path / "m.h").read_bytes()
    status, out, _ = glassnet(*asked, "--ranges-from", "other.csv", "--check", "t.csv")
    assert status == 0
    assert "ranges of activations measured on 60 rows of other.csv" in out and "checked on 150 rows: " in out
    assert by_all_others != (tmp_path / "m.h").read_bytes()
    status, out, _ = glassnet(*asked, "--ranges-from", "other.csv")
    assert status == 0 and "measured on 60 rows of other.csv" in out and "checked" not in out
    frame[:1].write_csv("one.csv")
    os.remove("m.h")
    for options, message in [
        (
            ("--check", "one.csv"),
            "one.csv has one row, but of the rows of --check int8 measures ranges on every second",
        ),
        (("--ranges-from", "none.csv"), "none.csv"),
        (("--ranges-from", "t.csv", "--dtype", "float32"), "--ranges-from is for --dtype int8, whose ranges are"),
        (("--ranges-from", "t.csv", "--held-out"), "--held-out chooses rows of --check DATA"),
    ]:
        status, _, err = glassnet(*asked, *options)
        assert status == 1 and message in err
    assert not (tmp_path / "m.h").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.npy", b"no array", "x.npy does not hold rows of numbers ("),
        ("x.npz", b"PK\x03\x04", "x.npz does not hold rows of numbers ("),
        ("x.csv", b"1,2,3,4\n1,two,3,4\n", "expected a .npy or .npz file, or CSV of numbers, a row a line"),
        ("x.csv", b"1,2,3\n", "x.csv has the shape (1, 3), but the network takes (rows, 4)."),
        ("x.csv", b"", "x.csv has the shape (0, 0), but"),
        ("x.csv", b"\xff\xfe\x00", "x.csv does not hold rows of numbers ("),
    ],
)
def test_rows_of_a_bare_network_that_cannot_be_read(name, content, message, model, glassnet, tmp_path):
    (tmp_path / name).write_bytes(content)
    asked = ("export", model.with_name("net.safetensors"), "--out", "m.py", "--check", name)
    status, _, err = glassnet(*asked)
    assert status == 1
    assert message in err
    np.save("x.npy", np.array(["a"], object), allow_pickle=True)
    np.savez("two.npz", a=np.zeros(2), b=np.zeros(2))
    assert "does not hold rows of numbers (Object arrays" in glassnet(*asked[:-1], "x.npy")[2]
    assert "(it has the arrays a, b, none of which is called X)" in glassnet(*asked[:-1], "two.npz")[2]
    assert not (tmp_path / "m.py").exists()


def test_what_cannot_be_exported(model, glassnet, tmp_path):
    net = model.with_name("net.safetensors")
    for options, message in [
        ((model,), "say what to write: --to python, --to c, --to"),
        ((model, "--to", "rust"), "unknown target of an export 'rust'"),
        ((model, "--out", "model.txt"), "export writes by the suffix of a file"),
        ((model, "--to", "c", "--dtype", "float16"), "c is exported in float32, float64 or int8, got dtype='float16'"),
        (
            (model, "--to", "c", "--dtype", "int8"),
            "int8 needs rows to measure the ranges of activations on, such as those of the training: rows=… (on",
        ),
        ((model, "--to", "c", "--fixed-point"), "fixed point is for int8: add dtype='int8' (--dtype int8)."),
        ((model, "--out", tmp_path / "no" / "m.h"), "could not write"),
        (
            (net, "--to", "c", "--check", "iris"),
            "there is no file iris: rows for a bare network come from a .npy or .npz",
        ),
        ((net, "--to", "c", "--check", "x.npy", "--held-out"), "--held-out is for a model of a table, but"),
        ((tmp_path / "none.safetensors", "--to", "c"), "none.safetensors"),
    ]:
        status, _, err = glassnet("export", *options)
        assert status == 1
        assert message in err
        assert "Traceback" not in err
    assert [*tmp_path.iterdir()] == []
