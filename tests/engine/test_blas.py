"""The BLAS under NumPy is found, named, and kept to one thread while something is computed."""

import ctypes
import os
import threading

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.machine import blas
from glassnet.engine.machine.blas import Blas, blas_of, one_thread


def made_up(own: bool = False) -> Blas:
    """A BLAS that remembers what it was told, like OpenBLAS; with `own`, by each thread, like MKL."""
    told = threading.local() if own else type("Told", (), {})()
    found = Blas("made up", lambda: getattr(told, "n", 8), lambda n: setattr(told, "n", n), own)
    assert found.get() == 8
    return found


def in_another_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("own", [False, True])
def test_the_number_of_threads_is_1_inside_and_as_before_afterwards(own):
    it = made_up(own)
    with it:
        assert it.get() == 1
        with it:
            assert it.get() == 1
        assert it.get() == 1
    assert it.get() == 8
    with pytest.raises(ZeroDivisionError), it:
        assert 1 / 0
    assert it.get() == 8


def test_it_stays_1_until_the_last_thread_is_done():
    it = made_up()
    with it:
        in_another_thread(lambda: it.__enter__())
        assert it.get() == 1
    assert it.get() == 1
    it.__exit__()
    assert it.get() == 8


def test_where_each_thread_has_a_number_of_its_own_only_that_of_the_caller_changes():
    it = made_up(own=True)
    with it:
        assert in_another_thread(it.get) == 8
        assert it.get() == 1


def test_a_child_that_is_forked_within_has_as_many_threads_as_before():
    it = made_up()
    with it:
        it.after_fork()
        assert it.get() == 8
    it = made_up()
    it.after_fork()
    assert it.get() == 8


def test_no_blas_is_found_where_there_is_none():
    for module in ("json", "_json", "glassnet.nowhere", "_ctypes"):
        assert blas_of(module) is None
        with one_thread(module):
            pass


def test_the_blas_of_numpy_has_a_name_and_obeys():
    it = blas_of()
    if it is None:
        pytest.skip("this NumPy has a BLAS that cannot be told how many threads to take")
    assert it.name == "MKL" or it.name.startswith("OpenBLAS ")
    before = it.get()
    with one_thread():
        assert it.name == "MKL" or it.get() == 1
    assert it.get() == before


def test_mkl_is_known_by_its_function():
    told: list[int] = []
    library = type("Library", (), {"MKL_Set_Num_Threads_Local": staticmethod(told.append)})()
    it = blas.mkl(library)
    assert it is not None and it.name == "MKL"
    with it:
        pass
    assert told == [1, 0]
    assert blas.mkl(ctypes.CDLL(None)) is None


def test_on_windows_the_library_beside_the_package_is_found(tmp_path, monkeypatch):
    (tmp_path / "numpy.libs").mkdir()
    for name in ("libscipy_openblas64_-1.dll", "msvcp140.dll"):
        (tmp_path / "numpy.libs" / name).touch()
    package = str(tmp_path / "numpy" / "__init__.py")
    assert blas.beside(package) == []
    monkeypatch.setattr(os, "name", "nt")
    assert blas.beside(package) == [str(tmp_path / "numpy.libs" / "libscipy_openblas64_-1.dll")]
    assert blas.beside(str(tmp_path / "other" / "__init__.py")) == []


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_every_product_of_numpy_is_made_with_one_thread(engine, monkeypatch):
    if engine == "compiled":
        pytest.importorskip("numba")
    it, seen = made_up(), set()
    monkeypatch.setattr(blas, "blas_of", lambda module="": it)

    def watched(function):
        def call(*given, **more):
            seen.add(it.get())
            return function(*given, **more)

        return call

    for module, name in (("dense", "product"), ("normalization", "row_mean")):
        where = f"glassnet.layers.{module}.{name}"
        monkeypatch.setattr(where, watched(getattr(__import__(f"glassnet.layers.{module}", fromlist=[name]), name)))
    digits = gn.datasets.digits()
    layers = [gn.Dense(8, "relu", weights="unit_variance"), gn.LayerNorm(), gn.Dense(10, "softmax")]
    net = gn.Network(layers, engine=engine)
    net.fit(digits.X, digits.y, loss="cross_entropy", epochs=1, validation=0.2, seed=0)
    net.predict(digits.X)
    net.evaluate(digits.X, digits.y)
    net.predictor()(digits.X[0])
    gn.trace(net, digits.X[:5], digits.y[:5], loss="cross_entropy")
    assert seen == {1} and it.get() == 8


def test_many_threads_predict_and_leave_the_number_as_it_was():
    it = blas_of()
    before = it and it.get()
    net = gn.Network([gn.Dense(64, "relu"), gn.Dense(3, "softmax")], engine="numpy").build(20, seed=0)
    X = np.random.default_rng(0).normal(size=(3000, 20))
    expected, found = net.predict(X), []

    def work():
        for _ in range(20):
            found.append(net.predict(X))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 80 and all(np.array_equal(one, expected) for one in found)
    assert before == (it and it.get())
