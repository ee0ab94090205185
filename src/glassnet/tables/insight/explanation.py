"""Follow one row of a table through a model: from its values to inputs, through every layer to the prediction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.blackboard.loss import loss_pieces
from glassnet.insight.blackboard.step import backward_pieces, forward_pieces
from glassnet.insight.notation.docstrings import check_docstrings, formulas_of
from glassnet.insight.notation.numbers import Entry, Scope, put_in, value
from glassnet.insight.notation.text import decimals
from glassnet.insight.notation.tree import Number
from glassnet.insight.one_step import differs_in_training
from glassnet.insight.pages.pieces import Formula, Heading, Piece, Rows, Words, Worked
from glassnet.insight.pages.shown import Shown
from glassnet.insight.prediction_trace import predicted_layers
from glassnet.insight.trace import Trace, trace
from glassnet.tables.distributions.histogram_head import HistogramHead
from glassnet.tables.encoding.target import ClassTarget, NumberTarget
from glassnet.tables.insight.explained_inputs import inputs_of, short
from glassnet.tables.number_format import readable
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.values.frames import as_frame, as_series
from glassnet.tables.values.objects import as_text as text_of
from glassnet.training.inputs.checks import check_whole

if TYPE_CHECKING:
    import narwhals as nw

MOST_CLASSES = 10  # whose probabilities are listed, the most probable ones


@dataclass(frozen=True)
class Explanation(Shown):
    """What `TableModel.explain` gives: print it, or let a notebook show it.

    `trace` is the training step on this row, with its `check()` and `why(…)`; None where no gradients are shown.
    """

    page: Sequence[Piece]
    prediction: object
    trace: Trace | None = None

    def __repr__(self) -> str:
        return f"Explanation(prediction={self.prediction!r})"

    def pieces(self) -> Sequence[Piece]:
        """The pieces of the page."""
        return self.page


def explain(model: TablePipeline, frame: Any, row: int = 0) -> Explanation:
    """The row, counted from 0, through the model; with the target in the table also its loss and the gradients.

    All is as in prediction: dropout and noise rest, in the gradients too, and BatchNorm takes its running statistics.
    Where training looks at a whole batch, as BatchNorm does, a row alone has no gradients to show.
    """
    check_docstrings()
    one = row_of(frame if isinstance(frame, Pieces) else [frame], check_whole(row, "row", low=0))
    X = model.encoder.transform(one)
    prediction = model.predict(one)[0]
    step = step_of(model, one, X)
    page = [
        Heading(f"Row {row}: {model.target_name} from {len(model.encoder.columns)} columns", 1),
        *inputs_of(model.encoder, one, X[0]),
        *network_pieces(model, one, X, step),
        Heading("The prediction", 1),
        *prediction_pieces(model, one, prediction),
    ]
    return Explanation(page, prediction, step)


def row_of(frames: Iterable[Any], row: int) -> Any:
    """A data frame of one row; refused if the frames have fewer rows."""
    n = 0
    for frame in map(as_frame, frames):
        if row < n + len(frame):
            return frame[row - n : row - n + 1]
        n += len(frame)
    raise InvalidInput(f"row must be 0…{n - 1}, as the table has {n} rows (counted from 0), got {row}.")


def step_of(model: TablePipeline, one: "nw.DataFrame[Any]", X: Array) -> Trace | None:
    """A training step on the row, with noise at rest; None without a target, or where a row alone says too little."""
    net = model.network
    alone = all(not differs_in_training(node.layer) for node in net.built()[0].walk())
    if not alone or not has_target(model, one) or net.loss is None:
        return None
    return trace(net, X, encoded_target(model, one), noise=False)


def encoded_target(model: TablePipeline, one: "nw.DataFrame[Any]") -> Array:
    """The target of the row as the loss takes it."""
    encoded = model.target.encode(one[model.target_name])
    return encoded if model.head is None else model.head.encode(encoded)


def network_pieces(model: TablePipeline, one: "nw.DataFrame[Any]", X: Array, step: Trace | None) -> Iterator[Piece]:
    """Every layer; loss and gradients where the target is there."""
    yield from forward_pieces(predicted_layers(model.network, X) if step is None else step.layers)
    if step is not None:
        yield Heading("The loss", 1)
        yield from target_pieces(model, one[model.target_name])
        yield from loss_pieces(step)
        yield from backward_pieces(step)
    elif has_target(model, one) and model.network.loss is not None:
        yield Heading("The loss", 1)
        loss = model.network.evaluate(X, encoded_target(model, one), metrics=[])["loss"]
        yield Worked("L", Number(loss), loss)
        yield Words("Some layers look at a whole batch in training, so one row has no gradients; gn.trace shows them.")


def target_pieces(model: TablePipeline, series: "nw.Series[Any]") -> Iterator[Piece]:
    """The standardised number that the loss compares with."""
    target = model.target
    if isinstance(target, NumberTarget):
        equation, t = formulas_of(NumberTarget)[0], float(target.encode(series)[0])
        y = float(target.decode([t])[0])
        scope = Scope({"y": y, "mean": target.mean, "scale": target.scale})
        yield Formula(equation)
        yield Worked("t", put_in(equation.right, scope, Entry(0, 0)), t)
        if isinstance(model.head, HistogramHead):
            yield Words(
                f"It lies in bin {model.head.encode(np.array([t]))[0]}, counted from 0, whose share is 1 below."
            )
        else:
            yield Words("The loss calls this t y.")


def decision(model: TablePipeline) -> str:
    """How a class follows from the probabilities."""
    if model.threshold is None or not isinstance(model.target, ClassTarget):
        return "the most probable class"
    second = short(model.target.names[1])
    return f"as {second} is predicted from a probability of {decimals(model.threshold)} on"


def steps_between(model: TablePipeline) -> Iterator[Piece]:
    """What happens between the outputs of the first network and the prediction of the model."""
    if model.head is not None:
        yield Words(f"The outputs describe {model.head.said}. The prediction is the mean, called t above.")
    if calibration := model.calibration:
        numbers = f"T = {decimals(calibration.temperature)}, s = {decimals(calibration.share)}"
        yield Words(
            "Calibrated on the validation rows, a probability p becomes q = p^(1/T) / Σ p^(1/T), and then "
            f"(1 − s) q + s / K for K classes, with {numbers}."
        )
    if model.others:
        yield Words(
            f"The arithmetic above is that of the first of {len(model.networks)} networks; the prediction is the mean "
            "of what all of them say."
        )


def has_target(model: TablePipeline, one: "nw.DataFrame[Any]") -> bool:
    """Whether the row says what is to be predicted, in a way that can be compared with a prediction."""
    return given_target(model, one) is not None and not unlike(model, one)


def given_target(model: TablePipeline, one: "nw.DataFrame[Any]") -> str | None:
    """What the row has in the column of the target, None where it has nothing there."""
    if model.target_name not in one.columns:
        return None
    series = as_series(one[model.target_name])
    try:
        given = model.target.format.read(series).to_list()[0]
    except InvalidInput:  # text where a number is expected is shown as it is
        given = series.to_list()[0]
    return None if given is None else text_of(given)


def unlike(model: TablePipeline, one: "nw.DataFrame[Any]") -> str:
    """Why the target of the row cannot be compared with a prediction, as a text where a number is; "" where it can."""
    try:
        model.target.encode(one[model.target_name])
    except InvalidInput as error:
        return str(error)
    return ""


def prediction_pieces(model: TablePipeline, one: "nw.DataFrame[Any]", prediction: object) -> Iterator[Piece]:
    """The outputs in the target's own words, and what the table says."""
    outputs, target = model.outputs(one)[0], model.target
    if isinstance(target, ClassTarget):
        yield from steps_between(model)
        order = np.argsort(-outputs, kind="stable")[:MOST_CLASSES]
        yield Rows((("class", "probability"), *((short(target.names[k]), decimals(outputs[k])) for k in order)))
        said = f"{model.target_name} is predicted to be {prediction}, {decision(model)}."
    else:
        outputs_of_first = model.network.predict(model.encoder.transform(one))
        t = float(outputs_of_first[0, 0] if model.head is None else model.head.mean(outputs_of_first)[0])
        equation = formulas_of(NumberTarget)[1]
        numbers = put_in(equation.right, Scope({"t": t, "mean": target.mean, "scale": target.scale}), Entry(0, 0))
        yield Formula(equation)
        yield Worked("y", numbers, value(numbers))
        alone = model.outputs_by(model.network, model.encoder.transform(one))[0, 0]
        if not np.isclose(value(numbers), alone, rtol=1e-4):
            yield Words("Predictions are kept within the range of the numbers in training.")
        yield from steps_between(model)
        said = f"{model.target_name} is predicted to be {readable(float(outputs[0]))}."
    if has_target(model, one):
        truth = target.format.read(as_series(one[model.target_name])).to_list()[0]
        said += f" The table says {truth if isinstance(target, ClassTarget) else readable(float(truth))}."
    elif given := given_target(model, one):
        wanted = "one of the classes in training" if isinstance(target, ClassTarget) else "a number"
        said += f" The table says {short(given)}, which is not {wanted}, so there is no loss to show."
    yield Words(said)
