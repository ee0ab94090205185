"""The rows of an update: checked against the encoder of a model, held out, and encoded by what they make of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_kinds import find_formats
from glassnet.tables.encoding.growth import Growth
from glassnet.tables.encoding.target import ClassTarget, Target, with_target
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.weights import class_factors, column_weights, combined
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted
from glassnet.tables.reading.totals import without_totals
from glassnet.tables.splits.held_apart import reader_for
from glassnet.tables.splits.rule import SplitRule
from glassnet.tables.updating.kinds import check_kinds
from glassnet.tables.values.frames import as_frame, check_column, listed
from glassnet.training.inputs.splitting import Rows

NEW, OLD = "new rows", "old rows"
LEAST_HELD_OUT = 5  # new rows of which some can be held out
LEAST_VALIDATED = 10  # rows of which some can choose the epoch


@dataclass(frozen=True, eq=False)
class UpdateRows:
    """The rows of an update, encoded.

    growth   the encoder, before and after it has seen them
    target   as it was, but for the range of numbers
    X, y     the rows that are not held out, the new ones first
    weights  how much each of these counts, (n,); None for all alike
    chosen   the places of those that choose the epoch; none where there are too few rows
    kept     data frames of the rows that are not held out, by what they are
    held_out data frames of the rows that are, as far as there are any
    notes    what is told of them
    """

    growth: Growth
    target: Target
    X: Array
    y: Array
    weights: Array | None
    chosen: Rows
    kept: dict[str, Any]
    held_out: dict[str, Any]
    notes: tuple[str, ...]

    def part(self, rows: Rows) -> tuple[Array, Array, Array | None]:
        """X, y and weights of some rows, as `validation` takes them."""
        return self.X[rows], self.y[rows], None if self.weights is None else self.weights[rows]


def update_rows(
    model: TableModel,
    given: dict[str, Any],
    request: TableRequest,
    seed: int,
    hold_out: bool = True,
    compare: Any = None,
) -> UpdateRows:
    """Check the rows, by what they are, hold some of each out, and encode the others.

    Without `hold_out` some choose the epoch, but none are held out for the result. With rows to `compare`, these are
    the old rows of the result, and none of the others are held out.
    """
    frames, notes = checked_frames(model, given, request)
    if hold_out and (n := len(frames[NEW])) < LEAST_HELD_OUT:
        raise InvalidInput(f"an update needs {LEAST_HELD_OUT} new rows or more with a {model.target_name}, got {n}.")
    rng = np.random.default_rng(seed)
    divided = Divided.of(model.target, frames, request)
    rest, test = divided.hold_out(request.recipe.test, rng, 2) if hold_out else (np.arange(divided.rule.n), NO_ROWS)
    if compare is not None:
        test = test[divided.source[test] == 0]
        rest = np.setdiff1d(np.arange(divided.rule.n), test)
    kept, held_out = (dict(divided.frames_of(frames, rows)) for rows in (rest, test))
    if compare is not None:
        plain = replace(request, group=None, time=None, weight=None)
        held_out[OLD], _ = checked_rows(model, compare, OLD, plain)
    if hold_out and NEW not in held_out:
        raise InvalidInput("none of the new rows could be held out: give more of them.")
    enough = len(rest) >= LEAST_VALIDATED
    chosen = divided.of_rows(rest).hold_out(request.recipe.validation, rng)[1] if enough else NO_ROWS
    growth = Growth.of(model.encoder, kept.values())
    y = np.concatenate([encoded(model.target, frame, model.target_name) for frame in kept.values()])
    return UpdateRows(
        growth=growth,
        target=ranging(model.target, y),
        X=np.concatenate([growth.after.transform(frame) for frame in kept.values()]),
        y=y,
        weights=weights_of([*kept.values()], request, model.target, y),
        chosen=chosen,
        kept=kept,
        held_out=held_out,
        notes=tuple(notes),
    )


NO_ROWS: Rows = np.zeros(0, np.intp)


def checked_frames(model: TableModel, given: dict[str, Any], request: TableRequest) -> tuple[dict[str, Any], list[str]]:
    """The rows with a target, by what they are, and what is told of the others and of their columns."""
    frames, notes = dict[str, Any](), list[str]()
    for what, rows in given.items():
        frames[what], said = checked_rows(model, rows, what, request)
        notes += said
        if extra := unknown_columns(model, frames[what], request):
            notes.append(f"nothing is learned from columns that were not in training: {listed(extra, 5)}")
    return frames, notes


def checked_rows(model: TableModel, rows: Any, what: str, request: TableRequest) -> tuple[Any, list[str]]:
    """The rows with a target (a narwhals frame), and what is told of others; refused where they do not fit."""
    name, known = model.target_name, {*model.encoder.columns}
    try:
        if not len(as_frame(rows)):
            raise InvalidInput("the table has no rows.")
        frame, said = without_totals(rows, request.skip_last if what == NEW else None)
        check_column(frame, name, "target column")
        request.check_split_column(frame)
        beside = {name, *model.id_columns, request.weight, request.group, request.time}
        model.encoder.check_columns([column for column in frame.columns if column not in beside - known])
        frame, n_gone = with_target(frame, name, model.target.format)
        check_kinds(model.encoder, frame)
        encoded(model.target, frame, name)
    except InvalidInput as error:
        raise InvalidInput(f"the {what}: {error}") from error
    gone = f"{counted(n_gone, what.removesuffix('s'))} without a {name} dropped"
    return frame, [*(f"{what}: {each}" for each in said), *[gone] * bool(n_gone)]


def unknown_columns(model: TableModel, frame: Any, request: TableRequest) -> list[str]:
    """The columns of rows that the model has never seen."""
    known = {*model.encoder.columns, *model.encoder.dropped, *model.id_columns, model.target_name}
    known |= {column.name for column in model.columns}
    known |= {name for name in (request.weight, request.group, request.time) if name is not None}
    return [name for name in frame.columns if name not in known]


def encoded(target: Target, frame: Any, name: str) -> Array:
    """The target as networks read it; a class that was not in training is refused."""
    try:
        return target.encode(frame[name])
    except InvalidInput as error:
        if isinstance(target, ClassTarget) and "not in training" in str(error):
            raise InvalidInput(f"{str(error).rstrip('.')}; a new class needs a new training.") from error
        raise


def ranging(target: Target, y: Array) -> Target:
    """The target with the range of further numbers, too, in which predictions are kept."""
    if isinstance(target, ClassTarget):
        return target
    values = target.decode(y)
    return replace(target, low=min(target.low, float(values.min())), high=max(target.high, float(values.max())))


def weights_of(frames: Sequence[Any], request: TableRequest, target: Target, y: Array) -> Array | None:
    """How much each row counts; None for all alike."""
    found = None
    if (name := request.weight) is not None:
        found = np.concatenate([column_weights(frame[name], find_formats(frame[[name]])[name]) for frame in frames])
    found = combined(found, class_factors(request.class_weight, target, y))
    if found is not None and not found.any():
        raise InvalidInput("all rows to train on have weight 0: give some of them a weight above 0.")
    return found


@dataclass(frozen=True, eq=False)
class Divided:
    """How the rows of several tables, one below the other, are held out: of each table its share.

    source  from which table each row is, by its number
    starts  where each table begins, and the last one ends
    """

    rule: SplitRule
    source: Array
    starts: Array

    @classmethod
    def of(cls, target: Target, frames: dict[str, Any], request: TableRequest) -> "Divided":
        """For rows that are all there, as a request says: by groups, by time or at random."""
        counts = [len(frame) for frame in frames.values()]
        source = np.repeat(np.arange(len(counts)), counts)
        labels = source
        if isinstance(target, ClassTarget):
            numbers = np.concatenate([target.encode(frame[request.target]) for frame in frames.values()])
            labels = source * len(target.classes) + numbers
        starts, n = np.append(0, np.cumsum(counts)), sum(counts)
        name = request.group or request.time
        if name is None:
            return cls(SplitRule(n, labels), source, starts)
        formats = find_formats(next(iter(frames.values()))[[name]])
        reader = reader_for(request.group, request.time, formats)
        assert reader is not None
        for frame in frames.values():
            reader.add(frame[name])
        reader.check(np.ones(n, bool))
        by = {"groups" if request.group is not None else "times": reader.values()}
        return cls(SplitRule(n, labels, **by), source, starts)

    def of_rows(self, rows: Rows) -> "Divided":
        """The same for some of the rows."""
        return Divided(self.rule.of(rows), self.source[rows], self.starts)

    def hold_out(self, share: float, rng: "np.random.Generator", leave: int = 1) -> tuple[Rows, Rows]:
        """The rows that are not held out, and those that are: whole groups, or by time the latest of each table."""
        if self.rule.times is None:
            return self.rule.hold_out(share, rng, leave)
        held: list[Rows] = []
        for number in np.unique(self.source):
            own = np.flatnonzero(self.source == number)
            held.append(own[self.rule.of(own).hold_out(share, rng, leave)[1]])
        test = np.concatenate(held)
        return np.setdiff1d(np.arange(self.rule.n), test), test

    def frames_of(self, frames: dict[str, Any], rows: Rows) -> Iterator[tuple[str, Any]]:
        """The rows of each table that are among some of all, as far as there are any."""
        for number, (what, frame) in enumerate(frames.items()):
            own = rows[(rows >= self.starts[number]) & (rows < self.starts[number + 1])] - self.starts[number]
            if len(own):
                yield what, frame[own]
