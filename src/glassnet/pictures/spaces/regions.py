"""Decision regions: which class, or which number, is predicted where."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.pictures.picture_inputs import check_predict, class_numbers, numbers, rows_in_words, short
from glassnet.pictures.picture_inputs import class_names as names_of_classes
from glassnet.pictures.spaces.plane import Plane, checked_rows, grid, over_plane, plane_of
from glassnet.training.inputs.checks import check_whole

MARKERS = "osD^vP*"
SCORES = ("sigmoid", "hard_sigmoid", "binary_step")  # activations of a score of yes
LEVELS = 8  # of the shade
FAINT, STRONG = 0.10, 0.62  # how much of a class's colour is in its palest and its deepest shade
MOST_POINTS = 2000


@dataclass(frozen=True)
class Scene:
    """What regions are drawn of: rows with their truth, and the plane that they are seen on.

    `classes` are the names of the classes, () where numbers are predicted.
    """

    plane: Plane
    points: Array
    y: Array
    shape: tuple[int, ...]
    classes: Sequence[str]
    at: Array
    ends: tuple[float, float, float, float]

    @property
    def resolution(self) -> int:
        """Points along a side."""
        return round(len(self.at) ** 0.5)

    def image(self, predict: Callable[[Array], Array]) -> Array:
        """The outputs over the plane: (resolution, resolution, classes), or (resolution, resolution) of numbers."""
        found = over_plane(predict, self.plane, self.at, self.shape)
        side = self.resolution
        return self.chances(found).reshape(side, side, -1) if self.classes else numbers_in(found).reshape(side, side)

    def right(self, outputs: Array) -> Array:
        """For each row whether its class was predicted."""
        return self.chances(outputs).argmax(axis=1) == self.y

    def score(self, outputs: Array) -> str:
        """How good the predictions of the rows are, in words."""
        rows = rows_in_words(len(self.y))
        if self.classes:
            return f"{self.right(outputs).mean():.1%} of {rows} right"
        return f"root mean squared error {np.sqrt(np.mean((numbers_in(outputs) - self.y) ** 2)):.3g} on {rows}"

    def chances(self, outputs: Array) -> Array:
        """Probabilities (n, classes) of what was predicted."""
        if outputs.ndim == 2 and outputs.shape[1] > 1:
            return outputs
        if is_class_numbers(outputs):
            return np.eye(len(self.classes))[outputs.ravel()]
        return np.column_stack([1 - outputs.ravel(), outputs.ravel()])


@answered
def decision_regions(
    predict: Network | Callable[[Array], Array],
    X: ArrayLike,
    y: ArrayLike,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    inputs: object = None,
    resolution: int = 200,
    theme: str | Theme = "light",
    outputs: object = None,
    said: str | None = None,
) -> Any:
    """Decision regions: predicted classes as colours, deeper where they are more probable, with the rows on top.

    The shade of the most probable class goes from its palest at a probability of 1 / classes to its deepest at 1. Lines
    are where two classes are equally probable; rings mark rows that are predicted wrongly. Predicted numbers are
    shades, and points have the shade of the true number.

    Two inputs are drawn as they are. For more, the picture is a plane: through two chosen inputs, the others at their
    median, or otherwise through the mean of the rows along their first two principal components. The rows are projected
    onto it; which of them are wrong is found from all their inputs.

    Parameters
    ----------
    predict
        A network, or a function of rows (n, …) that returns probabilities (n, classes), scores of yes (n, 1) or (n,),
        class numbers (n,), or numbers (n, 1) or (n,).
    X, y
        Rows (n, …), and class numbers (n,), names out of `class_names`, or numbers. A single output of a network is a
        score of yes if it ends in a sigmoid; that of a function, if all values are in [0, 1] and y is only 0 and 1.
    feature_names, class_names
        Names of all inputs and of all classes; their numbers by default.
    inputs
        Two inputs, by number or by name; None by default.
    resolution
        Points along a side of the grid that is predicted; 200 by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.
    outputs, said
        What was predicted for the rows, where that depends on more than X holds, and what the title says about it; None
        by default.

    Raises InvalidInput for rows that are not finite or do not fit, for fewer than two inputs, for unknown classes.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
    >>> history = net.fit(iris.X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=20, seed=0)
    >>> figure = gn.pictures.decision_regions(net, iris.X, iris.y, class_names=iris.class_names)
    >>> print(figure.axes[0].get_title())
    98.0% of 150 rows right
    on the plane of two principal components, 98% of the variance
    """
    X = checked_rows(X)
    function = predict.predict if isinstance(predict, Network) else predict
    check_predict(function)
    given = None if outputs is None else np.asarray(outputs)
    scene, outputs = scene_of(predict, X, y, feature_names, class_names, inputs, resolution, given)
    with drawn_in(theme, "decision regions") as look:
        figure, axes = stage(scene)
        image = scene.image(function)
        if scene.classes:
            draw_classes(axes, look, scene, image)
            right = scene.right(outputs)
            draw_points(axes, look, scene, right, f"wrong ({(~right).sum():,})")
        else:
            draw_numbers(figure, axes, look, scene, image)
        axes.set_title(
            "\n".join(filter(None, [scene.score(outputs), scene.plane.said if said is None else said])), fontsize=10
        )
        return figure


def stage(scene: Scene) -> tuple[Any, Any]:
    """(figure, axes) for a scene."""
    figure, axes = new_figure(6.2, 4.6)
    left, right, bottom, top = scene.ends
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel=scene.plane.labels[0], ylabel=scene.plane.labels[1])
    return figure, axes


def scene_of(
    predict: Network | Callable[[Array], Array],
    X: Array,
    y: ArrayLike,
    feature_names: Sequence[str] | None,
    class_names: Sequence[str] | None,
    inputs: object,
    resolution: int,
    outputs: Array | None = None,
) -> tuple[Scene, Array]:
    """The scene, and what is predicted for the rows."""
    plane = plane_of(X, feature_names, inputs)
    points = plane.coordinates(X)
    at, ends = grid(plane, points, check_whole(resolution, "resolution", 2))
    if outputs is None:
        outputs = np.asarray((predict.predict if isinstance(predict, Network) else predict)(X))
    y = np.ravel(y)
    if len(y) != len(X) or len(outputs) != len(X):
        raise InvalidInput(
            f"X has {rows_in_words(len(X))}, y has {len(y)}, the predictions have {len(outputs)}: "
            "they must have the same number of rows."
        )
    count = n_classes(predict, outputs, y, class_names)
    names = names_of_classes(class_names, count) if count else []
    truth = class_numbers(y, "y", names if class_names is not None else count) if count else numbers(y, "y")
    return Scene(plane, points, truth, X.shape[1:], names, at, ends), outputs


def n_classes(predict: Any, outputs: Array, y: Array, class_names: Sequence[str] | None) -> int:
    """How many classes are predicted, 0 where numbers are."""
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return outputs.shape[1]
    if is_class_numbers(outputs):
        return len(class_names) if class_names is not None else int(max(outputs.max(), class_numbers(y, "y").max())) + 1
    if isinstance(predict, Network):
        last = predict.built()[0].nodes[-1].layer.output_activation
        return 2 if last is not None and last.name in SCORES else 0
    between = ((outputs >= 0) & (outputs <= 1)).all()
    return 2 if between and (class_names is not None or np.isin(y, (0, 1)).all()) else 0


def is_class_numbers(outputs: Array) -> bool:
    """Whether a function gave class numbers."""
    return outputs.dtype.kind in "iu"


def numbers_in(outputs: Array) -> Array:
    """Predicted numbers, (n,)."""
    return outputs.reshape(len(outputs), -1)[:, 0].astype(np.float64)


def colours_of(look: Theme, n: int) -> Array:
    """(n, 3): a colour for each class, from the theme where it has enough."""
    from matplotlib import colormaps
    from matplotlib.colors import to_rgb

    if n <= len(look.cycle):
        return np.array([to_rgb(colour) for colour in look.cycle[:n]])
    return colormaps["viridis"](np.linspace(0, 1, n))[:, :3]


def shades(look: Theme, chances: Array) -> Array:
    """(…, 3): the colour of the most probable class mixed with paper, in a few steps; paper where nothing is finite."""
    from matplotlib.colors import to_rgb

    n = chances.shape[-1]
    top = chances.max(axis=-1)
    strength = (top - 1 / n) / (1 - 1 / n) if n > 1 else np.ones_like(top)
    steps = np.round(np.nan_to_num(np.clip(strength, 0, 1)) * LEVELS) / LEVELS
    share = np.where(np.isfinite(top), FAINT + (STRONG - FAINT) * steps, 0.0)[..., None]
    paper = np.array(to_rgb(look.paper))
    return paper + share * (colours_of(look, n)[chances.argmax(axis=-1)] - paper)


def draw_classes(axes: Any, look: Theme, scene: Scene, chances: Array) -> list[Any]:
    """The regions as shades, and the lines between them; gives what was drawn."""
    style = {"extent": scene.ends, "origin": "lower", "aspect": "auto", "interpolation": "nearest"}
    drawn = [axes.imshow(shades(look, chances), **style)]
    left, right, bottom, top = scene.ends
    u, v = np.linspace(left, right, scene.resolution), np.linspace(bottom, top, scene.resolution)
    for k in np.unique(chances.argmax(axis=-1)) if np.isfinite(chances).all() and chances.shape[-1] > 1 else ():
        ahead = chances[..., k] - np.delete(chances, k, axis=-1).max(axis=-1)
        if ahead.min() < 0 < ahead.max():
            drawn.append(axes.contour(u, v, ahead, levels=[0.0], colors=look.ink, linewidths=0.6))
    return drawn


def draw_points(axes: Any, look: Theme, scene: Scene, right: Array, said: str = "wrong") -> Any:
    """The rows by their true class, rings around wrong ones, and what stands for what; gives the rings."""
    colours, n = colours_of(look, len(scene.classes)), len(scene.classes)
    every = -(-len(scene.points) // MOST_POINTS)
    size = max(8, min(36, 6000 / len(scene.points)))
    for k in np.unique(scene.y):
        at, inside = scene.points[scene.y == k][::every], MARKERS[k % len(MARKERS)]
        name = short(scene.classes[k])
        style = {"color": colours[[k]], "edgecolors": look.paper, "linewidths": 0.5, "zorder": 3}
        axes.scatter(*at.T, s=size, marker=inside, label=name if n <= len(MARKERS) else None, **style)
        if n > len(MARKERS):
            axes.text(*np.median(at, axis=0), name, ha="center", va="center", fontsize=7, zorder=5)
    wrong = scene.points[~right][::every]
    ring = {"facecolors": "none", "edgecolors": look.ink, "linewidths": 1.2, "zorder": 4}
    rings = axes.scatter(*wrong.T, s=2.6 * size, label=said, **ring)
    axes.figure.legend(loc="outside right upper", fontsize=9)
    return rings


def draw_numbers(figure: Any, axes: Any, look: Theme, scene: Scene, image: Array) -> Any:
    """Predicted numbers as shades, the true ones in the points; gives the image."""
    from matplotlib.colors import Normalize

    seen = [values[np.isfinite(values)] for values in (image, scene.y)]
    norm = Normalize(*(f([f(values) for values in seen if values.size]) for f in (np.min, np.max)))
    style: dict[str, Any] = {"norm": norm, "cmap": look.sequential}
    shown = axes.imshow(image, extent=scene.ends, origin="lower", aspect="auto", **style)
    every = -(-len(scene.points) // MOST_POINTS)
    points = scene.points[::every]
    axes.scatter(*points.T, c=scene.y[::every], s=24, edgecolors=look.ink, linewidths=0.7, **style)
    figure.colorbar(shown, label="predicted (area), true (points)")
    return shown
