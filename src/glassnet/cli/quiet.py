"""Of the processes of `mpiexec -n 4 glassnet train …`, the first one prints."""

import os
import sys

from glassnet.training.ranks.launcher import launched


def quiet_others() -> None:
    """Print nothing on any rank but the first."""
    process = launched()
    if process is not None and process.rank and sys.argv[1:2] == ["train"]:
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
