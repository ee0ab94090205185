"""Training on rows that come in blocks: the same batches whatever the blocks, and little memory."""

import os
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

import glassnet as gn
from glassnet.engine.selection import installed
from glassnet.training.inputs.checks import PIECE, check_inputs

ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]
N = 500
rng = np.random.default_rng(0)
X = rng.normal(size=(N, 5)).astype("f")
y = rng.integers(0, 3, N)
w = rng.random(N).astype("f")


def parts(size, weights=None, n=N):
    """A function that gives the rows anew, `size` at a time."""
    arrays = [a for a in (X, y, weights) if a is not None]
    return lambda: (tuple(a[start : min(start + size, n)] for a in arrays) for start in range(0, n, size))


def blocks(size=70, weights=None, **more):
    return gn.Blocks(parts(size, weights), **{"n_rows": N, "block_rows": 100, **more})


def fitted(*data, engine="numpy", **settings):
    net = gn.Network([gn.Dense(6, "relu"), gn.Dropout(0.2), gn.Dense(3, "softmax")], engine=engine)
    given: dict[str, Any] = {
        "loss": "cross_entropy",
        "optimizer": gn.Adam(0.01),
        "epochs": 3,
        "batch_size": 16,
        "seed": 3,
    }
    history = net.fit(*data, **given | settings)
    return net, history


def steps(history):
    return [epoch.steps for epoch in history.epochs]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("accumulate", [1, 3])
@pytest.mark.parametrize("weights", [None, w], ids=["plain", "weights"])
def test_unshuffled_blocks_of_any_size_train_to_the_very_parameters_of_the_whole_table(engine, accumulate, weights):
    more = {"engine": engine, "accumulate": accumulate, "shuffle": False, "optimizer": gn.Adam(gn.Cosine(0.01))}
    whole, history = fitted(X, y, sample_weight=weights, **more)
    for size in (7, 130, N):
        net, found = fitted(blocks(size, weights), **more)
        np.testing.assert_array_equal(net.parameters, whole.parameters)
        np.testing.assert_allclose(found["loss"], history["loss"], rtol=1e-12)
        assert found["learning_rate"] == history["learning_rate"]
        assert steps(found) == steps(history)


@pytest.mark.parametrize("engine", ENGINES)
def test_shuffled_blocks_do_not_depend_on_the_sizes_in_which_rows_come(engine):
    one, _ = fitted(blocks(13), engine=engine)
    other, _ = fitted(blocks(N), engine=engine)
    np.testing.assert_array_equal(one.parameters, other.parameters)
    whole, _ = fitted(X, y, engine=engine, epochs=1)
    in_one, _ = fitted(blocks(13, block_rows=N), engine=engine, epochs=1)
    np.testing.assert_array_equal(in_one.parameters, whole.parameters)  # one block is shuffled as a table is


@pytest.mark.parametrize("engine", ENGINES)
def test_each_epoch_may_have_another_number_of_rows_where_it_is_not_said(engine):
    sizes = iter([3, 3, N, 50])  # the first is looked at
    made = gn.Blocks(lambda: parts(40, n=next(sizes))(), block_rows=100)
    _, history = fitted(made, engine=engine)
    assert steps(history) == [1, 1 + 32, 1 + 32 + 4]


class Rows:
    """What begins anew by `iter`."""

    def __iter__(self):
        return parts(50)()


def test_functions_and_whatever_begins_anew_stand_for_blocks():
    expected, _ = fitted(gn.Blocks(parts(50)))
    for given in (parts(50), Rows(), list(parts(50)()), gn.Blocks.of_arrays(X, y)):
        net, _ = fitted(given)
        np.testing.assert_array_equal(net.parameters, expected.parameters)


def test_blocks_without_rows_are_passed_over():
    net, _ = fitted(gn.Blocks(lambda: [(X[:0], y[:0]), (X, y), (X[:0], y[:0])]))
    expected, _ = fitted(gn.Blocks.of_arrays(X, y))
    np.testing.assert_array_equal(net.parameters, expected.parameters)


def test_class_weights_multiply_those_of_blocks():
    whole, _ = fitted(X, y, sample_weight=w, class_weight=[1, 2, 3], shuffle=False)
    net, _ = fitted(blocks(weights=w), class_weight=[1, 2, 3], shuffle=False)
    np.testing.assert_array_equal(net.parameters, whole.parameters)


def test_metrics_and_stops_are_of_the_validation():
    more = {"validation": (X, y), "metrics": ["accuracy"]}
    _, history = fitted(blocks(), stop=gn.EarlyStopping("val_accuracy", patience=1), epochs=20, **more)
    assert history["val_accuracy"][-1] > 0
    assert "accuracy" not in history.epochs[0].values
    with pytest.raises(gn.InvalidInput, match="'accuracy'"):
        fitted(blocks(), stop=gn.EarlyStopping("accuracy"), **more)


def test_a_run_on_blocks_goes_on_bit_for_bit(tmp_path):
    whole, history = fitted(blocks(), epochs=4)
    fitted(blocks(), epochs=2, checkpoint=tmp_path / "run")
    net, resumed = fitted(blocks(), epochs=4, checkpoint=tmp_path / "run", resume=True)
    np.testing.assert_array_equal(net.parameters, whole.parameters)
    assert resumed["loss"] == history["loss"]
    with pytest.raises(gn.InvalidInput, match="block_rows"):
        fitted(blocks(block_rows=64), epochs=5, checkpoint=tmp_path / "run", resume=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_divergence_in_a_later_block_is_said_with_its_step(engine):
    targets = X[:, :1].copy()
    targets[300:] = 1e30  # in the 19th batch, the third of the fifth block
    net = gn.Network([gn.Dense(1)], engine=engine)
    with pytest.raises(gn.Diverged, match=r"at step 19, in epoch 1\. The first number that is not finite: the loss"):
        net.fit(gn.Blocks.of_arrays(X, targets, block_rows=64), loss="squared_error", batch_size=16, shuffle=False)


def test_a_memory_map_is_read_as_it_lies_or_converted_by_blocks(tmp_path):
    ways: list[tuple[Any, Any]] = [(np.float32, "C"), (np.float64, "C"), (np.float32, "F")]
    for dtype, order in ways:
        name = tmp_path / f"{dtype.__name__}{order}"
        mapped: np.memmap = np.memmap(name, dtype, "w+", shape=X.shape, order=order)
        mapped[:] = X
        whole, _ = fitted(X, y, shuffle=False)
        net, history = fitted(mapped, y, shuffle=False)
        np.testing.assert_array_equal(net.parameters, whole.parameters)
        assert history.about["n_samples"] == N
    _, history = fitted(np.memmap(tmp_path / "float32C", np.float32, "r", shape=X.shape), y, metrics=["accuracy"])
    assert "accuracy" in history.epochs[0].values


def with_polars(path):
    for batch in pl.scan_parquet(path).collect_batches(maintain_order=True, chunk_size=40):
        yield batch.drop("label").to_numpy(order="c"), batch["label"].to_numpy()


def with_pyarrow(path):
    for batch in pq.ParquetFile(path).iter_batches(40):
        yield batch.drop_columns(["label"]).to_tensor().to_numpy(), batch["label"].to_numpy()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("read", [with_polars, with_pyarrow])
def test_batches_of_a_parquet_file_train_to_the_bits_of_its_rows_in_memory(read, engine, tmp_path):
    iris = gn.datasets.iris()
    table = pl.DataFrame(iris.X, schema=iris.feature_names).with_columns(label=pl.Series(iris.y))
    table.write_parquet(path := tmp_path / "iris.parquet")
    assert [len(labels) for _, labels in read(path)] == [40, 40, 40, 30]
    whole, _ = fitted(iris.X, iris.y, shuffle=False, engine=engine)
    net, _ = fitted(gn.Blocks(lambda: read(path), n_rows=150, block_rows=50), shuffle=False, engine=engine)
    np.testing.assert_array_equal(net.parameters, whole.parameters)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["blocks", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("map", "wide"))])
@pytest.mark.skipif(sys.platform != "linux", reason="other systems limit memory in other ways")
def test_a_table_of_four_times_the_memory_is_trained_on(kind, engine, tmp_path):
    program = Path(__file__).with_name("beyond_memory.py")
    own = os.environ | {"MALLOC_ARENA_MAX": "1"}  # else a thread sets addresses aside, beyond what it takes
    done = subprocess.run([sys.executable, program, kind, engine, tmp_path], capture_output=True, text=True, env=own)
    assert done.returncode == 0, done.stderr
    first, second = map(float, done.stdout.split())
    assert second < first < 1


@pytest.mark.parametrize(
    ("data", "settings", "said"),
    [
        (
            [parts(50)()],
            {},
            r"but 'generator' cannot be read more than once: .* gn.Blocks\(rows\), not gn.Blocks\(rows\(\)\)",
        ),
        ([5], {}, "but 'int' cannot be read more than once"),
        ([blocks(), y], {}, "pass only the Blocks, as X"),
        ([blocks()], {"sample_weight": w}, "pass only the Blocks, as X"),
        ([blocks()], {"validation": 0.2}, "a share of blocks cannot be held out"),
        ([blocks()], {"metrics": ["accuracy"]}, "with blocks, pass validation as arrays"),
        ([blocks()], {"class_weight": "balanced"}, "class_weight='balanced' needs all rows at once"),
        ([blocks()], {"optimizer": "lbfgs"}, "L-BFGS takes all rows at once"),
        ([gn.Blocks(parts(50))], {"optimizer": gn.Adam(gn.Cosine(0.1))}, r"use Blocks\(…, n_rows=…\)"),
        ([blocks(n_rows=N + 1)], {}, "epoch 1 had 500 rows, but Blocks was given n_rows=501"),
        ([blocks(n_rows=N - 1)], {}, "epoch 1 hold more rows than the n_rows=499 passed"),
        ([gn.Blocks(list)], {}, "hold no rows: the function passed to Blocks yielded none"),
        ([gn.Blocks(lambda: [(3.0, y)])], {}, "X must have one row per sample"),
        ([gn.Blocks(cast(Any, lambda: [X]))], {}, r"must be \(X, y\) or \(X, y, weights\); block 1 is a ndarray"),
        ([gn.Blocks(lambda: [(X, y), (X[:, :2], y)])], {}, "X of block 2 must have 5 features"),
        ([gn.Blocks(lambda: [(X, y), (X, y, w)])], {}, "must have weights, or none: X of block 2"),
        ([gn.Blocks(lambda: [(X, y), (X * np.nan, y)])], {}, "X of block 2 must be finite"),
        ([gn.Blocks(lambda: [(X, y), (X, y + 1)])], {}, "y of block 2 holds label 3 at row"),
    ],
)
def test_what_cannot_work_meets_one_sentence(data, settings, said):
    with pytest.raises(gn.InvalidInput, match=said):
        fitted(*data, **settings)


def as_columns(values):
    """The same numbers, column by column in memory."""
    return np.asfortranarray(values)


@pytest.mark.parametrize("turned", [np.ascontiguousarray, as_columns])
@pytest.mark.parametrize("dtype", ["f", "d", ">f8", "i2"])
def test_large_arrays_of_any_order_and_dtype_are_converted_to_the_same_numbers(turned, dtype):
    values = np.random.default_rng(1).normal(0, 9, size=(3_000, 7, 5)).astype(dtype)
    assert values.size > PIECE
    made = check_inputs(turned(values), (7, 5), np.dtype("f"))
    assert made.flags.c_contiguous and made.dtype == np.float32
    np.testing.assert_array_equal(made, values.astype("f"))


@pytest.mark.parametrize("dtype", ["f", "d"])
def test_a_mistake_late_in_a_large_block_is_named_by_its_row_of_that_block(dtype):
    features, labels, weights = np.zeros((9_000, 30), dtype, "F"), np.arange(9_000) % 3, np.ones(9_000)
    mistakes: list[tuple[Any, int, float, str]] = [
        (features, 8_000, np.inf, r"X of block 2 must be finite in float32; it holds inf at row 8000, column 0 \(30 "),
        (labels, 8_500, 7, "y of block 2 holds label 7 at row 8500"),
        (weights, 8_700, np.nan, "sample_weight must be finite in float32; it holds nan at row 8700"),
    ]
    for array, row, value, said in mistakes:
        right, array[row] = array[row].copy(), value
        made = gn.Blocks(
            lambda: [(features[:900], labels[:900], weights[:900]), (features, labels, weights)], None, 500
        )
        with pytest.raises(gn.InvalidInput, match=said):
            fitted(made)
        array[row] = right


def test_many_networks_read_the_same_blocks_each_for_itself():
    nets = [gn.Network([gn.Dense(3, "softmax")], engine="numpy") for _ in range(2)]
    gn.train_many(nets, blocks(), None, loss="cross_entropy", epochs=2, seed=0, workers=2)
    alone = gn.Network([gn.Dense(3, "softmax")], engine="numpy")
    alone.fit(blocks(), loss="cross_entropy", epochs=2, seed=0)
    for net in nets:
        np.testing.assert_array_equal(net.parameters, alone.parameters)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ahead", [False, True])
def test_trainings_that_take_turns_share_the_memory_for_blocks_to_the_bits_of_each_alone(engine, ahead):
    def begun(data, seed):
        net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")], engine=engine)
        return net, net.training(data, loss="cross_entropy", epochs=3 + seed, batch_size=16, seed=seed)

    data = blocks(ahead=ahead)
    turns = [begun(data, seed) for seed in range(3)]
    for _ in range(3):
        for _, training in turns:
            next(training)
    (free,) = data.room.free.values()
    assert [len(each.blocks) for each in free] == [2 if ahead else 1]  # for all three together
    for _, training in turns:
        list(training)
    assert not data.room.free
    for seed, (net, _) in enumerate(turns):
        alone, training = begun(blocks(), seed)
        list(training)
        np.testing.assert_array_equal(net.parameters, alone.parameters)


def test_a_training_that_has_ended_holds_no_memory_of_its_run_and_takes_no_rows():
    net = gn.Network([gn.Dense(3, "softmax")])
    training = net.training(X, y, loss="cross_entropy", epochs=2, seed=0)
    next(training)
    training.hold(X[:100], y[:100])
    run = weakref.ref(training._run)
    assert len(list(training)) == 1 and len(training.history) == 2
    assert run() is None
    with pytest.raises(gn.InvalidInput, match=r"^this training has ended: begin another one\.$"):
        training.hold(X, y)


def test_a_function_that_does_not_begin_anew_is_found_out():
    once = parts(50)()
    with pytest.raises(gn.InvalidInput, match="the same iterator twice"):
        fitted(gn.Blocks(lambda: once))


def test_blocks_are_for_training_alone():
    net, _ = fitted(blocks())
    with pytest.raises(gn.InvalidInput, match="Blocks are only for the X of fit and training"):
        net.predict(blocks())
    with pytest.raises(gn.InvalidInput, match="the same number of rows, got shapes"):
        gn.Blocks.of_arrays(X, y[1:])


def test_a_failing_block_leaves_the_parameters_of_the_last_whole_epoch():
    calls = iter(range(10))

    def failing():
        yield from parts(50)()
        if next(calls) == 1:
            raise OSError("the disk is gone")

    expected, _ = fitted(gn.Blocks(parts(50)), epochs=1)
    net = gn.Network([gn.Dense(6, "relu"), gn.Dropout(0.2), gn.Dense(3, "softmax")], engine="numpy")
    with pytest.raises(OSError, match="the disk is gone"):
        net.fit(gn.Blocks(failing), loss="cross_entropy", optimizer=gn.Adam(0.01), epochs=3, batch_size=16, seed=3)
    np.testing.assert_array_equal(net.parameters, expected.parameters)


def test_large_targets_are_encoded_block_by_block_and_mistakes_name_their_row():
    labels = np.arange(600_000) % 3
    features = np.ones((len(labels), 1), "f")
    net = gn.Network([gn.Dense(3, "softmax")], engine="numpy").build(1, seed=0)
    assert net.evaluate(features, labels, loss="cross_entropy")["loss"] > 0
    labels[550_000] = 7
    with pytest.raises(gn.InvalidInput, match="holds label 7 at row 550000"):
        net.evaluate(features, labels, loss="cross_entropy")
