"""A trained model of a table on the playground: its rows, its network, and what each column does for a prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.files.model_file import MODEL
from glassnet.files.target_runs import holds_targets, target_runs
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.playing.own.network import model_scene, steady
from glassnet.playing.own.said import Said
from glassnet.playing.own.table import MOST_CLASSES, MOST_INPUTS, as_floats, described, flat, read_whole
from glassnet.playing.rows import Rows
from glassnet.playing.scene import MOST_ROWS, DataOfScene, Scene
from glassnet.tables.datasets import is_bundled
from glassnet.tables.encoding.target import ClassTarget, NumberTarget, has_value
from glassnet.tables.insight.contributions import Contributions, contributions, some_background
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted
from glassnet.tables.reading.read_options import NOTHING_KNOWN, ReadOptions
from glassnet.tables.sources.kept_rows import kept_rows
from glassnet.tables.values.frames import as_frame, check_column
from glassnet.training.history import History
from glassnet.training.inputs.splitting import split_rows


def table_of_run(folder: Path) -> str:
    """Where the table of a run was; InvalidInput where it is no longer there."""
    beside = folder / "history.json"
    place = History.load(beside).about.get("table") if beside.is_file() else None
    if not isinstance(place, str) or not (is_bundled(place) or Path(place).is_file()):
        gone = (
            f"its table {place} is no longer there" if isinstance(place, str) else "it does not say where its table is"
        )
        raise InvalidInput(f"{folder} has a model, and {gone}: add --data FILE.")
    return place


@dataclass(frozen=True, eq=False)
class OwnModel:
    """A model and the rows of a table with its target, each encoded as the model encodes it.

    `each` has the models of a run of several targets by these, itself among them.
    """

    name: str
    model: TableModel
    frame: Any
    removed: int = 0  # rows without a target
    drawn_of: int = 0  # rows of the table, where some were drawn
    each: Mapping[str, "OwnModel"] = field(default_factory=dict)

    @classmethod
    def of_path(cls, path: str | Path, data: str | Path | None = None) -> "OwnModel":
        """The model in a run's folder or a file, with a table, or with the rows that its folder keeps.

        Of a run of several targets, the model of the first one.
        """
        if holds_targets(Path(path)):
            return cls.of_targets(Path(path), data)
        folder = Path(path) if Path(path).is_dir() else Path(path).parent
        model = TableModel.load(path)
        place = data if data is not None else kept_rows(folder) or table_of_run(folder)
        name = folder.name if Path(path).is_dir() or Path(path).name == MODEL else Path(path).name
        return cls.of_frame(name or MODEL, model, read_whole(Path(place), reading_of(model)).frame)

    @classmethod
    def of_targets(cls, folder: Path, data: str | Path | None) -> "OwnModel":
        """The models of a run of several targets, of which the first is shown."""
        runs = target_runs(folder)
        models = [TableModel.load(run) for run in runs.values()]
        if not models:
            raise InvalidInput(f"{folder} lists no targets.")
        place = data if data is not None else kept_rows(folder) or table_of_run(next(iter(runs.values())))
        frame = read_whole(Path(place), reading_of(models[0])).frame
        each = {model.target_name: cls.of_frame(folder.name or MODEL, model, frame) for model in models}
        return replace(next(iter(each.values())), each=each)

    @classmethod
    def of_frame(cls, name: str, model: TableModel, frame: Any) -> "OwnModel":
        """A model in memory, with a data frame; InvalidInput for what a playground cannot show."""
        check_shown(model)
        check_column(frame, model.target_name, "target column")
        rows = as_frame(frame)
        there = has_value(rows[model.target_name], model.target.format)
        kept = np.flatnonzero(there)
        if len(kept) < 4:
            raise InvalidInput(f"a playground needs 4 rows with a value of {model.target_name!r}, got {len(kept)}.")
        chosen = kept
        if len(kept) > MOST_ROWS:
            chosen = np.sort(np.random.default_rng(0).choice(kept, MOST_ROWS, replace=False))
        drawn = len(kept) if len(chosen) < len(kept) else 0
        return cls(name, model, rows[chosen], int((~there).sum()), drawn)

    @property
    def columns(self) -> Sequence[str]:
        """The targets that can be chosen."""
        return tuple(self.each) or (self.model.target_name,)

    def of_target(self, name: str | None) -> "OwnModel":
        """The model of another target of the same run; this one where there is none."""
        return replace(self.each[name], each=self.each) if name is not None and name in self.each else self

    def network(self) -> Network:
        """A copy of the network, which the page trains on."""
        return steady(self.model.network)

    def scene(self) -> Scene:
        """How the page begins: gently, as these parameters are trained."""
        return model_scene(self.model.network, self.name, self.model.target_name)

    def split(self, asked: DataOfScene) -> tuple[Array, Array, bool]:
        """(rows trained on, rows held out, whether that is how the model was trained)."""
        truth = self.model.truth(self.frame)
        seen = self.model.seen
        if seen is not None:
            among = seen.among(self.model.encoder.transform(self.frame), truth, self.model.encoder)
            if among.sum() >= 4:
                return np.flatnonzero(among), np.flatnonzero(~among), True
        n, labels = len(truth), truth if isinstance(self.model.target, ClassTarget) else None
        if not asked.held_out:
            return np.arange(n), np.arange(0), False
        return *split_rows(n, asked.held_out, np.random.default_rng(asked.seed), labels), False

    def open(self, asked: DataOfScene) -> tuple[Rows, list[dict[str, Any]], str]:
        """(the rows as the model encodes them, what is known of each column, what is to be told)."""
        if asked.derived or asked.kinds or asked.target not in (None, self.model.target_name):
            raise InvalidInput(
                f"{self.name} reads its table as it was trained: open the table itself to change target or columns."
            )
        model, (train, held, known) = self.model, self.split(asked)
        X = as_floats(model.encoder.transform(self.frame))
        y = flat(model.target.encode(self.frame[model.target_name]))
        classes = model.target.names if isinstance(model.target, ClassTarget) else None
        features = tuple(model.encoder.feature_names)
        decode, said = None, None
        if isinstance(model.target, NumberTarget):
            decode = model.target.decode
            said = None if model.head is None else Said(model.head, model.target)
        rows = Rows(X[train], y[train], X[held], y[held], features, classes, model.target_name, False, decode, said)
        return rows, [described(each) for each in model.columns], self.told(train, held, known)

    def told(self, train: Array, held: Array, known: bool) -> str:
        """What the page shows, in a few sentences."""
        parts = [f"{self.name} predicts {self.model.target_name!r} with its own network."]
        if known and len(held):
            parts.append(f"It was trained on {len(train):,} of these rows; the other {len(held):,} are held out.")
        elif not known and self.model.seen is not None:
            parts.append("It was trained on none of these rows.")
        if len(self.each) > 1:
            parts.append(f"The run has {len(self.each)} targets: choose another below.")
        if self.model.others:
            parts.append(f"Of its {len(self.model.networks)} networks, the first is shown and trained.")
        if self.removed:
            parts.append(f"{counted(self.removed, 'row')} without a target left out.")
        if self.drawn_of:
            parts.append(f"{MOST_ROWS:,} of {self.drawn_of:,} rows were drawn.")
        if isinstance(self.model.target, NumberTarget):
            parts.append("The target is standardised.")
        return " ".join(parts)

    def order(self, asked: DataOfScene) -> Array:
        """The places in the table of the rows of a scene, those held out after the others."""
        train, held, _ = self.split(asked)
        return np.concatenate([train, held])

    def model_with(self, net: Network) -> TableModel:
        """The model with another network in place of its own."""
        return replace(self.model, network=net)

    def contributions(self, net: Network, asked: DataOfScene, row: int) -> Contributions:
        """The contribution of each column to what a network says of a row."""
        place = int(self.order(asked)[row])
        alone = replace(self.model, network=net, others=())
        return contributions(alone, self.frame[place : place + 1], some_background(self.frame))


def reading_of(model: TableModel) -> ReadOptions:
    """How the table of a model was read in training."""
    return NOTHING_KNOWN if model.reading is None else model.reading


def check_shown(model: TableModel) -> None:
    """Refuse a model with too many classes or inputs."""
    if isinstance(model.target, ClassTarget) and len(model.target.names) > MOST_CLASSES:
        n = len(model.target.names)
        raise InvalidInput(f"the target has {n} classes, the playground shows {MOST_CLASSES} at most.")
    if (n := len(model.encoder.feature_names)) > MOST_INPUTS:
        raise InvalidInput(f"this model has {n:,} inputs, the playground shows {MOST_INPUTS} at most.")
