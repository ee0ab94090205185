"""Spark predicts by `predict_batches` what `predict` does: `make test-spark`, in an environment of its own."""

import os
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

import glassnet as gn

pyspark = pytest.importorskip("pyspark")

N = 1000
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "house": [f"h{k}" for k in range(N)],
        "area": RNG.uniform(20, 200, N).round(1),
        "city": RNG.choice(["Oslo", "Rome", "Bonn"], N),
    }
)
TABLE["price"] = TABLE["area"] * 3 + TABLE["city"].str.len()


@pytest.fixture(scope="module", params=["local[2]", "local-cluster[2,1,1024]"])
def spark(request):
    from pyspark.sql import SparkSession

    builder: Any = SparkSession.builder
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        builder.master(request.param)
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "100")
        .config("spark.ui.enabled", "false")
        .config("spark.executorEnv.PYTHONPATH", os.pathsep.join(sys.path))
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    training = gn.TableTraining(
        TABLE, "price", recipe=gn.Recipe(hidden=(8,), epochs=2), columns={"id": ["house"], "keep": ["area", "city"]}
    )
    for _ in training.epochs():
        pass
    return str(training.model.save(tmp_path_factory.mktemp("model") / "model.safetensors"))


def predicted(path):
    return dict(zip(TABLE["house"], gn.TableModel.load(path).predict(TABLE), strict=True))


def test_frames_of_pandas(spark, path):
    def score(batches):
        yield from gn.TableModel.load_once(path).predict_batches(batches)

    houses = spark.createDataFrame(TABLE).repartition(4)
    found = houses.mapInPandas(score, schema="house string, prediction double").toPandas()
    assert dict(zip(found["house"], found["prediction"], strict=True)) == predicted(path)


def test_batches_of_arrow(spark, path):
    def score(batches):
        yield from gn.TableModel.load_once(path).predict_batches(batches)

    houses = spark.createDataFrame(TABLE).repartition(4)
    found = houses.mapInArrow(score, schema="house string, prediction double").toPandas()
    assert dict(zip(found["house"], found["prediction"], strict=True)) == predicted(path)
