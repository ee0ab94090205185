"""The floor under a training step: its products of matrices at the BLAS's speed, and the optimiser's memory traffic."""

import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numba import get_num_threads, njit, prange
from scipy.linalg.blas import sgemm

from benchmarks.cases import Case
from benchmarks.peers import blas_threads
from benchmarks.worker import PAUSE, Call, Stopwatch, Timing


def threads() -> str:
    return f"{blas_threads()}, {get_num_threads()} (numba)"


class Floor:
    """What a step cannot do without, each part timed in every way known here, and the fastest taken."""

    def __init__(self, case: Case):
        by_library = zip(*products(case), strict=True)
        self.ways = {"products": [list(ways) for ways in by_library], "update": [[way] for way in traffic(case)]}
        self.watches: dict[Call, Stopwatch] = {}

    def seconds(self, limit: float) -> dict[str, float]:
        """By part, within about so many seconds."""
        share = limit / sum(len(way) for ways in self.ways.values() for way in ways)
        found = {part: [self._timed(way, share) for way in ways] for part, ways in self.ways.items()}
        return {part: sum(map(min, zip(*times, strict=True))) for part, times in found.items()}

    def _timed(self, way: list[Call], share: float) -> list[float]:
        """Seconds of each call of one library, after the threads of the library before have come to rest."""
        time.sleep(PAUSE)
        for call in way:
            if call not in self.watches:
                self.watches[call] = Stopwatch(call, share)
        return [self.watches[call].time().seconds for call in way]

    def time(self, limit: float) -> Timing:
        return Timing(sum(self.seconds(limit).values()), float("nan"))


# ------------------------------------------------------------------ products


def products(case: Case) -> Iterator[list[Call]]:
    """Z = X W and dW = Xᵀ dZ of each layer, and dX = dZ Wᵀ of all but the first."""
    for number, (inputs, units) in enumerate(pairwise(case.widths)):
        X, W, dZ = (np.ones(shape, np.float32) for shape in ((case.rows, inputs), (inputs, units), (case.rows, units)))
        yield ways_of(X, W)
        yield ways_of(X.T, dZ)
        if number:
            yield ways_of(dZ, W.T)


def ways_of(A: np.ndarray, B: np.ndarray) -> list[Call]:
    """A B into memory that is there, through NumPy's BLAS and through SciPy's."""
    out = np.zeros((len(A), B.shape[1]), np.float32)
    return [Call(lambda: np.matmul(A, B, out=out)), Call(lambda: by_scipy(A, B, out))]


def by_scipy(A: np.ndarray, B: np.ndarray, out: np.ndarray) -> Any:
    """(A B)ᵀ = Bᵀ Aᵀ, as SciPy writes columns; an array that lies by rows is handed over as its transpose."""
    first, second = (array.T if array.flags.c_contiguous else array for array in (B, A))
    return sgemm(1.0, first, second, trans_a=first is B, trans_b=second is A, c=out.T, overwrite_c=True)


# ------------------------------------------------------------------ traffic


def traffic(case: Case) -> list[Call]:
    """Reading and writing what the update rule must, with next to no arithmetic: by one thread, and by all."""
    size = sum((inputs + 1) * units for inputs, units in pairwise(case.widths))
    arrays = [np.zeros(size, np.float32) for _ in range({"sgd": 2, "adam": 4}[case.optimizer])]
    kernels = {2: (descent, descent_by_all), 4: (moments, moments_by_all)}[len(arrays)]
    return [Call(lambda kernel=kernel: kernel(*arrays)) for kernel in kernels]  # type: ignore[misc]


def _descent(p, g):
    """Reads p and g, writes p."""
    for i in prange(p.size):
        p[i] += g[i]


def _moments(p, g, m, v):
    """Reads p, g, m and v, writes p, m and v."""
    for i in prange(p.size):
        m[i] += g[i]
        v[i] += g[i]
        p[i] += g[i]


descent, descent_by_all = njit(_descent), njit(parallel=True)(_descent)
moments, moments_by_all = njit(_moments), njit(parallel=True)(_moments)
