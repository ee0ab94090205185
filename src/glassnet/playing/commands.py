"""The commands of a page: each changes the session, or answers a question."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.playing.answers import questions
from glassnet.playing.answers.choices import choices
from glassnet.playing.answers.contributions import contributions_of
from glassnet.playing.answers.figures import figure
from glassnet.playing.answers.lessons import lesson as lesson_of
from glassnet.playing.answers.take_away import take as taken
from glassnet.playing.answers.tape import taped
from glassnet.playing.own.model import OwnModel
from glassnet.playing.own.opening import open_table
from glassnet.playing.scene import Scene, changed_scene
from glassnet.playing.simulation import is_live

if TYPE_CHECKING:
    from glassnet.playing.connection import Page
    from glassnet.playing.session import Session

PROTOCOL = 1
MOST_MAP = 150
MOST_PINS = 20
OTHER_NETWORK = "A network of plain layers begins anew in place of that of {}; Undo brings it back."


def hello(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """A page begins: it is told all there is."""
    if given.get("protocol") != PROTOCOL:
        raise InvalidInput("the page is of another version of glassnet: load it again.")
    if page not in session.pages and not page.gone:
        session.pages.append(page)
    pages = [page]
    if given.get("scene") is not None:
        with session.remembered():
            session.become(Scene().changed(given["scene"]))
        session.running, pages = False, session.pages
    session.show_scene(pages, session.told)
    return {"choices": choices(), "session": session.name, "others": len(session.pages) > 1}


def change(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """Change the scene; parameters are kept where that makes sense."""
    before = session.simulation.scene
    scene, told = changed_scene(before, given["change"]), ""
    if before.network is not None and (scene.layers, scene.training.initializer) != (
        before.layers,
        before.training.initializer,
    ):
        scene, told = replace(scene, network=None), OTHER_NETWORK.format(before.network)
    with session.remembered():
        if is_live(session.simulation.scene, scene):
            session.simulation.retrained(scene)
            session.repaint()
        else:
            session.become(scene)
    session.show_scene(session.pages, told)


def back(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """Undo the last change."""
    session.exchange(session.done, session.undone, "undo")


def again(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """Make a change again that was undone."""
    session.exchange(session.undone, session.done, "redo")


def lesson(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """A guided tour."""
    return lesson_of(given["name"])


def run(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """Train until told otherwise."""
    until = given.get("until") or {}
    if not isinstance(until, Mapping) or not all(
        isinstance(v, (int, float)) and not isinstance(v, bool) for v in until.values()
    ):
        raise InvalidInput("training runs until an epoch or a loss, and both must be numbers.")
    session.run(until)


def pause(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """Train no further."""
    session.running = False
    session.touch()


def speed(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """So many steps a second, or as fast as it goes."""
    pace = given.get("steps_per_second")
    if pace is not None and not (isinstance(pace, (int, float)) and 0 < pace <= 1e6):
        raise InvalidInput(f"the speed must be a positive number of steps a second, got {pace!r}.")
    session.pace, session.next_step = pace, time.monotonic()


def move(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """Go on, or back."""
    by = given["by"]
    if type(by) is not int or abs(by) > 1_000_000:
        raise InvalidInput(f"training goes on or back by a whole number of steps or epochs, got {by!r}.")
    if by < 0 and not session.simulation.at_most_back:
        raise InvalidInput("this is the first step that can be gone back to.")
    session.move(by, given.get("unit", "step"))
    for each in session.pages:
        each.points = min(each.points, session.simulation.epoch)
    session.touch()


def reset(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """Draw parameters, and begin again."""
    scene = session.simulation.scene
    if given.get("seed") is not None:
        scene = scene.changed({"training": {"seed": given["seed"]}})
    session.remember()
    session.running = False
    session.become(scene)
    session.show_scene(session.pages)


def look(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """What the next frames of this page show."""
    view = page.view
    size, row, axes = given.get("map", view.map), given.get("row", view.row), given.get("axes")
    units = given.get("units", view.units)
    for side in (size, units):
        if type(side) is not int or not 0 <= side <= MOST_MAP:
            raise InvalidInput(f"a map has 0 to {MOST_MAP} cells a side, got {side!r}.")
    if row is not None:
        questions.check_row(session.simulation, row)
    n = session.simulation.rows.X.shape[1]
    if axes is not None and not (
        len(axes) == 2 and axes[0] != axes[1] and all(type(a) is int and 0 <= a < n for a in axes)
    ):
        raise InvalidInput(f"a map lies over two inputs, numbered from 0 to {n - 1}, got {axes!r}.")
    pins = given.get("pins", view.pins)
    for pin in pins:
        questions.check_place(session.simulation, pin["layer"], pin["parameter"], pin["index"])
    chosen = None if axes is None else (axes[0], axes[1])
    moved = chosen != view.axes
    rebuilt = moved or (size, units) != (view.map, view.units)
    view.map, view.units = size, units
    view.row, view.axes, view.pins = row, chosen, pins[:MOST_PINS]
    if rebuilt:
        page.painter = None
    if moved:
        session.show_rows([page])
    page.stale = True


def ack(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """A page has painted its frame."""
    page.painted(int(given.get("frame", session.number)))


def why(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """The chain rule for one parameter."""
    return questions.why(session.simulation, given["layer"], given["parameter"], list(given["index"]), given.get("row"))


def unit(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """A unit with numbers."""
    return questions.unit(session.simulation, given["layer"], given["unit"], given["row"])


def forward(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """The way of a row."""
    return questions.forward(session.simulation, given["row"])


def contribute(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """What each column does for the prediction of a row."""
    return contributions_of(session.simulation, session.table, given["row"])


def check(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """The gradient check."""
    return questions.check(session.simulation)


def diagnose(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """What is wrong."""
    return questions.diagnosis(session.simulation)


def edit(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> None:
    """Type over a weight, a bias, or an input of a row."""
    value = given["value"]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(np.float32(value)):
        raise InvalidInput(f"expected a finite number, got {value!r}.")
    simulation = session.simulation
    if "row" in given:
        edit_input(session, questions.check_row(simulation, given["row"]), given["input"], value)
        return
    place = given["layer"], given["parameter"], list(given["index"])
    questions.check_place(simulation, *place)
    session.remember()
    parameters = simulation.net.parameters.copy()
    simulation.drawn.nodes[place[0]].places[place[1]].of(parameters)[tuple(place[2])] = value
    simulation.set_parameters(parameters)
    session.repaint()
    session.show_scene(session.pages)


def edit_input(session: "Session", row: int, column: int, value: float) -> None:
    """Put another number into a row; training goes on with it."""
    n = session.simulation.rows.X.shape[1]
    if type(column) is not int or not 0 <= column < n:
        raise InvalidInput(f"an input has a number from 0 to {n - 1}, got {column!r}.")
    with session.remembered():
        session.simulation.set_input(row, column, value)
    session.repaint()
    session.show_scene(session.pages)


def practise(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """A question, or the answer to one."""
    if given.get("ask"):
        return {"question": page.practice.ask(session.simulation, given.get("kind", "product"))}
    if given.get("solve"):
        return page.practice.solve(given["question"])
    return page.practice.check(float(given["answer"]), given["question"])


def tape(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """A computation that somebody typed, forward and back."""
    return taped(given["text"])


def take(
    session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]
) -> tuple[dict[str, Any], list[bytes]]:
    """A file."""
    simulation, table = session.simulation, session.table
    if str(given["what"]).startswith("figure:"):
        name, _, ending = given["what"].removeprefix("figure:").partition(".")
        about, content = figure(simulation, page.painter_of(simulation).plane, name, ending or "svg")
        return about, [content]
    own = isinstance(table, OwnModel) and simulation.scene.network is not None
    whole = table.model_with(simulation.net) if own and isinstance(table, OwnModel) else None
    about, content = taken(simulation, given["what"], table.name if table else "", whole)
    return about, [content]


def classify(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """The prediction for inputs that somebody drew."""
    x = np.asarray(given["inputs"], np.float32)
    found = session.simulation.net.predict(x[None])
    return {"probabilities": questions.as_list(found)}


COMMANDS: dict[str, Callable[..., Any]] = {
    "hello": hello,
    "set": change,
    "run": run,
    "pause": pause,
    "move": move,
    "speed": speed,
    "reset": reset,
    "open": open_table,
    "undo": back,
    "redo": again,
    "view": look,
    "ack": ack,
    "why": why,
    "unit": unit,
    "forward": forward,
    "edit": edit,
    "contributions": contribute,
    "check": check,
    "diagnose": diagnose,
    "practice": practise,
    "tape": tape,
    "take": take,
    "lesson": lesson,
    "classify": classify,
}
