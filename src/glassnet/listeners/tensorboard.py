"""Epochs as curves in TensorBoard, written by tensorboardX: no TensorFlow, no PyTorch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glassnet.calls import answered
from glassnet.extras import require
from glassnet.files.paths import as_path
from glassnet.listeners.listener import Listener
from glassnet.training.epoch import Epoch

FLUSH_SECONDS = 5  # so that curves grow while one looks


@answered
class TensorBoard(Listener):
    """Writes event files for TensorBoard: `tensorboard --logdir FOLDER` shows them (extra `tensorboard`).

    They are in FOLDER/train and FOLDER/validation under the same names, loss, accuracy, …, so that TensorBoard draws
    both curves of a quantity in one chart; learning_rate and seconds are in train. The step is the number of the epoch,
    and TensorBoard keeps values in float32.

    Parameters
    ----------
    folder
        FOLDER, which is created if it does not exist.

    Raises MissingExtra without tensorboardX.

    >>> import pathlib, tempfile
    >>> xor, folder = gn.datasets.xor(), pathlib.Path(tempfile.mkdtemp())
    >>> log = gn.listeners.TensorBoard(folder)
    >>> history = gn.Network([gn.Dense(1)]).fit(xor.X, xor.y, loss="squared_error", epochs=2, seed=0, listeners=[log])
    >>> sorted(path.name for path in folder.iterdir())
    ['train']
    """

    def __init__(self, folder: str | Path):
        self.module = require("tensorboardX", "tensorboard", "logging to TensorBoard")
        self.folder = as_path(folder, "folder")
        self._writers: dict[str, Any] = {}

    def begin(self, about: Mapping[str, Any]) -> None:
        """Nothing is written before there is a value."""
        self.end(None)

    def __call__(self, epoch: Epoch) -> None:
        """Add a point to each curve."""
        own = {"loss": epoch.loss, **epoch.metrics, "learning_rate": epoch.learning_rate, "seconds": epoch.seconds}
        self._write("train", own, epoch.number)
        if epoch.val_loss is not None:
            self._write("validation", {"loss": epoch.val_loss, **epoch.val_metrics}, epoch.number)

    def _write(self, part: str, values: Mapping[str, float], number: int) -> None:
        if part not in self._writers:
            self._writers[part] = self.module.SummaryWriter(str(self.folder / part), flush_secs=FLUSH_SECONDS)
        for name, value in values.items():
            self._writers[part].add_scalar(name, value, number)

    def end(self, error: BaseException | None) -> None:
        """Write what is left, and close the files."""
        while self._writers:
            self._writers.popitem()[1].close()
