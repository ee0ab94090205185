"""Calibration: whether events predicted at 70 % happen 70 % of the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.pictures.picture_inputs import class_of, labelled, rows_in_words, short
from glassnet.pictures.spaces.cloud import counts_on
from glassnet.training.inputs.checks import check_whole
from glassnet.training.wilson import wilson


@dataclass(frozen=True, eq=False)
class Bins:
    """Rows by their probability: how many are in each bin, their mean probability and their share of right ones.

    Only bins that hold rows; `edges` are the ends of all bins, `counts` of all.
    """

    edges: Array
    counts: Array
    n: Array
    said: Array
    right: Array

    @property
    def error(self) -> float:
        """The expected calibration error, Σ nᵦ / n · |rightᵦ − saidᵦ|."""
        return float(self.n @ np.abs(self.right - self.said) / self.n.sum())


@answered
def calibration(
    truth: ArrayLike,
    probabilities: ArrayLike,
    names: Sequence[str] | None = None,
    theme: str | Theme = "light",
    *,
    of: object = None,
    bins: int = 10,
) -> Any:
    """Calibration (reliability diagram): do events predicted at 70 % happen 70 % of the time?

    ECE = Σ nᵦ / n · |share of right rows in b − mean probability in b|

    The expected calibration error is the sum over equal bins b of the probability (Naeini et al. 2015; Guo et al. 2017,
    arXiv 1706.04599, equation 3). Well-calibrated probabilities lie on the dotted line; below it the model is
    overconfident. The bars at the points are 95 % intervals of the share (Wilson 1927); the counts of the bins are
    below. Rows with NaN are dropped, with a note in the picture.

    Parameters
    ----------
    truth
        Class numbers, or names out of `names`, (n,).
    probabilities
        (n, classes), or (n,) of yes (1) against no (0). Of two classes the probability is that of the second; of more
        it is the largest of a row, and a row is right if that class is the true one.
    names
        Names of the classes; their numbers by default.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.
    of
        A class, by name or number, to draw against the rest; None by default.
    bins
        The number of bins; 10 by default.

    Raises InvalidInput for what does not fit together, UnknownName for an unknown class.

    >>> calibration([0, 1, 1, 1], [0.2, 0.8, 0.8, 0.8]).axes[0].get_title()
    '4 rows, expected calibration error 0.200'
    """
    y, p, names, left_out = labelled(truth, probabilities, names)
    check_probabilities(p)
    said, right, what, outcome = claims(y, p, names, of)
    found = binned(said, right, check_whole(bins, "bins"))
    with drawn_in(theme, "calibration") as look:
        figure, ((axes,), (below,)) = new_figure(5.2, 5.4, (2, 1))
        axes.get_gridspec().set_height_ratios([3, 1])
        below.sharex(axes)
        axes.plot([0, 1], [0, 1], ":", color=look.grey, label="means what it says")
        low, high = wilson(found.right, found.n)
        away = np.array([found.right - low, high - found.right]).clip(0)
        axes.errorbar(
            found.said,
            found.right,
            away,
            color=look.cycle[0],
            marker="o",
            markersize=5,
            capsize=3,
            label="bin, with a 95 % interval",
        )
        below.bar(found.edges[:-1], found.counts, np.diff(found.edges) * 0.94, align="edge", color=look.cycle[0])
        title = f"{rows_in_words(len(y), left_out)}, expected calibration error {found.error:.3f}"
        axes.set(ylabel=f"share of rows {outcome}", title=title, ylim=(-0.03, 1.03))
        below.set(xlabel=f"probability {what}", ylabel="rows", xlim=(-0.02, 1.02))
        axes.tick_params(labelbottom=False)
        axes.grid()
        counts_on(below.yaxis)
        figure.legend(loc="outside lower center", ncols=2)
        return figure


def check_probabilities(p: Array) -> None:
    """Refuse scores that are none."""
    if (wrong := (p < 0) | (p > 1)).any():
        row = int(np.argmax(wrong.any(axis=1)))
        raise InvalidInput(f"probabilities must lie between 0 and 1; row {row} has {p[row][wrong[row]][-1]:g}.")


def claims(y: Array, p: Array, names: Sequence[str], of: object) -> tuple[Array, Array, str, str]:
    """(the probability said (n,), whether it was so (n,), and the words for both)."""
    if of is None and len(names) > 2:
        return p.max(axis=1), p.argmax(axis=1) == y, "of the predicted class", "that were right"
    k = 1 if of is None else class_of(of, names)
    return p[:, k], y == k, f"of {short(names[k])}", f"that are {short(names[k])}"


def binned(said: Array, right: Array, bins: int) -> Bins:
    """Rows in equal bins of [0, 1], each with its upper end, the first with both."""
    edges = np.linspace(0, 1, bins + 1)
    at = np.clip(np.searchsorted(edges, said, side="left") - 1, 0, bins - 1)
    counts = np.bincount(at, minlength=bins)
    filled = counts > 0
    mean_said, share = (np.bincount(at, values, bins)[filled] / counts[filled] for values in (said, right))
    return Bins(edges, counts, counts[filled], mean_said, share)
