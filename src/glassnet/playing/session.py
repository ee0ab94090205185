"""A session: one simulation that all pages share, and what they are sent of it."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glassnet.errors import Diverged, InvalidInput
from glassnet.network import Network
from glassnet.playing.answers.practice import Practice
from glassnet.playing.frame import Painter, View
from glassnet.playing.own_network import OwnRows
from glassnet.playing.own_table import OwnTable
from glassnet.playing.rows import Rows
from glassnet.playing.scene import FILE, Scene
from glassnet.playing.simulation import Simulation

SLICE = 0.02  # seconds of training between two looks at commands, or more where frames take long
SHARE = 2.0  # of the time for frames: what training gets at least
LONGEST_SLICE = 0.5
MOST_UNDO = 50
Send = Callable[[Mapping[str, Any], Sequence[Any]], None]


class Page:
    """A page that is connected: what it was sent last, and whether it has painted it."""

    def __init__(self, send: Send):
        self.send = send
        self.free, self.stale, self.points = True, True, 0


class Session:
    """One training that all pages share; a page is sent the newest frame once it has painted the last one.

    All of it but `leave` is for one thread, that of its `Worker`.
    """

    def __init__(self, scene: Scene | None = None, table: OwnTable | OwnRows | None = None, net: Network | None = None):
        self.table = table
        self.told = ""
        self.simulation = self.simulated(scene or Scene(), net=net)
        self.name = secrets.token_hex(8)
        self.view, self.practice = View(), Practice()
        self.painter = Painter(self.simulation, self.view)
        self.pages: list[Page] = []
        self.undone: list[tuple[Scene, Any]] = []
        self.done: list[tuple[Scene, Any]] = []
        self.running, self.number, self.painting = False, 0, 0.0
        self.until: Mapping[str, Any] = {}
        self.pace: float | None = None
        self.next_step = 0.0

    def leave(self, page: Page) -> None:
        """A page is gone."""
        if page in self.pages:
            self.pages.remove(page)

    def simulated(self, scene: Scene, rows: Rows | None = None, net: Network | None = None) -> Simulation:
        """The simulation of a scene; its rows may be those of the table that was opened."""
        if rows is None and scene.data.name == FILE:
            if self.table is None:
                raise InvalidInput("this scene is about a file of your own: open the file first.")
            rows, _, self.told = self.table.open(scene.data)
        return Simulation(scene, rows, net)

    def become(self, scene: Scene, rows: Rows | None = None) -> None:
        """Replace the simulation."""
        before = self.simulation
        if rows is None and before.scene.data == scene.data:
            rows = before.rows
        made = self.simulated(scene, rows)
        if made.rows.X.shape[1] != before.rows.X.shape[1]:
            self.view.axes = None
        self.view.pins = []
        painter = Painter(made, self.view)
        self.simulation, self.painter = made, painter
        for page in self.pages:
            page.points = 0

    def remember(self) -> None:
        """Keep what `undo` brings back."""
        self.done.append((self.simulation.scene, self.simulation.net.parameters.copy()))
        del self.done[:-MOST_UNDO], self.undone[:]

    def exchange(self, source: list[Any], target: list[Any]) -> None:
        """Become what was before, or after."""
        if not source:
            raise InvalidInput("there is nothing to undo.")
        scene, parameters = source.pop()
        target.append((self.simulation.scene, self.simulation.net.parameters.copy()))
        self.become(scene)
        if parameters.shape == self.simulation.net.parameters.shape:
            self.simulation.set_parameters(parameters)
        self.show_scene(self.pages)

    # training

    def train(self) -> None:
        """A slice of training: epochs as a whole, or steps at the pace that is asked for."""
        end = time.monotonic() + min(LONGEST_SLICE, max(SLICE, SHARE * self.painting))
        try:
            if self.pace is None:
                while self.running and time.monotonic() < end:
                    self.simulation.run_epoch()
                    self.stop_if_reached()
            else:
                self.steps_due(end)
        except Diverged as error:
            self.diverged(error)
        self.touch()

    def steps_due(self, end: float) -> None:
        """The steps that the pace asks for by now."""
        assert self.pace is not None
        while self.running and time.monotonic() < end:
            if (left := self.next_step - time.monotonic()) > 0:
                time.sleep(min(left, 0.005))
                continue
            self.simulation.move(1, "step")
            self.next_step = max(self.next_step + 1 / self.pace, time.monotonic() - SLICE)
            self.stop_if_reached()

    def stop_if_reached(self) -> None:
        """Pause where what was asked for is reached."""
        last = self.simulation.last
        epoch, loss = self.until.get("epoch"), self.until.get("loss")
        if epoch is not None and self.simulation.epoch >= epoch:
            self.stop("epoch", f"Epoch {self.simulation.epoch} is reached.")
        elif loss is not None and last is not None and last.loss <= loss:
            self.stop("loss", f"The loss is {last.loss:.4g}.")

    def stop(self, why: str, text: str, **more: Any) -> None:
        """Pause, and say why."""
        self.running = False
        self.tell({"event": "ended", "why": why, "text": text, **more})

    def diverged(self, error: Diverged) -> None:
        """The loss is no longer finite: the last good step is there again."""
        self.stop("diverged", str(error), offer="last good step")
        for page in self.pages:
            page.points = min(page.points, self.simulation.epoch)
        self.touch()

    def fail(self, sentence: str) -> None:
        """Something could not be done: training pauses, and no frame is tried again until something changes."""
        self.running = False
        for page in self.pages:
            page.stale = False
        self.tell({"event": "message", "text": sentence, "kind": "error"})

    # what pages are sent

    def touch(self) -> None:
        """All pages need a new frame."""
        for page in self.pages:
            page.stale = True

    def due(self) -> bool:
        """Whether a page waits for a frame."""
        return any(page.free and page.stale for page in self.pages)

    def send_frames(self) -> None:
        """Send the newest frame to all pages that have painted their last one."""
        started, waiting = time.monotonic(), [page for page in self.pages if page.free and page.stale]
        for page in waiting:
            self.number += 1
            header, parts = self.painter.frame(self.number, self.running, page.points)
            page.points = self.simulation.epoch
            page.free = page.stale = False
            page.send(header, parts)
        if waiting:
            self.painting = time.monotonic() - started

    def show_scene(self, pages: Sequence[Page], message: str = "") -> None:
        """Tell pages what the scene is now, with its rows."""
        event = {
            "event": "scene",
            "scene": self.simulation.describe(),
            "shapes": self.simulation.shapes(),
            "undo": bool(self.done),
            "redo": bool(self.undone),
        }
        if message:
            event["message"] = message
        for page in pages:
            page.send(event, ())
            page.points, page.stale, page.free = 0, True, True
        self.show_rows(pages)

    def show_rows(self, pages: Sequence[Page]) -> None:
        """Tell pages the rows."""
        message, parts = self.painter.rows()
        for page in pages:
            page.send(message, parts)

    def tell(self, event: Mapping[str, Any]) -> None:
        """Tell all pages."""
        for page in self.pages:
            page.send(event, ())
