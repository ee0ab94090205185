"""Whether this process was started as one of several, by mpiexec or srun; MPI itself is not touched."""

import os
from typing import Any, NamedTuple

from glassnet.errors import InvalidInput, MissingExtra
from glassnet.extras import require

# (the number of the process, how many there are): MPICH and Intel MPI, Open MPI, what srun starts.
VARIABLES = (
    ("PMI_RANK", "PMI_SIZE"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
)
NO_LIBRARY = 'training on several ranks needs an MPI library: load that of your cluster, or pip install "glassnet[mpi]"'


class Launched(NamedTuple):
    """The number of this process, and how many were started."""

    rank: int
    size: int


def launched() -> Launched | None:
    """What a launcher said in the environment; None where there was none."""
    for rank, size in VARIABLES:
        texts = [os.environ.get(name, "") for name in (rank, size)]
        if all(text.isdecimal() for text in texts):
            return Launched(*map(int, texts))
    return None


def world() -> Any:
    """All processes that a launcher started as a communicator of mpi4py; None where it started one, or none did."""
    process = launched()
    if process is None or process.size == 1:
        return None
    try:
        mpi = require("mpi4py.MPI", "mpi", "training on several ranks")
    except RuntimeError as error:  # mpi4py found no library
        raise MissingExtra(f"{NO_LIBRARY} ({str(error).splitlines()[0]}).") from None
    if (size := mpi.COMM_WORLD.Get_size()) != process.size:
        library = mpi.Get_library_version().split(",")[0][:60].strip()
        raise InvalidInput(
            f"the launcher started {process.size} processes, but MPI knows of {size}: it belongs to another MPI than "
            f"mpi4py, which uses {library}. Start with the mpiexec of that one."
        )
    return mpi.COMM_WORLD
