"""`glassnet train` as one of several processes of mpiexec or srun: rank 0 alone prints and writes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glassnet.engine.ranks.communicator import Communicator
from glassnet.errors import InvalidInput
from glassnet.training.ranks.common import is_common, meet
from glassnet.training.ranks.launcher import launched, world


@contextmanager
def on_ranks() -> Iterator[Communicator | None]:
    """The communicator of a command, None for one process; an error of one rank ends the command on all."""
    process = launched()
    if process is None or process.size == 1:
        yield None
        return
    from glassnet.training.ranks.mpi import MpiCommunicator

    communicator = MpiCommunicator(world())
    try:
        yield communicator
    except Exception as error:
        ends = hasattr(error, "exit_code")  # as a command does that is to end: all of them come here
        if not ends and not is_common(error):
            meet(communicator, "fails", error=error)
        raise
    meet(communicator, "ends")


@contextmanager
def passing_folder() -> Iterator[Path]:
    """A folder for what a rank needs until it ends."""
    with tempfile.TemporaryDirectory(prefix="glassnet-rank-") as folder:
        yield Path(folder)


def told(communicator: Communicator, folder: Path, resumable: bool) -> str:
    """A line on the ranks, and how to go on where one is lost."""
    n = communicator.size
    again = f"mpiexec -n {n} glassnet train --resume {folder}" if resumable else "start again, with --checkpoint-every"
    return f"on {n} ranks; should one be lost, all end: {again}"


def check_single(communicator: Communicator | None, option: str) -> None:
    """Refuse what is trained by one process."""
    if communicator is not None:
        raise InvalidInput(f"{option} trains one network after the other: start it without mpiexec.")
