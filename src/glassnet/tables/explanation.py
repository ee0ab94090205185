"""One row of a table followed through a model: how its values became inputs, every layer, and the prediction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine.layout import Node
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.insight.blackboard.loss import loss_pieces
from glassnet.insight.blackboard.step import backward_pieces, forward_pieces
from glassnet.insight.notation.docstrings import formulas_of
from glassnet.insight.notation.numbers import Entry, Scope, put_in, value
from glassnet.insight.notation.text import decimals
from glassnet.insight.notation.tree import Number
from glassnet.insight.pages.pieces import Formula, Heading, Piece, Rows, Words, Worked
from glassnet.insight.pages.shown import Shown
from glassnet.insight.predicted import predicted_layers
from glassnet.insight.trace import Trace, trace
from glassnet.tables.column_encoders import NumberColumn
from glassnet.tables.frames import as_frame
from glassnet.tables.objects import as_text as text_of
from glassnet.tables.objects import plain
from glassnet.tables.pieces import Pieces
from glassnet.tables.readable import readable
from glassnet.tables.target import ClassTarget, NumberTarget
from glassnet.training.checks import check_whole

if TYPE_CHECKING:
    from glassnet.tables.model import TableModel

LONGEST = 24  # letters of a name or a value that stands in a table
MOST_CLASSES = 10  # whose probabilities are listed, the most probable ones


@dataclass(frozen=True)
class Explanation(Shown):
    """What `TableModel.explain` gives: print it, or let a notebook show it.

    `trace` is the training step on this row, with its `check()` and `why(…)`; None where no gradients are shown.
    """

    page: Sequence[Piece]
    prediction: Any
    trace: Trace | None = None

    def __repr__(self) -> str:
        return f"Explanation(prediction={self.prediction!r})"

    def pieces(self) -> Sequence[Piece]:
        """What is shown."""
        return self.page


def explain(model: "TableModel", frame: Any, row: int = 0) -> Explanation:
    """The row, counted from 0, through the model; with the target in the table also its loss and the gradients.

    All is as in prediction: dropout and noise rest, in the gradients too, and BatchNorm takes its running statistics.
    Where training looks at a whole batch, as BatchNorm does, a row alone has no gradients to show.
    """
    one = row_of(frame if isinstance(frame, Pieces) else [frame], check_whole(row, "row", low=0))
    X = model.encoder.transform(one)
    prediction = model.predict(one)[0]
    step = step_of(model, one, X)
    page = [
        Heading(f"Row {row}: {model.target_name} from {len(model.encoder.columns)} columns", 1),
        *inputs_of(model, one, X[0]),
        *network_pieces(model, one, X, step),
        Heading("The prediction", 1),
        *prediction_pieces(model, one, prediction),
    ]
    return Explanation(page, prediction, step)


def row_of(frames: Iterable[Any], row: int) -> Any:
    """A data frame of one row; refused where the frames together have fewer."""
    n = 0
    for frame in map(as_frame, frames):
        if row < n + len(frame):
            return frame[row - n : row - n + 1]
        n += len(frame)
    raise InvalidInput(f"row must be 0…{n - 1}, as the table has {n} rows (they count from 0), got {row}.")


def inputs_of(model: "TableModel", one: Any, x: Array) -> Iterator[Piece]:
    """How each value became inputs of the network."""
    encoders = model.encoder.encoders
    numeric = [each for each in encoders if isinstance(each, NumberColumn)]
    for equation in formulas_of(NumberColumn) if numeric else ():
        yield Formula(equation)
    places = list(model.encoder.places.values())
    if numeric:
        header = ("column", "x", "median", "scale", "z", "input")
        lines = [
            number_line(e, one, x[at]) for e, at in zip(encoders, places, strict=True) if isinstance(e, NumberColumn)
        ]
        yield Rows((header, *lines))
    if len(numeric) < len(encoders):
        pairs = [(e, at) for e, at in zip(encoders, places, strict=True) if not isinstance(e, NumberColumn)]
        yield Rows((("column", "value", "inputs"), *(category_line(e, one, x[at]) for e, at in pairs)))
    if model.encoder.dropped:
        yield Words(f"Left out: {', '.join(map(short, model.encoder.dropped))}.")


def number_line(encoder: NumberColumn, one: Any, outputs: Array) -> tuple[str, ...]:
    """A number with what it was scaled by; a missing one counts as the median."""
    given = float(encoder.values(plain(one[encoder.name]))[0])
    scope = Scope({"x": encoder.median if np.isnan(given) else given, "median": encoder.median, "scale": encoder.scale})
    z = value(put_in(formulas_of(NumberColumn)[0].right, scope, Entry(0, 0)))
    shown = "missing" if np.isnan(given) else decimals(given)
    more = f" and {decimals(outputs[1])}" if len(outputs) > 1 else ""
    numbers = (decimals(encoder.median), decimals(encoder.scale), decimals(z), decimals(outputs[0]) + more)
    return (short(encoder.name), shown, *numbers)


def category_line(encoder: Any, one: Any, outputs: Array) -> tuple[str, ...]:
    """A category with the inputs that are 1."""
    given = one[encoder.name].to_list()[0]
    on = [name for name, output in zip(encoder.names, outputs, strict=True) if output]
    of = f"is 1, of {len(encoder.names)}" if on else f"all {len(encoder.names)} are 0, it was not in training"
    return (
        short(encoder.name),
        short(text_of(given) if given is not None else "missing"),
        " ".join([*map(short, on), of]),
    )


def short(name: Any) -> str:
    """A name that fits into a table."""
    text = str(name)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def step_of(model: "TableModel", one: Any, X: Array) -> Trace | None:
    """A training step on the row, with noise at rest; None without a target, or where a row alone says too little."""
    net = model.network
    if not has_target(model, one) or net.loss is None or any(map(differs, net.built()[0].walk())):
        return None
    return trace(net, X, model.target.encode(one[model.target_name]), noise=False)


def differs(node: Node) -> bool:
    """Whether a layer does in training what it does not do in prediction, noise aside."""
    return node.layer.whole_batch or (node.layer.random and node.layer.without_noise() is node.layer)


def network_pieces(model: "TableModel", one: Any, X: Array, step: Trace | None) -> Iterator[Piece]:
    """Every layer; loss and gradients where the target is there."""
    yield from forward_pieces(predicted_layers(model.network, X) if step is None else step.layers)
    if step is not None:
        yield Heading("The loss", 1)
        yield from loss_pieces(step)
        yield from backward_pieces(step)
    elif has_target(model, one) and model.network.loss is not None:
        yield Heading("The loss", 1)
        loss = model.network.evaluate(X, model.target.encode(one[model.target_name]), metrics=[])["loss"]
        yield Worked("L", Number(loss), loss)
        yield Words("Some layers look at a whole batch in training, so one row has no gradients; gn.trace shows them.")


def has_target(model: "TableModel", one: Any) -> bool:
    """Whether the row says what is to be predicted."""
    if model.target_name not in one.columns:
        return False
    given = one[model.target_name].to_list()[0]
    return given is not None and text_of(given) is not None


def prediction_pieces(model: "TableModel", one: Any, prediction: Any) -> Iterator[Piece]:
    """The outputs in the target's own words, and what the table says."""
    outputs, target = model.outputs(one)[0], model.target
    if isinstance(target, ClassTarget):
        order = np.argsort(-outputs, kind="stable")[:MOST_CLASSES]
        yield Rows((("class", "probability"), *((short(target.names[k]), decimals(outputs[k])) for k in order)))
        said = f"{model.target_name} is predicted to be {prediction}, the class of the largest probability."
    else:
        equation = formulas_of(NumberTarget)[1]
        standardised = (float(outputs[0]) - target.mean) / target.scale
        scope = Scope({"t": standardised, "mean": target.mean, "scale": target.scale})
        yield Formula(equation)
        yield Worked("y", put_in(equation.right, scope, Entry(0, 0)), outputs[0])
        said = f"{model.target_name} is predicted to be {readable(float(outputs[0]))}."
    if has_target(model, one):
        truth = one[model.target_name].to_list()[0]
        said += f" The table says {truth if isinstance(target, ClassTarget) else readable(float(truth))}."
    yield Words(said)
