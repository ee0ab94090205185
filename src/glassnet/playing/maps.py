"""What each unit responds to: its output over two inputs, two principal components, or along one input."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.engine.machine.blas import one_thread
from glassnet.engine.machine.quiet import quiet
from glassnet.engine.plan import Plan
from glassnet.engine.prediction import predicted
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Step
from glassnet.network import Network
from glassnet.playing.drawn import Drawn, all_steps
from glassnet.playing.rows import Rows

MARGIN = 0.1  # of the range of the rows, on each side
HALF = 127.0
TINY = 1e-30  # what is smaller is 0 on a map


class Plane:
    """Where the maps lie in the space of inputs: a centre and two directions (one for a single input)."""

    def __init__(self, rows: Rows, axes: tuple[int, int] | None):
        X = rows.all[0].astype(np.float64)
        self.axes, self.centre = axes, X.mean(axis=0)
        n = X.shape[1]
        if n == 1:
            self.directions: Array = np.eye(1)
        elif axes is not None:
            self.directions = np.eye(n)[list(axes)]
        else:
            self.directions = np.linalg.svd(X - self.centre, full_matrices=False)[2][:2]
        if n == 1 or axes is not None:
            self.centre = self.centre - self.directions.T @ (self.directions @ self.centre)
        places = self.places(X)
        low, high = places.min(axis=0), places.max(axis=0)
        margin = MARGIN * np.where(high > low, high - low, 1.0)
        self.low, self.high = low - margin, high + margin

    def places(self, X: Array) -> Array:
        """Where rows are on the maps, (n, 2), or (n, 1) for a single input."""
        return (X - self.centre) @ self.directions.T

    @property
    def extent(self) -> list[float]:
        """[x0, x1, y0, y1], or [x0, x1]."""
        return [float(v) for pair in zip(self.low, self.high, strict=True) for v in pair]

    def described(self) -> dict[str, list[Any]] | None:
        """Where principal components lead, so that a page can tell what an input is on a map; None for other maps."""
        if self.axes is not None or len(self.low) == 1:
            return None
        return {"centre": self.centre.tolist(), "directions": self.directions.tolist()}

    def grid(self, n: int) -> Array:
        """The inputs in the middle of n × n cells, row by row from the top, or along n of one input."""
        ends = zip(self.low, self.high, strict=True)
        lines = [low + (high - low) * (np.arange(n) + 0.5) / n for low, high in ends]
        if len(lines) == 1:
            places = lines[0][:, None]
        else:
            x, y = np.meshgrid(lines[0], lines[1][::-1])
            places = np.column_stack([x.ravel(), y.ravel()])
        return np.ascontiguousarray(self.centre + places @ self.directions, np.float32)


@dataclass(frozen=True)
class Maps:
    """The units' outputs as bytes, 128 for 0, with what 255 stands for; None where they are not asked for.

    The network's outputs are as they are.
    """

    units: Array | None
    scales: list[float]
    outputs: Array


class Mapper:
    """Computes maps of a network on one grid again and again, in memory that is kept."""

    def __init__(self, net: Network, plane: Plane, n: int, n_units: int | None = None):
        layout, parameters = net.built()
        self.plane, self.n, self.X = plane, n, plane.grid(n)
        self.shape = (1, n) if len(plane.low) == 1 else (n, n)
        self.every = 1 if len(plane.low) == 1 or not n_units else max(1, n // n_units)  # cells of a unit's map
        self.plan = Plan(layout, parameters, len(self.X), training=False, state=net.state)
        self.shown = [column.leaving for column in Drawn(layout).columns]

    def maps(self, of_units: bool = True) -> Maps:
        """The maps for the parameters as they are now."""
        with quiet(), one_thread():
            predicted(self.plan, self.X)
        steps = list(all_steps(self.plan.steps(len(self.X))))
        cells, scales = as_bytes(self.of_units(steps)) if of_units else (None, [])
        return Maps(cells, scales, steps[-1].slices.A)

    def of_units(self, steps: list[Step]) -> Array:
        """The outputs of all units, (units, rows, columns), as far apart as they are drawn."""
        first = self.every // 2
        values = [steps[k].slices.A.T.reshape(-1, *self.shape) for k in self.shown]
        return np.concatenate([each[:, first :: self.every, first :: self.every] for each in values])


def as_bytes(maps: Array) -> tuple[Array, list[float]]:
    """Maps (units, rows, columns) as bytes, each by its own scale."""
    scales = np.maximum(maps.max(axis=(1, 2)), -maps.min(axis=(1, 2)))
    usual = np.isfinite(scales).all()
    safe = np.where((scales > TINY) & np.isfinite(scales), scales, 1.0)
    scaled = maps * (HALF / safe)[:, None, None]
    scaled += 128.5  # from 1.5 to 255.5, but for numbers that are not finite
    if not usual:
        scaled = np.nan_to_num(scaled, nan=128.0).clip(0, 255)
    return scaled.astype(np.uint8), safe.tolist()
