"""What each column has contributed to a prediction: signed numbers that add up to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.notation.text import decimals
from glassnet.insight.pages.pieces import Heading, Piece, Rows, Words
from glassnet.insight.pages.shown import Shown
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.insight.explained_inputs import short, text_given
from glassnet.tables.insight.explanation import row_of
from glassnet.tables.insight.model_gradients import of_all_networks
from glassnet.tables.number_format import counted, readable
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.values.frames import as_frame
from glassnet.training.inputs.checks import check_whole

BACKGROUND_ROWS = 32  # drawn from the table that the command line is given
MOST_COLUMNS = 20  # that are listed, those that contribute the most
LONGEST_BAR = 24  # letters


@dataclass(frozen=True, repr=False, eq=False)
class Contributions:
    """What `TableModel.contributions` gives: φ of each column, with Σ φ = prediction − baseline.

    Attributes
    ----------
    values
        (rows, columns) for numbers, in the unit of the target; (rows, columns, classes) for classes, as probabilities.
    baseline
        The mean prediction for the background: a number, or a probability for each class.
    columns
        The names of the columns.
    predictions
        What is explained: (rows,) numbers, before they are kept in the range of training, or (rows, classes).
    error
        How far, at most, the sum of the contributions is from the prediction minus the baseline.
    background
        How many rows the baseline is the mean of; 0 where it is the typical row.
    """

    values: Array
    baseline: Any
    columns: tuple[str, ...]
    predictions: Array
    error: float
    background: int = 0

    def __repr__(self) -> str:
        shape = " × ".join(map(str, self.values.shape))
        return f"Contributions({shape}, error={self.error:.1g})"


def contributions(model: TablePipeline, frame: Any, background: Any = None) -> Contributions:
    """The contribution of each column to the predictions for the rows of a data frame.

    Integrated gradients (`insight/path_gradients.py`) from the rows of the background, averaged, and added up over the
    inputs that a column has. Without a background, from the typical row: numbers are medians, categories unknown.
    """
    X = model.encoder.transform(frame).astype(np.float64)
    back = np.zeros((1, X.shape[1])) if background is None else model.encoder.transform(background).astype(np.float64)
    found = of_all_networks(model, X, back)
    places = model.encoder.places.values()
    values = np.stack([found.values[:, at].sum(axis=1) for at in places], axis=1)
    names, rows = model.encoder.columns, 0 if background is None else len(back)
    if isinstance(model.target, ClassTarget):
        return Contributions(values, found.baseline, names, found.outputs, found.error, rows)
    scale, baseline = model.target.scale, float(model.target.decode(found.baseline)[0])
    predictions = model.target.decode(found.outputs[:, 0])
    return Contributions(values[..., 0] * scale, baseline, names, predictions, found.error * scale, rows)


@dataclass(frozen=True, repr=False, eq=False)
class ContributionsPage(Shown):
    """The contributions to the prediction for one row, to be printed or shown in a notebook."""

    page: Sequence[Piece]

    def pieces(self) -> Sequence[Piece]:
        """What is shown."""
        return self.page


def contributions_page(model: TablePipeline, frame: Any, row: int, background: Any = None) -> ContributionsPage:
    """The contributions to the prediction for a row of a data frame (or of `Pieces`), the largest first, with bars."""
    one = row_of(frame if isinstance(frame, Pieces) else [frame], check_whole(row, "row", low=0))
    found, prediction = contributions(model, one, background), model.predict(one)[0]
    return ContributionsPage(list(pieces_of(model, one, row, found, prediction)))


def pieces_of(model: TablePipeline, one: Any, row: int, found: Contributions, prediction: Any) -> Iterator[Piece]:
    """A sentence, a table with bars, and the sum as a witness."""
    values, baseline, said, of = found.values[0], found.baseline, readable(float(found.predictions[0].max())), ""
    explained = float(np.ravel(found.predictions[0])[0])
    if isinstance(model.target, ClassTarget):
        number = int(found.predictions[0].argmax())
        values, baseline, explained = values[:, number], float(baseline[number]), float(found.predictions[0, number])
        said, of = f"{prediction} (probability {readable(explained)})", f" of {prediction}"
    else:
        said = readable(float(prediction))
    yield Heading(f"Row {row}: {model.target_name} is predicted to be {said}", 1)
    yield Words(f"{beside(found.background)} it is {readable(baseline)}{of}. The columns make up the difference:")
    order = np.argsort(-np.abs(values), kind="stable")[:MOST_COLUMNS]
    yield Rows((("column", "value", "contribution", ""), *lines(model, one, values, order)))
    if rest := len(values) - len(order):
        left = float(values.sum() - values[order].sum())
        yield Words(f"The other {counted(rest, 'column')} together: {signed(left)}.")
    total = f"{readable(baseline)} {'−' if values.sum() < 0 else '+'} {decimals(abs(values.sum()))}"
    yield Words(f"Together: {total} = {readable(explained)}, right to {found.error:.0e}.")
    if not isinstance(model.target, ClassTarget) and not np.isclose(explained, float(prediction), rtol=1e-4):
        yield Words(f"Predictions are kept between the least and the largest number in training: {said}.")


def beside(rows: int) -> str:
    """What the baseline is."""
    return f"On average over {counted(rows, 'row')} of this table" if rows else "For the typical row (medians, unknown)"


def lines(model: TablePipeline, one: Any, values: Array, order: Array) -> Iterator[tuple[str, ...]]:
    """A line for each column, with a bar whose length is the size of the contribution."""
    largest = float(np.abs(values).max()) or 1.0
    for k in order:
        encoder = model.encoder.encoders[k]
        given = text_given(encoder, one)
        bar = (("+" if values[k] > 0 else "−") * round(LONGEST_BAR * abs(values[k]) / largest)).ljust(LONGEST_BAR)
        yield short(encoder.name), "missing" if given is None else short(given), signed(values[k]), bar


def signed(value: float) -> str:
    """A number with its sign."""
    return ("+" if value > 0 else "") + decimals(value, 3)


def some_background(frames: Any, seed: int = 0) -> Any:
    """Up to 32 rows of a table, drawn from a seed; of one in chunks, from the first. None where it has but one row."""
    frame = as_frame(next(iter(frames)) if isinstance(frames, Pieces) else frames)
    if len(frame) < 2:
        return None
    chosen = np.sort(np.random.default_rng(seed).choice(len(frame), min(len(frame), BACKGROUND_ROWS), replace=False))
    return frame[chosen]
