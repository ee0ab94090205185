"""From a table to a trained model: rows held out, columns encoded, a network trained, its result measured."""

import copy
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.columns import find_columns, find_formats, in_polars
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.target import ClassTarget, NumberTarget, Target, learn_target, with_target
from glassnet.tables.fitting.budget import Budget, in_time
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted
from glassnet.tables.values.frames import as_frame, check_column
from glassnet.training.epoch import Epoch
from glassnet.training.inputs.splitting import split_rows
from glassnet.training.loop.settings import streams

if TYPE_CHECKING:
    from glassnet.insight.diagnosis.finding import Diagnosis
    from glassnet.training.loop.epochs import Training


class TableTraining:
    """Trains a model for a table: loop over `epochs()`, then ask for `model`, `history` and `result()`.

    All checks are done and everything is learned from the training rows before the first epoch. What each column is,
    and how its texts are read, is found in the whole table and kept with the model. Rows without a target are dropped;
    `n_without_target` counts them.

    Parameters
    ----------
    frame, target_name
        A data frame of pandas, polars or Arrow, and the name of the column to predict.
    task
        "classification" or "regression"; None (default) guesses it from the target.
    recipe
        The network and its training, a `Recipe`; `Recipe()` by default.
    checkpoint, resume
        As in `Network.training`; None by default.
    file_notes
        Remarks about the file that the frame was read from, kept with the model; none by default.
    decimal_comma
        Read 1,234 in a column of texts as 1.234 where the table leaves it open; False by default.

    Raises InvalidInput for a table or a target that cannot work.

    >>> from glassnet.tables.datasets import iris
    >>> training = TableTraining(iris().to_polars(), "species")
    >>> for epoch in training.epochs(): pass
    >>> training.result()["accuracy"] >= 0.9
    True
    """

    def __init__(
        self,
        frame: Any,
        target_name: str,
        task: str | None = None,
        recipe: Recipe | None = None,
        checkpoint: Any = None,
        resume: Any = None,
        file_notes: Sequence[str] = (),
        decimal_comma: bool = False,
    ):
        recipe, self.file_notes = recipe or Recipe(), tuple(file_notes)
        frame = as_frame(frame)
        check_column(frame, target_name, "target column")
        formats = find_formats(frame, decimal_comma, target_name)
        if frame.implementation.is_polars():  # which holds values of all types: the many looks below read no texts
            others = {name: form for name, form in formats.items() if name != target_name}
            frame = as_frame(in_polars(frame.to_native(), others))
        columns = find_columns(frame.drop(target_name), formats)
        frame, self.n_without_target = with_target(frame, target_name, formats[target_name])
        target = learn_target(frame, target_name, task, formats[target_name])
        recipe.chosen_metric(target.task)
        _, self.seed = streams(recipe.seed)
        split_rng = np.random.default_rng(self.seed).spawn(4)[3]  # the network draws from the first three
        labels = target.encode(frame[target_name]) if isinstance(target, ClassTarget) else None
        rest, held_out = split_rows(len(frame), recipe.test, split_rng, labels)
        self.train, self.test = frame[rest], frame[held_out]
        self.n_train = len(self.train)
        if not isinstance(target, ClassTarget):
            target = NumberTarget.learn(self.train[target_name], target.format)  # mean and scale of training rows only
        encoder = TableEncoder.learn(self.train, [target_name], columns, recipe.one_hot)
        self._rows: tuple[Any, ...] = encoder.transform(self.train), target.encode(self.train[target_name])
        self._validation: Any = None  # a share of these rows
        self._begin(recipe, encoder, target, target_name, checkpoint, resume)

    def __repr__(self) -> str:
        rows = f"{self.n_train:,} rows, {len(self.test):,} held out"
        return f"{type(self).__name__}({self.model!r}, {rows}, {len(self.history)} of {self.n_epochs} epochs)"

    def again(self, recipe: Recipe) -> "TableTraining":
        """Make a training on the same rows and columns, with a recipe of the same `test`, `validation` and `seed`."""
        other = copy.copy(self)
        other._begin(recipe, self.model.encoder, self.model.target, self.model.target_name)
        return other

    def in_time(self, budget: Budget) -> "TableTraining":
        """Make a training like this one with the epochs that fit into a time, so that its schedules reach their end."""
        (X, y), task = self._rows, self.model.task

        def begin(_: int, recipe: Recipe, every: int) -> "Training":
            settings = recipe.settings(task, len(y[::every]) * self._n_trained_on // self.n_train)
            network = recipe.network(self.model.encoder, self.model.target)
            return network.training(X[::every], y[::every], validation=recipe.validation, seed=self.seed, **settings)

        return self.again(in_time(self.recipe, budget, begin, self.n_train))

    def _begin(
        self, recipe: Recipe, encoder: TableEncoder, target: Target, target_name: str, checkpoint: Any = None,
        resume: Any = None,
    ) -> None:  # fmt: skip
        self.recipe = recipe
        self.model = TableModel(encoder, target, target_name, recipe.network(encoder, target), self.file_notes)
        self.n_epochs = recipe.epochs
        self.metric = recipe.chosen_metric(target.task)
        self._training = self._start(checkpoint, resume)
        self.history = self._training.history

    @property
    def notes(self) -> list[str]:
        """Describe what was decided about rows and columns and might have been decided otherwise."""
        model, n = self.model, self.n_without_target
        without = (
            [f"{counted(n, 'row')} without a {model.target_name} {'is' if n == 1 else 'are'} dropped"] if n else []
        )
        target = [f"{model.target_name}: {model.target.format.note}"] if model.target.format.note else []
        return [*without, *target, *(f"{name}: {note}" for name, note in model.encoder.notes.items())]

    @property
    def _n_trained_on(self) -> int:
        """How many rows are neither held out nor for validation."""
        return self.n_train - int(self.n_train * self.recipe.validation + 0.5)

    def _start(self, checkpoint: Any, resume: Any) -> "Training":
        return self.model.network.training(
            *self._rows,
            validation=self.recipe.validation if self._validation is None else self._validation,
            seed=self.seed,
            checkpoint=checkpoint,
            resume=resume,
            **self.recipe.settings(self.model.task, self._n_trained_on),
        )

    def epochs(self) -> Generator[Epoch]:
        """Train; at the end, also after a break, the network has the parameters of the best epoch by the metric.

        The loss of a regression is that of the standardised target, rmse and mae are in the target's own unit.
        """
        with closing(self._training):
            for epoch in self._training:
                self._in_own_unit(epoch)
                yield epoch

    def _in_own_unit(self, epoch: Epoch) -> None:
        if not isinstance(self.model.target, ClassTarget):
            for values in (epoch.metrics, epoch.val_metrics):
                if self.metric in values:  # with blocks the validation alone is measured
                    values[self.metric] *= self.model.target.scale

    def result(self) -> dict[str, float]:
        """Metrics on the held-out rows."""
        X, truth = self.held_out
        return self.model.measured(truth, self.model.outputs_of(X))

    @cached_property
    def held_out(self) -> tuple[Array, Array]:
        """(X, truth): the held-out rows as the network reads them, and what is true of them."""
        return self.model.encoder.transform(self.test), self.model.truth(self.test)

    def rows(self) -> tuple[Array, Array]:
        """Return the rows that are not held out as the network reads them, (X, y); from files, the validation rows."""
        X, y, *_ = self._rows if self._validation is None else self._validation
        return X, y

    def diagnose(self) -> "Diagnosis":
        """Check the network, its training rows and the held-out rows for common faults: see `gn.diagnose`."""
        from glassnet.insight.diagnosis.diagnose import diagnose  # not before: training itself needs none

        X, y = self.rows()
        held_out = self.held_out[0], self.model.target.encode(self.test[self.model.target_name])
        return diagnose(self.model.network, X, y, held_out=held_out, names=self.model.encoder.feature_names)
