"""A network with what it takes to read a table: from raw rows to classes or numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypedDict
from warnings import warn

import numpy as np

from glassnet.errors import InvalidInput, ModelFileError, WrongRow
from glassnet.files.model_file import model_in, write_model
from glassnet.files.schema import check_fields, checked
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.strays import stray_notes
from glassnet.tables.encoding.target import ClassTarget, Target, has_value, n_outputs, target_from_description
from glassnet.tables.reading.chunks import Pieces, each
from glassnet.tables.values.frames import as_frame, check_column
from glassnet.training.loop.settings import metrics_of
from glassnet.training.metrics import measure

if TYPE_CHECKING:
    from glassnet.tables.reporting.explanation import Explanation

METRICS = {
    "classification": ("accuracy", "log_loss", "f1", "roc_auc"),
    "regression": ("rmse", "mae", "r2"),
}


class TableFields(TypedDict):
    """What `TableModel.describe` gives."""

    encoder: dict[str, Any]
    target: dict[str, Any]
    target_name: str
    file_notes: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class TableModel:
    """Raw rows of a data frame in, classes or numbers out; what `glassnet train` writes and `glassnet.load` reads.

    `encoder` says what became of each column, `target` of the classes or numbers, `target_name` which column that was;
    `network` takes what the encoder makes; `file_notes` say what was not usual about the file that it was trained on.
    """

    encoder: TableEncoder
    target: Target
    target_name: str
    network: Network
    file_notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        inputs = f"{len(self.encoder.columns):,} columns as {len(self.encoder.feature_names):,} inputs"
        size = f"{self.network.built()[0].n_parameters:,} parameters"
        return f"TableModel({self.task} of {self.target_name!r} from {inputs}, {size})"

    @property
    def task(self) -> str:
        """ "classification" or "regression"."""
        return self.target.task

    def outputs(self, frame: Any) -> Array:
        """What the network says: class probabilities (n, classes), or numbers (n, 1) in the target's own unit."""
        return self.outputs_of(self.encoder.transform(frame))

    def outputs_of(self, X: Array) -> Array:
        """The outputs for encoded rows."""
        outputs, whole = self.network.outputs(X)
        if not whole:
            check_finite(outputs)
        return outputs if isinstance(self.target, ClassTarget) else self.target.within(self.target.decode(outputs))

    def predict(self, frame: Any) -> Array:
        """The class of each row, as it stood in the table, or its number."""
        outputs = self.outputs(frame)
        return self.target.decode(outputs.argmax(axis=1)) if isinstance(self.target, ClassTarget) else outputs[:, 0]

    def predict_table(self, frame: Any) -> dict[str, Array]:
        """Columns for a file: "prediction", and for classes "probability of …" for each."""
        outputs = self.outputs(frame)
        if not isinstance(self.target, ClassTarget):
            return {"prediction": outputs[:, 0]}
        chances = {f"probability of {name}": outputs[:, k] for k, name in enumerate(self.target.names)}
        return {"prediction": self.target.decode(outputs.argmax(axis=1)), **chances}

    def truth(self, frame: Any) -> Array:
        """The target column of a data frame: class numbers, or numbers in their own unit."""
        check_column(frame, self.target_name, "target column")
        encoded = self.target.encode(as_frame(frame)[self.target_name])
        return encoded if isinstance(self.target, ClassTarget) else self.target.decode(encoded)

    def evaluate(self, frames: Any) -> dict[str, float]:
        """Metrics on the rows that have a target: accuracy, log_loss, f1, roc_auc; or rmse, mae, r2 in its unit.

        `frames` is a data frame, or several that are looked at one after the other, such as `Pieces`.
        """
        truth, outputs, _ = self.compared(frames)
        return self.measured(truth, outputs)

    def measured(self, truth: Array, outputs: Array) -> dict[str, float]:
        """The metrics of `evaluate` from what `compared` gives."""
        return measure(metrics_of(METRICS[self.task]), truth, outputs, None)

    def compared(self, frames: Any) -> tuple[Array, Array, int]:
        """(truth, outputs, rows dropped) of the rows of `evaluate`; those without a target are dropped."""
        pairs = [*each(frames if isinstance(frames, (list, Pieces)) else [frames], self._pair)]
        truth, outputs = (np.concatenate([pair[k] for pair in pairs]) for k in range(2))
        if not len(truth):
            raise InvalidInput(f"no row has a value of the target {self.target_name!r} to compare with.")
        return truth, outputs, sum(n for *_, n in pairs)

    def _pair(self, frame: Any) -> tuple[Array, Array, int]:
        check_column(frame, self.target_name, "target column")
        there = has_value(as_frame(frame)[self.target_name], self.target.format)
        outputs = self.outputs(frame)
        truth = self.truth(as_frame(frame)[np.flatnonzero(there)]) if there.any() else np.zeros(0, np.intp)
        return truth, outputs[there], int((~there).sum())

    def notes_on(self, frames: Any) -> list[str]:
        """What in the rows of a data frame (or of `Pieces`) is read as missing, as odd texts in training; in words."""
        formats = {encoder.name: encoder.format for encoder in self.encoder.encoders}
        return stray_notes(frames if isinstance(frames, (list, Pieces)) else [frames], formats)

    def explain(self, frame: Any, row: int = 0) -> "Explanation":
        """A row of a data frame (or of `Pieces`), counted from 0, followed through the model; print it.

        How each value became inputs, every layer with its formula and numbers, loss and gradients where the target is
        in the table, and the prediction. Raises InvalidInput for a row that is not there.
        """
        from glassnet.tables.reporting.explanation import explain  # not before: a prediction needs no words

        return explain(self, frame, row)

    def draw(
        self, frame: Any = None, *names: str, theme: str = "light", dependence: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Pictures of the model and of what it makes of the rows of a data frame with its target, as Figures by name.

        `names` are those of the switches of `glassnet draw`: "confusion", "importance", "predicted", …; without any,
        all that fit the model and the rows are drawn, and a warning says which of these the rows are not enough for.
        `dependence` names columns, or pairs of them as "a,b", for a picture of partial dependence each. Raises
        UnknownName for an unknown picture and InvalidInput for one that does not fit.
        """
        from glassnet.tables.reporting.gallery import (  # not before: a prediction needs no pictures
            all_that_fit,
            asked_for,
        )
        from glassnet.tables.reporting.subject import Subject

        subject, asked = Subject(self, frame, theme), dict.fromkeys(names, ())
        if names or dependence:
            return asked_for(subject, asked | ({"dependence": tuple(dependence)} if dependence else {}))
        return all_that_fit(subject, lambda words: warn(words, stacklevel=4))

    def describe(self) -> dict[str, Any]:
        """Everything but the network, as what JSON can hold."""
        return {
            "encoder": self.encoder.describe(), "target": self.target.describe(), "target_name": self.target_name,
            "file_notes": list(self.file_notes),
        }  # fmt: skip

    @classmethod
    def from_description(cls, description: Mapping[str, Any], network: Network) -> Self:
        """The model that `describe` described, around its network; InvalidInput where they do not fit."""
        found: TableFields = checked(description, TableFields, "table")
        encoder = TableEncoder.from_description(found["encoder"])
        target = target_from_description(found["target"])
        layout, _ = network.built()
        shapes = ((len(encoder.feature_names),), (n_outputs(target),))
        if shapes != (layout.input_shape, layout.output_shape):
            raise InvalidInput(f"the network does not fit the table: expected input and output {shapes}.")
        for column, n_codes in encoder.codes.items():
            if n_codes > layout.codes.get(column, n_codes):
                name = encoder.feature_names[column]
                raise InvalidInput(f"the network has {layout.codes[column]} codes of {name!r}, the table {n_codes}.")
        return cls(encoder, target, found["target_name"], network, found["file_notes"])

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The model of a table in a model file; `glassnet.load` reads bare networks too."""
        return model_in(path, partial(cls._of_file, path))

    @classmethod
    def _of_file(cls, path: str | Path, arrays: Mapping[str, Array], description: Mapping[str, Any]) -> Self:
        check_fields(description, ("network", "table"), ("network",))
        if description.get("table") is None:
            raise ModelFileError(f"{path} holds a bare network: read it with gn.Network.load, or gn.load.")
        return cls.from_description(description["table"], Network.from_description(description["network"], arrays))

    def save(self, path: str | Path) -> Path:
        """Write network, encoder and target to one safetensors file, whole or not at all."""
        return write_model(path, self.network.arrays, {"network": self.network.describe(), "table": self.describe()})


def check_finite(outputs: Array) -> None:
    """Refuse outputs that are no numbers: what an encoder makes is small, so the parameters must be too large."""
    wrong = ~np.isfinite(outputs).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax()) + 1
        raise WrongRow("the prediction is not finite", row, f": the model's weights overflow in {outputs.dtype}.")
