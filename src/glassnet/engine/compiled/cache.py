"""Compiled kernels on disk: each in a file of its own, named by a hash of all that it was made from.

The hash covers the kernel's source, the sources that it calls, and the versions of Python, NumPy, Numba and llvmlite: a
change in any of them makes another file, so that no stale formula ever runs. The folder is `$GLASSNET_CACHE`, or
`glassnet` in the user's cache folder, or where neither can be written to, the system's temporary folder.
"""

import functools
import hashlib
import importlib.resources
import importlib.util
import os
import platform
import sys
import tempfile
import warnings
from pathlib import Path
from types import ModuleType

import llvmlite
import numba
import numpy as np

from glassnet.engine.compiled.translate import Untranslatable
from glassnet.files.atomic import write_whole

PARTS = importlib.resources.files("glassnet.engine.compiled")  # also where it is imported from an archive


@functools.cache
def folder() -> Path:
    """The folder for compiled kernels, made if need be."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    chosen = os.environ.get("GLASSNET_CACHE")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    places = [chosen] if chosen else []
    places += [f"{home}/glassnet", f"{tempfile.gettempdir()}/glassnet-{user}"]
    for place in places:
        if (path := made(place)) is not None:
            return path
        if place == chosen:
            text = f"GLASSNET_CACHE: {place!r} is no folder that only you can write to; another one is taken."
            warnings.warn(text, RuntimeWarning, stacklevel=2)
    return Path(tempfile.mkdtemp(prefix="glassnet-"))


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
    for name in sorted(part.name for part in PARTS.iterdir() if part.name.endswith(".py")):
        found.update(source_of(name))
    return found.digest()


def source_of(name: str) -> bytes:
    """The source of a file of this package; Untranslatable where it was installed without."""
    try:
        return PARTS.joinpath(name).read_bytes()
    except OSError as error:
        raise Untranslatable(f"the source of {name} is not there") from error


@functools.cache
def load(text: str, name: str) -> ModuleType:
    """The module with this source, compiled now or found on disk."""
    digest = hashlib.sha256(foundation() + text.encode()).hexdigest()[:20]
    path = folder() / f"{name}_{digest}.py"
    if not path.exists():
        tell_once()
        write_whole(path, text.encode())
    spec = importlib.util.spec_from_file_location(f"glassnet_compiled_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def load_file(name: str) -> ModuleType:
    """A module of this package, compiled and cached like a kernel."""
    text = source_of(f"{name}.py").decode()
    return load(
        text.replace("@njit(", "@njit(cache=True, ").replace("@cfunc(TASK, ", "@cfunc(TASK, cache=True, "), name
    )


@functools.cache
def tell_once() -> None:
    """Say why the first use takes longer."""
    print(f"glassnet: compiling new loops for this machine; kept in {folder()}", file=sys.stderr)
