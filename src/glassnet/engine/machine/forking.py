"""A fork while another thread compiles: it waits for that, and the child has locks that nobody holds.

Otherwise modules that are being imported stay locked in the child for ever, and what LLVM is at is copied half done.
"""

import functools
import os
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 30.0  # seconds that a fork waits at most
COMPILER = "numba.core.compiler_lock"

_loading = threading.RLock()
_owners: "weakref.WeakSet[Any]" = weakref.WeakSet()
_taken = threading.local()


@contextmanager
def loading() -> Iterator[None]:
    """The engine, or the module of a kernel, is being imported: no fork comes in between."""
    guard()
    with _loading:
        yield


def renew_after_fork(owner: object) -> None:
    """Call `renew_locks` of an object in each forked child: a thread that held one of its locks is not there."""
    guard()
    _owners.add(owner)


@functools.cache
def guard() -> None:
    """From now on forks wait; they do so before they take the locks of these two, which an import may need."""
    import concurrent.futures.thread  # noqa: F401
    import logging  # noqa: F401 - of what is registered the last is called first

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=wait, after_in_parent=go_on, after_in_child=begin_anew)


def wait() -> None:
    """Before a fork: first for modules, in whose course functions are compiled, then for a function alone."""
    _taken.locks = []
    if _loading.acquire(timeout=PATIENCE):
        _taken.locks.append(_loading)
    compiler = sys.modules.get(COMPILER)
    if compiler is not None and (lock := compiler.global_compiler_lock._lock).acquire(timeout=PATIENCE):
        _taken.locks.append(lock)


def go_on() -> None:
    """In the parent, after a fork."""
    for lock in reversed(getattr(_taken, "locks", ())):
        lock.release()
    _taken.locks = []


def begin_anew() -> None:
    """In the child, after a fork."""
    global _loading
    _loading = threading.RLock()
    compiler = sys.modules.get(COMPILER)
    if compiler is not None:
        compiler.global_compiler_lock._lock = threading.RLock()
    for owner in list(_owners):
        owner.renew_locks()
