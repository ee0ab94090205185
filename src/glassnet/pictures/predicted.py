"""Predicted against true numbers."""

from typing import Any

from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.formulas.elementary import Array


def predicted_against_true(truth: Array, predicted: Array, name: str, theme: str | Theme = "light") -> Any:
    """Each row as a point, true number to the right, predicted number upwards; on the line the two are equal."""
    with drawn_in(theme, "predicted against true") as look:
        figure, axes = new_figure(height=4.2)
        ends = [min(truth.min(), predicted.min()), max(truth.max(), predicted.max())]
        axes.plot(ends, ends, color=look.cycle[1], linewidth=1, label="predicted = true")
        alpha = max(0.1, min(0.7, 300 / len(truth)))
        axes.plot(truth, predicted, ".", color=look.cycle[0], alpha=alpha, markersize=5, label="row")
        axes.set(xlabel=f"true {name}", ylabel=f"predicted {name}", title=f"{len(truth)} rows")
        axes.legend()
        axes.grid()
        return figure
