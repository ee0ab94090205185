"""Memory that does not suffice for what layers write, said before any of it is written."""

import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine import room
from glassnet.engine.compiled import tiles
from glassnet.engine.layout import Layout
from glassnet.engine.machine import memory_size
from glassnet.engine.plan import Plan

pytest.importorskip("numba")
X, Y = np.zeros((8, 300, 4), np.float32), np.zeros((8, 1))


@pytest.fixture
def of_memory(monkeypatch):
    """Sets how many bytes there are."""

    def limit(size):
        for module in (room, tiles):
            monkeypatch.setattr(module, "memory_there", lambda: size)

    return limit


def network(engine, heads=2):
    return gn.Network([gn.Attention(heads), gn.GlobalAveragePool(), gn.Dense(1)], engine=engine)


def test_values_of_a_batch_are_counted_with_their_gradients():
    layout = Layout([gn.Attention(2)], (300, 4))
    assert layout.numbers_a_row == 2 * 2 * 300 * 300 + 300 * (12 + 4 + 4)
    assert room.bytes_of_rows(layout, 8, np.dtype("f4"), training=True) == 8 * layout.numbers_a_row * 4 * 2


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_batch_without_room_meets_one_sentence_that_names_layer_arrays_and_remedy(of_memory, engine):
    of_memory(10**7)
    with warnings.catch_warnings(), pytest.raises(gn.OutOfMemory) as error:
        warnings.simplefilter("ignore")  # that the compiled engine leaves it to NumPy
        network(engine).fit(X, Y, loss="squared_error", epochs=1, batch_size=8)
    assert str(error.value) == (
        "not enough memory for 8 rows at a time: the layers need 23.4 MB, 23.4 MB of it Attention(heads=2) for S and P "
        "of shape (2, 300, 300), and there are 10.0 MB: use shorter sequences or fewer heads, or at most 3 rows a "
        "batch (batch_size)."
    )


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_as_many_rows_as_the_sentence_says_find_room_and_one_more_does_not(of_memory, engine):
    of_memory(10**7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network(engine).fit(X, Y, loss="squared_error", epochs=1, batch_size=3)
        with pytest.raises(gn.OutOfMemory, match="not enough memory for 4 rows at a time"):
            network(engine).fit(X, Y, loss="squared_error", epochs=1, batch_size=4)


def test_all_rows_at_once_are_counted_whole_though_two_threads_share_them(of_memory):
    of_memory(10**7)
    with pytest.raises(gn.OutOfMemory, match="not enough memory for 2,000 rows at a time"):
        gn.Network([gn.Dense(1000), gn.Dense(1)], engine="numpy").fit(
            np.zeros((2000, 3)), np.zeros((2000, 1)), loss="squared_error", epochs=1, optimizer="lbfgs"
        )


def test_a_single_row_that_finds_room_is_named_as_one(of_memory):
    of_memory(4 * 10**6)
    with pytest.raises(gn.OutOfMemory, match=r"for 2 rows at a time.* or 1 row a batch \(batch_size\)\.$"):
        network("numpy").fit(X, Y, loss="squared_error", epochs=1, batch_size=2)


def test_where_not_one_row_finds_room_no_number_of_rows_is_named(of_memory):
    of_memory(10**6)
    with pytest.raises(gn.OutOfMemory, match=r"for 1 row at a time.*use shorter sequences or fewer heads\.$"):
        network("numpy").fit(X, Y, loss="squared_error", epochs=1, batch_size=1)


def test_a_trace_without_room_names_how_many_rows_have(of_memory):
    net = network("numpy").build((300, 4), seed=0)
    of_memory(10**7)
    with pytest.raises(gn.OutOfMemory, match="for 8 rows at a time"):
        gn.trace(net, X, Y, loss="squared_error")


def test_a_wide_dense_layer_is_told_to_have_fewer_units(of_memory):
    of_memory(10**5)
    with pytest.raises(gn.OutOfMemory, match=r"Dense\(1000, 'linear'\) for A of shape .*use smaller inputs or fewer"):
        gn.Network([gn.Dense(1000), gn.Dense(1)], engine="numpy").fit(
            np.zeros((64, 3)), np.zeros((64, 1)), loss="squared_error", epochs=1
        )


def test_loops_without_room_for_whole_vectors_leave_prediction_to_numpy(monkeypatch):
    net = network("compiled").build((300, 4), seed=0)
    alone = network("numpy").build((300, 4), seed=0).predict(X)
    monkeypatch.setattr(tiles, "memory_there", lambda: 10**7)
    with pytest.warns(RuntimeWarning, match="NumPy engine: loops over .* rows at a time would need .* of memory"):
        assert np.array_equal(net.predict(X), alone)


def test_a_run_that_diverges_in_tiles_says_so_where_the_whole_batch_finds_no_room(monkeypatch):
    monkeypatch.setattr(room, "memory_there", lambda: 60_000)  # tiles take 22 kB, the whole batch 122
    net = gn.Network([gn.Dense(8, "relu"), gn.Dense(1)], engine="compiled")
    with pytest.raises(gn.Diverged):
        net.fit(
            np.ones((900, 3)), np.ones((900, 1)), loss="squared_error", epochs=9, batch_size=900, optimizer=gn.SGD(1e20)
        )


def test_a_plan_of_a_job_takes_no_memory_until_it_is_used():
    layout = Layout([gn.Attention(2)], (300, 4))
    plan = Plan(layout, layout.draw(np.random.default_rng(0), np.dtype("f4")), 2)
    assert not {"values", "value_gradients"} & set(vars(plan))
    plan.steps(2)
    assert plan.values.size == plan.value_gradients.size > 0


def test_a_limit_of_a_container_that_says_or_allows_nothing_is_none(monkeypatch, tmp_path):
    whole = memory_size.memory_there()
    limit = tmp_path / "limit"
    monkeypatch.setattr(memory_size, "LIMITS", (str(limit), str(tmp_path / "none")))
    for content, there in (("max\n", whole), ("5000000\n", 5_000_000), (f"{2**63 - 4096}\n", whole)):
        limit.write_text(content)
        assert memory_size.memory_there() == there

    def forbidden(name):
        raise PermissionError(name)

    monkeypatch.setattr(memory_size, "open", forbidden, raising=False)
    assert memory_size.memory_there() == whole
