"""`glassnet predict … --out FOLDER`: a part for each file, finished ones kept, and all of them as the whole."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.cli.predicting import parts
from glassnet.tables.sources.source import Source


def rows(k, n=200):
    rng = np.random.default_rng(k)
    return pl.DataFrame(
        {
            "no": [f"{k}-{i}" for i in range(n)],
            "size": rng.normal(100, 20, n).round(3),
            "city": rng.choice(["Rome", "Oslo", "Bonn"], n),
        }
    ).with_columns(y=pl.col("size") * 2)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    training = gn.TableTraining(
        rows(0), "y", recipe=gn.Recipe(hidden=(4,), epochs=1, engine="numpy"), columns={"id": ["no"]}
    )
    for _ in training.epochs():
        pass
    return training.model.save(tmp_path_factory.mktemp("run") / "model.safetensors")


@pytest.fixture
def houses(glassnet):
    """Five files in two folders."""
    for k in range(5):
        path = Path("houses") / ("north" if k < 3 else "south") / f"{k}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows(k).write_parquet(path)
    return "houses/**/*.parquet"


def whole(model):
    table = pl.concat(rows(k) for k in range(5))
    return dict(zip(table["no"], gn.TableModel.load(model).predict(table), strict=True))


def found(folder):
    table = pl.read_parquet(f"{folder}/**/*.parquet")
    return dict(zip(table["no"], table["prediction"], strict=True))


def changed(folder):
    return {path: path.stat().st_mtime_ns for path in Path(folder).rglob("*.parquet")}


def test_each_file_has_a_part_and_all_parts_are_the_whole(glassnet, model, houses):
    status, out, _ = glassnet("predict", model, houses, "--out", "predicted")
    assert status == 0 and "1000 rows predicted into 5 parts in predicted" in out
    assert sorted(path.relative_to("predicted").as_posix() for path in changed("predicted")) == [
        "north/0.parquet", "north/1.parquet", "north/2.parquet", "south/3.parquet", "south/4.parquet",
    ]  # fmt: skip
    assert found("predicted") == whole(model)


def test_finished_parts_are_kept_and_changed_or_new_files_predicted(glassnet, model, houses):
    glassnet("predict", model, houses, "--out", "predicted")
    before = changed("predicted")
    _, out, _ = glassnet("predict", model, houses, "--out", "predicted")
    assert "0 rows predicted into 0 parts in predicted" in out and "5 parts of an earlier run kept" in out
    assert changed("predicted") == before
    rows(7).write_parquet("houses/north/1.parquet")
    rows(8).write_parquet("houses/north/8.parquet")
    Path("predicted/south/3.parquet").unlink()
    _, out, _ = glassnet("predict", model, houses, "--out", "predicted")
    assert "600 rows predicted into 3 parts" in out and "3 parts of an earlier run kept" in out
    after = changed("predicted")
    assert {path.name for path in after if before.get(path) != after[path]} == {"1.parquet", "3.parquet", "8.parquet"}


def test_a_run_that_is_killed_goes_on(glassnet, model, houses):
    killing = (
        "import os, sys; from glassnet.cli.predicting import prediction_file as file; from glassnet.cli import main\n"
        "made = []; fill = file.KINDS['.parquet']\n"
        "def kill(path):\n"
        "    made.append(path)\n"
        "    if len(made) == 4: path.write_bytes(b'half a part'); os.kill(os.getpid(), 9)\n"
        "    return fill(path)\n"
        f"file.KINDS['.parquet'] = kill; sys.argv = ['glassnet', 'predict', {str(model)!r}, {houses!r}, '--out', 'p']\n"
        "main()"
    )
    assert subprocess.run([sys.executable, "-c", killing], capture_output=True).returncode == -9
    before = changed("p")
    assert len({path for path in before if not path.name.startswith(".")}) == 3
    _, out, _ = glassnet("predict", model, houses, "--out", "p")
    assert "400 rows predicted into 2 parts in p" in out and "3 parts of an earlier run kept" in out
    assert all(changed("p").get(path) == time for path, time in before.items() if not path.name.startswith("."))
    assert found("p") == whole(model)


def test_a_line_of_the_manifest_that_was_cut_off_counts_for_nothing(glassnet, model, houses):
    glassnet("predict", model, houses, "--out", "predicted")
    manifest = Path("predicted/manifest.jsonl")
    manifest.write_text(manifest.read_text()[:-20])
    _, out, _ = glassnet("predict", model, houses, "--out", "predicted")
    assert "200 rows predicted into 1 part in predicted" in out
    assert json.loads(manifest.read_text().splitlines()[-1])["rows"] == 200
    assert "5 parts of an earlier run kept" in glassnet("predict", model, houses, "--out", "predicted")[1]


def test_folders_and_text_files_have_parts_too(glassnet, model):
    Path("houses").mkdir()
    for k in range(2):
        rows(k).write_csv(f"houses/{k}.csv")
    assert glassnet("predict", model, "houses", "--out", "predicted")[0] == 0
    assert {path.name for path in changed("predicted")} == {"0.csv.parquet", "1.csv.parquet"}
    assert found("predicted") == {no: value for no, value in whole(model).items() if no[0] in "01"}


def test_another_model_or_a_folder_of_something_else_is_refused(glassnet, model, houses):
    glassnet("predict", model, houses, "--out", "predicted")
    other = gn.TableModel.load(model)
    other.network.parameters[0] += 1
    other.save("other.safetensors")
    for options, what in ((["other.safetensors", houses], "model"), ([model, houses, "--interval", 0.9], "interval")):
        status, _, err = glassnet("predict", *options, "--out", "predicted")
        said = f"predicted holds parts that were made with another {what}: give --out another folder, or remove this"
        assert status == 1 and said in err and err.count("\n") == 1
    status, _, err = glassnet("predict", model, houses, "--out", "houses/north")
    assert status == 1 and "is not empty and holds no manifest.jsonl of predictions: give --out a new folder" in err
    status, _, err = glassnet("predict", model, "nowhere/*.csv", "--out", "new")
    assert status == 1 and "there is no file of the pattern nowhere/*.csv" in err and not Path("new").exists()


def test_files_of_an_object_store_are_listed_by_polars(monkeypatch):
    urls = ["s3://box/houses/2024/b.parquet", "s3://box/houses/2023/a.parquet"]
    monkeypatch.setattr(parts, "urls_of", lambda source: sorted(urls))
    made = parts.parts_of(Source("s3://box/houses/*/*.parquet"))
    assert [part.name for part in made] == ["2023/a.parquet", "2024/b.parquet"]
    assert [part.source.place for part in made] == sorted(urls)


def test_polars_lists_files_of_a_pattern(tmp_path):
    for k in range(2):
        rows(k).write_parquet(tmp_path / f"{k}.parquet")
    assert parts.urls_of(Source(f"{tmp_path}/*.parquet")) == [f"{tmp_path}/{k}.parquet" for k in range(2)]
