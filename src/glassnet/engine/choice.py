"""Which engine runs a network: by name, or by what is installed."""

import functools
import os
from importlib.util import find_spec

from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.errors import UnknownName
from glassnet.extras import require

ENGINES = ("auto", "compiled", "numpy")


def check_engine(name: str) -> str:
    """The name of an engine."""
    if name not in ENGINES:
        raise UnknownName("engine", name, ENGINES)
    return name


def engine_of(name: str) -> NumpyEngine:
    """NumPy, compiled, or with "auto" the compiled one where Numba is installed.

    The environment's GLASSNET_ENGINE decides for "auto".
    """
    if check_engine(name) == "auto":
        name = check_engine(os.environ.get("GLASSNET_ENGINE") or "auto")
    if name == "auto":
        name = "compiled" if installed("numba") else "numpy"
    return compiled() if name == "compiled" else NumpyEngine()


def installed(module: str) -> bool:
    """Whether a module can be imported; it is not imported yet."""
    try:
        return find_spec(module) is not None
    except ImportError:
        return False


@functools.cache
def compiled() -> NumpyEngine:
    """The compiled engine, one for the process."""
    require("numba", "fast", "the compiled engine")
    from glassnet.engine.compiled.engine import CompiledEngine

    return CompiledEngine()
