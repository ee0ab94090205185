"""Blocks made ahead, on a thread of their own: the same bits, one thread for a function, and none left behind."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import warnings
import weakref
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed
from glassnet.training.blocks.prefetch import prefetch

ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]
N = 3_000
rng = np.random.default_rng(0)
X = rng.normal(size=(N, 5))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
w = rng.random(N)
MAIN = threading.get_ident()


def rows(size=170):
    for start in range(0, N, size):
        yield X[start : start + size], y[start : start + size], w[start : start + size]


def network(engine="numpy"):
    return gn.Network([gn.Dense(8, "relu"), gn.Dropout(0.2), gn.Dense(1, "sigmoid")], engine=engine)


HOW: dict[str, Any] = {"loss": "binary_cross_entropy", "optimizer": gn.Adam(0.01), "batch_size": 16, "seed": 3}


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    assert not left_behind()


def left_behind():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("glassnet-prefetch")]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("more", [{}, {"accumulate": 3, "class_weight": [1, 2]}, {"optimizer": gn.SGD(gn.Cosine(0.1))}])
def test_blocks_made_ahead_train_to_the_very_bits_of_those_that_are_not(engine, shuffle, more):
    found = []
    for flag in (True, False):
        net = network(engine)
        made = gn.Blocks(rows, n_rows=N, block_rows=400, ahead=flag)
        history = net.fit(made, epochs=3, **HOW | {"shuffle": shuffle} | more)
        found.append((net.parameters, history["loss"]))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_begun_ahead_is_gone_on_with_to_the_same_bits_without(engine, tmp_path):
    whole, left, resumed = network(engine), network(engine), network(engine)
    whole.fit(gn.Blocks(rows, block_rows=400), epochs=4, **HOW)
    for epoch in left.training(gn.Blocks(rows, block_rows=400), checkpoint=tmp_path, **HOW):
        if epoch.number == 2:
            break
    resumed.fit(gn.Blocks(rows, block_rows=400, ahead=False), epochs=4, resume=tmp_path, **HOW)
    np.testing.assert_array_equal(resumed.parameters, whole.parameters)


class Watched:
    """A function that notes on which thread each of its calls runs: at the beginning, for each array, at the end."""

    def __init__(self, give=rows):
        self.give, self.calls = give, []

    def __call__(self):
        self.calls.append(seen := [threading.get_ident()])
        return self.run(seen)

    def run(self, seen):
        try:
            for block in self.give():
                seen.append(threading.get_ident())
                yield block
        finally:
            seen += [threading.get_ident(), "closed"]

    def check(self, on_main):
        """Each call began, ran and was closed on one thread, the first, which is looked at, on the caller's."""
        looked_at, *epochs = self.calls
        assert set(looked_at) == {MAIN, "closed"} and epochs
        for seen in epochs:
            assert seen[-1] == "closed" and len(set(seen)) == 2
            assert (seen[0] == MAIN) == on_main


def mistaken():
    yield from rows()
    yield X * np.nan, y, w


def misshapen():
    yield from rows()
    yield X


def failing():
    yield from rows()
    raise OSError("the disk is gone")


def diverging():
    yield from rows()
    yield X / np.abs(X).max() * 3e38, y, w


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize(
    ("give", "raised"),
    [
        (rows, None),
        (mistaken, gn.InvalidInput),
        (misshapen, gn.InvalidInput),
        (failing, OSError),
        (diverging, gn.Diverged),
    ],
)
def test_a_function_is_called_consumed_and_closed_on_one_thread_however_it_ends(give, raised, flag):
    watched, net = Watched(give), network()
    error: Any = pytest.raises(raised) if raised else contextlib.nullcontext()
    with error:
        net.fit(gn.Blocks(watched, block_rows=400, ahead=flag), epochs=2, **HOW | {"optimizer": gn.SGD(0.1)})
    watched.check(on_main=not flag)
    assert not left_behind()  # with the error and what it holds still there


@pytest.mark.parametrize("engine", ENGINES)
def test_ctrl_c_within_an_epoch_ends_the_thread_and_keeps_the_last_whole_epoch(engine, monkeypatch):
    expected, net, watched, passes = network(engine), network(engine), Watched(), []
    expected.fit(gn.Blocks(rows, block_rows=400), epochs=1, **HOW)
    training = net.training(gn.Blocks(watched, block_rows=400), epochs=3, **HOW)
    own = training._run.engine.epoch

    def epoch(*given):
        passes.append(given)
        if len(passes) == 11:  # of 8 blocks an epoch
            raise KeyboardInterrupt
        return own(*given)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt) as error:
        patch.setattr(training._run.engine, "epoch", epoch)
        list(training)
    watched.check(on_main=False)
    assert error.value is not None and not left_behind()
    np.testing.assert_array_equal(net.parameters, expected.parameters)


def test_leaving_the_loop_over_the_epochs_ends_the_thread():
    watched = Watched()
    for _ in network().training(gn.Blocks(watched, block_rows=400), **HOW):
        assert not left_behind()  # between epochs there is none
        break
    watched.check(on_main=False)


def test_a_connection_to_a_database_may_be_opened_within_the_function(tmp_path):
    path = tmp_path / "rows.db"
    with contextlib.closing(sqlite3.connect(path)) as outer:
        outer.execute("create table rows (a real, b real, label int)")
        outer.executemany("insert into rows values (?, ?, ?)", zip(X[:, 0], X[:, 1], y.tolist(), strict=True))
        outer.commit()

        def query(connection):
            found = connection.execute("select a, b, label from rows")
            while part := found.fetchmany(500):
                table = np.array(part)
                yield table[:, :2], table[:, 2].astype(int)

        def within():
            with contextlib.closing(sqlite3.connect(path)) as connection:
                yield from query(connection)

        net, whole = network(), network()
        net.fit(gn.Blocks(within, block_rows=400), epochs=2, shuffle=False, **HOW)
        whole.fit(X[:, :2], y, epochs=2, shuffle=False, **HOW)
        np.testing.assert_array_equal(net.parameters, whole.parameters)
        with pytest.raises(sqlite3.ProgrammingError, match="same thread") as error:
            net.fit(lambda: query(outer), epochs=1, **HOW)
        assert "gn.Blocks(…, ahead=False)" in error.value.__notes__[0]
        net.fit(gn.Blocks(lambda: query(outer), ahead=False), epochs=1, **HOW)


def test_an_error_of_the_function_reaches_the_caller_as_it_is():
    gone, calls = OSError("the disk is gone"), []

    def give():
        calls.append(1)
        yield from rows()
        if len(calls) == 3:
            raise gone

    expected, net = network(), network()
    expected.fit(gn.Blocks(rows), epochs=1, **HOW)
    with pytest.raises(OSError, match="the disk is gone") as error:
        net.fit(give, epochs=5, **HOW)
    assert error.value is gone
    np.testing.assert_array_equal(net.parameters, expected.parameters)


def test_warnings_of_the_function_and_what_numpy_was_told_reach_across():
    def give():
        np.zeros(1) / np.zeros(1)
        warnings.warn("few rows", UserWarning, stacklevel=1)
        yield X, y

    with np.errstate(all="ignore"), pytest.warns(UserWarning, match="few rows") as found:
        network().fit(give, epochs=2, **HOW)
    assert {str(warning.message) for warning in found} == {"few rows"}


def test_an_item_is_begun_when_the_one_before_is_taken():
    begun, asked = [], [threading.Event() for _ in range(5)]

    def items():
        for k in range(4):
            begun.append(k)
            asked[k].set()
            yield k

    for item in prefetch(items()):
        asked[min(item + 1, 3)].wait(10)
        assert begun == [*range(min(item + 2, 4))]


def test_an_error_on_closing_is_not_lost():
    def items():
        try:
            yield from range(9)
        finally:
            raise OSError("cannot be closed")

    made = prefetch(items())
    assert next(made) == 0
    with pytest.raises(OSError, match="cannot be closed"):
        made.close()


@pytest.mark.parametrize("flag", [True, False])
def test_the_memory_of_an_array_is_free_before_the_next_is_made(flag):
    made: list[weakref.ref] = []
    alive: list[int] = []

    def fresh(k):
        alive.append(sum(ref() is not None for ref in made))
        array = X[k::4].copy()
        made.append(weakref.ref(array))
        return array

    def give():
        made.clear()
        for k in range(4):
            yield fresh(k), y[k::4]

    network().fit(gn.Blocks(give, block_rows=300, ahead=flag), epochs=2, **HOW)
    assert alive == [0] * 9  # one of which was looked at


def test_ahead_is_true_or_false():
    with pytest.raises(gn.InvalidInput, match="ahead must be True or False, got 'no'"):
        gn.Blocks(rows, ahead="no")  # type: ignore[arg-type]


PROGRAM = """
import threading, time
import numpy as np
import glassnet as gn

def slow():
    for k in range(10**6):
        if k == 30:
            print("going", flush=True)
        if k >= 30 and {hangs}:
            time.sleep(10**6)
        yield np.ones((64, 3)), np.ones(64)

try:
    gn.Network([gn.Dense(1)]).fit(gn.Blocks(slow, block_rows=64), loss="squared_error", epochs=1, batch_size=64)
finally:
    print([thread.name for thread in threading.enumerate() if thread.name.startswith("glassnet-prefetch")], flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="the system has no SIGINT")
@pytest.mark.parametrize("hangs", [False, True])
def test_a_real_ctrl_c_ends_it_and_a_second_one_what_never_comes(hangs):
    pipe, code = subprocess.PIPE, PROGRAM.format(hangs=hangs)
    with subprocess.Popen([sys.executable, "-c", code], stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout and process.stdout.readline() == "going\n"
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                said, error = process.communicate(timeout=0.5 if hangs else 5)
                break
        else:
            process.kill()
            raise AssertionError(process.communicate())
    assert "KeyboardInterrupt" in error
    assert said == ("['glassnet-prefetch_0']\n" if hangs else "[]\n")
