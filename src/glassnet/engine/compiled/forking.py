"""A fork while another thread compiles: it waits for that, and the child has locks that nobody holds."""

import os
import threading
import weakref
from typing import Any

from numba.core.compiler_lock import global_compiler_lock

PATIENCE = 30.0  # seconds that a fork waits for a function that is being compiled
_owners: "weakref.WeakSet[Any]" = weakref.WeakSet()
_taken = threading.local()


def renew_after_fork(owner: Any) -> None:
    """Call `renew_locks` of an object in each forked child: a thread that held one of its locks is not there."""
    _owners.add(owner)


def wait_for_compiler() -> None:
    """Before a fork: what LLVM is at would be copied half done."""
    _taken.it = global_compiler_lock._lock.acquire(timeout=PATIENCE)


def go_on() -> None:
    """In the parent, after a fork."""
    if getattr(_taken, "it", False):  # registered in the middle of a fork, it has no first half
        global_compiler_lock._lock.release()


def begin_anew() -> None:
    """In the child, after a fork."""
    global_compiler_lock._lock = threading.RLock()
    for owner in list(_owners):
        owner.renew_locks()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=wait_for_compiler, after_in_parent=go_on, after_in_child=begin_anew)
