"""Partial dependence: what a model makes of a column, all else as it is."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.dependence import Dependence, dependence
from glassnet.pictures.picture_inputs import check_predict, class_names, class_of, rows_in_words, short
from glassnet.training.inputs.arrays import as_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CURVES = 40  # of single rows
MOST_CLASSES = 5  # drawn together: those that change the most
MOST_MARKS = 200  # of the data below
MIDDLE = (0.1, 0.9)  # the rows that a bar spans
TURNED = 30  # letters of all categories, from which on they are turned
LONGEST_OF_THREE = 17  # letters of a label, up to which three stand side by side


@answered
def partial_dependence(
    predict: Callable[[Array], Array],
    X: ArrayLike,
    column: int,
    name: str = "",
    theme: str | Theme = "light",
    *,
    classes: Sequence[str] | None = None,
    of: object = None,
    target: str = "prediction",
    seed: int = 0,
) -> Any:
    """Partial dependence: the mean prediction as a function of one column.

    f(v) = 1/n Σ predict(xᵢ with the column at v)

    The thick line is the mean f (Friedman 2001), the thin lines are its terms for up to 40 rows: where they cross, the
    column works differently in different rows. Marks at the bottom are values of the data: where there are none, the
    curve says little. The column is set to about 25 of its values, in up to 500 rows.

    Parameters
    ----------
    predict
        A function of X (n, n_columns) that returns numbers (n,) or probabilities (n, classes).
    X
        Rows (n, n_columns).
    column, name
        The number of the column, and its name in the picture; its number by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.
    classes, of
        The names of the classes, their numbers by default; and the class to draw, by name or number, with its rows. By
        default the probability of the second of two classes is drawn, and of more classes the mean of the five that
        change the most.
    target
        The name of what is predicted; "prediction" by default.
    seed
        Seed for drawing rows; 0 by default.

    Raises InvalidInput for a column that X does not have, UnknownName for an unknown class.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> figure = partial_dependence(lambda X: X[:, 0] * X[:, 1], X, 0, "width in m", target="size in m²")
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('width in m', 'size in m²')
    """
    check_predict(predict)
    X = checked_rows(X, column)
    found = dependence(predict, X, int(column), X[:, column], seed=seed)
    return dependence_figure(found, name or f"column {column}", target, classes, of, theme)


def checked_rows(X: ArrayLike, *columns: object) -> Array:
    """X with rows, and columns that hold numbers."""
    X = as_numbers(X, "X").astype(np.float64)
    if X.ndim != 2 or len(X) == 0:
        raise InvalidInput(f"X must have rows and columns, (n_samples, n_features); got shape {X.shape}.")
    for column in columns:
        if not isinstance(column, (int, np.integer)) or not 0 <= column < X.shape[1]:
            raise InvalidInput(f"column must be 0…{X.shape[1] - 1}, as X has {X.shape[1]} columns, got {column!r}.")
        if np.isnan(X[:, column]).all():
            raise InvalidInput(f"column {column} of X holds no numbers.")
    return X


def dependence_figure(
    found: Dependence,
    name: str,
    target: str,
    classes: Sequence[str] | None = None,
    of: object = None,
    theme: str | Theme = "light",
) -> Any:
    """What was found for a column as a Figure; `target` is what is predicted."""
    names, one = drawn_output(found.curves.shape[2], target, classes, of)
    with drawn_in(theme, "partial dependence") as look:
        figure, axes = new_figure(5.4, 4.4)
        x = np.arange(len(found.values)) if found.categories else found.values
        if one is None:
            draw_classes(axes, found, x, names, look)
            said = "probability" if np.allclose(found.mean.sum(axis=1), 1, atol=1e-3) else target
        else:
            draw_rows(axes, found, x, one, look)
            said = said_of(one, names, target)
        draw_places(axes, found, x, look)
        axes.set(xlabel=short(name, 40), ylabel=short(said, 40))
        axes.set_title(f"Partial dependence, {rows_in_words(len(found.curves))}")
        axes.grid(axis="y" if found.categories else "both")
        longest = max(map(len, axes.get_legend_handles_labels()[1]))
        figure.legend(loc="outside lower center", ncols=3 if longest <= LONGEST_OF_THREE else 2)
        return figure


def drawn_output(
    n_outputs: int, target: str, classes: Sequence[str] | None, of: object
) -> tuple[Sequence[str], int | None]:
    """The names of the outputs, and the one that is drawn: the only one, the second of two, or that of a class."""
    names = class_names(classes, n_outputs) if n_outputs > 1 else [target]
    if of is None or n_outputs == 1:
        return names, n_outputs - 1 if n_outputs <= 2 else None
    return names, class_of(of, names)


def said_of(output: int, names: Sequence[str], target: str) -> str:
    """What an output is."""
    return target if len(names) == 1 else f"probability of {names[output]}"


def draw_rows(axes: "Axes", found: Dependence, x: Array, output: int, look: Theme) -> None:
    """One output: the mean, and of categories the span of most rows, else the curves of some."""
    curves, mean = found.curves[:, :, output], found.mean[:, output]
    if found.categories:
        low, high = np.quantile(curves, MIDDLE, axis=0)
        axes.bar(x, mean, width=0.7, color=look.cycle[0], label="mean")
        spans = np.array([mean - low, high - mean]).clip(0)
        axes.errorbar(x, mean, spans, fmt="none", color=look.ink, capsize=3, label="middle 80 % of rows")
    else:
        some = np.linspace(0, len(curves) - 1, min(len(curves), MOST_CURVES)).round().astype(int)
        for k, row in enumerate(some):
            axes.plot(x, curves[row], color=look.grey, linewidth=0.6, alpha=0.5, label="" if k else "single rows")
        axes.plot(x, mean, color=look.cycle[0], linewidth=2.2, marker="o", markersize=3, label="mean")
    draw_missing(axes, found, x, [output], look)


def draw_classes(axes: "Axes", found: Dependence, x: Array, names: Sequence[str], look: Theme) -> None:
    """The mean of several classes, those that change the most."""
    change = np.ptp(found.mean, axis=0)
    shown = np.sort(np.argsort(-change, kind="stable")[:MOST_CLASSES])
    style = "o" if found.categories else "o-"
    for color, k in zip(look.cycle, shown, strict=False):
        axes.plot(x, found.mean[:, k], style, color=color, markersize=4, label=short(names[k]))
    if len(names) > len(shown):
        axes.plot([], [], " ", label=f"{len(names) - len(shown)} classes change less")
    draw_missing(axes, found, x, shown, look)


def draw_missing(axes: "Axes", found: Dependence, x: Array, outputs: Any, look: Theme) -> None:
    """What is predicted where the value is missing, to the right of all others."""
    if found.missing is None:
        return
    right = x.max() + (1 if found.categories else 0.08 * (np.ptp(x) or 1.0))
    for color, k in zip(look.cycle, outputs, strict=False):
        axes.plot(right, found.missing[:, k].mean(), "D", color=color, markersize=6, markeredgecolor=look.ink)
    axes.plot([], [], "D", color=look.paper, markeredgecolor=look.ink, label="value missing")


def draw_places(axes: "Axes", found: Dependence, x: Array, look: Theme) -> None:
    """Where the data are: names of categories with their counts, or marks at some of the values."""
    if found.categories:
        counts = [int((found.given == value).sum()) for value in found.values]
        labels = [f"{short(str(value), 20)}\n{count:,}" for value, count in zip(found.values, counts, strict=True)]
        turned = sum(map(len, labels)) > 2 * TURNED
        axes.set_xticks(x, labels, rotation=90 if turned else 0, fontsize=8 if turned else 10)
        return
    there = np.sort(found.given[~np.isnan(found.given)])
    marks = there[np.linspace(0, len(there) - 1, min(len(there), MOST_MARKS)).round().astype(int)]
    axes.plot(
        marks, np.zeros(len(marks)), "|", color=look.ink, alpha=0.5, transform=axes.get_xaxis_transform(), label="data"
    )
    if found.dates:
        axes.xaxis_date()
        axes.tick_params(axis="x", rotation=30)
