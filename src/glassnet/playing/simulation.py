"""A scene that lives: its rows, its network, and a training that is moved forward and back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.playing.building import loss_of, losses_for, metrics_of, network_of, settings_of, targets_of
from glassnet.playing.drawn import Drawn
from glassnet.playing.entering import entering
from glassnet.playing.rows import Rows, rows_of
from glassnet.playing.scene import Scene
from glassnet.playing.stepping import Stepping
from glassnet.training.epoch import Epoch
from glassnet.training.inputs.checks import lay_out


@dataclass(frozen=True)
class Point:
    """What the curves show of an epoch."""

    epoch: int
    loss: float
    held_out: float | None
    metric: float | None
    held_out_metric: float | None


class Simulation:
    """A network that is trained on the rows of a scene; `step` and `epoch` count from the last reset."""

    def __init__(self, scene: Scene, rows: Rows | None = None, net: Network | None = None):
        self.scene = scene
        self.rows = rows_of(scene.data) if rows is None else rows
        self.net = network_of(scene, self.rows) if net is None else net
        self.altered = self.net.layout is not None  # whether it is no longer what the scene alone gives
        self.steps_before, self.points_before = 0, list[Point]()
        self.beginning: Point
        self.stepping = self.start()
        self.inputs = entering(self.net, self.rows.X, self.rows.features)
        self.drawn = Drawn(self.net.built()[0])

    def start(self) -> Stepping:
        """A training from the parameters that the network has, or from those that the seed draws."""
        y = targets_of(self.scene, self.rows, self.rows.y)
        made = Stepping(self.net.training(self.rows.X, y, **settings_of(self.scene, self.rows)))
        if not self.points_before:
            self.beginning = self.measured()
        return made

    def measured(self) -> Point:
        """Loss, without a penalty, and metric of the parameters as they are, shown at the start."""
        rows, loss, found = self.rows, loss_of(self.scene, self.rows), list[float | None]()
        for X, y in ((rows.X, rows.y), (rows.X_held, rows.y_held)):
            if not len(y):
                found += [None, None]
                continue
            target = targets_of(self.scene, rows, y)
            loss_and_metric = [*self.net.evaluate(X, target, loss=loss, metrics=metrics_of(rows)).values(), None]
            found += loss_and_metric[:2]
        return Point(0, found[0] or 0.0, found[2], found[1], found[3])

    @property
    def step(self) -> int:
        """How many updates are made."""
        return self.steps_before + self.stepping.step

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.points_before) + len(self.stepping.records)

    @property
    def at_most_back(self) -> int:
        """How many steps can be taken back."""
        return self.stepping.step - self.stepping.earliest

    def points(self, first: int = 0) -> list[Point]:
        """What the curves show, an epoch after the other, from one on."""
        n = len(self.points_before)
        records = self.stepping.records[max(0, first - n) :]
        return [*self.points_before[first:], *(point_of(each, n) for each in records)]

    @property
    def last(self) -> Point | None:
        """The last point of the curves, if there is one."""
        return self.points(self.epoch - 1)[0] if self.epoch else None

    @property
    def metric(self) -> str:
        """The name of what is measured beside the loss; empty for nothing."""
        return next((str(getattr(each, "name", each)) for each in metrics_of(self.rows)), "")

    def goal(self, by: int, unit: str) -> int:
        """The step of this training that lies so many steps or epochs ahead, or back."""
        if unit not in ("step", "epoch"):
            raise InvalidInput(f"a move goes by a step or an epoch, got {unit!r}.")
        steps = self.stepping
        if unit == "epoch":
            size = steps.steps_an_epoch
            whole = steps.step // size if by > 0 else -(-steps.step // size)
            target = (whole + by) * size
        else:
            target = steps.step + by
        return max(target, steps.earliest)

    def move(self, by: int, unit: str) -> None:
        """Go so many steps or epochs on, or back; Diverged where a loss is not finite."""
        self.stepping.go_to(self.goal(by, unit))

    def go_on(self, seconds: float) -> bool:
        """Go on for about so long, at most to the end of the epoch; whether it has ended."""
        return self.stepping.part(self.stepping.updates_in(seconds))

    def retrained(self, scene: Scene) -> None:
        """Go on with other settings from the parameters as they are: what an optimizer remembered is forgotten."""
        before, net = self.scene, self.net
        self.scene = scene
        if scene.layers != before.layers:
            self.net = with_parameters_of(net, network_of(scene, self.rows))
        try:
            after = self.start()
        except BaseException:
            self.scene, self.net = before, net
            raise
        self.points_before, self.steps_before = self.points(), self.step
        self.drawn = Drawn(self.net.built()[0])
        self.stepping, self.altered = after, self.altered or self.step > 0

    def set_parameters(self, parameters: Array) -> None:
        """Put other numbers in place of all weights and biases; the training goes on from them."""
        self.restore(parameters, self.net.state.copy(), self.step, self.points(), altered=True)

    def restore(self, parameters: Array, state: Array, steps: int, points: list[Point], altered: bool) -> None:
        """Go on from parameters, and what layers remember, at a step that was reached by other ways."""
        self.net.parameters[...], self.net.state[...] = parameters, state
        self.points_before, self.steps_before, self.altered = points, steps, altered or steps > 0
        self.stepping = self.start()

    def set_input(self, row: int, column: int, value: float) -> None:
        """Put another number into a row; the training goes on with it."""
        rows, n = self.rows, len(self.rows.X)
        X, X_held = rows.X.copy(), rows.X_held.copy()
        (X if row < n else X_held)[row if row < n else row - n, column] = value
        self.rows = replace(rows, X=X, X_held=X_held)
        self.retrained(self.scene)
        self.altered = True

    def gradients(self) -> Array:
        """The gradient of the last step, in the order of the parameters."""
        return self.stepping.run.job.plan.gradients

    def describe(self) -> dict[str, Any]:
        """The scene, with the loss by name."""
        training = {"training": {"loss": loss_of(self.scene, self.rows).name}}
        return self.scene.changed(training).describe()

    def shapes(self) -> dict[str, Any]:
        """What the page needs to know of rows and layers."""
        rows = self.rows
        layers = [
            {
                "index": k,
                "path": node.path,
                "kind": type(node.layer).__name__.lower(),
                "units": int(np.prod(node.output_shape)),
                "activation": getattr(getattr(node.layer, "activation", None), "name", ""),
                "parameters": {name: list(place.parameter.shape) for name, place in node.places.items()},
                "offsets": {name: place.start for name, place in node.places.items()},
            }
            for k, node in enumerate(self.drawn.nodes)
        ]
        return {
            "features": list(rows.features),
            "inputs": self.inputs,
            "classes": None if rows.classes is None else list(rows.classes),
            "output_names": [] if rows.said is None else rows.said.names,
            "losses": list(losses_for(rows)),
            "outputs": layers[-1]["units"],
            "task": rows.task,
            "target": rows.target,
            "n_rows": len(rows.y),
            "n_held_out": len(rows.y_held),
            "layers": layers,
            "columns": self.drawn.dense,
            "skips": self.drawn.skips,
        }


def point_of(epoch: Epoch, before: int = 0) -> Point:
    """The point of an epoch on the curves."""
    values = epoch.values
    names: Sequence[str] = [name for name in values if name not in ("loss", "val_loss", "learning_rate")]
    metric = next((values[name] for name in names if not name.startswith("val_")), None)
    held = next((values[name] for name in names if name.startswith("val_")), None)
    return Point(before + epoch.number, epoch.loss, values.get("val_loss"), metric, held)


def is_live(old: Scene, new: Scene) -> bool:
    """Whether a change keeps the parameters: rows, layers but for dropout, initialiser, seed and engine stay."""
    kept = all(getattr(old.training, name) == getattr(new.training, name) for name in ("initializer", "seed", "engine"))
    without = [[replace(layer, dropout=0.0) for layer in scene.layers] for scene in (old, new)]
    return kept and (old.network, old.data, without[0]) == (new.network, new.data, without[1])


def with_parameters_of(net: Network, made: Network) -> Network:
    """A network whose layers have the parameters of another, and what its layers remember."""
    layout, parameters = net.built()
    made._adopt(lay_out(made.layers, layout.input_shape), parameters.copy(), net.state.copy())
    return made
