"""Signals that end the command: cleanly, with status 128 + their number, and immediately when repeated.

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

SAME = 0.3  # seconds in which repeated signals count as one: systemd sends SIGHUP with SIGTERM
SOON = 0.01  # seconds
PROMPT = 5.0  # seconds after which a command with nothing to save is ended, wherever it is
WHOLE = 10.0  # seconds at most that a second signal waits for a file that is being written
SHOW_CURSOR = b"\x1b[?25h"  # a live display hides it


class Interrupted(KeyboardInterrupt):
    """A signal asked the command to end."""


class Signals:
    """The signals received so far.

    The first signal raises Interrupted in the main thread. A watching thread sees every signal at once, whatever the
    main thread is doing: it ends the process on a second signal, or if the first has no effect and nothing is unsaved.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all signals."""
        self.number = 0  # of the first signal, 0 for none
        self.inside = False  # whether a command is running, which reports its end itself
        self.keeping = False  # whether there is something to save before the end
        self._open = True  # to a first signal
        self._since: float | None = None
        self._whole, self._put_off = 0, False
        self._repeated = 0  # how often it will be raised again by this program itself

    @property
    def status(self) -> int:
        """The exit status of an interrupted command."""
        return 128 + (self.number or signal.SIGINT)

    @property
    def name(self) -> str:
        """The name of the signal, for a sentence."""
        return "Ctrl-C" if self.number in (0, signal.SIGINT) else signal.Signals(self.number).name

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle signals until the command ends; those that are ignored, as under `nohup`, stay so."""
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
        """Put off signals while a file is written, so that it is written whole."""
        self._whole += 1
        try:
            yield
        finally:
            self._whole -= 1
        if self._put_off and not self._whole:
            self._put_off = False
            raise Interrupted

    def again(self) -> None:
        """The signal was answered and other work begins: the next signal is a first one again."""
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
        """Raised where Python discards exceptions, as in a `__del__`: raise it again afterwards."""
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
                    leave(128 + got[0], "stopped immediately, as asked a second time")


def leave(status: int, sentence: str) -> None:
    """End the process here, and remove its temporary files."""
    from glassnet.files import own  # imported late, so that signals are handled as soon as possible

    own.remove_all()
    with suppress(OSError):
        if os.isatty(1):
            os.write(1, SHOW_CURSOR)
        os.write(2, f"glassnet: {sentence}\n".encode())
    os._exit(status)


SIGNALS = Signals()
