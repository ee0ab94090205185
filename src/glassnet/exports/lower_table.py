"""From a model of a table to a program: columns in, the network or networks, and what is made of their outputs."""

from collections.abc import Callable
from functools import partial, reduce

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.builder import Builder, Given
from glassnet.exports.lowering import lower_network
from glassnet.exports.program import (
    Convert,
    FillMissing,
    IsMissing,
    Join,
    LevelInput,
    Lookup,
    NumberInput,
    Outputs,
    Product,
    Program,
    Sort,
    Take,
    Value,
)
from glassnet.exports.texts import gone_in
from glassnet.formulas.activations import Softmax
from glassnet.formulas.elementary import Array
from glassnet.formulas.prediction.arithmetic import added, multiplied
from glassnet.formulas.prediction.calibration import moved, tempered
from glassnet.formulas.prediction.scaling import (
    averaged,
    code_where_equal,
    kept_within,
    larger,
    lower_end,
    smaller,
    smoothly_clipped,
    unscaled,
    upper_end,
)
from glassnet.network import Network
from glassnet.tables.calibration.intervals import COVERAGE, ErrorInterval, margin
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.mixture_head import MixtureHead
from glassnet.tables.encoding.column_encoders import CategoryColumn, CodedColumn, ColumnEncoder, Levels, NumberColumn
from glassnet.tables.encoding.leveled_column import LeveledColumn
from glassnet.tables.encoding.target import ClassTarget, NumberTarget
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.missing import marks_of

DOUBLE, SINGLE = "float64", "float32"


def program_of_table(model: TablePipeline, dtype: str | None = None) -> Program:
    """The program of a model of a table, from a row of raw columns to its answer.

    The networks compute in their own number type, or in `dtype`; columns and answers are in float64 either way.
    """
    own = model.network.dtype.name
    made = Builder(dtype or own, own)
    x = encoded(made, model.encoder.encoders)
    each = [answer(made, model, net, x, f"m{k}_" if model.others else "") for k, net in enumerate(model.networks)]
    classes = model.target.classes if isinstance(model.target, ClassTarget) else ()
    value = mean(made, each, "y")
    ends, coverage = interval(made, model, x, value)
    outputs = Outputs(value, classes, model.threshold, ends, coverage, model.target_name)
    kind = "class" if classes else "number"
    n = f", the mean of {len(model.networks)} networks" if model.others else ""
    title = f"the {kind} {model.target_name!r} from a table of {len(model.encoder.columns)} columns{n}"
    return Program(made.steps_to(outputs), outputs, made.dtype, title, (x.size,), {"target": model.target_name})


def encoded(made: Builder, encoders: tuple[ColumnEncoder, ...]) -> Value:
    """The inputs of the network: all numbers at once, each category by itself, then everything in its order."""
    parts: list[Value] = []
    at: dict[tuple[int, int], int] = {}  # where the output k of the column j lies among the parts
    size = 0

    def place(value: Value, outputs: list[tuple[int, int]]) -> None:
        nonlocal size
        parts.append(value)
        at.update({output: size + k for k, output in enumerate(outputs)})
        size += value.size

    numbers = [j for j, encoder in enumerate(encoders) if isinstance(encoder, NumberColumn)]
    if numbers:
        own = {j: number for j, number in enumerate(encoders) if isinstance(number, NumberColumn)}
        raw = {j: number_input(made, number, k) for k, (j, number) in enumerate(own.items())}
        scaled, gone = number_columns(made, [*own.values()], [*raw.values()])
        place(scaled, [(j, 0) for j in numbers])
        if any(encoders[j].missing for j in numbers):
            place(gone, [(j, 1) for j in numbers])
        for j, number in own.items():
            if isinstance(number, LeveledColumn):
                place(code_of_number(made, number, raw[j], j), [(j, len(number.names) - 1)])
    for j, encoder in enumerate(encoders):
        if isinstance(encoder, Levels):
            value = level_column(made, encoder, j)
            place(value, [(j, k) for k in range(value.size)])
        elif not isinstance(encoder, NumberColumn):
            raise InvalidInput(f"columns of the kind {encoder.kind!r} cannot be exported, such as {encoder.name!r}.")
    order = tuple(at[j, k] for j, encoder in enumerate(encoders) for k in range(len(encoder.names)))
    joined = parts[0] if len(parts) == 1 else made.add(Join(out=made.value("joined", size), parts=tuple(parts)))
    if order == tuple(range(size)):
        return joined
    return made.add(Take(out=made.value("x", len(order)), x=joined, places=order, note="in the order of the network"))


def number_columns(made: Builder, own: list[NumberColumn], parts: list[Value]) -> tuple[Value, Value]:
    """(the scaled and softly clipped numbers, which are missing) of all columns of numbers and dates."""
    made.heading = "Columns of numbers and dates: missing ones become the median, all are scaled and softly clipped"
    raw = parts[0]
    if len(parts) > 1:
        raw = made.add(Join(out=made.value("raw", len(parts), DOUBLE), parts=tuple(parts)))
    gone = made.value("missing", raw.size)
    if any(encoder.missing for encoder in own):
        made.add(IsMissing(out=gone, x=raw))
    median = made.constant("median", np.array([encoder.median for encoder in own]), DOUBLE)
    scale = made.constant("scale", np.array([encoder.scale for encoder in own]), DOUBLE)
    whole = made.add(FillMissing(out=made.value("filled", raw.size, DOUBLE), x=raw, values=median))
    scaled = made.apply(smoothly_clipped, {"x": whole, "median": median, "scale": scale}, "scaled")
    return in_type(made, made.add(Convert(out=made.value("inputs", scaled.size, SINGLE), x=scaled)), made.dtype), gone


def number_input(made: Builder, encoder: NumberColumn, k: int) -> Value:
    """A raw column of numbers; its kind is told by how texts are read."""
    kind = encoder.format.type if encoder.format.type in ("boolean", "date", "time") else encoder.holds
    out = made.value(f"n{k}", 1, DOUBLE)
    return made.add(NumberInput(out=out, column=encoder.name, kind=kind, form=encoder.format.describe()))


def code_of_number(made: Builder, encoder: LeveledColumn, raw: Value, j: int) -> Value:
    """The code of a number among the levels of its column, 0 for any other one: a sum over all of them."""
    n = len(encoder.levels)
    made.heading = f"Column {encoder.name!r}: the code of its value"
    each = made.add(Take(out=made.value(f"n{j}_each", n, DOUBLE), x=raw, places=(0,) * n))
    levels = made.constant(f"levels{j}", np.array(encoder.levels), DOUBLE)
    codes = made.constant(f"codes{j}", np.arange(1.0, 1 + n), DOUBLE)
    found = made.apply(code_where_equal, {"x": each, "level": levels, "code": codes}, f"n{j}_found")
    ones = made.constant(f"ones{j}", np.ones((n, 1)), DOUBLE)
    code = made.add(Product(out=made.value(f"n{j}_code", 1, DOUBLE), x=found, W=ones, b=None))
    return in_type(made, in_type(made, code, SINGLE), made.dtype)


def level_column(made: Builder, encoder: Levels, j: int) -> Value:
    """A raw column of levels: a row of a table of unit vectors, or a code for an embedding."""
    n, form = len(encoder.names), encoder.format
    marks = () if form.missing == "empty" else marks_of(form.missing)  # of a categorical type: texts as they are
    column = partial(LevelInput, column=encoder.name, marks=marks, gone=gone_in(form))
    made.heading = f"Column {encoder.name!r}"
    if isinstance(encoder, CodedColumn):
        places = {level: k + 1 for k, level in enumerate(encoder.levels)}
        missing = encoder.n_codes - 1 if encoder.missing else 0
        code = made.value(f"c{j}", 1)
        return made.add(column(out=code, places=places, unknown=0, missing=missing))
    if not isinstance(encoder, CategoryColumn):
        raise InvalidInput(f"columns of the kind {encoder.kind!r} cannot be exported, such as {encoder.name!r}.")
    places = {level: k for k, level in enumerate(encoder.levels)}
    missing = len(encoder.levels) if encoder.missing else n
    place = made.add(column(out=made.value(f"p{j}", 1), places=places, unknown=n, missing=missing))
    units = made.constant(f"units{j}", np.eye(n + 1)[:, :n])
    return made.add(Lookup(out=made.value(f"c{j}", n), x=place, table=units))


def in_type(made: Builder, x: Value, dtype: str) -> Value:
    """The value in another number type, if it is not in it."""
    return x if x.dtype == dtype else made.add(Convert(out=made.value(f"{x.name}_{dtype[5:]}", x.size, dtype), x=x))


def scores(made: Builder, network: Network, x: Value, mark: str) -> Value:
    """What a network puts out, rounded to its own number type as `predict` does, in float64."""
    out = lower_network(made, network, x, mark)
    return in_type(made, in_type(made, out, network.dtype.name) if made.dtype == DOUBLE else out, DOUBLE)


def answer(made: Builder, model: TablePipeline, network: Network, x: Value, mark: str) -> Value:
    """What one of the networks says: calibrated probabilities, or numbers in their own unit."""
    outputs = scores(made, network, x, mark)
    if not isinstance(model.target, ClassTarget):
        if model.head is not None:
            outputs = mean_of_distribution(made, model.head, outputs, mark)
        made.heading = "In the unit of the target, and within the numbers of training"
        return in_own_unit(made, model.target, outputs, f"{mark}y")
    if model.calibration is None:
        return outputs
    made.heading = "Calibrated probabilities"
    warm = made.apply(tempered, {"p": outputs, "temperature": model.calibration.temperature}, f"{mark}warm")
    given: dict[str, Given] = {"p": warm, "share": model.calibration.share, "classes": float(outputs.size)}
    return made.apply(moved, given, f"{mark}p")


def mean_of_distribution(made: Builder, head: Head, outputs: Value, mark: str) -> Value:
    """The mean of the distribution that a network's outputs stand for: a sum of them, in order where that is asked."""
    if isinstance(head, MixtureHead):
        return mean_of_mixture(made, head, outputs, mark)
    weights, _ = head.point
    constant = head.mean(np.zeros((1, head.n_outputs)))  # with what is added to outputs in order
    if head.in_order:
        made.heading = "The outputs in rising order"
        outputs = made.add(Sort(out=made.value(f"{mark}sorted", outputs.size, DOUBLE), x=outputs))
    W = made.constant(f"{mark}weights", np.reshape(weights, (-1, 1)), DOUBLE)
    b = made.constant(f"{mark}constant", constant, DOUBLE)
    made.heading = f"The mean of {head.said}"
    return made.add(Product(out=made.value(f"{mark}t", 1, DOUBLE), x=outputs, W=W, b=b))


def mean_of_mixture(made: Builder, head: MixtureHead, outputs: Value, mark: str) -> Value:
    """The means of the components by their weights, which are the softmax of their scores."""
    n = head.components
    picked = np.eye(head.n_outputs)

    def sums(x: Value, name: str, W: Array) -> Value:
        constant = made.constant(f"{mark}{name}_of", W, DOUBLE)
        return made.add(Product(out=made.value(f"{mark}{name}", W.shape[1], DOUBLE), x=x, W=constant, b=None))

    made.heading = f"The mean of {head.said}"
    scores, means = sums(outputs, "alpha", picked[:, 0::3]), sums(outputs, "mu", picked[:, 1::3])
    weights = made.apply(Softmax().value, {"z": scores}, f"{mark}weights")
    parts = made.apply(multiplied, {"x": weights, "s": means}, f"{mark}parts")
    return sums(parts, "t", np.ones((n, 1)))


def in_own_unit(made: Builder, target: NumberTarget, t: Value, name: str) -> Value:
    """Numbers in the unit of the target, kept within those of training."""
    y = made.apply(unscaled, {"t": t, "scale": float(target.scale), "mean": float(target.mean)}, f"{name}_unscaled")
    return made.apply(kept_within, {"y": y, "low": float(target.low), "high": float(target.high)}, f"{name}_within")


def mean(made: Builder, values: list[Value], name: str) -> Value:
    """The mean of several values, entry by entry."""
    if len(values) == 1:
        return values[0]
    made.heading = f"The mean of the {len(values)} networks"
    total = reduce(lambda a, b: made.apply(added, {"x": a, "g": b}, f"{name}_sum"), values)
    return made.apply(averaged, {"total": total, "n": float(len(values))}, f"{name}_mean")


def interval(made: Builder, model: TablePipeline, x: Value, y: Value) -> tuple[Value | None, float | None]:
    """The lower and the upper end around a number, and the probability that they hold it; None for classes."""
    if model.interval is None or not isinstance(model.target, NumberTarget):
        return None, None
    if isinstance(model.interval, ErrorInterval):
        width = margin(np.asarray(model.interval.errors), COVERAGE, model.interval.weights)
        return widened(made, y, y, width), COVERAGE
    pairs = [learned_ends(made, model.target, net, x, f"e{k}_") for k, net in enumerate(model.interval.networks)]
    low, high = (mean(made, [pair[k] for pair in pairs], name) for k, name in enumerate(("low", "high")))
    return widened(made, low, high, model.interval.margin), model.interval.coverage


def learned_ends(made: Builder, target: NumberTarget, network: Network, x: Value, mark: str) -> tuple[Value, Value]:
    """Both ends as a network has learned them, in order."""
    outputs = scores(made, network, x, mark)
    first, second = (
        made.add(Take(out=made.value(f"{mark}{name}", 1, DOUBLE), x=outputs, places=(k,)))
        for k, name in enumerate(("first", "second"))
    )

    def end(which: Callable[..., object], name: str) -> Value:
        return in_own_unit(made, target, made.apply(which, {"a": first, "b": second}, name), name)

    return end(smaller, f"{mark}low"), end(larger, f"{mark}high")


def widened(made: Builder, low: Value, high: Value, width: float) -> Value:
    """The ends moved apart by a margin."""
    made.heading = "The ends of the interval"
    given: dict[str, Given] = {"low": low, "high": high, "margin": float(width)}
    lower, upper = (made.apply(end, given, name) for end, name in ((lower_end, "lower"), (upper_end, "upper")))
    return made.add(Join(out=made.value("ends", 2, DOUBLE), parts=(lower, upper)))
