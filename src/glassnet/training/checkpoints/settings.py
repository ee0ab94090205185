"""Where and how often a training run is saved."""

import os
import re
from typing import TYPE_CHECKING, Any, Self

from glassnet.errors import InvalidInput, ModelFileError, brief
from glassnet.files.paths import is_path
from glassnet.formulas.description import Description
from glassnet.formulas.registry import is_number
from glassnet.training.inputs.checks import check_whole

if TYPE_CHECKING:
    from pathlib import Path

ENDING = ".safetensors"


class Checkpoint(Description):
    """Saves a whole training run every few epochs or minutes, so that `resume` continues from there, bit for bit.

    Parameters
    ----------
    path
        A folder for one run, with a file for each of the last saved epochs; or a file that ends in .safetensors, which
        each checkpoint replaces. It must not hold checkpoints of another run.
    every
        Save after this many epochs; 1 where `minutes` is not given either.
    minutes
        Save after this many minutes, also within an epoch that takes longer than a few seconds; None by default.
    keep
        How many files stay in a folder; 1 by default.

    One checkpoint is written at the start, so that a place that cannot be written to is refused before any work, and
    one at the end, whether training finished, was left or was interrupted. If a later one cannot be written, a
    RuntimeWarning is given, the last one stays, and training continues.

    Raises InvalidInput for settings out of range; CannotWrite at the start of training.

    >>> Checkpoint("runs/a", minutes=10)
    Checkpoint(path='runs/a', minutes=10)
    """

    path: Any
    every: Any = None
    minutes: Any = None
    keep: Any = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", path_of(self.path, "Checkpoint"))
        if self.every is None and self.minutes is None:
            object.__setattr__(self, "every", 1)
        if self.every is not None:
            check_whole(self.every, "Checkpoint: `every`")
        if self.minutes is not None and not (is_number(self.minutes) and self.minutes > 0):
            raise InvalidInput(f"Checkpoint: `minutes` must be a positive number, got {brief(self.minutes)}.")
        check_whole(self.keep, "Checkpoint: `keep`")
        if self.is_file and self.keep > 1:
            raise InvalidInput(f"Checkpoint: {self.path} is one file; to keep {self.keep}, name a folder.")

    @classmethod
    def of(cls, given: object) -> Self:
        """A checkpoint from one, or from its path."""
        return given if isinstance(given, cls) else cls(given)

    @property
    def is_file(self) -> bool:
        """Whether there is one file, not a folder."""
        return str(self.path).endswith(ENDING)

    def file(self, epoch: int, rows: int) -> str:
        """The path of the checkpoint after an epoch and some rows of the next one."""
        within = f"-row-{rows}" if rows else ""
        return self.path if self.is_file else os.path.join(self.path, f"epoch-{epoch:06d}{within}{ENDING}")


def path_of(given: Any, what: str) -> str:
    """A path as a string."""
    if not is_path(given) or isinstance(given, bytes):
        raise InvalidInput(f"{what} needs the path of a folder or of a file that ends in {ENDING}, got {brief(given)}.")
    return str(os.fspath(given))


def files_in(path: str) -> dict[tuple[int, int], str]:
    """The checkpoints in a folder by epochs and rows done, the newest last; a file is its own (after −1 epochs)."""
    if os.path.isfile(path):
        return {(-1, 0): path}
    try:
        names = os.listdir(path)
    except OSError:
        return {}
    found = {
        (int(m[1]), int(m[2] or 0)): os.path.join(path, name)
        for name in names
        if (m := re.fullmatch(rf"epoch-(\d+)(?:-row-(\d+))?{ENDING}", name))
    }
    return dict(sorted(found.items()))


def newest_of(resume: "str | Path | bool | None", checkpoint: Checkpoint | None) -> str | None:
    """The file that `resume` means: a path, or True for the newest of the run's own checkpoints, if there is one."""
    if resume is None or resume is False:
        return None
    if resume is True and checkpoint is None:
        raise InvalidInput(
            "resume=True continues from the run's own checkpoints: set checkpoint=gn.Checkpoint(…) as well."
        )
    path = checkpoint.path if resume is True and checkpoint else path_of(resume, "resume")
    found = [*files_in(path).values()]
    if not found and resume is not True:
        what = "holds no checkpoint" if os.path.isdir(path) else "is not there"
        raise ModelFileError(f"cannot resume: {path} {what}.")
    return found[-1] if found else None
