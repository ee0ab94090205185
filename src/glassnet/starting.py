"""Signals while the command starts, before it hears them itself: one sentence, and the status that shells expect."""

import os
import signal

ASKED_BY = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # signals that ask for the end, as far as the system has them


def handle_signals() -> None:
    """Let signals end the process at once; those that are ignored, as below `nohup`, stay so."""
    for name in ASKED_BY:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, leave)


def leave(number: int, frame: object) -> None:
    """End here: nothing was begun yet, or all is done."""
    name = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
    try:  # noqa: SIM105 - contextlib would take longer than all of this
        os.write(2, f"glassnet: stopped by {name}.\n".encode())
    except OSError:
        pass  # nobody reads it
    os._exit(128 + number)
