"""Signals that ask the command to end: it ends in order, with status 128 + their number, and at once when asked again.

They are Ctrl-C, SIGTERM (containers, Slurm, systemd) and SIGHUP (a terminal that is closed; not below `nohup`).
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from glassnet.starting import ASKED_BY

SAME = (
    0.3  # seconds in which others are the same wish: systemd sends SIGHUP with SIGTERM, wrappers pass on what all get
)
SOON = 0.01  # seconds
PROMPT = 5.0  # seconds after which a command that has nothing to keep is ended, wherever it is
WHOLE = 10.0  # seconds at most that a second wish waits for a file that is being written
SHOW_CURSOR = b"\x1b[?25h"  # which a live line hides


class Interrupted(KeyboardInterrupt):
    """A signal asked the command to end."""


class Signals:
    """What was asked for so far.

    The first signal raises Interrupted in the main thread. A thread that sees them at once, whatever the main one is
    at, ends the process where that is asked for again, or where nothing comes of it although nothing is to be kept.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Nothing was asked for yet."""
        self.number = 0  # of the first signal, 0 for none
        self.inside = False  # whether a command runs, which says itself how it ended
        self.keeping = False  # whether there is something to write before the end
        self._open = True  # to a first wish
        self._since: float | None = None
        self._whole, self._put_off = 0, False
        self._repeated = 0  # how often it is raised once more by itself

    @property
    def status(self) -> int:
        """What the command ends with where it was interrupted."""
        return 128 + (self.number or signal.SIGINT)

    @property
    def name(self) -> str:
        """Who asked, for a sentence."""
        return "Ctrl-C" if self.number in (0, signal.SIGINT) else signal.Signals(self.number).name

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Listen until the end of the command; signals that are ignored, as below `nohup`, stay so."""
        self.reset()
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [getattr(signal, name) for name in ASKED_BY if hasattr(signal, name)]
        before = {number: signal.getsignal(number) for number in numbers}
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        wakeup, hook = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False), sys.unraisablehook
        sys.unraisablehook = self._unraisable
        threading.Thread(target=self._watch, args=(ours,), daemon=True, name="glassnet-signals").start()
        for number in numbers:
            if before[number] is not signal.SIG_IGN:
                signal.signal(number, self._come)
        try:
            yield
        finally:
            for number, handler in before.items():
                if handler is not None and handler is not signal.SIG_IGN:
                    signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)
            sys.unraisablehook = hook
            theirs.close()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """What is written here is written whole: a signal is heard after it."""
        self._whole += 1
        try:
            yield
        finally:
            self._whole -= 1
        if self._put_off and not self._whole:
            self._put_off = False
            raise Interrupted

    def again(self) -> None:
        """The wish was fulfilled, and other work begins: the next signal is a first one again."""
        self._open, self._since = True, None

    def _come(self, number: int, frame: Any) -> None:
        if not self._open:
            return  # the watching thread knows
        self._open = False
        self.number = self.number or number
        if self._whole:
            self._put_off = True
            return
        raise Interrupted

    def _unraisable(self, lost: Any) -> None:
        """It came up where Python lets nothing be raised, as in a `__del__`: raise it once more, behind that."""
        if isinstance(lost.exc_value, Interrupted):
            self._open, self._repeated = True, self._repeated + 1
            threading.Timer(SOON, signal.raise_signal, [self.number]).start()
        else:
            sys.__unraisablehook__(lost)

    def _watch(self, signals: socket.socket) -> None:
        with signals:
            while True:
                since = self._since
                signals.settimeout(None if since is None else PROMPT)
                try:
                    if not (got := signals.recv(1)):
                        return
                except TimeoutError:
                    if not self.keeping:
                        leave(self.status, f"stopped by {self.name}: nothing was written")
                    continue
                now = time.monotonic()
                if self._repeated:
                    self._repeated -= 1
                    continue
                if signal.getsignal(got[0]) != self._come:
                    continue
                if since is None:
                    self._since = now
                elif now - since > SAME:
                    while self._whole and time.monotonic() < now + WHOLE:
                        time.sleep(0.01)
                    leave(128 + got[0], "stopped at once, as asked again")


def leave(status: int, sentence: str) -> None:
    """End the process here, without what is its own on the disk."""
    from glassnet.files import own  # not before: the sooner signals are heard the better

    own.remove_all()
    with suppress(OSError):
        if os.isatty(1):
            os.write(1, SHOW_CURSOR)
        os.write(2, f"glassnet: {sentence}\n".encode())
    os._exit(status)


SIGNALS = Signals()
