"""Learning curves: what was measured over the epochs, with the validation part, of one training or of several."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in, new_figure
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.elementary import Array
from glassnet.training.epoch import Epoch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PANELS = 100  # a wider picture cannot be written
WIDE = 50.0  # from this ratio of the largest to the least value on, a panel has a logarithmic scale


@runtime_checkable
class Measured(Protocol):
    """What was measured over the epochs, as a `History` holds it."""

    about: dict[str, Any]

    def names(self) -> list[str]:
        """The names of all that was measured."""

    def __getitem__(self, name: str) -> list[float]: ...

    def __iter__(self) -> Iterator[Epoch]: ...


@answered
def learning_curves(
    histories: Measured | Mapping[str, Measured], *names: str, log: bool | None = None, theme: str | Theme = "light"
) -> Any:
    """Learning curves: each measured quantity over the epochs, in a panel of its own.

    Training is solid, validation dashed, and a ring marks the best epoch: the one whose parameters were kept, or else
    the one with the lowest val_loss. Values that are not finite leave gaps.

    Parameters
    ----------
    histories
        A `History`, or a mapping of several by their names in the legend, each in a colour of its own.
    names
        The panels: "loss", "accuracy", …, also "learning_rate" and other settings that followed a schedule; all metrics
        by default.
    log
        Use a logarithmic scale; None (default) decides for each panel: where all values are positive and the largest is
        at least 50 times the smallest.
    theme
        "light" (default), "dark" or a `gn.pictures.Theme`.

    Raises InvalidInput for what is not a history, and UnknownName for what none of them has measured.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> def fitted(rate):
    ...     net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")])
    ...     settings = {"loss": "cross_entropy", "epochs": 9, "validation": 0.2, "seed": 0}
    ...     return net.fit(iris.X, iris.y, optimizer=gn.Adam(rate), **settings)
    >>> figure = gn.pictures.learning_curves({"η = 0.1": fitted(0.1), "η = 0.01": fitted(0.01)}, "loss")
    >>> [line.get_label() for line in figure.axes[0].lines if "η" in line.get_label()]
    ['η = 0.1', 'η = 0.01']
    """
    several = {"": histories} if isinstance(histories, Measured) else histories
    if not isinstance(several, Mapping) or not all(isinstance(history, Measured) for history in several.values()):
        raise InvalidInput(f"learning_curves takes a History, or several as {{name: History}}, got {brief(histories)}.")
    panels = list(names) or measured(several.values())
    check_names(panels, several.values())
    if len(panels) > MOST_PANELS:
        raise InvalidInput(f"{len(panels)} quantities are too many for one figure: choose up to {MOST_PANELS} of them.")
    with drawn_in(theme, "history.plot()") as look:
        figure, axes = new_figure(5.2 * max(1, len(panels)), 3.6, (1, max(1, len(panels))))
        for panel, name in zip(np.ravel(axes), panels, strict=False):
            draw(panel, look, several, name, log)
        return figure


def measured(histories: Iterable[Measured]) -> list[str]:
    """The quantities that any of them has measured, each once, validation with training."""
    found = [name for history in histories for epoch in islice(history, 1) for name in epoch.values]
    return list(dict.fromkeys(name.removeprefix("val_") for name in found))


def check_names(panels: Sequence[str], histories: Iterable[Measured]) -> None:
    """Refuse what none of them has measured."""
    known = {name for history in histories for name in history.names()}
    for name in panels:
        if not {name, f"val_{name}"} & known:
            raise UnknownName("quantity", name, known)


def draw(axes: "Axes", look: Theme, several: Mapping[str, Measured], name: str, log: bool | None) -> None:
    """One quantity of all histories."""
    alone, values = len(several) == 1, []
    for k, (who, history) in enumerate(several.items()):
        own = look.cycle[k % len(look.cycle)]
        training = {"color": own, "label": who or "training"}
        validation = {"color": look.cycle[1] if alone else own, "label": "validation" if alone else None}
        for column, style in ((name, training), (f"val_{name}", validation | {"linestyle": "--"})):
            if column in history.names():
                axes.plot(*points(history, column), **style)
                values += history[column]
        mark_best(axes, look, history, name, own, alone)
    if not alone and any(f"val_{name}" in history.names() for history in several.values()):
        axes.plot([], [], color=look.grey, linestyle="--", label="validation")
        axes.scatter([], [], **ring(look), label="best epoch")
    if is_wide(values) if log is None else log:
        axes.set_yscale("log")
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(frameon=True, edgecolor="none", framealpha=0.8)
    axes.set(xlabel="epoch", ylabel=name.replace("_", " "))
    axes.grid()


def points(history: Measured, column: str) -> tuple[list[int], Array]:
    """(numbers of the epochs, values), NaN for what is not finite."""
    values = np.array(history[column], float)
    return [epoch.number for epoch in history], np.where(np.isfinite(values), values, np.nan)


def is_wide(values: Sequence[float]) -> bool:
    """Whether values have orders of magnitude to show."""
    finite = np.array(values, float)[np.isfinite(values)]
    return finite.size > 0 and finite.min() > 0 and finite.max() >= WIDE * finite.min()


def ring(look: Theme, colour: str | None = None) -> dict[str, Any]:
    """How the best epoch is marked."""
    return {"s": 50, "facecolors": look.paper, "edgecolors": colour or look.grey, "linewidths": 1.5, "zorder": 3}


def mark_best(axes: "Axes", look: Theme, history: Measured, name: str, own: str, alone: bool) -> None:
    """A ring on the curve (that of the validation, if there is one) at the best epoch."""
    found, validated = best_epoch(history), f"val_{name}" in history.names()
    if found is None or not (validated or name in history.names()):
        return
    (said, best), colour = found, look.cycle[1] if alone and validated else own
    numbers, values = points(history, f"val_{name}" if validated else name)
    label = f"{said}: epoch {best}" if alone else None
    axes.scatter(best, values[numbers.index(best)], **ring(look, colour), label=label)


def best_epoch(history: Measured) -> tuple[str, int] | None:
    """The epoch whose parameters were kept, else that of the least val_loss, behind what it is called."""
    numbers = [epoch.number for epoch in history]
    if history.about.get("best_epoch") in numbers:
        return "kept", history.about["best_epoch"]
    values = points(history, "val_loss")[1] if "val_loss" in history.names() else np.empty(0)
    return ("least val_loss", numbers[int(np.nanargmin(values))]) if np.isfinite(values).any() else None
