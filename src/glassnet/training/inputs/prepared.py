"""The data of a training run: rows checked and encoded as the loss reads them, and rows held out for validation."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.engine.job import Samples
from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput
from glassnet.formulas.description import Description
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.formulas.registry import is_number
from glassnet.training.inputs.checks import check_codes, check_features, check_inputs, check_rows, check_weights
from glassnet.training.inputs.splitting import split_rows
from glassnet.training.inputs.steps import step_weights
from glassnet.training.inputs.targets import as_targets, encode_targets

Data = tuple[Samples, Array]  # the rows as the engine reads them, and their y as the user gave it, for metrics


class Checked:
    """Given arrays, each checked and encoded once for a dtype and a loss, however many networks read it."""

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[Any, Array]] = {}

    def inputs(self, X: ArrayLike, dtype: np.dtype, name: str = "X") -> Array:
        """Rows of any shape, in the dtype."""
        return self.once(X, (dtype, name), lambda: check_inputs(X, None, dtype, name))

    def data(
        self,
        layout: Layout,
        loss: Loss,
        dtype: np.dtype,
        X: Any,
        y: Any,
        weights: Any,
        of: str = "",
        streamed: bool = False,
    ) -> Data:
        """Rows for the engine; `of` tells messages whose X and y they are (" of validation").

        Where more rows are to come (`streamed`), none of these need count.
        """
        X = self.inputs(X, dtype, f"X{of}")
        check_features(X, layout.input_shape, f"X{of}")
        check_codes(X, layout.codes, f"X{of}")
        n, shape = len(X), layout.output_shape
        Y = self.once(
            y, (type(loss), repr(loss), n, shape, dtype, of), lambda: encode_targets(loss, y, n, shape, dtype, f"y{of}")
        )
        given = self.once(y, ("as given", loss.targets, of), lambda: as_targets(loss, y, n, f"y{of}"))
        if len(shape) > 1:
            weights = step_weights(loss, given, shape, weights, dtype, f"y{of}", some=not streamed)
            if weights is None and streamed and loss.targets == "classes":  # later rows may hold −1
                weights = np.ones((n, *shape[:-1]), dtype)
        elif weights is not None:
            each = weights
            way = (n, dtype, "weights", streamed)
            weights = self.once(each, way, lambda: np.asarray(check_weights(each, n, dtype, some=not streamed)))
        return Samples(X, Y, weights), given

    def once(self, given: object, way: Hashable, make: Callable[[], Array]) -> Array:
        """What is made of a given object in one way, for all that ask."""
        key = (id(given), way)
        if key not in self._made:
            self._made[key] = (given, make())  # what is kept alive here keeps its id
        return self._made[key][1]


def prepare(
    layout: Layout, loss: Loss, dtype: np.dtype, X: ArrayLike, y: ArrayLike, weights: ArrayLike | None = None
) -> Data:
    """Rows for the engine, checked for one use."""
    return Checked().data(layout, loss, dtype, X, y, weights)


class Part(Description):
    """Some rows of checked data (None: all of them), copied out only when they are needed."""

    whole: Data
    rows: Array | None = None

    def __len__(self) -> int:
        return len(self.whole[1] if self.rows is None else self.rows)

    @property
    def y(self) -> Array:
        """The targets of these rows as the user gave them."""
        return self.whole[1] if self.rows is None else self.whole[1][self.rows]

    def of(self, places: Array | None, name: str) -> "Part":
        """The rows at these places of this part; refused if all have weight 0."""
        rows = places if self.rows is None or places is None else self.rows[places]
        weights = self.whole[0].weights
        if rows is not None and weights is not None and not weights[rows].any():
            raise InvalidInput(f"all rows {name} have sample_weight 0.")
        return Part(self.whole, rows)

    def data(self) -> Data:
        """Copies of the rows, or the whole data itself."""
        samples, _ = self.whole
        return self.whole if self.rows is None else (samples.of(self.rows), self.y)


def part_of(data: Data, rows: object) -> Part:
    """The rows that row numbers or a boolean mask pick; None picks all."""
    return Part(data).of(check_rows(rows, len(data[1])), "picked by rows")


def hold_out(
    layout: Layout, loss: Loss, part: Part, validation: object, rng: "np.random.Generator", checked: Checked
) -> tuple[Part, Part | None]:
    """(rows to train on, rows to validate on), from a share or from given arrays."""
    if validation is None:
        return part, None
    if isinstance(validation, (tuple, list)) and len(validation) in (2, 3):
        X, y, weights = (*validation, None)[:3]
        return part, Part(checked.data(layout, loss, part.whole[0].X.dtype, X, y, weights, " of validation"))
    share = validation.item() if isinstance(validation, np.generic) else validation
    if not is_number(share):
        came = type(validation).__name__
        raise InvalidInput(f"validation must be a share such as 0.2, or arrays (X, y) or (X, y, weights), got {came}.")
    rest, held = split_rows(len(part), float(share), rng, labels_of(loss, part.whole[0], part.y))
    return part.of(rest, "to train on"), part.of(held, "held out")


def labels_of(loss: Loss, samples: Samples, y: Array) -> Array | None:
    """The classes whose shares a hold-out keeps: class numbers, one-hot rows, or one column of 0 and 1."""
    if len(samples.Y.shape) > 2:
        return None  # a class for each step, not for each row
    if loss.targets == "classes" and y.ndim == 2:
        return y.argmax(axis=1)
    whole = y.dtype.kind in "iub" or bool((y == np.round(y)).all())
    return y if loss.targets in ("classes", "binary") and y.ndim == 1 and whole else None
