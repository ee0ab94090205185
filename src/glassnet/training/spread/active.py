"""Where many fits go: to the joblib backend that the program has chosen, or nowhere else.

joblib is looked at only if the program has imported it, so nothing is imported for those who never use it.
"""

import sys
from typing import Any

from glassnet.engine.machine.threads import available, cores
from glassnet.training.spread.parcels import Spread

ON_THIS_MACHINE = ("LokyBackend", "MultiprocessingBackend")


def active_spread() -> Spread | None:
    """The workers of the joblib backend that `joblib.parallel_config` has chosen; None for this process.

    What already runs inside a worker stays there: its cores are taken.
    """
    backend, jobs = chosen()
    if backend is None or backend.nesting_level or getattr(backend, "supports_sharedmem", False):
        return None
    if hasattr(backend, "client"):
        from glassnet.training.spread.on_dask import OnDask, is_within_a_task

        return None if is_within_a_task() else OnDask(backend.client)
    from glassnet.training.spread.on_joblib import OnJoblib

    wanted = sys.modules["joblib"].effective_n_jobs(-1 if jobs is None else jobs)
    if type(backend).__name__ not in ON_THIS_MACHINE:
        return OnJoblib(wanted, 1)
    wanted = min(wanted, cores())
    return OnJoblib(wanted, max(1, min(available(), cores() // wanted)))


def chosen() -> tuple[Any, int | None]:
    """(the backend that is chosen, how many jobs were asked for); (None, None) without `joblib.parallel_config`."""
    parallel = sys.modules.get("joblib.parallel")
    if parallel is None:
        return None, None
    backend, jobs = parallel.get_active_backend()
    if parallel.get_active_backend()[0] is not backend:  # of a default, each question makes another
        return None, None
    return backend, jobs


def threads_asked() -> int | None:
    """How many threads a backend of threads was asked for, if one is chosen."""
    backend, jobs = chosen()
    if backend is None or backend.nesting_level or not getattr(backend, "uses_threads", False):
        return None
    return None if jobs is None else int(sys.modules["joblib"].effective_n_jobs(jobs))
