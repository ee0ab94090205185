"""The curves of a training in a notebook, redrawn while it runs."""

import time
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from glassnet.calls import answered
from glassnet.extras import require
from glassnet.listeners.listener import Listener
from glassnet.training.epoch import Epoch
from glassnet.training.history import History

LEAST_SHARE = 5  # drawing waits for this many times what the last drawing took


@answered
class LiveFigure(Listener):
    """Shows `history.plot(*names)` in a notebook and redraws it during training (extra `notebook`).

    Parameters
    ----------
    names
        The panels: "loss", "accuracy", …; everything that is measured by default.
    every
        At least this many seconds between two drawings, 0.5 by default; more where drawing is slow, so that it takes at
        most a fifth of the time.

    Raises MissingExtra without IPython or matplotlib.

    >>> xor = gn.datasets.xor()
    >>> live = gn.listeners.LiveFigure("loss", every=60)
    >>> for epoch in gn.Network([gn.Dense(1)]).training(xor.X, xor.y, loss="squared_error", epochs=2, seed=0):
    ...     live(epoch)
    <IPython.core.display.Image object>
    """

    def __init__(self, *names: str, every: float = 0.5):
        require("matplotlib.figure", "notebook", "a live figure")
        self.display = require("IPython.display", "notebook", "a live figure")
        self.names, self.every = names, every
        self._history, self._handle = History(), None
        self._next, self._drawn = 0.0, 0

    def begin(self, about: Mapping[str, Any]) -> None:
        """A new training has a new figure."""
        self._history, self._handle = History(), None
        self._next, self._drawn = 0.0, 0

    def __call__(self, epoch: Epoch) -> None:
        """Draw, if it is time to."""
        self._history.add(epoch)
        if time.perf_counter() >= self._next:
            self._draw()

    def _draw(self) -> None:
        started = time.perf_counter()
        self._history.plot(*self.names).savefig(buffer := BytesIO(), format="png", dpi=96)
        image = self.display.Image(buffer.getvalue())  # a Figure itself is drawn only where pyplot was set up for it
        if self._handle is None:
            self._handle = self.display.display(image, display_id=True)
        else:
            self._handle.update(image)
        took = time.perf_counter() - started
        self._next, self._drawn = started + max(self.every, LEAST_SHARE * took), len(self._history)

    def end(self, error: BaseException | None) -> None:
        """Draw the last epochs."""
        if len(self._history) > self._drawn:
            self._draw()
