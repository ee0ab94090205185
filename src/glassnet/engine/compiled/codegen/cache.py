"""Compiled kernels on disk: each function in a file of its own, named by a hash of all that it was made from.

The hash covers the kernel's source, the sources that it calls, and the versions of Python, NumPy, Numba and llvmlite: a
change in any of them makes another file, so that no stale formula ever runs. The folder is `$GLASSNET_CACHE`, or
`glassnet` in the user's cache folder, or where neither can be written to, the system's temporary folder.
"""

import functools
import hashlib
import importlib.resources
import os
import pickle
import platform
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import sigutils
from numba.core.ccallback import CFunc
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from glassnet.calls import warn
from glassnet.engine.machine.forking import loading
from glassnet.files.atomic import CannotWrite, write_whole
from glassnet.formulas.syntax.reader import Untranslatable

PARTS = importlib.resources.files("glassnet.engine.compiled")  # also where it is imported from an archive
FOLDERS = [".", *(part.name for part in PARTS.iterdir() if part.is_dir() and part.name != "__pycache__")]


@functools.cache
def folder() -> Path | None:
    """The folder for compiled kernels, made if need be; None where none can be made."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    chosen = os.environ.get("GLASSNET_CACHE")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    places = [chosen] if chosen else []
    places.append(f"{home}/glassnet")
    with suppress(OSError):  # nowhere
        places.append(f"{tempfile.gettempdir()}/glassnet-{user}")
    for place in places:
        if (path := made(place)) is not None:
            return path
        if place == chosen:
            text = f"GLASSNET_CACHE: {place!r} is not a folder that only you can write to; another one is used."
            warn(text, RuntimeWarning)
    try:
        return Path(tempfile.mkdtemp(prefix="glassnet-"))
    except OSError:
        return None


def made(place: str) -> Path | None:
    """A folder, made if need be; None where one cannot write to it, or others can."""
    try:
        path = Path(place).expanduser()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # the second where nobody knows the home folder
        return None
    return path if os.access(path, os.W_OK) and is_ours(path) else None


def is_ours(path: Path) -> bool:
    """Whether nobody else could have put code there, as in a folder of a group or a shared temporary one."""
    found = path.stat()
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


@functools.cache
def foundation() -> bytes:
    """A hash of the sources that kernels call, and of the versions of what compiles them."""
    versions = (platform.python_version(), np.__version__, numba.__version__, llvmlite.__version__, platform.machine())
    found = hashlib.sha256(repr(versions).encode())
    for name in sorted(f"{place}/{part.name}" for place in FOLDERS for part in PARTS.joinpath(place).iterdir()):
        if name.endswith(".py"):
            found.update(source_of(name))
    return found.digest()


def source_of(name: str) -> bytes:
    """The source of a file of this package; Untranslatable where it was installed without."""
    try:
        return PARTS.joinpath(name).read_bytes()
    except OSError as error:
        raise Untranslatable(f"the source of {name} is missing") from error


@functools.cache
def load(text: str, name: str) -> ModuleType:
    """The module with this source, whose functions are compiled now or found on disk."""
    digest = hashlib.sha256(foundation() + text.encode()).hexdigest()[:20]
    module = ModuleType(f"glassnet_compiled_{name}_{digest}")
    sys.modules[module.__name__] = module  # where what is found on disk looks for its own module
    vars(module).update(kept_njit=functools.partial(kept_njit, f"{name}_{digest}"))
    vars(module).update(kept_cfunc=functools.partial(kept_cfunc, f"{name}_{digest}"))
    text = text.replace("@njit(", "@kept_njit(").replace("@cfunc(", "@kept_cfunc(")
    with loading():
        exec(compile(text, f"<{module.__name__}>", "exec"), vars(module))
    return module


def load_file(name: str) -> ModuleType:
    """A module of `runtime`, compiled and cached like a kernel."""
    return load(source_of(f"runtime/{name}.py").decode(), name)


@functools.cache
def tell_once() -> None:
    """Say why the first use takes longer."""
    place = f"kept in {folder()}" if folder() else "there is no folder to keep them in"
    print(f"glassnet: compiling new loops for this machine; {place}", file=sys.stderr)


@functools.cache
def tell_unkept(place: Path) -> None:
    """Say once that what is compiled will not be there for the next process."""
    text = (
        f"compiled loops cannot be kept in {place}: each process compiles them again. Set GLASSNET_CACHE to a folder."
    )
    warn(text, RuntimeWarning)


class Kept:
    """What Numba asks for a function that is compiled already, in the place of its own cache.

    A file is its checksum and what it says: one that was cut off, or is anything else, counts as not there. One that
    cannot be written is a warning, and the function stays in memory.
    """

    cache_path = None

    def __init__(self, stem: str, function: Callable[..., Any]):
        self.stem = f"{stem}-{function.__qualname__}"

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The compiled function for a signature, or None."""
        context.refresh()
        path = self._path(signature, context)
        try:
            if path is not None and (content := unchanged(path.read_bytes())) is not None:
                return CompileResult._rebuild(context, *pickle.loads(content))
        except Exception:  # whatever is wrong with it, it is compiled anew
            pass
        tell_once()
        return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep a compiled function."""
        path = self._path(signature, compiled.target_context)
        if path is None or compiled.library.has_dynamic_globals or any(not part.can_cache for part in compiled.lifted):
            return
        content = dumps(compiled._reduce())
        try:
            made(str(path.parent))  # it may have been removed
            write_whole(path, hashlib.sha256(content).digest() + content)
        except CannotWrite:
            tell_unkept(path.parent)

    def _path(self, signature: Any, context: Any) -> Path | None:
        made_for = repr((signature, context.codegen().magic_tuple()))
        place = folder()
        return place and place / f"{self.stem}-{hashlib.sha256(made_for.encode()).hexdigest()[:16]}.code"


def unchanged(content: bytes) -> bytes | None:
    """What a file says behind its checksum, if that is right."""
    return content[32:] if hashlib.sha256(content[32:]).digest() == content[:32] else None


def kept_njit(stem: str, **options: Any) -> Callable[[Any], Any]:
    """Numba's njit, with what it compiles kept on disk."""

    def decorate(function: Any) -> Any:
        found = numba.njit(**options)(function)
        found._cache = Kept(stem, function)
        return found

    return decorate


def kept_cfunc(stem: str, signature: Any, **options: Any) -> Callable[[Any], Any]:
    """Numba's cfunc, with what it compiles kept on disk."""

    def decorate(function: Any) -> Any:
        found: Any = CFunc(function, sigutils.normalize_signature(signature), locals={}, options=options)
        found._cache = Kept(stem, function)
        found.compile()
        return found

    return decorate
