"""Sources of pictures: nothing, a network, or a model with rows of a table that hold the target."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from glassnet.calls import cached_property
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.tables.encoding.target import ClassTarget, with_target
from glassnet.tables.insight.column_effects import ColumnEffects, column_effects
from glassnet.tables.insight.column_importances import Importances, column_importances
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.frames import as_frame
from glassnet.training.history import History

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame

NEEDS = {  # what a picture may need, and the message if it is missing
    "network": "a model: glassnet draw MODEL",
    "history": "a history.json next to the model, as `glassnet train` writes it",
    "model": "a model written by `glassnet train`; this is a bare network",
    "rows": "rows of a table that holds the target",
    "classes": "classes; the model predicts a number",
    "numbers": "a number to predict; the model predicts classes",
}
BEFORE = {"history": "network", "model": "network", "rows": "model", "classes": "rows", "numbers": "rows"}


class PictureSource:
    """No model at all: for pictures of formulas."""

    def __init__(self, theme: str = "light"):
        self.theme = theme

    @property
    def provides(self) -> frozenset[str]:
        """The needs, keys of NEEDS, that it meets."""
        return frozenset()

    def lacks(self, need: str) -> str:
        """What is missing for a need, or for those before it; "" if nothing is."""
        before = self.lacks(BEFORE[need]) if need in BEFORE else ""
        return before or ("" if need in self.provides | {"nothing"} else NEEDS[need])


class NetworkSource(PictureSource):
    """A bare network, and the history of its training, where it is known."""

    feature_names = output_names = None  # nothing says what its inputs and outputs are

    def __init__(self, network: Network, theme: str = "light", history: History | None = None):
        super().__init__(theme)
        self.network, self.history = network, history

    @property
    def provides(self) -> frozenset[str]:
        """A network, and its history where that is known."""
        return frozenset({"network"} if self.history is None else {"network", "history"})


class TableSource(PictureSource):
    """A model of a table, with rows to look at: a data frame that holds its target, or None.

    `history` is that of the training, `encoded` are the rows as the network reads them, where these are known. What is
    drawn of the rows is found once.
    """

    def __init__(
        self,
        model: TablePipeline,
        frame: "IntoDataFrame | None" = None,
        theme: str = "light",
        history: History | None = None,
        encoded: Array | None = None,
    ):
        super().__init__(theme)
        self.encoded = encoded
        self.model, self.network, self.history = model, model.network, history
        self.frame = None if frame is None else rows_to_compare(model, frame)

    @property
    def provides(self) -> frozenset[str]:
        """A model of its task, and history and rows where there are any."""
        there = {"history": self.history is not None, "rows": self.frame is not None}
        return frozenset(
            {"network", "model", "classes" if self.names else "numbers", *(need for need in there if there[need])}
        )

    @property
    def target_name(self) -> str:
        """The name of the predicted column."""
        return self.model.target_name

    @property
    def names(self) -> Sequence[str]:
        """The names of the classes."""
        target = self.model.target
        return target.names if isinstance(target, ClassTarget) else ()

    @property
    def feature_names(self) -> Sequence[str]:
        """The names of the network's inputs."""
        return self.model.encoder.feature_names

    @property
    def output_names(self) -> Sequence[str]:
        """The names of the network's outputs: classes, or the target; of a distribution numbers."""
        n = 1 if self.model.head is None else self.model.head.n_outputs
        return self.names or ([self.target_name] if n == 1 else [f"{self.target_name} {k}" for k in range(n)])

    @cached_property
    def truth(self) -> Array:
        """(n,): class numbers, or numbers in the target's unit."""
        return self.model.truth(self.frame)

    @cached_property
    def inputs(self) -> Array:
        """The rows as the network reads them."""
        return self.model.encoder.transform(self.frame) if self.encoded is None else self.encoded

    @cached_property
    def outputs(self) -> Array:
        """Class probabilities (n, classes), or numbers (n, 1)."""
        return self.model.outputs_of(self.inputs)

    @property
    def predicted(self) -> Array:
        """(n,): as `truth`."""
        return self.model.decided(self.outputs) if self.names else self.outputs[:, 0]

    @cached_property
    def importances(self) -> Importances:
        """How much each column is needed."""
        return column_importances(self.model, self.inputs, self.truth)

    @cached_property
    def effects(self) -> ColumnEffects:
        """What each column contributes, beside how much it is needed."""
        return column_effects(self.model, self.inputs, self.truth, self.importances)

    @property
    def columns(self) -> list[str]:
        """The columns, the most needed first."""
        return self.importances.order


def rows_to_compare(model: TablePipeline, frame: "IntoDataFrame") -> Any:
    """The rows with a target, as others say nothing about predictions; all rows if none has one."""
    rows = as_frame(frame)
    if model.target_name not in rows.columns:
        return frame
    known, n = with_target(rows, model.target_name, model.target.format)
    return known if n else frame
