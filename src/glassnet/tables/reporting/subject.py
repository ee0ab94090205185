"""What pictures are drawn of: a model, and rows of a table that hold the truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.tables.encoding.target import ClassTarget, with_target
from glassnet.tables.model import TableModel
from glassnet.tables.reporting.importances import Importances, column_importances
from glassnet.tables.values.frames import as_frame
from glassnet.training.history import History

NEEDS = {  # what a picture may need, and what is said where it is not there
    "nothing": "",
    "network": "a model: glassnet draw MODEL",
    "model": "a model that `glassnet train` wrote; this is a bare network",
    "history": "a history.json beside the model, which `glassnet train` writes",
    "rows": "rows of a table that holds the target",
    "classes": "classes; the model predicts a number",
    "numbers": "a number to predict; the model predicts classes",
}


@dataclass(frozen=True)
class Subject:
    """A model with rows to look at (a data frame that holds its target, or None); what is drawn of it is found once.

    `history` is that of the training, `encoded` are the rows as the network reads them, where these are known.
    """

    model: TableModel | Network | None
    frame: Any = None
    theme: str = "light"
    history: History | None = None
    encoded: Array | None = None

    def __post_init__(self) -> None:
        """Rows without a target tell nothing about the predictions."""
        model = self.model
        if isinstance(model, TableModel) and self.frame is not None:
            frame = as_frame(self.frame)
            if model.target_name in frame.columns:
                known, n = with_target(frame, model.target_name, model.target.format)
                object.__setattr__(self, "frame", known if n else self.frame)

    @property
    def table_model(self) -> TableModel:
        """The model, which reads tables."""
        assert isinstance(self.model, TableModel)
        return self.model

    @property
    def network(self) -> Network:
        """The network, within a model or bare."""
        assert self.model is not None
        return self.model.network if isinstance(self.model, TableModel) else self.model

    @property
    def target_name(self) -> str:
        """What the predicted column is called."""
        return self.table_model.target_name

    @property
    def names(self) -> Sequence[str]:
        """The names of the classes."""
        target = self.table_model.target
        return target.names if isinstance(target, ClassTarget) else ()

    @property
    def feature_names(self) -> Sequence[str] | None:
        """The names of the network's inputs, None for a bare network."""
        return self.model.encoder.feature_names if isinstance(self.model, TableModel) else None

    @property
    def output_names(self) -> Sequence[str] | None:
        """The names of the network's outputs: classes, or the target; None for a bare network."""
        return (self.names or [self.target_name]) if isinstance(self.model, TableModel) else None

    @cached_property
    def truth(self) -> Array:
        """(n,): class numbers, or numbers in the target's unit."""
        return self.table_model.truth(self.frame)

    @cached_property
    def inputs(self) -> Array:
        """The rows as the network reads them."""
        return self.table_model.encoder.transform(self.frame) if self.encoded is None else self.encoded

    @cached_property
    def outputs(self) -> Array:
        """Class probabilities (n, classes), or numbers (n, 1)."""
        return self.table_model.outputs_of(self.inputs)

    @property
    def predicted(self) -> Array:
        """(n,): as `truth`."""
        return self.outputs.argmax(axis=1) if self.names else self.outputs[:, 0]

    @cached_property
    def importances(self) -> Importances:
        """How much each column is needed."""
        return column_importances(self.table_model, self.inputs, self.truth)

    @property
    def columns(self) -> list[str]:
        """The columns, the most needed first."""
        return self.importances.order

    def lacks(self, need: str) -> str:
        """What is missing of a need, one of NEEDS; "" where all is there."""
        if need == "nothing":
            return ""
        if self.model is None:
            return NEEDS["network"]
        if need == "history":
            return NEEDS[need] if self.history is None else ""
        missing = []
        if need != "network" and not isinstance(self.model, TableModel):
            missing.append("model")
        elif need not in ("network", "model") and self.frame is None:
            missing.append("rows")
        elif need in ("classes", "numbers") and bool(self.names) != (need == "classes"):
            missing.append(need)
        return NEEDS[missing[0]] if missing else ""


def nothing(_: Subject) -> Sequence[str]:
    """No value without a switch."""
    return ()


@dataclass(frozen=True)
class Picture:
    """One picture: its name, which is also its switch and its file; what it shows, what it needs, how it is drawn.

    `needs` is "nothing"; "history"; or "network", "model", "rows", "classes" or "numbers", each more than the one
    before but for the last two.
    A picture that `takes` something (the word for it in the command's help) is drawn once for each value given,
    `draw(subject, value)`; without a switch for those that `values` finds.
    """

    name: str
    says: str
    needs: str
    draw: Callable[..., Any]
    takes: str = ""
    values: Callable[[Subject], Sequence[str]] = nothing

    def figures(self, subject: Subject, values: Sequence[str] = ()) -> dict[str, Any]:
        """Name → Figure; InvalidInput where the subject lacks what the picture needs."""
        if lacking := subject.lacks(self.needs):
            raise InvalidInput(f"{self.name} needs {lacking}.")
        if not self.takes:
            return {self.name: self.draw(subject)}
        return {f"{self.name}-{value}": self.draw(subject, value) for value in values or self.values(subject)}

    def alone(self, subject: Subject) -> list[list[str]]:
        """The values for each of the pictures that are drawn without a switch, none where it does not fit."""
        if not self.fits(subject):
            return []
        return [[value] for value in self.values(subject)] if self.takes else [[]]

    def fits(self, subject: Subject) -> bool:
        """Whether it can be drawn of this."""
        return not subject.lacks(self.needs)
