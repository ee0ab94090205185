"""The command that opens a table of one's own, or a model's with another target."""

from typing import TYPE_CHECKING, Any

from glassnet.errors import InvalidInput
from glassnet.playing.own.model import OwnModel
from glassnet.playing.own.table import OwnTable
from glassnet.playing.scene import FILE

if TYPE_CHECKING:
    from glassnet.playing.connection import Page
    from glassnet.playing.session import Opened, Session


def open_table(session: "Session", page: "Page", given: dict[str, Any], buffers: list[bytes]) -> dict[str, Any]:
    """Open a table of one's own: one that a page sends, or the last one with another target or other kinds."""
    if buffers:
        open_as(session, OwnTable.of_content(str(given.get("file", "")), buffers[0]), given, {"network": None})
    elif session.table is None:
        raise InvalidInput("a file must come with this command.")
    elif isinstance(session.table, OwnModel) and fits(session.table, given):
        open_model(session, session.table.of_target(given.get("target")))
    else:
        open_as(session, session.table, given, {})
    session.running = False
    session.show_scene(session.pages, session.told)
    return {**(session.opened or {}), "message": session.told}


def fits(model: OwnModel, given: dict[str, Any]) -> bool:
    """Whether the table is to be read as the model was trained."""
    return not given.get("kinds") and given.get("target") in (None, *model.columns)


def open_as(session: "Session", table: "Opened", given: dict[str, Any], plain: dict[str, Any]) -> None:
    """Open a table with the target and the kinds of columns that are asked for."""
    change: dict[str, Any] = {"name": FILE, "target": given.get("target"), "kinds": given.get("kinds") or {}}
    scene = session.simulation.scene.changed({"data": {**change, "derived": []}, "training": {"loss": None}, **plain})
    with session.remembered():
        session.become(scene, session.open(table, scene.data))


def open_model(session: "Session", model: OwnModel) -> None:
    """Show a model with the parameters that it was trained to."""
    scene = model.scene()
    with session.remembered():
        session.become(scene, session.open(model, scene.data), model.network())
