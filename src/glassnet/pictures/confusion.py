"""The confusion matrix: how often each class was taken for each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.formulas.elementary import Array

MOST_COUNTED = 20  # classes, beyond which the counts could not be read
LONGEST = 18  # letters of a name


def confusion_matrix(truth: Array, predicted: Array, n_classes: int) -> Array:
    """Counts of shape (n_classes, n_classes): row = true class, column = predicted class."""
    return np.bincount(truth * n_classes + predicted, minlength=n_classes**2).reshape(n_classes, n_classes)


def confusion(truth: Array, predicted: Array, names: Sequence[str], theme: str | Theme = "light") -> Any:
    """The confusion matrix as a Figure: colour is the share of the true class, the number is the count of rows.

    `truth` and `predicted` are class numbers of shape (n,), `names` the names of the classes.
    """
    counts = confusion_matrix(truth, predicted, len(names))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = min(12.0, 2.6 + 0.75 * len(names))
    with drawn_in(theme, "a confusion matrix"):
        figure, axes = new_figure(size + 0.8, size)
        image = axes.imshow(shares, vmin=0, vmax=1)
        for i, j in np.ndindex(*counts.shape) if len(names) <= MOST_COUNTED else ():
            axes.text(j, i, f"{counts[i, j]}", ha="center", va="center", color=readable_on(image, shares[i, j]))
        short = [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in names]
        turned = 0 if max(map(len, short)) * len(names) < 40 else 45
        axes.set_xticks(range(len(names)), short, rotation=turned, ha="right" if turned else "center")
        axes.set_yticks(range(len(names)), short)
        right = f"{np.mean(truth == predicted):.1%} of {len(truth)} rows right"
        axes.set(xlabel="predicted", ylabel="true", title=right)
        return figure


def readable_on(image: Any, value: float) -> str:
    """Black or white, whichever stands out from the colour of a value."""
    r, g, b, _ = image.to_rgba(np.array([value]))[0]
    return "black" if 0.299 * r + 0.587 * g + 0.114 * b > 0.5 else "white"
