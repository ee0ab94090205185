"""What a row of the arrays on the blackboard is: a sample, or a step, a position or a member of one."""

from dataclasses import dataclass

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.layer_trace import TracedLayer
from glassnet.layers.ensembles.batch_ensemble import BatchEnsemble
from glassnet.layers.ensembles.mean_of_members import MeanOfMembers
from glassnet.layers.ensembles.members import Members


@dataclass(frozen=True, eq=False)
class RowNames:
    """What each row stands for: `kind` is "sample", "step", "position", "member", "column" or "row".

    `places` (n, 1 + axes) holds the number of the sample, and behind it where in the sample the row is.
    """

    kind: str
    places: Array

    @property
    def header(self) -> str:
        """What stands above a column of rows."""
        return "sample i" if self.kind == "sample" else "row i"

    def short(self, i: int) -> str:
        """A row under that header."""
        return str(i) if self.kind == "sample" else self.name(i)

    def name(self, i: int) -> str:
        """A row in words: "sample 2", "sample 2, step 1"."""
        sample, *inside = map(int, self.places[i])
        if not inside:
            return f"{'row' if self.kind == 'row' else 'sample'} {sample}"
        return f"sample {sample}, {self.kind} {inside[0] if len(inside) == 1 else tuple(inside)}"

    def find(self, place: Array) -> int | None:
        """The row of a place; None where there is none, or where the rows are others."""
        if place.shape != self.places.shape[1:]:
            return None
        found = np.flatnonzero((self.places == place).all(axis=1))
        return int(found[0]) if len(found) else None


def row_names(layer: TracedLayer, n: int) -> RowNames:
    """What the n rows are for which the formulas of a layer hold."""
    samples = len(layer.A)
    if n == samples:
        return RowNames("sample", np.arange(n)[:, np.newaxis])
    for axes in (layer.A.shape[1:-1], layer.X.shape[1:-1]):
        places = np.argwhere(np.ones((samples, *axes)))
        if len(places) == n:
            return RowNames(kind_of(layer, len(axes)), places)
        present = getattr(layer, "present", None)  # recurrent layers pass over padding
        if present is not None and present.size == len(places) and np.count_nonzero(present) == n:
            return RowNames(kind_of(layer, len(axes)), places[present.ravel() > 0])
    return RowNames("row", np.arange(n)[:, np.newaxis])


def kind_of(layer: TracedLayer, n_axes: int) -> str:
    """What the axes between samples and units are."""
    if isinstance(layer.layer, (Members, BatchEnsemble, MeanOfMembers)):
        return "member"
    if n_axes > 1:
        return "position"
    codes = layer.X.ndim == 2  # a vector for each column: the steps of a sequence where some are padding
    return "column" if codes and getattr(layer, "present", None) is None else "step"
