"""The loss around a network's parameters, along two directions."""

import math
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.engine.objective import Objective
from glassnet.engine.plan import Plan
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.formulas.registry import is_number
from glassnet.insight.one_step import check_network
from glassnet.listeners.snapshots import Snapshots
from glassnet.network import Network
from glassnet.pictures.picture_inputs import check_snapshots
from glassnet.pictures.spaces.plane import Plane, extent
from glassnet.training.inputs.checks import check_whole
from glassnet.training.inputs.prepared import prepare
from glassnet.training.loop.compatibility import check_output

MOST_ROWS = 1000
LEVELS = 16


@answered
def loss_surface(
    net: Network,
    X: Any,
    y: Any,
    loss: Any = None,
    snapshots: Snapshots | None = None,
    span: float = 1.0,
    resolution: int = 41,
    seed: int = 0,
    theme: str | Theme = "light",
) -> Any:
    """The loss around the network's parameters θ, as contours of L(θ + α d₁ + β d₂).

    Contours are logarithmic, or linear where a loss is negative. It is the loss in prediction, without penalties, and
    costs resolution² evaluations of at most 1000 rows.

    Without snapshots d₁ and d₂ are random and normalised by filter: drawn from N(0, 1), with each unit's column of W
    scaled to the norm of that unit's weights, so that networks of different scales can be compared; all else stays as
    it is (Li et al. 2018, arXiv 1712.09913, section 4). With snapshots of the training they are the two principal
    components of the path to θ, and the path is drawn (section 7 there); the title says how much of it lies outside the
    plane.

    Parameters
    ----------
    net
        A network with parameters; it is not changed.
    X, y, loss
        As in training; of more than 1000 rows, 1000 are taken at equal distances. By default the loss of the training.
    snapshots
        What `gn.listeners.Snapshots` kept of the training that led to these parameters; None by default.
    span
        How far α and β go to either side, 1 (default) being the norm of the weights. With snapshots the path decides.
    resolution
        Points along a side of the grid; 41 by default.
    seed
        Seed for the random directions; 0 by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for data that do not fit, for a network without weights, and for settings out of range.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
    >>> history = net.fit(iris.X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=20, seed=0)
    >>> figure = gn.pictures.loss_surface(net, iris.X, iris.y, resolution=11)
    >>> figure.axes[0].get_xlabel()
    'α, along a random direction'
    """
    if not (is_number(span) and span > 0):
        raise InvalidInput(f"span must be a positive number, got {span!r}.")
    check_whole(resolution, "resolution", 2)
    at = LossAt(net, X, y, loss)
    theta = net.parameters.astype(np.float64)
    if snapshots is None:
        plane, path = random_plane(net, theta, seed), np.zeros((1, 2))
        ends = (-span, span, -span, span)
    else:
        check_snapshots(snapshots)
        plane, path = plane_of_path(theta, snapshots)
        ends = extent(path)
    along, up = np.linspace(*ends[:2], resolution), np.linspace(*ends[2:], resolution)
    losses = np.array([[at(plane.rows(np.array([a, b]))) for a in along] for b in up])
    with drawn_in(theme, "a loss surface") as look:
        return draw(look, plane, along, up, losses, path, at(theta), snapshots)


class LossAt:
    """The loss of a network at any parameters, on some rows, as in prediction."""

    def __init__(self, net: Network, X: Any, y: Any, loss: Any):
        layout, parameters = check_network(net).built()
        if loss is None and net.loss is None:
            raise InvalidInput("this network was not trained, so name the loss: loss='cross_entropy', for example.")
        chosen = Loss.of(net.loss if loss is None else loss)
        check_output(chosen, layout)
        every = -(-len(X) // MOST_ROWS)
        self.data, _ = prepare(layout, chosen, net.dtype, X[::every], y[::every], None)
        self.plan = Plan(layout, parameters.copy(), len(self.data), training=False, state=net.state)
        self.objective = Objective.of(chosen, self.data.Y, net.dtype)
        self.engine, self.out = net.engine_for(chosen), np.empty_like(self.data.Y)

    def __call__(self, theta: Array) -> float:
        """NaN where it is not finite."""
        self.plan.parameters[...] = theta
        value = self.engine.evaluate(self.plan, self.data, self.objective, self.out)
        return value if math.isfinite(value) else math.nan


def random_plane(net: Network, theta: Array, seed: int) -> Plane:
    """Two filter-normalised random directions."""
    rng = np.random.default_rng(check_whole(seed, "seed", 0))
    axes = np.stack([filter_normalised(net, theta, rng) for _ in range(2)])
    if not axes.any():
        raise InvalidInput("the network has no nonzero weights, so there is no direction to look along.")
    return Plane(theta, axes, ("α, along a random direction", "β, along another"))


def filter_normalised(net: Network, theta: Array, rng: "np.random.Generator") -> Array:
    """A random direction whose columns are as long as those of the weights; 0 for what is not a matrix."""
    direction = np.zeros_like(theta)
    for place in net.built()[0].places.values():
        if len(place.parameter.shape) >= 2:
            W, d = place.of(theta), rng.standard_normal(place.parameter.shape)
            place.of(direction)[...] = d * np.linalg.norm(W, axis=0) / np.linalg.norm(d, axis=0)
    return direction


def plane_of_path(theta: Array, snapshots: Snapshots) -> tuple[Plane, Array]:
    """The plane through θ that holds most of the path there, and the path on it."""
    if len(snapshots) < 3:
        raise InvalidInput(f"a path needs at least 3 snapshots, got {len(snapshots)}.")
    steps = np.array(snapshots.parameters, np.float64) - theta
    if not np.isfinite(steps).all():
        raise InvalidInput("the snapshots hold parameters that are not finite.")
    _, sizes, directions = np.linalg.svd(steps, full_matrices=False)
    signs = np.sign(steps[0] @ directions[:2].T)  # so that the path begins at the lower left
    axes = -directions[:2] * np.where(signs == 0, 1, signs)[:, None]
    share = (sizes[:2] ** 2).sum() / max((sizes**2).sum(), 1e-300)
    said = f"the plane of the path, which holds {share:.0%} of it"
    plane = Plane(theta, axes, ("α, along the first component", "β, along the second"), said)
    return plane, steps @ axes.T


def draw(
    look: Theme, plane: Plane, along: Array, up: Array, losses: Array, path: Array, here: float, snapshots: Any
) -> Any:
    """Contours, the path, and where the network is."""
    from matplotlib.patheffects import withStroke

    figure, axes = new_figure(5.8, 4.8)
    if (scale := scale_of(losses)) is not None:
        levels, norm = scale
        filled = np.maximum(losses, levels[0])
        shown = axes.contourf(along, up, filled, levels=levels, norm=norm, cmap=look.sequential)
        axes.contour(along, up, filled, levels=levels[::3], colors=look.ink, linewidths=0.4)
        figure.colorbar(shown, label="loss", format="%.3g", ticks=levels[:: (LEVELS - 1) // 5])
    style = {"color": look.cycle[1], "path_effects": [withStroke(linewidth=3, foreground=look.paper)]}
    if snapshots is not None:
        axes.plot(*path.T, "-", linewidth=1.5, label="epochs", **style)
        axes.plot(*path[0], "s", label="beginning", **style)
    axes.plot(0, 0, "*", markersize=13, label="the network", **style)
    figure.legend(loc="outside lower center", ncols=3)
    least = np.nanmin(losses, initial=np.inf)
    title = f"loss {here:.3g} at the network" + (f", minimum {least:.3g} in the picture" if np.isfinite(least) else "")
    axes.set_title("\n".join(filter(None, [title, plane.said])), fontsize=10)
    axes.set(xlabel=plane.labels[0], ylabel=plane.labels[1])
    return figure


def scale_of(losses: Array) -> tuple[Array, Any] | None:
    """(levels, norm): logarithmic, linear where a loss is negative; None where all are the same or none is finite."""
    from matplotlib.colors import LogNorm, Normalize

    finite = losses[np.isfinite(losses)]
    if not finite.size or not np.ptp(finite) > 1e-9 * np.abs(finite).max():
        return None
    least, most = finite.min(), finite.max()
    if least < 0:
        return np.linspace(least, most, LEVELS), Normalize(least, most)
    lowest = min(max(finite[finite > 0].min(), most * 1e-12), most / 2)
    return np.geomspace(lowest, most, LEVELS), LogNorm(lowest, most)
