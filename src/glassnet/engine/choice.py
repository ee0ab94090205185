"""Which engine runs a network: by name, or by what is installed."""

import functools
import os
import threading
import warnings
from importlib.util import find_spec

from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.errors import MissingExtra, UnknownName
from glassnet.extras import require
from glassnet.formulas.registry import is_one_of

PATIENCE = 60.0  # seconds that a fork waits for an import
_importing, _taken = threading.RLock(), threading.local()
ENGINES = ("auto", "compiled", "numpy")


def check_engine(name: str) -> str:
    """The name of an engine."""
    if not is_one_of(name, ENGINES):
        raise UnknownName("engine", name, ENGINES)
    return name


def engine_of(name: str) -> NumpyEngine:
    """NumPy, compiled, or with "auto" the compiled one where Numba is installed.

    The environment's GLASSNET_ENGINE decides for "auto".
    """
    if check_engine(name) == "auto":
        name = check_engine(os.environ.get("GLASSNET_ENGINE") or "auto")
    if name == "auto":
        return automatic()
    return compiled() if name == "compiled" else NumpyEngine()


@functools.cache
def automatic() -> NumpyEngine:
    """The compiled engine where Numba works; where it is installed and does not, a warning says why."""
    if installed("numba"):
        try:
            return compiled()
        except MissingExtra as reason:
            warnings.warn(f"networks run on the NumPy engine: {reason}.", RuntimeWarning, stacklevel=4)
    return NumpyEngine()


def installed(module: str) -> bool:
    """Whether a module can be imported; it is not imported yet."""
    try:
        return find_spec(module) is not None
    except ImportError:
        return False


@functools.cache
def compiled() -> NumpyEngine:
    """The compiled engine, one for the process."""
    with _importing:
        return imported()


def imported() -> NumpyEngine:
    """The compiled engine; MissingExtra where it cannot work."""
    if require("numba", "fast", "the compiled engine").config.DISABLE_JIT:
        raise MissingExtra("the compiled engine needs Numba to compile: NUMBA_DISABLE_JIT is set")
    from glassnet.engine.compiled.translate import Untranslatable

    try:
        from glassnet.engine.compiled.engine import CompiledEngine

        return CompiledEngine()
    except Untranslatable as reason:  # .pyc files alone, or an archive of a kind that gives no sources
        raise MissingExtra(f"the compiled engine needs glassnet with its .py files: {reason}") from reason


def wait_for_import() -> None:
    """Before a fork: a module that another thread imports would stay locked in the child."""
    _taken.it = _importing.acquire(timeout=PATIENCE)


def go_on() -> None:
    """In the parent, after a fork."""
    if getattr(_taken, "it", False):  # registered in the middle of a fork, it has no first half
        _importing.release()


def begin_anew() -> None:
    """In the child, after a fork."""
    global _importing
    _importing = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=wait_for_import, after_in_parent=go_on, after_in_child=begin_anew)
