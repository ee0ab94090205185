"""Threads of the compiled engine in processes of their own: forked, on a busy machine, on one core, at the end."""

import os
import subprocess
import sys
import textwrap

import pytest

pytest.importorskip("numba")
pytest.importorskip("scipy")

PREAMBLE = """
import multiprocessing, os, threading, time
import numpy as np
import glassnet as gn
from glassnet.engine.machine import threads
from glassnet.engine.compiled.runtime import worker_pool as team
from glassnet.engine.compiled import thread_count
if {cores}:
    threads.cores = lambda: {cores}
thread_count.WORTH = 0
rng = np.random.default_rng(0)
X = rng.normal(size=(2000, 12)).astype("f")
y = (X[:, 0] > 0).astype(int)
layers = [gn.Dense({width}, "relu"), gn.Dropout(0.2), gn.Dense({width}, "tanh"), gn.Dense(2, "softmax")]

def result(seed=0, epochs=3):
    net = gn.Network(layers, engine="compiled")
    net.fit(X, y, loss="cross_entropy", epochs=epochs, batch_size=600, seed=seed, validation=0.1)
    return net.parameters.tobytes() + net.predict(X).tobytes()
"""


def run(code: str, *, width: int = 40, cores: int = 4, before: tuple[str, ...] = (), timeout: float = 60) -> str:
    """What a process of its own prints; one that hangs is killed, and fails the test."""
    text = PREAMBLE.format(width=width, cores=cores) + textwrap.dedent(code)
    env = {**os.environ, "GLASSNET_THREADS": "3", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [*before, sys.executable, "-c", text], capture_output=True, text=True, env=env, timeout=timeout
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.parametrize("width", [160, pytest.param(40, marks=pytest.mark.long)])
def test_a_forked_child_trains_and_predicts(width):
    said = run(
        """
        expected = result()
        with multiprocessing.get_context("fork").Pool(2) as pool:
            found = pool.map(result, [0, 0, 0])
        pid = os.fork()
        if pid == 0:
            os._exit(0 if result() == expected else 7)
        print([one == expected for one in found], os.waitpid(pid, 0)[1], result() == expected)
        """,
        width=width,
    )
    assert said == "[True, True, True] 0 True"


@pytest.mark.parametrize("width", [160, pytest.param(40, marks=pytest.mark.long)])
def test_a_busy_machine_does_not_stop_it(width):
    said = run(
        """
        expected = result(epochs=2)
        burn = "import time; end = time.time() + 4\\nwhile time.time() < end: pass"
        import subprocess, sys
        burning = [subprocess.Popen([sys.executable, "-c", burn]) for _ in range(4)]
        print(all(result(epochs=2) == expected for _ in range(5)))
        for process in burning:
            process.kill()
        """,
        width=width,
    )
    assert said == "True"


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system cannot hold a process on a core")
def test_threads_that_share_one_core_take_turns():
    said = run(
        """
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        with threads.limited(1):
            expected = result(epochs=20)
        print(result(epochs=20) == expected)
        """,
        width=160,
    )
    assert said == "True"


@pytest.mark.long
def test_a_thread_that_outlives_the_main_one_trains_alone():
    said = run(
        """
        expected = result()
        main = threading.main_thread()

        def later():
            main.join()
            print(result() == expected)

        threading.Thread(target=later).start()
        """
    )
    assert said == "True"


FORKS = """
def child_of_fork(work):
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if work() else 7)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1]
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.parametrize("lock", ["engine.making", pytest.param("worker.asking", marks=pytest.mark.long)])
def test_a_child_works_whatever_lock_a_thread_held_at_the_fork(lock):
    said = run(
        FORKS
        + f"""
expected = result()
from glassnet.engine.selection import compiled
engine, worker = compiled(), team.workers(os.getpid())[0]
held, over = threading.Event(), threading.Event()

def hold():
    with {lock}:
        held.set()
        over.wait()

threading.Thread(target=hold, daemon=True).start()
held.wait()
print(child_of_fork(lambda: result() == expected))
over.set()
print(result() == expected)
"""
    )
    assert said == "0\nTrue"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_fork_waits_for_what_another_thread_compiles():
    said = run(
        FORKS
        + """
from numba.core.compiler_lock import global_compiler_lock as compiling
expected, events = result(), []
held = threading.Event()

def compile_():
    with compiling:
        held.set()
        time.sleep(0.3)
        events.append("compiled")

thread = threading.Thread(target=compile_)
thread.start()
held.wait()

def work():
    return events == ["compiled"] and result() == expected and compiling._lock.acquire(timeout=1)

print(child_of_fork(work))
thread.join()
with compiling:
    print(child_of_fork(lambda: result() == expected), compiling.is_locked())
print(compiling.is_locked())
"""
    )
    assert said == "0\n0 True\nFalse"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.parametrize("engine", ["compiled", pytest.param("numpy", marks=pytest.mark.long)])
def test_children_train_while_another_thread_does(engine):
    said = run(
        FORKS
        + f"""
def result(seed=0, epochs=2):
    net = gn.Network(layers, engine={engine!r})
    net.fit(X, y, loss="cross_entropy", epochs=epochs, batch_size=600, seed=seed, validation=0.1)
    return net.predict(X).tobytes()

expected, over = result(), threading.Event()

def train():
    net = gn.Network(layers, engine={engine!r})
    for epoch in net.training(X, y, loss="cross_entropy", batch_size=600, seed=1):
        if over.is_set():
            break

thread = threading.Thread(target=train)
thread.start()
print([child_of_fork(lambda: result() == expected) for _ in range(3)])
over.set()
thread.join()
print(result() == expected)
"""
    )
    assert said == "[0, 0, 0]\nTrue"
