"""The settings `communicator` and `reduction` of a training, turned into the ranks that share it."""

from collections.abc import Mapping
from typing import Any

from glassnet.calls import warn
from glassnet.engine.ranks.communicator import Communicator
from glassnet.engine.ranks.reduction import REDUCTIONS, Ranks
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.registry import is_one_of

OPERATIONS = ("rank", "size", "gather", "exchange", "complete", "sum", "share", "wait", "abort")


def check_communicator(given: Any) -> Communicator | None:
    """None, one of mpi4py, or an object with the methods of `Communicator`."""
    if given is None or all(hasattr(given, name) for name in OPERATIONS):
        return given
    from glassnet.training.ranks.mpi import MpiCommunicator, is_mpi  # imported late: few trainings need it

    if not is_mpi(given):
        raise InvalidInput(f"communicator must be one of mpi4py, such as MPI.COMM_WORLD, got {brief(given)}.")
    return MpiCommunicator(given)


def check_reduction(given: object) -> str:
    """How gradients of several ranks are summed up."""
    if not is_one_of(given, REDUCTIONS):
        raise UnknownName("reduction", given, REDUCTIONS)
    return str(given)


def communicator_of(settings: Mapping[str, Any]) -> Communicator | None:
    """The communicator of a training; None where there is one process, whose training is the usual one."""
    communicator = check_communicator(settings.get("communicator"))
    if communicator is None or communicator.size > 1:
        return communicator
    from glassnet.training.ranks.launcher import launched

    if launched() is None:
        warn("the communicator has one rank: start the program by `mpiexec -n 4 python …` to train on 4.", UserWarning)
    return None


def ranks_of(communicator: Communicator | None, reduction: str) -> Ranks | None:
    """The ranks as engines see them; None for one process."""
    return None if communicator is None or communicator.size == 1 else Ranks(communicator, reduction)
