"""Where each of several networks that are trained together keeps its checkpoints."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassnet.errors import InvalidInput
from glassnet.training.checkpoints.settings import ENDING, Checkpoint

if TYPE_CHECKING:
    from glassnet.training.keywords import CheckpointLike


class Places:
    """Where the networks of a training write their checkpoints, and from where they are resumed, one after the other.

    The first has the place that was named, the others folders in it, or files beside it: network-2, network-3, ….
    """

    def __init__(self, checkpoint: "CheckpointLike | None", resume: "str | Path | bool | None", ranks: Any = None):
        self.checkpoint = None if checkpoint is None else Checkpoint.of(checkpoint)
        self.resume, self.number, self.ranks = resume, 0, ranks

    def next(self) -> dict[str, Any]:
        """The settings of the next network."""
        self.number += 1
        if self.number == 1:
            return {"checkpoint": self.checkpoint, "resume": self.resume, "communicator": self.ranks}
        checkpoint, resume, own = self.checkpoint, self.resume, f"network-{self.number}"
        if checkpoint is not None:
            path = checkpoint.path
            path = beside_file(path, own) if checkpoint.is_file else os.path.join(path, own)
            checkpoint = Checkpoint(path, checkpoint.every, checkpoint.minutes, checkpoint.keep)
        if resume is not None and not isinstance(resume, bool):
            resume = beside(resume, own)
        return {"checkpoint": checkpoint, "resume": resume, "communicator": self.ranks}


def beside_file(path: str, own: str) -> str:
    """The file of another network beside the file of the first."""
    return f"{path}.{own}{ENDING}"


def beside(resume: "str | Path", own: str) -> str:
    """Where another network is resumed from: the file beside that of the first, or its folder in that of the first."""
    if not os.path.isfile(resume):
        return os.path.join(resume, own)
    if not os.path.isfile(found := beside_file(str(resume), own)):
        raise InvalidInput(
            f"each of several networks has its checkpoints: beside {resume} there is no {os.path.basename(found)}. "
            "Resume from the folder in which all of them are, or train one network (n_ensemble=1)."
        )
    return found
