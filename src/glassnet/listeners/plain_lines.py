"""Progress as plain lines, for files, pipes, notebooks and terminals without rich: as many as one can read."""

import time
from typing import TextIO

from glassnet.listeners.status_line import Standing

SECONDS, SHARE = 1.0, 0.05  # at the least between two lines: a second, and this share of the time so far


class PlainLines:
    """Prints the first epoch, each tenth of the way, the last, and between them the latest when it was quiet for long.

    `each` prints every epoch. `file=None` is standard output, as it is at that moment.
    """

    def __init__(self, standing: Standing, each: bool, file: TextIO | None):
        self.standing, self.each, self.file = standing, each, file
        self.printed, self.tenth, self.at = 0, 0, standing.started

    def update(self) -> None:
        """After each epoch."""
        standing, now = self.standing, time.perf_counter()
        tenth = 10 * standing.number // standing.n_epochs if standing.n_epochs else 0
        quiet = now - self.at >= max(SECONDS, SHARE * (now - standing.started))
        if self.each or not self.printed or tenth > self.tenth or quiet:
            self.tenth, self.at = tenth, now
            self._print()

    def stop(self) -> None:
        """After the last epoch, whichever that was."""
        if self.standing.number > self.printed:
            self._print()

    def _print(self) -> None:
        self.printed = self.standing.number
        print(self.standing.line(), file=self.file, flush=True)
