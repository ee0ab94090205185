"""What can be taken away: the code that makes this network and training, the model, exports, the scene."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from glassnet.errors import InvalidInput, UnknownName
from glassnet.exports.registry import TARGETS
from glassnet.exports.writing import export
from glassnet.playing.building import is_one_hot, layers_of, settings_of
from glassnet.playing.scene import FILE
from glassnet.playing.simulation import Simulation

MIMES = {"python": "text/x-python", "json": "application/json"}


def take(simulation: Simulation, what: str, file_name: str = "", whole: Any = None) -> tuple[dict[str, Any], bytes]:
    """(name and kind, content) of one file; `file_name` is that of a table of one's own.

    `whole` is the model of a table with the network as it is now, where the network is that of a model.
    """
    subject = simulation.net if whole is None else whole
    if what == "code":
        if simulation.scene.network is not None:
            raise InvalidInput(
                f"code is made for networks that begin on the page, and this is that of {simulation.scene.network}: "
                "take the model file."
            )
        return file("playground.py", code(simulation, file_name).encode(), MIMES["python"])
    if what == "scene":
        text = json.dumps(simulation.scene.describe(), indent=1)
        return file("scene.json", text.encode(), MIMES["json"])
    with tempfile.TemporaryDirectory() as folder:
        if what == "model":
            return file("model.safetensors", subject.save(f"{folder}/model.safetensors").read_bytes())
        if what not in TARGETS:
            raise UnknownName("file to take away", what, ["code", "model", "scene", *TARGETS])
        path = Path(folder) / f"network{TARGETS[what].suffixes[0]}"
        export(subject, path, to=what)
        return file(path.name, path.read_bytes())


def file(name: str, content: bytes, mime: str = "application/octet-stream") -> tuple[dict[str, Any], bytes]:
    """What the page saves."""
    return {"name": name, "mime": mime}, content


def code(simulation: Simulation, file_name: str = "") -> str:
    """Python that draws these rows, makes this network, and trains it for as many epochs."""
    scene, rows = simulation.scene, simulation.rows
    layers = [with_prefix(repr(layer)) for layer in layers_of(scene, rows)]
    settings, written = settings_of(scene, rows), "rows.one_hot({})" if is_one_hot(scene, rows) else "{}"
    if "validation" in settings:
        settings["validation"] = Literally(f"(rows.X_held, {written.format('rows.y_held')})")
    settings["epochs"] = max(1, simulation.epoch)
    arguments = [f"    {name}={value_of(value)},\n" for name, value in settings.items() if value is not None]
    return (
        f"{remark(simulation)}import glassnet as gn\n{drawn_rows(simulation, file_name)}"
        "net = gn.Network(\n    [\n" + "".join(f"        {layer},\n" for layer in layers) + "    ],\n"
        f"    engine={scene.training.engine!r},\n)\n"
        f"history = net.fit(\n    rows.X,\n    {written.format('rows.y')},\n" + "".join(arguments) + ")\n"
        "print(f\"loss {history['loss'][-1]:.4f}\")\n"
    )


def drawn_rows(simulation: Simulation, file_name: str) -> str:
    """The lines that make the rows: of a bundled set, or of a file that lies beside the program."""
    data = simulation.scene.data
    module, rows = "rows", f"rows_of({data!r})"
    if data.name == FILE:
        module, rows = "own.table", f"OwnTable.of_path(Path({file_name!r})).open({data!r})[0]"
    if data.name == FILE and not file_name:  # X and y are in the program that opened the playground
        own = simulation.rows
        module, rows = "own.network", f"OwnRows(X, y, {own.features!r}, {own.classes!r}).open({data!r})[0]"
    imported = f"from glassnet.playing.{module} import {rows.partition('(')[0].partition('.')[0]}\n"
    path = "from pathlib import Path\n" if file_name and data.name == FILE else ""
    return f"{imported}from glassnet.playing.scene import DataOfScene\n{path}\nrows = {rows}\n"


def remark(simulation: Simulation) -> str:
    """What makes the network on the page another one than that of the code."""
    if simulation.altered:
        return "# Settings or numbers were changed on the way: this trains with the last settings from the beginning.\n"
    if simulation.stepping.step % simulation.stepping.steps_an_epoch:
        return f"# The page stands within an epoch, at step {simulation.step:,}: this trains for whole epochs.\n"
    return ""


class Literally(str):
    """Text that stands in the code as it is."""


def value_of(value: Any) -> str:
    """A setting as code."""
    return str(value) if isinstance(value, Literally) else with_prefix(repr(value))


def with_prefix(text: str) -> str:
    """The names of classes in the library's own text, as a user writes them.

    >>> with_prefix("Dense(4, weights=HeNormal())")
    'gn.Dense(4, weights=gn.HeNormal())'
    """
    return re.sub(r"(?<![\w.'])([A-Z]\w*)(?=\()", r"gn.\1", text)
