"""A scene: everything that a playground needs to be built again, as JSON holds it."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal

from glassnet.errors import InvalidInput
from glassnet.files.schema import Misfit, Within, checked

FILE = "file"  # the name of a table of one's own
MOST_UNITS = 256
MOST_LAYERS = 8
MOST_ROWS = 20_000
Share = Annotated[float, Within(0, 0.9)]
Seed = Annotated[int, Within(0, 2**53 - 1)]  # larger ones lose digits in a browser
Settings = dict[str, Any]  # a name and fields, as `describe` of an optimizer or a penalty gives them


@dataclass(frozen=True)
class DataOfScene:
    """Which rows: a bundled set with its noise, or a file; `held_out` is the share that is not trained on.

    `derived` are further inputs, such as "x1^2", "x1*x2", "sin(x1)"; `target` and `kinds` are of a file's columns.
    """

    name: str = "xor"
    noise: Annotated[float, Within(0, 2)] = 0.15
    rows: Annotated[int, Within(4, MOST_ROWS)] = 200
    held_out: Share = 0.2
    seed: Seed = 0
    derived: list[str] = field(default_factory=list)
    target: str | None = None
    kinds: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LayerOfScene:
    """A hidden layer: dense, then normalisation and dropout where they are asked for.

    With `skip` it is a residual layer: what enters it is added to what it puts out.
    """

    units: Annotated[int, Within(1, MOST_UNITS)] = 4
    activation: str = "tanh"
    dropout: Share = 0.0
    normalization: Literal["batch", "layer"] | None = None
    skip: bool = False


@dataclass(frozen=True)
class TrainingOfScene:
    """How it is trained; a loss of None is the one that fits the targets."""

    loss: str | None = None
    optimizer: Settings = field(default_factory=lambda: {"name": "adam", "learning_rate": 0.03})
    schedule: Settings | None = None
    batch_size: Annotated[int, Within(1, MOST_ROWS)] = 16
    penalty: Settings | None = None
    initializer: str | None = None
    seed: Seed = 1  # with two hidden units, it solves the exclusive or of the first lesson
    engine: Literal["auto", "numpy", "compiled"] = "auto"


@dataclass(frozen=True)
class Scene:
    """Rows, hidden layers and training.

    `network` is the name of the model whose network it is; None for a network that the layers alone describe.
    """

    data: DataOfScene = field(default_factory=DataOfScene)
    layers: Annotated[list[LayerOfScene], Within(0, MOST_LAYERS)] = field(default_factory=lambda: [LayerOfScene()])
    training: TrainingOfScene = field(default_factory=TrainingOfScene)
    network: str | None = None

    def describe(self) -> dict[str, Any]:
        """This scene as JSON values."""
        return asdict(self)

    def changed(self, change: object) -> "Scene":
        """The scene with parts of it replaced; lists, and what has a name of its own, are replaced whole.

        >>> Scene().changed({"training": {"batch_size": 8}}).training.batch_size
        8
        """
        if not isinstance(change, Mapping):
            raise InvalidInput("a change must be an object with parts of a scene, such as {'layers': []}.")
        return scene_of(filled(merged(self.describe(), change)))


def filled(description: dict[str, Any]) -> dict[str, Any]:
    """A description whose layers need not say everything."""
    layers, usual = description.get("layers"), asdict(LayerOfScene())
    if isinstance(layers, (list, tuple)):
        description["layers"] = [usual | each if isinstance(each, dict) else each for each in layers]
    return description


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Objects merged, one level after the other, down to what has a name."""
    result = dict(old)
    for key, value in new.items():
        before = old.get(key)
        plain = isinstance(before, Mapping) and isinstance(value, Mapping) and key in ("data", "training")
        result[key] = merged(before, value) if plain and isinstance(before, Mapping) else value
    return result


def scene_of(description: object) -> Scene:
    """The scene that JSON values describe; InvalidInput, in one sentence, for what is none."""
    try:
        scene: Scene = checked(description, Scene)
    except Misfit as error:
        raise InvalidInput(f"{in_words(error.path)} {error.problem}.") from None
    return scene


def in_words(path: str) -> str:
    """What a place in a scene is called on the page, where layers are counted from 1.

    >>> in_words(".training.batch_size"), in_words(".layers[0].dropout"), in_words("")
    ('batch size', 'dropout of hidden layer 1', 'the scene')
    """
    *before, last = path.removeprefix(".").split(".")
    if before and (layer := re.fullmatch(r"layers\[(\d+)\]", before[0])):
        return f"{last.replace('_', ' ')} of hidden layer {int(layer[1]) + 1}"
    return last.replace("_", " ") or "the scene"


def changed_scene(scene: Scene, change: Any) -> Scene:
    """The scene after a change; with other rows, what was chosen for the old ones is chosen anew."""
    if isinstance(change, Mapping) and isinstance(data := change.get("data"), Mapping):
        training = change.get("training")
        if not (isinstance(training, Mapping) and "loss" in training):
            scene = scene.changed({"training": {"loss": None}})
        if data.get("name", scene.data.name) != scene.data.name:
            scene = scene.changed({"data": {"derived": []}, "network": None})
    return scene.changed(change)
