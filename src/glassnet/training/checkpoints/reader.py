"""Resuming from a checkpoint: read it, and check that it belongs to the same run."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import numpy as np

from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput, ModelFileError, brief, shortened
from glassnet.files.checkpoint_file import read_checkpoint
from glassnet.files.schema import SEED, Within, checked
from glassnet.formulas.description import Description
from glassnet.formulas.elementary import Array
from glassnet.training.checkpoints.history_table import epochs_of
from glassnet.training.checkpoints.run_state import Numbers, State
from glassnet.training.checkpoints.settings import newest_of
from glassnet.training.epoch import Epoch
from glassnet.training.inputs.prepared import Part
from glassnet.training.loop.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


class CheckpointFields(TypedDict):
    """The description in a checkpoint file; its identity is compared with that of the resumed run."""

    identity: dict[str, Any]
    numbers: Numbers
    history: list[str]


class Saved(Description):
    """A checkpoint that was read."""

    path: str
    state: State
    epochs: list[Epoch]
    identity: dict[str, Any]


def plain(value: object) -> Any:
    """NumPy's arrays and numbers as Python's, for JSON."""
    return np.asarray(value).tolist()


def identity_of(
    layout: Layout, settings: Settings, dtype: np.dtype, seed: int | None, train: Part, held_out: Part | None
) -> dict[str, Any]:
    """What must be the same for a run to be resumed, as JSON values; its length may change."""
    found = {
        "layers": [node.layer.describe() for node in layout.nodes],
        "input_shape": layout.input_shape,
        "dtype": dtype.name,
        **settings.describe(),
        "metrics": [metric.describe() for metric in settings.metrics],
        "stop": [stop.describe() for stop in settings.stop if stop.of_run],
        "seed": seed,
        "data": fingerprint(train),
        "validation": None if held_out is None else fingerprint(held_out),
    }
    return json.loads(json.dumps(found, default=plain))


def fingerprint(part: Part) -> dict[str, str]:
    """Shape, dtype and a checksum of the rows of X, of y as the loss reads it, and of the weights."""
    samples, _ = part.data()
    return {name: checksum(array) for name, array in zip(("X", "y", "sample_weight"), samples.arrays(), strict=False)}


def checksum(array: Array) -> str:
    """Text that two arrays share only if they are the same."""
    digest = hashlib.blake2b(np.ascontiguousarray(array).data, digest_size=16).hexdigest()
    return f"{array.shape} {array.dtype} {digest}"


def read_saved(resume: "str | Path | bool | None", settings: Settings) -> Saved | None:
    """Read the checkpoint that `resume` refers to, if there is one."""
    path = newest_of(resume, settings.checkpoint)
    if path is None:
        return None
    saved = understood(path, *read_checkpoint(path))
    done, rows = saved.state.epoch, saved.state.rows
    if settings.epochs is not None and (done, rows) > (settings.epochs, 0):
        more = f" and {rows} rows of the next" if rows else ""
        raise InvalidInput(f"cannot resume: {path} has {done} epochs{more} done, more than epochs={settings.epochs}.")
    return saved


def understood(path: str, arrays: dict[str, Array], description: Mapping[str, Any]) -> Saved:
    """A checkpoint from its arrays and description; ModelFileError if they are invalid."""
    try:
        fields: CheckpointFields = checked(description, CheckpointFields)
        checked(fields["identity"].get("seed"), Annotated[int, Within(0, SEED)] | None, "identity.seed")
        if "history" not in arrays:
            raise InvalidInput("it has no array 'history'")
        others = {name: array for name, array in arrays.items() if name != "history"}
        epochs = epochs_of(fields["history"], arrays["history"])
        if len(epochs) != fields["numbers"]["epoch"]:
            raise InvalidInput(f"it has records of {len(epochs)} epochs, but {fields['numbers']['epoch']} are done")
    except InvalidInput as error:
        raise ModelFileError(f"{path} does not describe a checkpoint: {error}") from error
    return Saved(path, State(others, dict(fields["numbers"])), epochs, fields["identity"])


def check_same(saved: Saved, identity: Mapping[str, Any]) -> None:
    """Refuse to resume with anything that differs from the start of the run."""
    for name in {**identity, **saved.identity}:
        before, now = saved.identity.get(name), identity.get(name)
        if before != now:
            raise InvalidInput(f"cannot resume from {saved.path}: {difference(name, before, now)}.")


def difference(name: str, before: Any, now: Any) -> str:
    """What differs, in words."""
    if name not in ("data", "validation") or not isinstance(before, dict) or not isinstance(now, dict):
        return f"its run had {name} {shortened(words(before), 150)}, here it is {shortened(words(now), 150)}"
    rows = "to train on" if name == "data" else "to validate on"
    array = next(key for key in {**now, **before} if before.get(key) != now.get(key))
    shapes = [brief(str(text).rpartition(" ")[0] or "none")[1:-1] for text in (before.get(array), now.get(array))]
    what = "holds other numbers" if shapes[0] == shapes[1] else f"was {shapes[0]}, here it is {shapes[1]}"
    return f"{array} of the rows {rows} {what}"


def words(value: object) -> str:
    """A description in few characters: "adam(learning_rate=0.01, …)"."""
    if isinstance(value, dict) and "name" in value:
        fields = ", ".join(f"{key}={words(v)}" for key, v in value.items() if key != "name")
        return f"{value['name']}({fields})"
    return f"[{', '.join(map(words, value))}]" if isinstance(value, list) else repr(value)
