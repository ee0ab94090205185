"""Figures of a result: the confusion matrix of classes, predicted against true numbers."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.extras import require
from glassnet.files.atomic import write_whole
from glassnet.formulas.elementary import Array

BLUE, ORANGE = "#0072B2", "#D55E00"  # Okabe and Ito's palette: told apart by everyone


def new_figure(width: float = 5.2, height: float = 4.2) -> tuple[Any, Any]:
    """(figure, axes) without pyplot, so that nothing is left open and no display is needed."""
    figure = require("matplotlib.figure", "plots", "a figure").Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def save_figure(figure: Any, path: Path) -> Path:
    """Write a matplotlib Figure as PNG, whole or not at all."""
    figure.savefig(buffer := BytesIO(), format="png", dpi=120)
    return write_whole(path, buffer.getvalue())


def confusion_matrix(truth: Array, predicted: Array, n_classes: int) -> Array:
    """Counts of shape (n_classes, n_classes): row = true class, column = predicted class."""
    return np.bincount(truth * n_classes + predicted, minlength=n_classes**2).reshape(n_classes, n_classes)


def confusion_figure(truth: Array, predicted: Array, names: Sequence[str]) -> Any:
    """The confusion matrix as a Figure: colour is the share of the true class, the number is the count of rows."""
    counts = confusion_matrix(truth, predicted, len(names))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = min(12.0, 2.6 + 0.75 * len(names))
    figure, axes = new_figure(size + 0.8, size)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i, j in np.ndindex(*counts.shape) if len(names) <= 20 else ():
        axes.text(j, i, f"{counts[i, j]}", ha="center", va="center", color="white" if shares[i, j] > 0.5 else "black")
    short = [name if len(name) <= 18 else name[:17] + "…" for name in names]
    axes.set_xticks(range(len(names)), short, rotation=0 if max(map(len, short)) * len(names) < 40 else 45, ha="center")
    axes.set_yticks(range(len(names)), short)
    axes.set(xlabel="predicted", ylabel="true", title=f"{np.mean(truth == predicted):.1%} of {len(truth)} rows right")
    return figure


def predicted_against_true(truth: Array, predicted: Array, name: str) -> Any:
    """Each row as a point, true number to the right, predicted number upwards; on the line the two are equal."""
    figure, axes = new_figure()
    ends = [min(truth.min(), predicted.min()), max(truth.max(), predicted.max())]
    axes.plot(ends, ends, color=ORANGE, linewidth=1, label="predicted = true")
    axes.plot(truth, predicted, ".", color=BLUE, alpha=max(0.1, min(0.7, 300 / len(truth))), markersize=5, label="row")
    axes.set(xlabel=f"true {name}", ylabel=f"predicted {name}", title=f"{len(truth)} rows")
    axes.legend(frameon=False)
    axes.grid(alpha=0.25)
    return figure
