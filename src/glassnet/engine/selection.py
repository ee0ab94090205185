"""Which engine runs a network: by name, or by what is installed."""

import functools
import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from glassnet.calls import warn
from glassnet.engine.engine import Engine
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.errors import MissingExtra, UnknownName
from glassnet.formulas.registry import is_one_of
from glassnet.layers.layer import Layer

if TYPE_CHECKING:
    from glassnet.formulas.loss import Loss


def check_engine(name: str) -> str:
    """The name of an engine, or "auto"."""
    if not is_one_of(name, names := ("auto", *sorted(ENGINES))):
        raise UnknownName("engine", name, names)
    return name


def engine_of(name: str) -> Engine:
    """The engine with a name of `ENGINES`; with "auto" the compiled one where Numba is installed.

    The environment's GLASSNET_ENGINE decides for "auto".
    """
    if check_engine(name) == "auto":
        name = check_engine(os.environ.get("GLASSNET_ENGINE") or "auto")
    if name == "auto":
        return automatic()
    return ENGINES[name]()


def engine_for(name: str, layers: Iterable[Layer], loss: "Loss | None" = None) -> Engine:
    """The engine with a name for some layers and a loss.

    Functions of one's own, which the tape differentiates, run on the NumPy engine, which the compiled one holds for
    what it cannot compile; whoever asked for the compiled one by name is told.
    """
    engine, own = engine_of(name), [*functions_among(layers), *functions_among([loss] if loss else [])]
    if not own:
        return engine
    if name == "compiled":
        tell_function(own[0])
    return getattr(engine, "fallback", engine)


def functions_among(parts: "Iterable[Layer | Loss]") -> Iterator[str]:
    """Layers and losses that are functions, as they are written; those inside others too."""
    for part in parts:
        if part.is_function:
            yield repr(part)
        yield from functions_among(getattr(part, "inner", ()))


@functools.cache
def tell_function(shown: str) -> None:
    """Say once for each function that its networks run on NumPy."""
    warn(
        f"engine='compiled': {shown} is a function of your own, which runs on the NumPy engine, and so does this "
        "network: leave `engine` at 'auto', or write a class with kernels (docs/extending.md).",
        RuntimeWarning,
    )


@functools.cache
def automatic() -> Engine:
    """The compiled engine where Numba works; where it is installed and does not, a warning says why."""
    if installed("numba"):
        try:
            return compiled()
        except MissingExtra as reason:
            warn(f"networks run on the NumPy engine: {reason}.", RuntimeWarning)
    return NumpyEngine()


def installed(module: str) -> bool:
    """Whether a module can be imported; it is not imported yet."""
    from importlib.util import find_spec  # not before: who names an engine asks for nothing

    try:
        return find_spec(module) is not None
    except ImportError:
        return False


@functools.cache
def compiled() -> Engine:
    """The compiled engine, one for the process."""
    from glassnet.engine.machine.forking import loading

    with loading():
        return imported()


def imported() -> Engine:
    """The compiled engine; MissingExtra where it cannot work."""
    from glassnet.extras import require

    if require("numba", "fast", "the compiled engine").config.DISABLE_JIT:
        raise MissingExtra("the compiled engine needs Numba to compile: NUMBA_DISABLE_JIT is set")
    from glassnet.formulas.syntax.reader import Untranslatable

    try:
        from glassnet.engine.compiled.engine import CompiledEngine

        return CompiledEngine(fallback=NumpyEngine())
    except Untranslatable as reason:  # .pyc files alone, or an archive of a kind that gives no sources
        raise MissingExtra(f"the compiled engine needs glassnet with its .py files: {reason}") from reason


# What gives each engine, by its name. One of your own is entered here: ENGINES["mine"] = MyEngine.
ENGINES: dict[str, Callable[[], Engine]] = {"compiled": compiled, "numpy": NumpyEngine}
