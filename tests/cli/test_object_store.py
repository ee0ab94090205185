"""`glassnet predict 's3://…' --out FOLDER` on a server that speaks S3: a part for each object, finished ones kept."""

import os
from pathlib import Path

import polars as pl
import pytest

import glassnet as gn
from glassnet.cli.predicting import parts
from tests.cli.test_prediction_parts import found, rows, whole

pytestmark = pytest.mark.long
PATTERN = "s3://box/houses/*/*.parquet"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    recipe = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
    training = gn.TableTraining(rows(0), "y", recipe=recipe, columns={"id": ["no"]})
    for _ in training.epochs():
        pass
    return training.model.save(tmp_path_factory.mktemp("run") / "model.safetensors")


@pytest.fixture(scope="module")
def server():
    """The address of the server."""
    moto = pytest.importorskip("moto.server")
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture
def bucket(server, monkeypatch):
    """A bucket with five files in two folders, where polars finds it."""
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    for name, value in {**keys, "AWS_ENDPOINT_URL": server, "AWS_ALLOW_HTTP": "true"}.items():
        monkeypatch.setenv(name, value)
    client = pytest.importorskip("boto3").client("s3", endpoint_url=server, region_name="us-east-1")
    client.create_bucket(Bucket="box")
    for k in range(5):
        rows(k).write_parquet(path := Path(f"{k}.parquet"))
        client.put_object(Bucket="box", Key=f"houses/{'north' if k < 3 else 'south'}/{path}", Body=path.read_bytes())
        path.unlink()
    return client


def test_objects_of_a_pattern_are_predicted_in_parts(glassnet, model, bucket):
    status, out, err = glassnet("predict", model, PATTERN, "--out", "predicted")
    assert status == 0 and "1000 rows predicted into 5 parts in predicted" in out, err
    assert sorted(path.as_posix() for path in Path("predicted").rglob("*.parquet")) == [
        "predicted/north/0.parquet", "predicted/north/1.parquet", "predicted/north/2.parquet",
        "predicted/south/3.parquet", "predicted/south/4.parquet",
    ]  # fmt: skip
    assert found("predicted") == whole(model)


def test_a_run_that_was_stopped_goes_on_with_what_is_not_finished(glassnet, model, bucket, monkeypatch):
    write = parts.PartsFolder.write
    written: list[str] = []

    def stopped(folder, part, frames):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(part.name)
        return write(folder, part, frames)

    monkeypatch.setattr(parts.PartsFolder, "write", stopped)
    assert glassnet("predict", model, PATTERN, "--out", "predicted")[0] != 0
    monkeypatch.setattr(parts.PartsFolder, "write", write)
    before = {path: path.stat().st_mtime_ns for path in Path("predicted").rglob("*.parquet")}
    for name, k in zip(written, (7, 8, 9), strict=True):  # a finished object counts as unchanged
        rows(k).write_parquet("other")
        bucket.put_object(Bucket="box", Key=f"houses/{name}", Body=Path("other").read_bytes())
    status, out, err = glassnet("predict", model, PATTERN, "--out", "predicted")
    assert status == 0, err
    assert "400 rows predicted into 2 parts" in out and "3 parts of an earlier run kept" in out
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert found("predicted") == whole(model)


def test_a_table_is_trained_on_and_predicted_from_one_object(glassnet, model, bucket):
    status, out, err = glassnet("predict", model, "s3://box/houses/south/3.parquet", "--out", "three.csv")
    assert status == 0 and "200 rows with predictions in three.csv" in out, err
    assert pl.read_csv("three.csv")["no"].to_list() == [f"3-{k}" for k in range(200)]


def test_what_is_not_there_is_told_in_one_sentence(glassnet, model, bucket):
    for place in ("s3://box/none/*.parquet", "s3://none/*.parquet", "s3://box/none.parquet"):
        status, _, err = glassnet("predict", model, place, "--out", "predicted" if "*" in place else "none.csv")
        assert status == 1 and err.startswith(f"glassnet: {place} cannot be read: ") and err.count("\n") == 1, err
    assert os.listdir() == []
