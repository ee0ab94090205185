"""The confusion matrix: how often each class was taken for each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.pictures.labels import readable
from glassnet.pictures.picture_inputs import class_names, class_numbers, rows_in_words, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_COUNTED = 20  # classes, beyond which the counts could not be read
SMALLEST = 2.8  # inches of the matrix
CELL = 0.62  # inches of a cell
LARGEST = 11.0  # inches of the matrix
POINTS = 10.0  # of the letters, where there is room
LETTER = 0.6  # of its height is the width of a letter


def confusion_matrix(truth: Array, predicted: Array, n_classes: int) -> Array:
    """Counts of shape (n_classes, n_classes): row = true class, column = predicted class."""
    return np.bincount(truth * n_classes + predicted, minlength=n_classes**2).reshape(n_classes, n_classes)


@answered
def confusion(truth: Any, predicted: Any, names: Sequence[str] | None = None, theme: str | Theme = "light") -> Any:
    """Confusion matrix: true against predicted class.

    The number is the count of rows, the colour its share of the true class. On the right is the recall of each class:
    of its rows, the share that was found; "–" for a class without rows. Beyond 20 classes a colour bar and the pair
    confused most often replace the counts.

    Parameters
    ----------
    truth, predicted
        Class numbers, or names out of `names`, (n,) each.
    names
        Names of the classes; their numbers by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for what is not a class number, and for different lengths.

    >>> confusion([0, 0, 1, 1], [0, 1, 1, 1], ["cat", "dog"]).axes[0].get_title()
    '75.0% of 4 rows right'
    """
    truth, predicted, names = checked(truth, predicted, names)
    counts = confusion_matrix(truth, predicted, len(names))
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(totals, 1)[:, None]
    few = len(names) <= MOST_COUNTED
    cell = min(max(CELL, SMALLEST / len(names)), LARGEST / len(names))
    points = min(POINTS, 72 * 0.8 * cell)
    size, longest = cell * len(names), max(width(name, points) for name in names)
    turned = longest > cell
    with drawn_in(theme, "a confusion matrix"):
        figure, axes = new_figure(size + longest + (1.3 if few else 1.8), size + 0.8 + (longest if turned else 0.2))
        image = axes.imshow(shares, vmin=0, vmax=1)
        for i, j in np.ndindex(*counts.shape) if few else ():
            axes.text(j, i, f"{counts[i, j]}", ha="center", va="center", color=readable_on(image, shares[i, j]))
        if few:
            write_recalls(axes, counts.diagonal(), totals)
        else:
            figure.colorbar(image, label="share of the true class", shrink=0.6)
        write_names(axes, names, points, turned)
        right = f"{np.mean(truth == predicted):.1%} of {rows_in_words(len(truth))} right"
        right += "" if few else most_confused(counts, names)
        axes.set(xlabel="predicted", ylabel="true", title=right)
        return figure


def checked(truth: Any, predicted: Any, names: Sequence[str] | None) -> tuple[Array, Array, list[str]]:
    """Class numbers of as many rows, and a name for each class."""
    given = None if names is None else [str(name) for name in names]
    truth, predicted = class_numbers(truth, "truth", given), class_numbers(predicted, "predicted", given)
    if len(truth) != len(predicted):
        raise InvalidInput(
            f"truth has {len(truth)} rows, predicted has {len(predicted)}: they must have the same number of rows."
        )
    return truth, predicted, class_names(given, len(given or ()) or int(max(truth.max(), predicted.max())) + 1)


def most_confused(counts: Array, names: Sequence[str]) -> str:
    """A line that names the true and the predicted class of the most mistakes, if there are any."""
    wrong = counts - np.diag(counts.diagonal())
    i, j = np.unravel_index(wrong.argmax(), wrong.shape)
    most = int(wrong[i, j])
    return (
        f"\nmost often confused: {rows_in_words(most)} of {short(names[i])} taken for {short(names[j])}" if most else ""
    )


def width(name: str, points: float) -> float:
    """About how many inches a name takes."""
    return len(short(name)) * LETTER * points / 72


def write_names(axes: "Axes", names: Sequence[str], points: float, turned: bool) -> None:
    """The names beside rows and under columns, and not all of very many."""
    every = max(1, round(5 / points))  # smaller letters cannot be read
    places, shown = range(0, len(names), every), [short(name) for name in names[::every]]
    axes.set_xticks(places, shown, fontsize=max(points, 5), rotation=90 if turned else 0)
    axes.set_yticks(places, shown, fontsize=max(points, 5))


def write_recalls(axes: "Axes", right: Array, totals: Array) -> None:
    """The recall of each class to the right of its row."""
    said = [f"{r / n:.0%}" if n else "–" for r, n in zip(right, totals, strict=True)]
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(range(len(said)), said)
    beside.tick_params(length=0)
    beside.spines["right"].set_visible(False)
    beside.set_ylabel("recall")


def readable_on(image: Any, value: float) -> str:
    """Black or white, whichever stands out from the colour of a value."""
    return readable(image.to_rgba(np.array([value]))[0])
