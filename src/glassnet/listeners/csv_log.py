"""Epochs as lines of a CSV file."""

import csv
from pathlib import Path
from typing import Any, TextIO

from glassnet.calls import answered
from glassnet.errors import InvalidInput, shortened
from glassnet.files.lines import open_lines
from glassnet.files.paths import as_path
from glassnet.listeners.listener import Listener
from glassnet.training.epoch import Epoch


@answered
class CSVLog(Listener):
    """Appends a line to a CSV file after each epoch: epoch, measured values, learning_rate, seconds, in full precision.

    Each line is written out before the next epoch begins, so a killed training leaves all its complete lines. An
    existing file with the same columns is appended to; a second training starts again with epoch 1.

    Parameters
    ----------
    path
        The file.

    Raises InvalidInput at the first epoch if the file has other columns, and CannotWrite.

    >>> import glassnet as gn, pathlib, tempfile
    >>> xor = gn.datasets.xor()
    >>> log = pathlib.Path(tempfile.mkdtemp(), "log.csv")
    >>> net = gn.Network([gn.Dense(1)])
    >>> history = net.fit(xor.X, xor.y, loss="squared_error", epochs=3, seed=0, listeners=[gn.listeners.CSVLog(log)])
    >>> header, *lines = log.read_text().splitlines()
    >>> header
    'epoch,loss,learning_rate,seconds'
    >>> [float(line.split(",")[1]) for line in lines] == history["loss"]
    True
    """

    def __init__(self, path: str | Path):
        self.path = as_path(path)
        self._file: TextIO | None = None

    def __call__(self, epoch: Epoch) -> None:
        """Append the epoch as a line."""
        row = {"epoch": epoch.number, **epoch.values, "learning_rate": epoch.learning_rate, "seconds": epoch.seconds}
        if self._file is None:
            self._file = open_lines(self.path)
            self._writer = csv.DictWriter(self._file, self._header(list(row)), lineterminator="\n")
        self._writer.writerow(row)
        self._file.flush()

    def _header(self, names: list[str]) -> list[str]:
        try:
            with self.path.open(encoding="utf-8", newline="") as file:
                found: list[Any] = next(csv.reader(file), [])
        except (csv.Error, UnicodeDecodeError) as error:
            self.end(None)
            raise InvalidInput(f"{self.path} is not a CSV file to append to: {error}.") from error
        if not found:
            csv.writer(self._file, lineterminator="\n").writerow(names)  # type: ignore[arg-type]
        elif found != names:
            self.end(None)
            there = shortened(", ".join(found), 200)
            raise InvalidInput(f"{self.path} has the columns {there}; this training has {', '.join(names)}.")
        return names

    def end(self, error: BaseException | None) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
