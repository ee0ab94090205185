"""Workers that a command names: so many processes of this machine, or those of a Dask cluster at an address."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.extras import require

PURPOSE = "training on other processes"
PATIENCE = 20  # seconds for a scheduler that does not answer


def check_workers(named: str | None) -> None:
    """Refuse what is neither a number of processes nor an address, and say what is not installed."""
    if named is None:
        return
    if not is_number(named) and not is_address(named):
        raise InvalidInput(
            f"--workers takes a number of processes, such as 4, or the address of a Dask scheduler, such as "
            f"tcp://host:8786; got {named!r}."
        )
    require("joblib" if is_number(named) else "distributed", "cluster", PURPOSE)


def is_number(named: str) -> bool:
    """Whether workers are named by how many there are."""
    return named.isdecimal() and int(named) >= 1


def is_address(named: str) -> bool:
    """Whether workers are named by the address of a scheduler."""
    scheme, found, host = named.partition("://")
    return bool(scheme and found and host)


@contextmanager
def workers_named(named: str | None) -> Iterator[None]:
    """Within it fits go to these workers, as within `joblib.parallel_config`; None for this process."""
    check_workers(named)
    if named is None:
        yield
        return
    joblib = require("joblib", "cluster", PURPOSE)
    if is_number(named):
        with joblib.parallel_config(backend="loky", n_jobs=int(named)):
            yield
        return
    with connected(named) as client, joblib.parallel_config(backend="dask", client=client):
        yield


def connected(address: str) -> Any:
    """A client of the scheduler at an address."""
    distributed = require("distributed", "cluster", PURPOSE)
    try:
        return distributed.Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise InvalidInput(f"no Dask scheduler answers at {address}: {said}.") from None
