"""The networks of one training on a table: begun together, trained epoch by epoch in turn, and made into a model."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine.ranks.communicator import Communicator
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.network import Network
from glassnet.tables.calibration.intervals import (
    ErrorInterval,
    Interval,
    QuantileInterval,
    beyond,
    learned_ends,
    levels_of,
    margin,
)
from glassnet.tables.calibration.temperature import Calibration
from glassnet.tables.calibration.threshold import AUTO, best_threshold
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.heads import learn_head
from glassnet.tables.distributions.quantile_head import QuantileHead
from glassnet.tables.distributions.score_metric import ScoreOf, score_of
from glassnet.tables.encoding.several_targets import ClassTargets, SeveralTargets, Targets
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.fitting.ensemble import Encoded, held_out_parts, in_place_of_metric, number_that_fits, usual_number
from glassnet.tables.fitting.prepared_rows import PreparedRows
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.model import TableModel
from glassnet.tables.network_outputs import network_of_one, raw_outputs
from glassnet.training.checkpoints.places import Places
from glassnet.training.epoch import Epoch
from glassnet.training.inputs.splitting import split_rows
from glassnet.training.loop.epochs import Training
from glassnet.training.loop.settings import streams

if TYPE_CHECKING:
    from pathlib import Path

    from glassnet.training.keywords import CheckpointLike

ValidationRows = tuple[Array, Array, Array | None]  # X, y as the network reads them, weights


@dataclass(frozen=True)
class Given:
    """What a network is given: rows, those that choose its epoch, and a seed; `validation` says them to `training`."""

    X: Any  # or blocks of rows, without y
    y: Array | None
    n_rows: int
    weights: Array | None
    validation: Any
    held_out: ValidationRows
    seed: int


@dataclass(frozen=True)
class Course:
    """A network in training, and the encoded rows that choose its epoch."""

    network: Network
    training: Training
    held_out: ValidationRows


@dataclass(frozen=True)
class Courses:
    """The networks whose outputs are averaged, and those that learn the ends of intervals, as many or none.

    `shared` says whether the same rows choose the epoch of each, `chosen_by` the loss or metric that does, `head` what
    the outputs are where they are a distribution, `targets` what they predict.
    """

    main: Sequence[Course]
    ends: Sequence[Course]
    shared: bool
    chosen_by: str = ""
    head: Head | None = None
    targets: Targets | None = None

    @classmethod
    def begin(
        cls,
        prepared: PreparedRows,
        request: TableRequest,
        checkpoint: "CheckpointLike | None" = None,
        resume: "str | Path | bool | None" = None,
        communicator: Communicator | None = None,
    ) -> "Courses":
        """Begin the training of each network; all checks are done."""
        recipe, encoder, target = request.recipe, prepared.encoder, prepared.targets
        given = [*rows_of_each(prepared, request)]
        saved = Places(checkpoint, resume, communicator)
        head = learn_head(request.distribution, prepared.in_memory()[1])
        score = score_of(recipe.metric, head, prepared.target)
        loss = target.loss if isinstance(target, SeveralTargets) else None
        if loss is None and prepared.validation is None and len(given) > 1:
            data, parts = Encoded(encoder, target, *prepared.data), [one.held_out[1] for one in given]
            loss = in_place_of_metric(data, recipe, parts)

        def begun(one: Given, loss: Loss | None, head: Head | None, score: ScoreOf | None = None) -> Course:
            network = recipe.network(encoder, target, head)
            y, validation = encoded_for(head, one)
            training = network.training(
                one.X,
                y,
                validation=validation,
                seed=one.seed,
                sample_weight=one.weights,
                **saved.next(),
                **recipe.settings(target.task, one.n_rows, loss, head, score),
            )
            network.metrics = () if score else network.metrics  # it is for this training alone
            return Course(network, training, one.held_out)

        loss = loss if head is None else head.loss
        main = [begun(one, loss, head, score) for one in given]
        ends_head = None if request.interval is None else QuantileHead(levels_of(request.interval))
        ends = [begun(one, ends_head.loss, ends_head) for one in given] if ends_head else []
        by_time = prepared.rule is not None and prepared.rule.times is not None
        shared = by_time or prepared.own_validation or prepared.validation is not None
        chosen_by = score.name if score else "loss" if loss else recipe.chosen_by(target.task)
        return cls(main, ends, shared, chosen_by, head, target)

    def of(self, place: int) -> "Courses":
        """What one of several targets has of it: networks of its own, and its validation rows."""
        targets = self.targets
        if not isinstance(targets, SeveralTargets):
            return self

        def one(course: Course) -> Course:
            X, y, weights = course.held_out
            return replace(
                course, network=network_of_one(course.network, targets, place), held_out=(X, y[:, place], weights)
            )

        return replace(self, main=[one(course) for course in self.main], targets=targets.columns[place])

    def epochs(self) -> Generator[Epoch]:
        """An epoch of each network in turn, until all have ended; those of the first are given."""
        first, others = self.main[0].training, [course.training for course in (*self.main[1:], *self.ends)]
        with ExitStack() as stack:
            for training in (first, *others):
                stack.enter_context(closing(training))
            while True:
                others = [training for training in others if next(training, None) is not None]
                epoch = next(first, None)
                if epoch is not None:
                    yield epoch
                elif not others:
                    return

    def settled_each(self, models: Sequence[TableModel], request: TableRequest) -> tuple[TableModel, ...]:
        """`settled` of the model of each target."""
        return tuple(self.of(place).settled(model, request) for place, model in enumerate(models))

    def settled(self, model: TableModel, request: TableRequest) -> TableModel:
        """The model of the networks that have had an epoch, with what the validation rows say of their outputs."""
        main, ends = ([course for course in some if len(course.training.history)] for some in (self.main, self.ends))
        networks = [course.network for course in main]
        model = replace(model, network=networks[0], others=tuple(networks[1:]), calibration=None)
        if isinstance(model.target, ClassTarget):
            model = replace(model, calibration=self._calibration(model, main)) if request.calibrate else model
            return replace(model, threshold=self._threshold(model, main, request))
        if model.head is not None:
            each = [raw_outputs(course.network, course.held_out[0]).astype(np.float64) for course in main]
            each, once = (each, main[:1]) if self.shared else ([np.concatenate(each)], main)
            truth = np.concatenate([course.held_out[1] for course in once])
            model = replace(model, head=model.head.settled(each, truth, weights_of(once)))
        if request.interval is None or not ends:
            return replace(model, interval=self._errors(model, main))
        return replace(model, interval=self._ends(model, ends, request.interval))

    def said_of_held_out(self, model: TableModel, main: Sequence[Course] | None = None) -> tuple[Array, Array]:
        """What each network, or each of some, says of the rows that chose its epoch, and what is true of them."""
        some = self.main if main is None else main
        said = np.concatenate([model.outputs_by(course.network, course.held_out[0]) for course in some])
        return said, np.concatenate([course.held_out[1] for course in some])

    def _calibration(self, model: TableModel, main: Sequence[Course]) -> Calibration:
        if self.shared:  # the mean of all networks, each at the temperature
            X, truth, weights = main[0].held_out
            return Calibration.learn(np.stack([model.outputs_by(one.network, X) for one in main]), truth, weights)
        return Calibration.learn(*self.said_of_held_out(model, main), weights_of(main))

    def _threshold(self, model: TableModel, main: Sequence[Course], request: TableRequest) -> float | None:
        """The threshold that was asked for, or the best one for the validation rows."""
        if request.threshold is None or request.threshold != AUTO:
            return request.threshold
        if self.shared:
            X, truth, weights = main[0].held_out
            said = model.outputs_of(X)
        else:
            (said, truth), weights = self.said_of_held_out(model, main), weights_of(main)
        return best_threshold(said[:, 1], truth == 1, request.recipe.chosen_metric(model.task), weights)

    def _errors(self, model: TableModel, main: Sequence[Course]) -> ErrorInterval:
        if self.shared:  # the mean of all networks for each row once
            X, y, weights = main[0].held_out
            said = model.outputs_of(X)[:, 0]
        else:
            (outputs, y), weights = self.said_of_held_out(model, main), weights_of(main)
            said = outputs[:, 0]
        return ErrorInterval(np.abs(said - model.target.decode(y)), weights)

    def _ends(self, model: TableModel, ends: Sequence[Course], coverage: float) -> Interval:
        target: Any = model.target
        networks = tuple(course.network for course in ends)
        found = [learned_ends(course.network, target, course.held_out[0]) for course in ends]
        if self.shared:
            found, ends = [np.mean(found, axis=0)], ends[:1]
        scores = [beyond(low, target.decode(course.held_out[1])) for low, course in zip(found, ends, strict=True)]
        return QuantileInterval(networks, coverage, margin(np.concatenate(scores), coverage, weights_of(ends)))


def encoded_for(head: Head | None, one: Given) -> tuple[Array | None, Any]:
    """(y, validation) as the loss of a head takes them."""
    if head is None:
        return one.y, one.validation
    y = None if one.y is None else head.encode(one.y)
    if not isinstance(one.validation, tuple):
        return y, one.validation
    X, known, *weights = one.validation
    return y, (X, head.encode(known), *weights)


def weights_of(courses: Sequence[Course]) -> Array | None:
    """The weights of the validation rows of several networks."""
    weights = [course.held_out[2] for course in courses if course.held_out[2] is not None]
    return np.concatenate(weights) if weights else None


def rows_of_each(prepared: PreparedRows, request: TableRequest) -> Iterator[Given]:
    """The rows that each network is trained on; where none are given to choose the epoch, each has others for that."""
    share, seed = request.recipe.validation, prepared.seed
    rng = np.random.default_rng(seed)
    if prepared.validation is not None:
        n = request.n_ensemble or usual_number(request.recipe)
        X, y = prepared.validation
        for one in [seed] if n == 1 else rng.integers(2**32, size=n).tolist():
            data, n_rows = (*prepared.data, None)[:2], prepared.n_train - len(y)
            held_out = X, y, prepared.weights
            yield Given(data[0], data[1], n_rows, None, held_out, held_out, one)
        return
    X, y = prepared.data
    encoded = Encoded(prepared.encoder, prepared.target, X, y, prepared.weights, prepared.rule)
    n_rows = len(encoded.y)
    chosen = prepared.chosen
    own, recipe = prepared.own_validation, request.recipe
    n = request.n_ensemble or (usual_number(recipe) if own else number_that_fits(encoded, recipe, seed))
    if n == 1 and chosen is None and request.distribution is None and not isinstance(prepared.targets, ClassTargets):
        held_out = encoded.rows(rows_held_out(encoded, share, seed))
        yield Given(encoded.X, encoded.y, n_rows - len(held_out[1]), encoded.weights, share, held_out, seed)
        return
    if (
        n == 1 and chosen is None
    ):  # the same rows, said: a loss of bins would have them drawn by bin, others by no class
        chosen = rows_held_out(encoded, share, seed)
    fixed = chosen is not None and (n == 1 or prepared.own_validation)
    parts = [chosen] * n if fixed and chosen is not None else held_out_parts(encoded, n, share, rng)
    for part, one in zip(parts, [seed] if n == 1 else rng.integers(2**32, size=n).tolist(), strict=True):
        X, y, weights = encoded.rows(np.setdiff1d(np.arange(n_rows), part))
        yield Given(X, y, len(y), weights, encoded.rows(part), encoded.rows(part), one)


def rows_held_out(data: Encoded, share: float, seed: int) -> Array:
    """The rows that `Network.training(…, validation=share, seed=seed)` holds out."""
    (_, rng, _), _ = streams(seed)
    return split_rows(len(data.y), share, rng, data.labels)[1]
