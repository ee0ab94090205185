"""What each column has contributed to a prediction: signed numbers that add up to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.drawing import Theme
from glassnet.errors import InvalidInput, UnknownName
from glassnet.formulas.elementary import Array
from glassnet.insight.notation.text import beside_change, signed
from glassnet.insight.pages.pieces import Heading, Piece, Rows, Words
from glassnet.insight.pages.shown import Shown
from glassnet.pictures.effects.contributions import contributions_figure
from glassnet.tables.encoding.target import ClassTarget, NumberTarget
from glassnet.tables.insight.explained_inputs import short, values_read
from glassnet.tables.insight.explanation import row_of
from glassnet.tables.insight.model_gradients import of_all_networks
from glassnet.tables.number_format import counted, readable
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.values.frames import as_frame
from glassnet.tables.values.objects import as_text as text_of
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
    given
        The values in each row as texts, None for a missing one.
    target_name
        The name of the column that is predicted.
    classes
        The names of the classes; none for numbers.
    chosen
        The number of the class that is predicted for each row; none for numbers.
    """

    values: Array
    baseline: Any
    columns: tuple[str, ...]
    predictions: Array
    error: float
    background: int = 0
    given: Sequence[Sequence[str | None]] = ()
    target_name: str = ""
    classes: Sequence[str] = ()
    chosen: Sequence[int] = ()

    def __repr__(self) -> str:
        shape = " × ".join(map(str, self.values.shape))
        return f"Contributions({shape}, error={self.error:.1g})"

    def of(self, row: int = 0, of: object = None) -> tuple[Array, float, float, str]:
        """(contributions, baseline, prediction, what it is) of a row; of a class by name, or of the predicted one."""
        if check_whole(row, "row", low=0) >= len(self.values):
            raise InvalidInput(
                f"row must be 0…{len(self.values) - 1}, counted from 0 in what was explained, got {row}."
            )
        if not self.classes:
            return self.values[row], float(self.baseline), float(self.predictions[row]), self.target_name
        k = self.chosen[row] if of is None else class_number(of, self.classes)
        what = f"probability of {self.classes[k]}"
        return self.values[row][:, k], float(self.baseline[k]), float(self.predictions[row, k]), what

    def draw(self, row: int = 0, of: object = None, theme: str | Theme = "light") -> Any:
        """A bar for each column, from the baseline to the prediction for a row, as a Figure.

        `row` is counted from 0 in the rows that were explained; `of` is a class, by default the predicted one;
        `theme` is "light" or "dark".
        """
        values, baseline, _, what = self.of(row, of)
        texts = [f"{short(name)} = {short(text)}" for name, text in zip(self.columns, self.shown(row), strict=True)]
        title = f"Contributions to {'the ' if self.classes else ''}{what}"
        return contributions_figure(values, texts, baseline, what, title, theme)

    def predicted(self, prediction: Any) -> str:
        """What is predicted for the first row, in words: a class with its probability, or a number."""
        if not self.classes:
            return readable(float(prediction))
        return f"{prediction} (probability {readable(self.of()[2])})"

    def shown(self, row: int) -> list[str]:
        """The values of a row as texts."""
        return ["missing" if text is None else text for text in self.given[row]]


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
    classes = isinstance(model.target, ClassTarget)
    explained = Contributions(
        values if classes else values[..., 0],
        found.baseline,
        model.encoder.columns,
        found.outputs if classes else found.outputs[:, 0],
        found.error,
        background=0 if background is None else len(back),
        given=texts_of(model, frame),
        target_name=model.target_name,
        classes=model.target.names if isinstance(model.target, ClassTarget) else (),
        chosen=model.decided(found.outputs).tolist() if classes else (),
    )
    return explained if isinstance(model.target, ClassTarget) else in_unit(explained, model.target)


def class_number(of: object, names: Sequence[str]) -> int:
    """The number of a class that is given as it stands in the table; UnknownName for others.

    >>> class_number(2, ["1", "2"])
    1
    """
    if (text := text_of(of)) not in names:
        raise UnknownName("class", of, names)
    return list(names).index(str(text))


def in_unit(found: Contributions, target: NumberTarget) -> Contributions:
    """Contributions to a standardised number in the unit of the target."""
    return replace(
        found,
        values=found.values * target.scale,
        baseline=float(target.decode(found.baseline)[0]),
        predictions=target.decode(found.predictions),
        error=found.error * target.scale,
    )


def texts_of(model: TablePipeline, frame: Any) -> list[tuple[str | None, ...]]:
    """The values of each row as texts, as the model reads them."""
    rows = as_frame(frame)
    read = ([text_shown(value) for value in values_read(encoder, rows)] for encoder in model.encoder.encoders)
    return [*zip(*read, strict=True)]


def text_shown(value: object) -> str | None:
    """A value as a text of few digits."""
    return f"{value:.6g}" if isinstance(value, float) else None if value is None else text_of(value)


@dataclass(frozen=True, repr=False, eq=False)
class ContributionsPage(Shown):
    """The contributions to the prediction for one row, to be printed or shown in a notebook."""

    page: Sequence[Piece]
    found: Contributions

    def pieces(self) -> Sequence[Piece]:
        """What is shown."""
        return self.page


def contributions_page(
    model: TablePipeline, frame: Any, row: int, background: Any = None, of: object = None, where: str = "this table"
) -> ContributionsPage:
    """The contributions to the prediction for a row of a data frame (or of `Pieces`), the largest first, with bars.

    They are those to the probability of a class, by default the predicted one; `where` the background is from.
    """
    one = row_of(frame if isinstance(frame, Pieces) else [frame], check_whole(row, "row", low=0))
    found, prediction = contributions(model, one, background), model.predict(one)[0]
    return ContributionsPage(list(pieces_of(model, row, found, prediction, of, where)), found)


def pieces_of(
    model: TablePipeline, row: int, found: Contributions, prediction: Any, of: object, where: str
) -> Iterator[Piece]:
    """A sentence, a table with bars, and the sum as a witness."""
    values, baseline, explained, _ = found.of(of=of)
    largest = float(np.abs(values).max())
    at_first, at_last = beside_change(baseline, largest), beside_change(explained, largest)
    said, what = found.predicted(prediction), "it"
    if found.classes:
        what = f"the probability of {prediction if of is None else of}"
    yield Heading(f"Row {row}: {model.target_name} is predicted to be {said}", 1)
    if of is not None:
        yield Words(f"{what[:1].upper()}{what[1:]} is {readable(explained)}.")
    yield Words(f"{beside(found.background, where)} {what} is {at_first}. The columns make up the difference:")
    order = np.argsort(-np.abs(values), kind="stable")[:MOST_COLUMNS]
    yield Rows((("column", "value", "contribution", ""), *lines(found, values, order)))
    if rest := len(values) - len(order):
        left = float(values.sum() - values[order].sum())
        yield Words(f"The other {counted(rest, 'column')} together: {grouped(left)}.")
    total = f"{at_first} {'−' if values.sum() < 0 else '+'} {grouped(abs(values.sum())).lstrip('+')}"
    yield Words(f"Together: {total} = {at_last}, right to {found.error:.0e}.")
    if not isinstance(model.target, ClassTarget) and not np.isclose(explained, float(prediction), rtol=1e-4):
        yield Words(f"Predictions are kept between the least and the largest number in training: {said}.")


def grouped(number: float) -> str:
    """A number with its sign, and commas between thousands where there are five digits or more.

    >>> grouped(0.1234), grouped(-8970.2), grouped(-152651.4)
    ('+0.123', '−8970', '−152,651')
    """
    if abs(number) < 999.5:
        return signed(number)
    return format(number, "+.0f" if abs(number) < 9999.5 else "+,.0f").replace("-", "−")


def beside(rows: int, where: str) -> str:
    """What the baseline is."""
    if not rows:
        return "For the typical row (medians, unknown)"
    drawn = "drawn from" if rows == BACKGROUND_ROWS else "of"
    over = "for it" if rows == 1 else "on average over them"
    return f"The row is compared with {counted(rows, 'row')} {drawn} {where}: {over}"


def lines(found: Contributions, values: Array, order: Array) -> Iterator[tuple[str, ...]]:
    """A line for each column, with a bar whose length is the size of the contribution."""
    largest, given = float(np.abs(values).max()) or 1.0, found.shown(0)
    for k in order:
        bar = (("+" if values[k] > 0 else "−") * round(LONGEST_BAR * abs(values[k]) / largest)).ljust(LONGEST_BAR)
        yield short(found.columns[k]), short(given[k]), grouped(values[k]), bar


def some_background(frames: Any, seed: int = 0, least: int = 2) -> Any:
    """Up to 32 rows of a table, drawn from a seed; of one in chunks, from the first. None for fewer than the least."""
    frame = as_frame(next(iter(frames)) if isinstance(frames, Pieces) else frames)
    if len(frame) < least:
        return None
    chosen = np.sort(np.random.default_rng(seed).choice(len(frame), min(len(frame), BACKGROUND_ROWS), replace=False))
    return frame[chosen]
