"""Threads: the same bits however many there are and whatever else the machine does; no call ever waits for ever."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba")
pytest.importorskip("scipy")

import glassnet as gn
from glassnet.engine.compiled import compiled_job, prediction, thread_count, tiles
from glassnet.engine.compiled.runtime import worker_pool as team
from glassnet.engine.compiled.tiles import cut_of
from glassnet.engine.machine import threads

GROUPS = [gn.Dense(40, "relu"), gn.Dropout(0.2), gn.Residual(gn.Dense(40, "tanh")), gn.Dense(3, "softmax")]
SLICES = [gn.Dense(160, "relu"), gn.Dropout(0.2), gn.Residual(gn.Dense(160, "prelu")), gn.Dense(3, "softmax")]
SEQUENCES = [
    gn.Reshape((4, 3)), gn.GRU(7, sequences=True), gn.Residual(gn.LayerNorm(), gn.Attention(1, causal=True)),
    gn.LSTM(5), gn.Dense(3, "softmax"),
]  # fmt: skip
PICTURES = [
    gn.Reshape((4, 3, 1)),
    gn.Conv2D(5, 2, activation="relu"),
    gn.MaxPool(2),
    gn.Flatten(),
    gn.Dense(3, "softmax"),
]
NETWORKS = {"groups of tiles": GROUPS, "slices of units": SLICES}
OTHERS = {"sequences": SEQUENCES, "pictures": PICTURES}
N = 1500


@pytest.fixture(autouse=True)
def a_machine_of_many_cores(monkeypatch):
    """Threads are started on any machine, for any amount of work; they take turns on its cores."""
    monkeypatch.setattr(threads, "cores", lambda: 8)
    monkeypatch.setattr(thread_count, "WORTH", 0)
    monkeypatch.setattr(tiles, "sliced", lambda layout, n_rows: (160,) in [node.output_shape for node in layout.nodes])
    forget_threads()
    yield
    team.pool(os.getpid()).shutdown()
    forget_threads()


def forget_threads() -> None:
    team.pool.cache_clear()
    team.workers.cache_clear()


def data(n: int = N, n_inputs: int = 12) -> Any:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, n_inputs)).astype("f")
    return X, (X[:, 0] > 0) + (X[:, 1] > 0).astype(int)


def trained(size: int, layers: Any, X: Any, y: Any, **how: Any) -> Any:
    """Everything that a training run gives, with so many threads."""
    how = {"epochs": 2, "batch_size": 700, "validation": 0.2, "metrics": ["accuracy"], "seed": 0, **how}
    with threads.limited(size):
        net = gn.Network(layers, engine="compiled")
        history = net.fit(X, y, loss="cross_entropy", sample_weight=np.linspace(0.5, 2, len(X)), **how)
        values = [history[name] for name in ("loss", "val_loss", "accuracy", "val_accuracy")]
        return net.parameters, np.array(values), net.predict(X), net


def assert_same(found: Any, expected: Any) -> None:
    for ours, theirs in zip(found[:3], expected[:3], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_networks_here_run_both_ways():
    for name, layers in NETWORKS.items():
        layout, _ = gn.Network(layers).build(12).built()
        assert bool(cut_of(layout, 700).groups) == (name == "groups of tiles")


@pytest.mark.parametrize("batch_size", [90, 700, 1200])
@pytest.mark.parametrize("layers", NETWORKS)
def test_training_gives_the_same_bits_with_any_number_of_threads(layers, batch_size):
    X, y = data()
    how = {"batch_size": batch_size, "penalty": "l2", "clip": gn.ClipNorm(1.0)}
    alone = trained(1, NETWORKS[layers], X, y, **how)
    for size in (2, 3, 8):
        for _ in range(3):
            assert_same(trained(size, NETWORKS[layers], X, y, **how), alone)


@pytest.mark.parametrize("layers", OTHERS)
def test_so_does_training_on_sequences_and_pictures(layers):
    X, y = data(300)
    alone = trained(1, OTHERS[layers], X, y, batch_size=100, epochs=1)
    for size in (2, 3):
        assert_same(trained(size, OTHERS[layers], X, y, batch_size=100, epochs=1), alone)


@pytest.mark.parametrize("n", [1, 159, 160, 161, 5000, 20_011])
def test_prediction_and_evaluation_give_the_same_bits_with_any_number_of_threads(n):
    X, y = data(n)
    found = []
    for size in (1, 2, 3, 8):
        with threads.limited(size):
            net = gn.Network(GROUPS, engine="compiled").build(12, seed=0)
            found.append((net.predict(X), net.evaluate(X, y, loss="cross_entropy")["loss"]))
    for outputs, loss in found[1:]:
        np.testing.assert_array_equal(outputs, found[0][0])
        assert loss == found[0][1]


def test_the_environment_says_how_many_threads(monkeypatch):
    monkeypatch.setenv("GLASSNET_THREADS", "3")
    assert threads.available() == thread_count.threads_for(1, 99) == 3
    with threads.limited(1):
        assert threads.available() == 1


def test_eight_threads_may_predict_with_one_network_at_once():
    X, y = data(3000)
    *_, expected, net = trained(1, GROUPS, X, y)
    start = threading.Barrier(8)

    def predict(k: int) -> Any:
        start.wait()
        with threads.limited(1 + k % 3):
            return [net.predict(X[k * 100 :]) for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        for k, several in enumerate(pool.map(predict, range(8))):
            for found in several:
                np.testing.assert_array_equal(found, expected[k * 100 :])


@pytest.mark.parametrize("layers", NETWORKS)
def test_several_networks_may_train_at_once(layers):
    X, y = data()
    alone = trained(1, NETWORKS[layers], X, y)
    start = threading.Barrier(4)

    def train(k: int) -> Any:
        start.wait()
        return trained(1 + k, NETWORKS[layers], X, y)

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(train, range(4)):
            assert_same(found, alone)


@pytest.mark.parametrize(
    ("layers", "batch_size", "epochs"), [("groups of tiles", 165, 400), ("slices of units", 330, 100)]
)
def test_many_short_epochs_never_hang_or_differ(layers, batch_size, epochs, monkeypatch):
    X, y = data(batch_size * 2)
    nets = [gn.Network(NETWORKS[layers], engine="compiled") for _ in range(4)]
    assert bool(cut_of(gn.Network(NETWORKS[layers]).build(12).built()[0], batch_size).groups) == (
        layers == "groups of tiles"
    )
    for size, net in zip((1, 3, 3, 3), nets, strict=True):
        for module in (compiled_job, prediction):
            monkeypatch.setattr(module, "threads_for", lambda _, most, size=size: min(size, most))
        for _ in net.training(X, y, loss="cross_entropy", batch_size=batch_size, epochs=epochs, seed=0):
            pass
        np.testing.assert_array_equal(net.parameters, nets[0].parameters)


@pytest.mark.parametrize(
    ("rows", "layers", "workers"), [(700, GROUPS, 4), (300, GROUPS, 1), (160, GROUPS, 0), (700, SLICES, 15)]
)
def test_no_more_workers_are_asked_than_there_are_tasks(rows, layers, workers, monkeypatch):
    """A machine of many cores need not wake them all, nor keep a tile for each."""
    X, y = data(rows)
    asked: list[int] = []
    monkeypatch.setattr(threads, "cores", lambda: 64)
    monkeypatch.setattr(team.Worker, "ask", lambda *given: asked.append(given[-1]))
    with threads.limited(64):
        net = gn.Network(layers, engine="compiled")
        net.fit(X, y, loss="cross_entropy", epochs=1, batch_size=rows, seed=0)
        assert max(asked, default=0) == workers
        asked.clear()
        net.predict(X)
        assert max(asked, default=0) == -(-rows // 160) - 1
        assert len(net._plans.plan.made["predict"].tiles) == -(-rows // 160)  # type: ignore[union-attr]


@pytest.mark.parametrize("steps", ["far too short", "long enough"])
def test_many_epochs_of_a_small_table_share_out_their_steps(steps, monkeypatch):
    """An epoch is not worth a second thread here, but a call with hundreds of them is."""
    X, y = data(700)
    small = [gn.Dense(40, "relu"), gn.Dense(3, "softmax")]
    one_epoch = 3 * tiles.multiply_adds(gn.Network(small).build(12).built()[0], 700)
    monkeypatch.setattr(thread_count, "WORTH", 2 * one_epoch)
    monkeypatch.setattr(thread_count, "SHARED", one_epoch + (steps == "far too short"))
    asked: list[int] = []
    ask = team.Worker.ask

    def counted(*given: Any) -> None:
        asked.append(given[-1])
        ask(*given)

    monkeypatch.setattr(team.Worker, "ask", counted)
    how: dict[str, Any] = {"batch_size": 700, "shuffle": False}
    found = []
    for size in (1, 3):
        with threads.limited(size):
            net = gn.Network(small, engine="compiled")
            net.fit(X, y, loss="cross_entropy", epochs=1, seed=0, **how)
            assert not asked
            net.fit(X, y, loss="cross_entropy", epochs=200, seed=0, **how)
            found.append(net.parameters)
    assert bool(asked) == (steps == "long enough")
    np.testing.assert_array_equal(found[0], found[1])


def test_workers_do_take_tasks():
    """Else all tests here would be of one thread."""
    X, _ = data(50_000)
    with threads.limited(3):
        net = gn.Network(GROUPS, engine="compiled").build(12, seed=0)
        for _ in range(50):
            net.predict(X)
    _, *others = net._plans.plan.made["predict"].tiles  # type: ignore[union-attr]
    assert any(tile.last.A.any() for tile in others)


def test_where_no_thread_can_be_started_the_work_is_done_alone():
    class Full:
        def submit(self, *given: Any) -> None:
            raise RuntimeError("can't start new thread")

    X, y = data()
    alone = trained(1, GROUPS, X, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(team, "pool", lambda process: Full())
        assert_same(trained(3, GROUPS, X, y), alone)


def test_a_worker_that_starts_after_the_call_finds_the_queue_closed():
    late: list[Any] = []

    class Later:
        def submit(self, *given: Any) -> None:
            late.append(given)

    X, y = data()
    alone = trained(1, GROUPS, X, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(team, "pool", lambda process: Later())
        found = trained(3, GROUPS, X, y)
    assert len(late) == 2  # who has not come yet is not asked again
    kept = [array.copy() for array in found[:3]]
    for worker, *given in late:
        worker(*given)  # whoever waited for a task would wait for ever
    assert_same(found, alone)
    assert_same(kept, alone)


def test_an_error_between_asking_and_calling_sends_the_workers_home():
    X, y = data()
    alone = trained(1, GROUPS, X, y)
    work: Any = None

    def fail(queue: int) -> None:
        raise KeyboardInterrupt

    net = gn.Network(GROUPS, engine="compiled").build(12, seed=0)
    net.predict(X)
    prediction = net._plans.plan.made["predict"]  # type: ignore[union-attr]
    work = prediction.work
    for _ in range(20):
        with pytest.raises(KeyboardInterrupt):
            team.together(4, prediction.loops, work, fail)
    team.pool(os.getpid()).shutdown(wait=True)  # returns when all have gone
    forget_threads()
    assert_same(trained(3, GROUPS, X, y), alone)


def test_a_worker_that_has_gone_to_sleep_keeps_nothing_alive():
    X, y = data()
    trained(3, GROUPS, X, y)
    until = time.monotonic() + 20
    while any(worker.holding for worker in team.workers(os.getpid())) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(worker.holding for worker in team.workers(os.getpid()))
