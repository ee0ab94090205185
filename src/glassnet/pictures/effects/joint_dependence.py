"""Partial dependence on two columns at once, as a map."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.dependence import JointDependence, joint_dependence
from glassnet.pictures.effects.dependence import checked_rows, drawn_output, said_of
from glassnet.pictures.picture_inputs import check_predict, rows_in_words, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POINTS = 300  # of the data


@answered
def joint_partial_dependence(
    predict: Callable[[Array], Array],
    X: ArrayLike,
    columns: tuple[int, int],
    names: Sequence[str] | None = None,
    theme: str | Theme = "light",
    *,
    classes: Sequence[str] | None = None,
    of: object = None,
    target: str = "prediction",
    seed: int = 0,
) -> Any:
    """Joint partial dependence: the mean prediction as a function of two columns, as a map.

    f(v, w) = 1/n Σ predict(xᵢ with one column at v, the other at w)

    Where the colours change in one direction only, one column does everything; where the bands are slanted, both do;
    where they bend, the columns interact. Points are rows: where there are none, the map says little. It uses up to 100
    rows.

    Parameters
    ----------
    predict, X, classes, target, seed
        As in `partial_dependence`.
    columns, names
        The numbers of two columns of X (n, n_columns), and their names in the picture; their numbers by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.
    of
        The class to draw, by name or number; needed with more than two classes.

    Raises InvalidInput for columns that X does not have, UnknownName for an unknown class.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> figure = joint_partial_dependence(lambda X: X[:, 0] * X[:, 1], X, (0, 1), ["width", "length"])
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('width', 'length')
    """
    check_predict(predict)
    if len(columns) != 2 or columns[0] == columns[1]:
        raise InvalidInput(f"columns must be two different columns of X, got {columns!r}.")
    X = checked_rows(X, *columns)
    first, second = columns
    found = joint_dependence(predict, X, (first, second), (X[:, first], X[:, second]), seed=seed)
    return joint_figure(found, names or [f"column {k}" for k in columns], target, classes, of, theme)


def joint_figure(
    found: JointDependence,
    names: Sequence[str],
    target: str,
    classes: Sequence[str] | None = None,
    of: object = None,
    theme: str | Theme = "light",
) -> Any:
    """What was found for two columns as a Figure."""
    outputs, one = drawn_output(found.mean.shape[2], target, classes, of)
    if one is None:
        raise InvalidInput(f"the map shows one class: of= must be one of {', '.join(map(repr, outputs[:10]))}.")
    with drawn_in(theme, "partial dependence") as look:
        figure, axes = new_figure(5.6, 4.4)
        x, y = (np.arange(len(v)) if v.dtype.kind == "U" else v for v in found.values)
        cells = axes.pcolormesh(edges(x), edges(y), found.mean[:, :, one].T)
        figure.colorbar(cells, label=short(said_of(one, outputs, target), 40))
        draw_points(axes, found, look)
        axes.set(xlabel=short(names[0], 36), ylabel=short(names[1], 36))
        axes.set(xlim=edges(x)[[0, -1]], ylim=edges(y)[[0, -1]])
        axes.set_title(f"Partial dependence, {rows_in_words(found.n_rows)}")
        return figure


def edges(values: Array) -> Array:
    """Ends of cells around values: half-way between neighbours."""
    if len(values) == 1:
        return np.array([values[0] - 0.5, values[0] + 0.5])
    middle = 0.5 * (values[1:] + values[:-1])
    return np.concatenate([[2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]])


def draw_points(axes: "Axes", found: JointDependence, look: Theme) -> None:
    """Some rows of the data, and the names of categories."""
    places = []
    both = (axes.xaxis, axes.yaxis)
    for given, values, axis, dates in zip(found.given, found.values, both, found.dates, strict=True):
        if values.dtype.kind == "U":
            number = {name: float(k) for k, name in enumerate(values)}
            places.append(np.array([number.get(name, np.nan) for name in given]))
            turned = 90 if axis is axes.xaxis and sum(map(len, values)) > 40 else 0
            axis.set_ticks(range(len(values)), [short(str(name), 20) for name in values], rotation=turned)
        else:
            places.append(given)
        if dates:
            axis.axis_date()
            axis.set_tick_params(rotation=30)
    some = np.unique(np.linspace(0, len(places[0]) - 1, min(len(places[0]), MOST_POINTS)).round().astype(int))
    jitter = np.random.default_rng(0).uniform(-0.25, 0.25, (2, len(some)))  # categories lie on one another
    shown = [p[some] + j * (v.dtype.kind == "U") for p, j, v in zip(places, jitter, found.values, strict=True)]
    axes.plot(*shown, "o", color=look.cycle[1], markersize=2.5, markeredgewidth=0.3, markeredgecolor=look.paper)
