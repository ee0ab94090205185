"""The BLAS that NumPy multiplies matrices with: which one it is, and one thread of it for the time of a computation.

A product that a BLAS shares out over threads has other last bits with another number of them, and between the small
products of a network its threads wait for each other much longer than they compute.
"""

import ctypes
import functools
import importlib
import os.path
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import Any

NUMPY = "numpy._core._multiarray_umath"  # the module that is linked with it
NAMES = ("scipy_openblas_{}64_", "scipy_openblas_{}", "openblas_{}64_", "openblas_{}")  # of OpenBLAS's functions
OPENMP = 2  # what `get_parallel` says of a build whose threads are those of OpenMP


class Blas:
    """A BLAS whose number of threads can be set.

    `own` says whether each thread that calls it sets a number of its own; else there is one for the process. `depth`
    counts the computations that are under way with one thread, `before` is what was set before the first.
    """

    def __init__(self, name: str, get: Any, put: Any, own: bool):
        self.name, self.get, self.put = name, get, put
        self.state: Any = threading.local() if own else SimpleNamespace()
        self.lock = threading.Lock()

    def __enter__(self) -> None:
        """One thread from now on."""
        with self.lock:
            depth = getattr(self.state, "depth", 0)
            if depth == 0:
                self.state.before = self.get()
                self.put(1)
            self.state.depth = depth + 1

    def __exit__(self, *error: object) -> None:
        """As many as before, once nothing else wants one."""
        with self.lock:
            self.state.depth -= 1
            if self.state.depth == 0:
                self.put(self.state.before)

    def after_fork(self) -> None:
        """In the child nothing is under way, whatever other threads of the parent were at."""
        self.lock = threading.Lock()
        if getattr(self.state, "depth", 0):
            self.state.depth = 0
            self.put(self.state.before)


@functools.cache
def blas_of(module: str = NUMPY) -> Blas | None:
    """The BLAS that a compiled module is linked with, if it is OpenBLAS or MKL."""
    for library in libraries(module):
        found = openblas(library) or mkl(library)
        if found is not None:
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=found.after_fork)
            return found
    return None


def libraries(module: str) -> Iterator[ctypes.CDLL]:
    """Where its functions are looked up: the module itself, or on Windows the libraries that came with its package."""
    try:
        place = importlib.import_module(module).__file__ or ""
        for path in beside(importlib.import_module(module.split(".")[0]).__file__ or "") or [place]:
            yield ctypes.CDLL(path)
    except (ImportError, OSError):
        return


def beside(package: str) -> list[str]:
    """The libraries in the folder `name.libs` beside a package, from the path of its first file; on Windows only."""
    folder = f"{os.path.dirname(package)}.libs"
    names = os.listdir(folder) if os.name == "nt" and os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in sorted(names) if "openblas" in name]


def openblas(library: ctypes.CDLL) -> Blas | None:
    """OpenBLAS, under whatever names it has."""
    for names in NAMES:
        if hasattr(library, names.format("set_num_threads")):
            config, kernel, get, put, parallel = (
                getattr(library, names.format(name))
                for name in ("get_config", "get_corename", "get_num_threads", "set_num_threads", "get_parallel")
            )
            config.restype = kernel.restype = ctypes.c_char_p
            version = config().decode().split()[1]
            return Blas(f"OpenBLAS {version}, {kernel().decode()} kernels", get, put, parallel() == OPENMP)
    return None


def mkl(library: ctypes.CDLL) -> Blas | None:
    """Intel's MKL, in which a thread's own number of 0 means that of the process."""
    if not hasattr(library, "MKL_Set_Num_Threads_Local"):
        return None
    return Blas("MKL", lambda: 0, library.MKL_Set_Num_Threads_Local, True)


def one_thread(module: str = NUMPY) -> AbstractContextManager[None]:
    """The BLAS of a module computes with one thread in the meantime, if it is one that can be told."""
    return blas_of(module) or nullcontext()
