"""The thread of a session: it answers commands one after the other, trains, and sends frames."""

import queue
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.errors import Diverged, GlassnetError, UnknownName, brief
from glassnet.playing.commands import COMMANDS
from glassnet.playing.connection import Page
from glassnet.playing.session import Session

MOST_WAITING = 1000  # commands


class Worker:
    """Moves a session; `handle` may be called from any thread."""

    def __init__(self, session: Session):
        self.session = session
        self.waiting: queue.Queue[tuple[Page, dict[str, Any], list[bytes]] | None] = queue.Queue(MOST_WAITING)
        self.thread = threading.Thread(target=self.work, daemon=True, name="glassnet-playground")

    def start(self) -> "Worker":
        """Begin to work."""
        self.thread.start()
        return self

    def close(self) -> None:
        """End the thread."""
        self.waiting.put(None)
        self.thread.join(timeout=10)

    def handle(self, page: Page, message: dict[str, Any], buffers: list[bytes]) -> None:
        """Take a command of a page."""
        try:
            self.waiting.put_nowait((page, message, buffers))
        except queue.Full:
            page.send({"re": message.get("id"), "error": "too many commands are waiting."}, ())

    def work(self) -> None:
        """Answer commands, train, and send frames, until the end."""
        while True:
            try:
                idle = 0.005 if self.session.due() else None
                item = self.waiting.get_nowait() if self.session.running else self.waiting.get(timeout=idle)
                if item is None:
                    return
                self.session.forget_gone()
                self.guarded(lambda item=item: self.answer(*item))  # type: ignore[misc]
            except queue.Empty:
                self.guarded(self.go_on)

    def go_on(self) -> None:
        """Train for a while, and send frames."""
        self.session.forget_gone()
        if self.session.running:
            self.session.train()
        self.session.send_frames()

    def guarded(self, do: Callable[[], None]) -> None:
        """Do something; a mistake of this code pauses the training, and does not end the thread that all pages need."""
        try:
            do()
        except Exception as error:
            tell_fault(error)
            self.session.fail(fault(error))

    def answer(self, page: Page, message: dict[str, Any], buffers: list[bytes]) -> None:
        """Do what a message asks for, and answer it."""
        number, name = message.get("id"), message.get("do")
        given = {key: value for key, value in message.items() if key not in ("id", "do", "buffers")}
        command = COMMANDS.get(name) if isinstance(name, str) else None
        try:
            if command is None:
                raise UnknownName("command", name, COMMANDS)
            with np.errstate(all="ignore"):
                found = command(self.session, page, given, buffers)
        except (GlassnetError, MemoryError) as error:
            if isinstance(error, Diverged):
                self.session.diverged(error)
            page.send({"re": number, "error": str(error)}, ())
            return
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
            page.send({"re": number, "error": misunderstood(name)}, ())
            return
        except Exception as error:
            tell_fault(error)
            page.send({"re": number, "error": fault(error)}, ())
            return
        if name != "ack":
            answer, parts = found if isinstance(found, tuple) else (found or {}, ())
            page.send({"re": number, **answer}, parts)
        self.session.send_frames()


def misunderstood(name: object) -> str:
    """What a page is told that asks for something in a way that this version does not know."""
    return f"the playground did not understand what the page asked for ({brief(name)}): load the page again."


def fault(error: Exception) -> str:
    """What a page is told where the library made a mistake."""
    return f"the playground made a mistake ({type(error).__name__}): what it printed in the terminal says where."


def tell_fault(error: Exception) -> None:
    """Print where a mistake was made."""
    print("".join(traceback.format_exception(error)), file=sys.stderr, flush=True)
