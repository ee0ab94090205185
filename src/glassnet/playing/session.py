"""A session: one simulation that all pages share, and what they are sent of it."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from glassnet.errors import Diverged, InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.playing.connection import Page, fitting
from glassnet.playing.frame import Painter
from glassnet.playing.own.model import OwnModel
from glassnet.playing.own.network import OwnRows
from glassnet.playing.own.table import OwnTable
from glassnet.playing.rows import Rows
from glassnet.playing.scene import FILE, DataOfScene, Scene
from glassnet.playing.simulation import Point, Simulation

SLICE = 0.008  # seconds of training between two looks at commands
PART = 0.004  # of it, in one call of the engine
PATIENCE = 0.25  # seconds in which a move is done before its command is answered
SHARE = 1.5  # of the time that a frame takes: what training gets before the next one
FASTEST = 1 / 40  # seconds from frame to frame while training runs: nobody sees more
MOST_UNDO = 50
MOST_EPOCHS = 250_000  # of one run: a page that is forgotten would fill the memory with the points of its curves
MOST_BYTES = 200_000_000  # of rows that undo holds
Opened = OwnTable | OwnRows | OwnModel


@dataclass(frozen=True, eq=False)
class Moment:
    """What undo brings back."""

    scene: Scene
    table: Opened | None
    opened: dict[str, Any] | None
    rows: Rows
    parameters: Array
    state: Array
    steps: int
    points: list[Point]
    altered: bool


class Session:
    """One training that all pages share; each looks at it in its own way, and is sent frames as it paints them.

    All of it is for one thread, that of its `Worker`; another one may only say that a page is gone.
    """

    def __init__(self, scene: Scene | None = None, table: Opened | None = None, net: Network | None = None):
        self.table, self.told = table, ""
        self.opened: dict[str, Any] | None = None  # what pages are told of the table
        self.simulation = self.simulated(scene or Scene(), net=net)
        self.name = secrets.token_hex(8)
        self.pages: list[Page] = []
        self.undone: list[Moment] = []
        self.done: list[Moment] = []
        self.running, self.number, self.next_frame = False, 0, 0.0
        self.until: Mapping[str, Any] = {}
        self.last_epoch = MOST_EPOCHS
        self.goal: int | None = None  # the step that a move goes to
        self.pace: float | None = None
        self.next_step = 0.0

    def forget_gone(self) -> None:
        """Forget the pages that are gone."""
        self.pages = [page for page in self.pages if not page.gone]

    def simulated(self, scene: Scene, rows: Rows | None = None, net: Network | None = None) -> Simulation:
        """The simulation of a scene; its rows may be those of the table that was opened."""
        if rows is None and scene.data.name == FILE:
            if self.table is None:
                raise InvalidInput("this scene is about a file of your own: open the file first.")
            rows = self.open(self.table, scene.data)
        if net is None and scene.network is not None:
            net = self.anew(scene.network)
        return Simulation(scene, rows, net)

    def anew(self, name: str) -> Network:
        """A network with the layers of the model that was opened, and without parameters."""
        if not hasattr(self.table, "network"):
            raise InvalidInput(f"this scene is about the network of {name}: open that model first.")
        return Network(self.table.network().layers)  # type: ignore[union-attr]

    def open(self, table: Opened, asked: DataOfScene) -> Rows:
        """The rows of a table, of which pages are told what was found."""
        if isinstance(table, OwnModel):
            table = table.of_target(asked.target)
        rows, columns, told = table.open(asked)
        self.table, self.told = table, told
        about = {"columns": columns, "targets": list(table.columns), "target": rows.target}
        fixed = isinstance(table, OwnModel)  # its columns and its target are those it was trained with
        self.opened = {**about, "kinds": dict(asked.kinds), "file": table.name or FILE, "model": fixed}
        self.opened["known"] = isinstance(table, OwnModel) and table.split(asked)[2]  # which rows are held out
        return rows

    def become(self, scene: Scene, rows: Rows | None = None, net: Network | None = None) -> None:
        """Replace the simulation; a network that is given keeps its parameters."""
        before = self.simulation
        if rows is None and before.scene.data == scene.data:
            rows = before.rows
        made = self.simulated(scene, rows, net)
        painters = [Painter(made, fitting(page.view, before.rows, made.rows)) for page in self.pages]
        self.simulation = made
        for page, painter in zip(self.pages, painters, strict=True):
            page.painter, page.view, page.points = painter, painter.view, 0

    def repaint(self) -> None:
        """Rows or parameters are others: what makes frames begins anew."""
        for page in self.pages:
            page.painter = None

    def moment(self) -> Moment:
        """What undo brings back of now."""
        now, net = self.simulation, self.simulation.net
        vectors = net.parameters.copy(), net.state.copy()
        return Moment(now.scene, self.table, self.opened, now.rows, *vectors, now.step, now.points(), now.altered)

    def remember(self) -> None:
        """Keep what `undo` brings back."""
        self.done.append(self.moment())
        del self.done[:-MOST_UNDO], self.undone[:]
        while len(self.done) > 1 and bytes_of_rows(self.done) > MOST_BYTES:
            del self.done[0]

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Remember what was before a change; not where it fails."""
        before, after, table = self.done[:], self.undone[:], (self.table, self.opened)
        self.remember()
        try:
            yield
        except BaseException:
            self.done[:], self.undone[:], (self.table, self.opened) = before, after, table
            raise

    def exchange(self, source: list[Moment], target: list[Moment], what: str) -> None:
        """Become what was before, or after."""
        if not source:
            raise InvalidInput(f"there is nothing to {what}.")
        moment, now = source[-1], self.moment()
        self.running, self.table, self.opened = False, moment.table, moment.opened
        try:
            self.become(moment.scene, moment.rows)
        except BaseException:
            self.table, self.opened = now.table, now.opened
            raise
        source.pop()
        target.append(now)
        self.simulation.restore(moment.parameters, moment.state, moment.steps, moment.points, moment.altered)
        self.repaint()
        self.show_scene(self.pages)

    # training

    def run(self, until: Mapping[str, Any]) -> None:
        """Train from now on, until an epoch or a loss is reached if any is given."""
        self.until, self.goal, self.running = until, None, True
        self.last_epoch, self.next_step = self.simulation.epoch + MOST_EPOCHS, time.monotonic()

    def train(self) -> None:
        """A slice of training: in parts of it, or step by step at the pace that is asked for."""
        end = time.monotonic() + SLICE
        try:
            if self.goal is not None:
                self.approach(end)
            elif self.pace is None:
                while self.running and time.monotonic() < end:
                    if self.simulation.go_on(PART):
                        self.stop_if_reached()
            else:
                self.steps_due(end)
        except Diverged as error:
            self.diverged(error)
        self.touch()

    def move(self, by: int, unit: str) -> None:
        """Go on, or back: at once where it is done soon, else between looks at commands, as a run does."""
        simulation = self.simulation
        wanted = simulation.goal(by, unit)
        simulation.stepping.aim(wanted)
        self.running, self.goal = True, simulation.steps_before + wanted
        self.approach(time.monotonic() + PATIENCE)

    def approach(self, end: float) -> None:
        """Go on to the step that was asked for, no longer than until a time."""
        simulation = self.simulation
        left = (self.goal or 0) - simulation.step
        while left > 0 and time.monotonic() < end:
            simulation.stepping.towards(simulation.stepping.step + left, PART)
            left = (self.goal or 0) - simulation.step
        self.running = left > 0

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
        elif self.simulation.epoch >= self.last_epoch:
            self.stop("long", f"{MOST_EPOCHS:,} epochs are trained without a pause: Run goes on.")

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
        return any(page.waits(self.running) for page in self.pages)

    def send_frames(self) -> None:
        """Send the newest frame to all pages that have painted their last one."""
        started, waiting = time.monotonic(), [page for page in self.pages if page.waits(self.running)]
        if not waiting or (self.running and started < self.next_frame):
            return
        for page in waiting:
            self.number += 1
            header, parts = page.painter_of(self.simulation).frame(self.number, self.running, page.points)
            page.points = self.simulation.epoch
            page.stale = False
            page.unpainted.append(self.number)
            page.send(header, parts)
        now = time.monotonic()
        self.next_frame = max(started + FASTEST, now + SHARE * (now - started))

    def show_scene(self, pages: Sequence[Page], message: str = "") -> None:
        """Tell pages what the scene is now, with its rows."""
        event = {
            "event": "scene",
            "scene": self.simulation.describe(),
            "shapes": self.simulation.shapes(),
            "undo": bool(self.done),
            "redo": bool(self.undone),
            "table": self.opened,
        }
        if message:
            event["message"] = message
        for page in pages:
            page.send({**event, "view": asdict(page.view)}, ())
            page.points, page.stale, page.unpainted = 0, True, []
        self.show_rows(pages)

    def show_rows(self, pages: Sequence[Page]) -> None:
        """Tell pages the rows."""
        for page in pages:
            page.send(*page.painter_of(self.simulation).rows())

    def tell(self, event: Mapping[str, Any]) -> None:
        """Tell all pages."""
        for page in self.pages:
            page.send(event, ())


def bytes_of_rows(moments: Sequence[Moment]) -> int:
    """The memory of the rows that moments hold; most share theirs."""
    rows = {id(moment.rows): moment.rows for moment in moments}
    return sum(each.X.nbytes + each.X_held.nbytes for each in rows.values())
