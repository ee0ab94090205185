"""`predict_batches` gives what `predict_table` gives of the whole, however rows come and whoever asks for them."""

import logging
import os
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.batches import predicted_batch

RNG = np.random.default_rng(0)
N = 500
TABLE = pl.DataFrame(
    {
        "house": [f"h{k}" for k in range(N)],
        "area": RNG.uniform(20, 200, N).round(1),
        "city": RNG.choice(["Oslo", "Rome", "Bonn"], N),
    }
).with_columns(price=pl.col("area") * 3 + pl.col("city").str.len_chars())


@pytest.fixture(scope="module", params=["classes", "numbers"])
def model(request):
    target, left_out = ("city", "price") if request.param == "classes" else ("price", "none")
    recipe = gn.Recipe(hidden=(8,), epochs=2)
    training = gn.TableTraining(TABLE.drop(left_out, strict=False), target, recipe=recipe, columns={"id": ["house"]})
    for _ in training.epochs():
        pass
    return training.model


@pytest.fixture(scope="module")
def path(model, tmp_path_factory):
    return model.save(tmp_path_factory.mktemp("model") / "model.safetensors")


@pytest.fixture(scope="module")
def whole(model):
    return pl.DataFrame(model.predict_table(TABLE))


def interval_of(model):
    return 0.9 if model.task == "regression" else None


@pytest.mark.parametrize("size", [1, 7, 499, 500, 1000])
def test_frames_of_polars_are_predicted_as_the_whole(model, size):
    found = pl.concat(model.predict_batches(TABLE.iter_slices(size), interval_of(model)))
    assert found.equals(pl.DataFrame(model.predict_table(TABLE, interval_of(model))))


def test_frames_of_pandas_keep_their_index(model, whole):
    pandas = pytest.importorskip("pandas")
    table = TABLE.to_pandas().set_index(np.arange(N) * 3)
    found = [*model.predict_batches(table[k : k + 200] for k in range(0, N, 200))]
    together = pandas.concat(found)
    assert (together.index == table.index).all()
    assert pl.from_pandas(together).equals(whole)


@pytest.mark.parametrize("kind", ["Table", "RecordBatch"])
def test_arrow_gives_arrow(model, whole, kind):
    pyarrow = pytest.importorskip("pyarrow")
    table = TABLE.to_arrow()
    batches = table.to_batches(max_chunksize=128) if kind == "RecordBatch" else [table[:300], table[300:]]
    found = [*model.predict_batches(batches)]
    assert {type(one).__name__ for one in found} == {kind}
    together = pyarrow.Table.from_batches(found) if kind == "RecordBatch" else pyarrow.concat_tables(found)
    assert pl.from_arrow(together).equals(whole)


def test_mappings_give_arrays(model, whole):
    (found,) = model.predict_batches([TABLE.to_dict(as_series=False)])
    assert isinstance(found, dict)
    assert pl.DataFrame(found).equals(whole)


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow", "mapping"])
def test_a_batch_without_rows_has_the_columns(model, kind):
    made: dict[str, Any] = {
        "polars": lambda: TABLE,
        "pandas": lambda: pytest.importorskip("pandas") and TABLE.to_pandas(),
        "arrow": lambda: pytest.importorskip("pyarrow") and TABLE.to_arrow(),
        "mapping": lambda: TABLE,
    }
    some = made[kind]()
    first, none = (some[:2], some[:0]) if kind != "mapping" else (some[:2].to_dict(), {n: [] for n in some.columns})
    (expected,), (found,) = model.predict_batches([first]), model.predict_batches([none])
    if isinstance(found, dict):
        assert {name: len(values) for name, values in found.items()} == dict.fromkeys(expected, 0)
        return
    names = "column_names" if kind == "arrow" else "columns"
    assert [*getattr(found, names)] == [*getattr(expected, names)]
    assert len(found) == 0
    if kind == "polars":
        assert {k: v for k, v in found.schema.items() if k != "house"} == {
            k: v for k, v in expected.schema.items() if k != "house"
        }


def test_batches_are_taken_one_by_one(model):
    taken = []

    def made():
        for part in TABLE.iter_slices(100):
            taken.append(len(part))
            yield part

    predicting = model.predict_batches(made())
    assert taken == []
    next(predicting)
    assert taken == [100]


@pytest.mark.long
def test_dask_predicts_partitions_on_its_workers(path, whole):
    dask, distributed = pytest.importorskip("dask.dataframe"), pytest.importorskip("distributed")
    file = str(path)

    def score(part):
        return next(gn.TableModel.load_once(file).predict_batches([part]))

    how: dict[str, Any] = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, **how) as cluster,
        distributed.Client(cluster),
    ):
        table = dask.from_pandas(TABLE.to_pandas(), npartitions=5)
        found = table.map_partitions(score, meta=score(table.head(0))).compute()
    assert_close(pl.from_pandas(found), whole)


def assert_close(found, whole):
    """The same numbers; engines of frames may hold texts in types of their own."""
    assert found.columns == whole.columns
    for name in whole.columns:
        assert found[name].to_list() == whole[name].to_list()


def test_duckdb_reads_and_is_read_in_arrow_batches(model, whole):
    duckdb, pyarrow = pytest.importorskip("duckdb"), pytest.importorskip("pyarrow")
    connection = duckdb.connect()
    connection.register("houses", TABLE.to_arrow())
    houses = connection.sql("SELECT * FROM houses")
    batches = getattr(houses, "to_arrow_reader", None) or houses.fetch_arrow_reader
    predicted = pyarrow.Table.from_batches(model.predict_batches(batches(200)))
    assert connection.sql("SELECT count(*), min(house) FROM predicted").fetchall() == [(N, "h0")]
    assert_close(pl.from_arrow(predicted), whole)


def test_polars_streams_batches_of_a_file(model, whole, tmp_path):
    TABLE.write_parquet(tmp_path / "houses.parquet", row_group_size=100)
    scanned = pl.scan_parquet(tmp_path / "houses.parquet")
    found = pl.concat(model.predict_batches(scanned.collect_batches(chunk_size=100, maintain_order=True)))
    assert_close(found, whole)


def test_a_model_is_read_once_a_process_until_its_file_changes(model, path, tmp_path):
    copy = tmp_path / "model.safetensors"
    copy.write_bytes(path.read_bytes())
    first = gn.TableModel.load_once(copy)
    assert gn.TableModel.load_once(str(copy)) is first
    os.utime(copy, (1, 1))
    assert gn.TableModel.load_once(copy) is not first


@pytest.mark.parametrize(
    ("batches", "said"),
    [
        (TABLE, "batches must be several tables, such as a generator or frame.iter_slices(), got a DataFrame: pass it"),
        ({"area": [1.0]}, "batches must be several tables (data frames, Arrow batches, mappings of columns), got dict"),
        ("houses.csv", "mappings of columns), got str: pass one table as [table]."),
        (3, "mappings of columns), got int"),
    ],
)
def test_one_table_is_refused_at_the_call(model, batches, said):
    with pytest.raises(gn.InvalidInput) as error:
        model.predict_batches(batches)
    assert said in str(error.value)


@pytest.mark.parametrize("n", [0, 1])
def test_a_batch_that_lacks_a_column_is_refused(model, n):
    with pytest.raises(gn.InvalidInput, match="area"):
        predicted_batch(model, TABLE[:n].drop("area"))
