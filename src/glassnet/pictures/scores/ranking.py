"""How well probabilities rank the rows: ROC and precision-recall curves, one a class."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.pictures.picture_inputs import labelled, rows_in_words, short
from glassnet.training.ranking import area, average_precision, counts_from_above, precision

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CURVES = 6  # classes, beyond which the worst are named and the others grey
WORST = 3
POINTS = 1000  # of a curve, at most


@dataclass(frozen=True, eq=False)
class Curve:
    """A class against the rest: the points, and the area under them (NaN where the class has no rows, or no others)."""

    name: str
    x: Array
    y: Array
    area: float
    chance: float


@answered
def roc(truth: Any, probabilities: Any, names: Sequence[str] | None = None, theme: str | Theme = "light") -> Any:
    """ROC curve of each class against the rest, with the area under it (AUC).

    TPR = TP / (TP + FN),   FPR = FP / (FP + TN),   one point for each probability taken as the threshold.

    Two classes have one curve, that of the second; of more than six the three with the smallest areas are named, the
    others grey. Random scores lie on the dotted line. Rows with NaN and classes without rows are dropped, with a note
    in the picture. The areas are those of the metric "roc_auc" (and of scikit-learn's `roc_auc_score`).

    Parameters
    ----------
    truth
        Class numbers, or names out of `names`, (n,).
    probabilities
        What the model predicted, (n, classes); for yes (1) or no (0) also (n,), of any score that is higher for yes.
    names
        Names of the classes; their numbers by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for shapes and classes that do not fit together, and where no class has both rows and others.

    >>> roc([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.9], ["no", "yes"]).axes[0].get_legend_handles_labels()[1]
    ['yes, AUC 0.750', 'chance']
    """
    with drawn_in(theme, "ROC curves") as look:
        curves, rows = curves_of(truth, probabilities, names, roc_curve)
        figure, axes = new_figure(4.8, 5.2)
        draw_curves(axes, curves, "AUC", look)
        axes.plot([0, 1], [0, 1], ":", color=look.grey, label="chance")
        axes.set(xlabel="false positive rate", ylabel="true positive rate", title=f"ROC, {rows}")
        finish(figure, axes)
        return figure


@answered
def precision_recall(
    truth: Any, probabilities: Any, names: Sequence[str] | None = None, theme: str | Theme = "light"
) -> Any:
    """Precision-recall curve of each class against the rest, with its average precision (AP).

    precision = TP / (TP + FP),   recall = TP / (TP + FN),   AP = Σ (Rₖ − Rₖ₋₁) Pₖ from the highest probability down.

    The curve is a staircase, since precision must not be interpolated (Davis and Goadrich 2006); the dotted lines are
    the shares of the classes, the precision of random scores. AP is that of the metric "average_precision" (and of
    scikit-learn's `average_precision_score`). Which classes are drawn, and which rows are dropped, is as in `roc`.

    Parameters
    ----------
    truth, probabilities, names
        As in `roc`: (n,), and (n, classes) or (n,).
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for shapes and classes that do not fit together, and where no class has both rows and others.

    >>> figure = precision_recall([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.9], ["no", "yes"])
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['yes, AP 0.833', 'chance']
    """
    with drawn_in(theme, "precision-recall curves") as look:
        curves, rows = curves_of(truth, probabilities, names, precision_recall_curve)
        figure, axes = new_figure(4.8, 5.2)
        draw_curves(axes, curves, "AP", look, drawstyle="steps-pre")
        few = len(curves) <= MOST_CURVES
        for k, curve in enumerate(curves if few else ()):
            color = look.grey if len(curves) == 1 else look.cycle[k]
            axes.axhline(curve.chance, linestyle=":", linewidth=1, color=color, label="" if k else "chance")
        axes.set(xlabel="recall", ylabel="precision", title=f"Precision and recall, {rows}")
        finish(figure, axes)
        return figure


def roc_curve(truth: Array, score: Array) -> tuple[Array, Array, float]:
    """(FPR, TPR, area), from (0, 0) to (1, 1); truth is boolean."""
    right, wrong = counts_from_above(truth, score, np.ones(len(truth)))
    return wrong / max(wrong[-1], 1), right / max(right[-1], 1), area(right, wrong)


def precision_recall_curve(truth: Array, score: Array) -> tuple[Array, Array, float]:
    """(recall, precision, average precision), from recall 0 on; the first precision is that of the highest score."""
    right, wrong = counts_from_above(truth, score, np.ones(len(truth)))
    at_each = precision(right, wrong)
    return right / max(right[-1], 1), np.append(at_each[:1], at_each), average_precision(right, wrong)


def curves_of(
    truth: Any, given: Any, names: Sequence[str] | None, curve_of: Callable[[Array, Array], tuple[Array, Array, float]]
) -> tuple[list[Curve], str]:
    """The curve of each class, of two classes that of the second, and what is said of the rows."""
    y, p, classes, left_out = labelled(truth, given, names)
    chosen = [1] if p.shape[1] == 2 else range(p.shape[1])
    curves = [Curve(short(classes[k]), *curve_of(y == k, p[:, k]), float(np.mean(y == k))) for k in chosen]
    if len(np.unique(y)) == 1:
        raise InvalidInput(f"all rows are of class {classes[y[0]]}: there is nothing to distinguish.")
    return curves, rows_in_words(len(y), left_out)


def draw_curves(axes: "Axes", curves: Sequence[Curve], what: str, look: Theme, **style: Any) -> None:
    """Every curve with its area in the legend; of many the worst are named."""
    known = [curve for curve in curves if not np.isnan(curve.area)]
    named = known if len(known) <= MOST_CURVES else sorted(known, key=lambda curve: curve.area)[:WORST]
    others = [curve for curve in known if curve not in named]
    for k, curve in enumerate(others):
        mean = f"{len(others)} others, mean {what} {np.mean([c.area for c in others]):.3f}"
        axes.plot(*thinned(curve), color=look.grey, linewidth=0.6, alpha=0.4, label="" if k else mean, **style)
    for color, curve in zip(look.cycle, named, strict=False):
        axes.plot(*thinned(curve), color=color, linewidth=1.6, label=f"{curve.name}, {what} {curve.area:.3f}", **style)
    if missing := [curve.name for curve in curves if np.isnan(curve.area)]:
        said = f"{missing[0]} has no rows" if len(missing) == 1 else f"{len(missing)} classes have no rows"
        axes.plot([], [], " ", label=said)


def thinned(curve: Curve) -> tuple[Array, Array]:
    """At most 1000 points, about evenly along the curve."""
    if len(curve.x) <= POINTS:
        return curve.x, curve.y
    along = np.cumsum(np.abs(np.diff(curve.x, prepend=0)) + np.abs(np.diff(curve.y, prepend=curve.y[0])))
    kept = np.unique(np.searchsorted(along, np.linspace(0, along[-1], POINTS)).clip(max=len(along) - 1))
    return curve.x[kept], curve.y[kept]


def finish(figure: "Figure", axes: "Axes") -> None:
    """What both pictures share."""
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    axes.grid()
    figure.legend(loc="outside lower center", ncols=2)  # within the axes it would hide curves
