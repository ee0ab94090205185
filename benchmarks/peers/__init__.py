"""The libraries: one file each, which imports its library at the top, and is imported in a process of its own."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Peer:
    """A library and a way to use it: `place` is "file:function", a file of this folder and a function in it."""

    label: str
    place: str
    packages: tuple[str, ...]

    @property
    def module(self) -> ModuleType:
        return importlib.import_module(f"benchmarks.peers.{self.place.partition(':')[0]}")

    @property
    def build(self) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(self.module, self.place.partition(":")[2])
        return function

    def threads(self) -> str:
        """How many threads the library says it has."""
        return str(self.module.threads())

    @property
    def versions(self) -> str:
        return ", ".join(f"{package} {version_of(package)}" for package in self.packages)


class Unavailable(RuntimeError):
    """The library has no such function in this version."""


def version_of(package: str) -> str:
    """The installed version of a package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def blas_threads() -> str:
    """The threads of the BLAS and OpenMP libraries that this process has loaded."""
    from threadpoolctl import threadpool_info

    pools = {pool["internal_api"]: pool["num_threads"] for pool in threadpool_info()}
    return ", ".join(f"{threads} ({library})" for library, threads in sorted(pools.items()))
