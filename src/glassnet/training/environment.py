"""The environment of a training: engine, versions, threads, BLAS kernels. It is recorded and changes nothing."""

import platform
import sys
from typing import Any

import numpy as np

from glassnet.engine.engine import Engine
from glassnet.engine.machine.blas import blas_of
from glassnet.engine.machine.threads import available

TITLES = {"glassnet": "glassnet", "python": "Python", "numpy": "NumPy", "numba": "Numba"}


def environment(engine: Engine) -> dict[str, Any]:
    """The environment by name, as JSON values; what is not known is left out."""
    blas = blas_of()
    found = {
        "engine": engine.name,
        "threads": available(),
        "glassnet": sys.modules["glassnet"].__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **engine.describe(),
        "blas": blas and blas.name,
        "machine": platform.machine(),
    }
    return {name: value for name, value in found.items() if value}


def versions(engine: Engine) -> str:
    """The versions of what computes, in a line."""
    found = environment(engine)
    return ", ".join(f"{title} {found[name]}" for name, title in TITLES.items() if name in found)


def environment_in_words(found: dict[str, Any]) -> str:
    """A sentence on it.

    >>> environment_in_words({"engine": "numpy", "threads": 2, "numpy": "2.4.0", "blas": "OpenBLAS 0.3.31, Haswell"})
    'numpy engine, 2 threads; NumPy 2.4.0; OpenBLAS 0.3.31, Haswell'
    """
    threads = found.get("threads")
    of_threads = f", {threads} thread{'s' * (threads != 1)}" if threads else ""
    named = ", ".join(f"{title} {found[name]}" for name, title in TITLES.items() if name in found)
    parts = (f"{found.get('engine', 'unknown')} engine{of_threads}", named, found.get("blas"), found.get("machine"))
    return "; ".join(part for part in parts if part)
