"""Go on with a trained model of a table on new rows."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import Any, Unpack

import numpy as np

from glassnet.calls import answered, with_settings
from glassnet.errors import InvalidInput, brief
from glassnet.network import Network
from glassnet.tables.calibration.intervals import QuantileInterval
from glassnet.tables.calibration.threshold import check_threshold
from glassnet.tables.distributions.head import Head
from glassnet.tables.encoding.target import ClassTarget, Target
from glassnet.tables.fitting.courses import Course, Courses
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.weights import check_class_weight
from glassnet.tables.model import TableModel
from glassnet.tables.seen_rows import SeenRows
from glassnet.tables.update_record import UpdateRecord, weights_hash
from glassnet.tables.updating.found_again import found_again
from glassnet.tables.updating.grown_network import grown_network
from glassnet.tables.updating.outcome import UpdateOutcome
from glassnet.tables.updating.rows import NEW, OLD, UpdateRows, update_rows
from glassnet.tables.updating.settings import EPOCHS, RowSettings, metric_of, settings_of, usual_rate
from glassnet.tables.updating.settling import check_settled, settled
from glassnet.training.epoch import Epoch


@answered
class TableUpdate(UpdateOutcome):
    """Trains a model of a table further on new rows: loop over `epochs()`, then ask for `model` and `scores()`.

    What was learned about the columns is kept: how texts are read, medians and scales, the levels and their codes. What
    the new rows have besides is added: a level gets an input, or a vector that begins as that of unseen levels (in a
    coded column if it stands in two rows); a column where a value is missing for the first time gets an input for
    that; ranges grow. Before the first epoch a new level is predicted as an unseen one. The networks, all of an
    ensemble, are trained by their own loss and optimizer, at a lower rate. Calibration and intervals are derived anew
    from the new validation rows where these are 30 or more, and otherwise kept, as a threshold is.

    Parameters
    ----------
    model
        A `TableModel`, which stays as it is.
    rows
        A data frame of new rows with the columns of the model and the target. Further columns are not looked at.
    replay
        A data frame of old rows, which are trained on beside the new ones, so that less of them is forgotten; some are
        held out, to see how much is. None (default) for none.
    compare
        A data frame of old rows that are scored before and after, but not trained on. None (default) takes those that
        are held out from `replay`, if there are some.
    epochs, learning_rate
        Passes over the rows, 64 by default; and the peak of the learning rate, which goes up from 0 and back in one
        wave, by default a tenth of that of the training (or that of the last update, if there was one).
    batch_size
        Rows per update of the weights, 256 by default.
    test, validation
        The share of the new and of the old rows that is held out for the scores, and the share of the others that
        chooses the epoch; 0.2 each by default. With `test=None` none is held out, and there are no scores.
    group, time, weight, class_weight
        As for `TableTraining`; None by default.
    skip_last
        How many of the new rows, at their end, are none to learn from; None (default) leaves out totals, and says so.
    threshold
        A threshold in place of the model's, or "auto" for the best for the new validation rows; None (default) keeps
        that of the model.
    seed, engine
        Seed for the split, the order of rows and dropout, 0 by default; "auto" (default), "numpy" or "compiled".

    Attributes
    ----------
    model
        The updated model; before the first epoch has ended, it predicts what the given one predicts.
    before
        The model that was given.
    history
        The epochs; of an ensemble those of the first network.
    n_epochs
        How many epochs there will be.

    Raises InvalidInput for rows that do not fit the model: other columns, other kinds, new classes, too few rows.

    >>> iris = gn.datasets.iris().to_polars()
    >>> training = gn.TableTraining(iris[::3], "species", recipe=gn.Recipe(hidden=(16,), epochs=20))
    >>> for epoch in training.epochs(): pass
    >>> update = gn.TableUpdate(training.model, iris[1::3], replay=iris[::3], epochs=5)
    >>> for epoch in update.epochs(): pass
    >>> [*update.scores()], update.model.updates[0].epochs
    (['new rows', 'old rows'], 5)
    """

    @with_settings(RowSettings, {})
    def __init__(
        self,
        model: TableModel,
        rows: Any,
        replay: Any = None,
        *,
        compare: Any = None,
        epochs: int = EPOCHS,
        learning_rate: float | None = None,
        batch_size: int = Recipe.batch_size,
        test: float | None = 0.2,
        validation: float = 0.2,
        seed: int = 0,
        engine: str = "auto",
        **settings: Unpack[RowSettings],
    ):
        check_updatable(model)
        recipe = Recipe(
            epochs=epochs,
            learning_rate=learning_rate,
            batch_size=batch_size,
            validation=validation,
            metric=metric_of(model.network, model.task),
            seed=seed,
            engine=engine,
            test=Recipe.test if test is None else test,
        )
        self.request = request_of(model, recipe, settings)
        given = {NEW: rows} if replay is None else {NEW: rows, OLD: replay}
        self.before, self.seed, self.n_epochs = model, recipe.seed_and_split()[0], recipe.epochs
        self.rows = update_rows(model, given, self.request, self.seed, test is not None, compare)
        check_settled(self.request, len(self.rows.chosen))
        usual = usual_rate(model.network, model.task, len(model.updates) > 0)
        self.learning_rate = usual if learning_rate is None else float(learning_rate)
        self.model = grown_model(model, self.rows, engine)
        self.courses = self._begun()

    def _begun(self) -> Courses:
        """The training of each network, all checks done."""
        networks, interval = self.model.networks, self.model.interval
        ends = interval.networks if isinstance(interval, QuantileInterval) else ()
        drawn = np.random.default_rng(self.seed).integers(2**32, size=len(networks) + len(ends)).tolist()
        seeds = [self.seed, *drawn[1:]]
        heads = [*[self.model.head] * len(networks), *[None] * len(ends)]
        begun = [self._course(*each) for each in zip([*networks, *ends], seeds, heads, strict=True)]
        return Courses(begun[: len(networks)], begun[len(networks) :], shared=True)

    def _course(self, network: Network, seed: int, head: Head | None) -> Course:
        rows, chosen = self.rows, self.rows.chosen
        X, y, weights = rows.part(np.setdiff1d(np.arange(len(rows.y)), chosen))
        held_out, validated = rows.part(chosen), len(chosen) > 0
        settings = settings_of(network, self.request.recipe, self.learning_rate, self.before.task, len(y), validated)
        validation = held_out if validated else None
        if head is not None:
            y = head.encode(y)
            validation = (held_out[0], head.encode(held_out[1]), held_out[2]) if validated else None
        training = network.training(X, y, validation=validation, seed=seed, sample_weight=weights, **settings)
        return Course(network, training, held_out)

    def epochs(self) -> Generator[Epoch]:
        """Train; at the end, also after a break, the networks have the parameters of their best epoch by the metric.

        The loss of a regression is that of the standardised target, rmse and mae are in the target's own unit.
        """
        try:
            with closing(self.courses.epochs()) as epochs:
                for epoch in epochs:
                    in_own_unit(epoch, self.model.target, self.metric)
                    yield epoch
        finally:
            if len(self.history):
                model = settled(self.courses, self.model, self.request, len(self.rows.chosen))
                updates = *self.before.updates, self._record()
                self.model = replace(model, updates=updates, seen=self._seen())

    def _seen(self) -> SeenRows | None:
        """The rows that the model has been trained on, before and now."""
        y, target, before = self.rows.y, self.model.target, self.before.seen
        more = SeenRows.of(self.rows.X, y if isinstance(target, ClassTarget) else target.decode(y))
        return more if before is None or more is None else before.after(self.rows.growth, more)

    def _record(self) -> UpdateRecord:
        """What the model remembers of this update."""
        return UpdateRecord(
            weights=weights_hash(self.before.arrays),
            rows=self.n_rows(NEW),
            replayed=self.n_rows(OLD),
            epochs=len(self.history),
            learning_rate=self.learning_rate,
            seed=self.seed,
            new_levels={name: len(levels) for name, levels in self.rows.growth.new_levels.items()},
        )


def check_updatable(model: object) -> None:
    """Refuse what is not a model of a table."""
    if not isinstance(model, TableModel):
        raise InvalidInput(f"expected a gn.TableModel to go on with, got {brief(model)}.")


def request_of(model: TableModel, recipe: Recipe, settings: RowSettings) -> TableRequest:
    """What a training that ends in such a model would have been asked; refused where it does not suit the model."""
    interval, threshold = model.interval, settings.get("threshold")
    request = TableRequest(
        model.target_name,
        model.task,
        recipe,
        calibrate=model.calibration is not None,
        interval=interval.coverage if isinstance(interval, QuantileInterval) else None,
        threshold=model.threshold if threshold is None else check_threshold(threshold),
        weight=settings.get("weight"),
        class_weight=check_class_weight(settings.get("class_weight")),
        group=settings.get("group"),
        time=settings.get("time"),
        skip_last=settings.get("skip_last"),
    )
    request.check_task(model.task)
    request.check_classes(model.target)
    return request


def grown_model(model: TableModel, rows: UpdateRows, engine: str) -> TableModel:
    """The model with what the rows have besides, and networks of its own, before these are trained further."""
    growth, interval = rows.growth, model.interval
    networks = [grown_network(network, growth, engine) for network in model.networks]
    if isinstance(interval, QuantileInterval):
        interval = replace(interval, networks=tuple(grown_network(n, growth, engine) for n in interval.networks))
    return replace(
        model,
        encoder=growth.after,
        target=rows.target,
        network=networks[0],
        others=tuple(networks[1:]),
        interval=interval,
        seen=None,  # until it has learned from them
        columns=found_again(model.columns, growth.after, rows.kept[NEW], rows.kept.get(OLD)),
        estimator=None if model.estimator is None else {**model.estimator, "validation_score": None},
    )


def in_own_unit(epoch: Epoch, target: Target, metric: str) -> None:
    """Put the metric of an epoch, of standardised numbers, into the unit of the target."""
    if not isinstance(target, ClassTarget):
        for values in (epoch.metrics, epoch.val_metrics):
            if metric in values:
                values[metric] *= target.scale
