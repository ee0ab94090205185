"""What `glassnet playground` begins with: a bundled set, a table, a model, a scene, or a network with a table."""

from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, UnknownName, closest
from glassnet.files.json_text import read_json
from glassnet.files.model_file import MODEL
from glassnet.files.target_runs import holds_targets
from glassnet.forecasting.forecaster import Forecaster
from glassnet.loading import load
from glassnet.network import Network
from glassnet.playing.own.model import OwnModel
from glassnet.playing.own.network import OwnRows, scene_of
from glassnet.playing.own.table import OwnTable
from glassnet.playing.rows import BUNDLED
from glassnet.playing.scene import FILE, Scene
from glassnet.playing.session import Session
from glassnet.tables.sources.read_table import read_table
from glassnet.tables.values.frames import check_column

SCENE = ".json"


def begun(place: str | None, target: str | None = None, data: str | None = None) -> Session:
    """The session for what stands behind `glassnet playground`."""
    if place is None or (place in BUNDLED and not Path(place).is_file()):
        refuse(data, "a bundled set")
        return Session(Scene().changed({"data": {"name": place or "xor"}}))
    path = Path(place)
    if path.is_dir() or path.suffix == Path(MODEL).suffix:
        return of_model(path, target, data)
    if path.suffix == SCENE and (scene := scene_in(path)) is not None:
        return Session(Scene().changed(scene), None if data is None else OwnTable.of_path(Path(data)))
    refuse(data, "a table")
    if not path.exists() and (near := closest(place, BUNDLED)):
        raise InvalidInput(f"there is no file {place}. Did you mean the bundled set {near!r}?")
    return Session(Scene().changed({"data": {"name": FILE, "target": target}}), OwnTable.of_path(path))


def refuse(data: str | None, what: str) -> None:
    """`--data` is the table of a model or a scene."""
    if data is not None:
        raise InvalidInput(f"--data names the table of a model or of a scene; {what} needs none.")


def of_model(path: Path, target: str | None, data: str | None) -> Session:
    """The session of a trained model, or of a bare network with a table."""
    if holds_targets(path):
        return of_targets(path, target, data)
    found = load(path)
    if isinstance(found, Forecaster):
        raise InvalidInput(f"{path} holds a forecaster; the playground opens networks and models of tables.")
    if not isinstance(found, Network):
        if target not in (None, found.target_name):
            raise InvalidInput(f"this model predicts {found.target_name!r}: leave --target away, or open a table.")
        model = OwnModel.of_path(path, data)
        return Session(model.scene(), model, model.network())
    n, outputs = found.built()[0].input_shape, found.built()[0].output_shape
    if len(n) != 1 or len(outputs) != 1:
        raise InvalidInput(
            f"{path} holds a network from samples of shape {n} to outputs of shape {outputs}; the playground opens "
            "networks of tables, which read a row of numbers and predict one."
        )
    if data is None:
        raise InvalidInput(
            f"{path} holds a network without rows: add --data FILE, a table with {n[0]} columns of numbers and its "
            "target, --target COLUMN."
        )
    rows = rows_for(found, data, target)
    return Session(scene_of(found, rows), rows, found)


def of_targets(path: Path, target: str | None, data: str | None) -> Session:
    """The session of a run of several targets, which begins with one of them."""
    first = OwnModel.of_path(path, data)
    if target not in (None, *first.columns):
        raise UnknownName("target", target, first.columns)
    model = first.of_target(target)
    return Session(model.scene(), model, model.network())


def scene_in(path: Path) -> dict[str, Any] | None:
    """The scene in a file that the page made; None where it holds something else, such as a table."""
    try:
        found = read_json(path.read_bytes())
    except (OSError, ValueError):
        return None  # a table says itself what is wrong with it
    return found if isinstance(found, dict) and {"data", "layers", "training"} <= found.keys() else None


def rows_for(net: Network, data: str, target: str | None) -> OwnRows:
    """The rows of a table for a network without an encoder: columns of numbers as they are, and the target."""
    frame = read_table(data)
    name = target or frame.columns[-1]
    check_column(frame, name, "target column")
    shape, columns = net.built()[0].input_shape, [each for each in frame.columns if each != name]
    texts = [each for each in columns if not frame[each].dtype.is_numeric()]
    if texts or shape != (len(columns),):
        wrong = f"its column {texts[0]!r} holds no numbers" if texts else f"it has {len(columns)} beside {name!r}"
        raise InvalidInput(f"this network takes {shape[0]} columns of numbers, and {data} does not fit: {wrong}.")
    there = frame.drop_nulls()
    y, classes = there[name].to_numpy(), None
    last = net.layers[-1].output_activation
    if last is not None and last.name in ("softmax", "sigmoid"):
        found, y = np.unique(y.astype(str), return_inverse=True)
        classes = found.tolist()
    return OwnRows(there.select(columns).to_numpy(), y, columns, classes, net)
