"""From a table to a trained model: rows held out, columns encoded, a network trained, its result measured."""

import copy
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.layers.dense import Dense
from glassnet.layers.elementwise import Dropout
from glassnet.layers.layer import Layer
from glassnet.network import Network
from glassnet.tables.columns import find_columns
from glassnet.tables.encoder import TableEncoder
from glassnet.tables.frames import as_frame
from glassnet.tables.model import TableModel, n_outputs
from glassnet.tables.target import ClassTarget, Target, learn_target
from glassnet.training.checks import check_whole
from glassnet.training.history import Epoch
from glassnet.training.settings import streams
from glassnet.training.splitting import split_rows
from glassnet.training.stopping import EarlyStopping, MaxTime

if TYPE_CHECKING:
    from glassnet.insight.diagnosis.finding import Diagnosis
    from glassnet.training.epochs import Training


@dataclass(frozen=True)
class Recipe:
    """How `TableTraining` trains; the defaults do well on tables of a hundred to a hundred thousand rows.

    `batch_size=None` takes about a hundredth of the training rows, between 16 and 256. `dropout` is the rate after each
    hidden layer. `test` is the share of rows held out for the result, `validation` the share of the others that chooses
    the epoch whose parameters are kept. Training ends early after `patience` epochs without a smaller val_loss, and
    when `max_time` (seconds, or "5m") is up.
    """

    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    optimizer: Any = field(default_factory=lambda: {"name": "adam", "learning_rate": 0.003})
    epochs: int = 60
    batch_size: int | None = None
    test: float = 0.2
    validation: float = 0.2
    penalty: Any = field(default_factory=lambda: {"name": "l2", "strength": 0.001})
    seed: int | None = 0
    engine: str = "auto"
    patience: int | None = None
    max_time: Any = None
    dropout: float = 0.0

    def layers(self) -> Iterator[Layer]:
        """The hidden layers."""
        for units in self.hidden:
            yield Dense(units, self.activation)
            if self.dropout:
                yield Dropout(self.dropout)


def automatic_batch_size(n_rows: int) -> int:
    """About a hundredth of the training rows."""
    return int(np.clip(n_rows // 100, 16, 256))


class TableTraining:
    """A model being made from a data frame; iterate over `epochs()`, then ask for `model`, `history` and `result()`.

    All checks are done and everything is learned from the training rows before the first epoch. `checkpoint` and
    `resume` are those of `Network.training`.

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
    ):
        recipe = recipe or Recipe()
        frame = as_frame(frame)
        target = learn_target(frame, target_name, task)
        known = {column.name: column.reason for column in find_columns(frame.drop(target_name)) if column.reason}
        _, self.seed = streams(recipe.seed)
        split_rng = np.random.default_rng(self.seed).spawn(4)[3]  # the network draws from the first three
        labels = target.encode(frame[target_name]) if isinstance(target, ClassTarget) else None
        rest, held_out = split_rows(len(frame), recipe.test, split_rng, labels)
        self.train, self.test = frame[rest], frame[held_out]
        self.n_train = len(self.train)
        if not isinstance(target, ClassTarget):
            target = learn_target(self.train, target_name, task or target.task)  # mean and scale of training rows only
        encoder = TableEncoder.learn(self.train, [target_name], known)
        self._rows: tuple[Any, ...] = encoder.transform(self.train), target.encode(self.train[target_name])
        self._validation: Any = None  # a share of these rows
        self._begin(recipe, encoder, target, target_name, checkpoint, resume)

    def again(self, recipe: Recipe) -> "TableTraining":
        """A training on the same rows and columns, with a recipe of the same `test`, `validation` and `seed`."""
        other = copy.copy(self)
        other._begin(recipe, self.model.encoder, self.model.target, self.model.target_name)
        return other

    def _begin(
        self, recipe: Recipe, encoder: TableEncoder, target: Target, target_name: str, checkpoint: Any = None,
        resume: Any = None,
    ) -> None:  # fmt: skip
        self.recipe = recipe
        last = Dense(n_outputs(target), "softmax" if isinstance(target, ClassTarget) else "linear")
        self.model = TableModel(encoder, target, target_name, Network([*recipe.layers(), last], engine=recipe.engine))
        self.n_epochs = check_whole(recipe.epochs, "epochs")
        self.batch_size = automatic_batch_size(self.n_train) if recipe.batch_size is None else recipe.batch_size
        self._training = self._start(checkpoint, resume)
        self.history = self._training.history

    def _start(self, checkpoint: Any, resume: Any) -> "Training":
        model, recipe = self.model, self.recipe
        classes = isinstance(model.target, ClassTarget)
        return model.network.training(
            *self._rows,
            loss="cross_entropy" if classes else "squared_error",
            optimizer=recipe.optimizer,
            epochs=self.n_epochs,
            batch_size=self.batch_size,
            validation=recipe.validation if self._validation is None else self._validation,
            metrics=["accuracy"] if classes else ["rmse"],
            penalty=recipe.penalty,
            seed=self.seed,
            stop=[
                EarlyStopping("val_loss", recipe.patience),
                *([] if recipe.max_time is None else [MaxTime(recipe.max_time)]),
            ],
            checkpoint=checkpoint,
            resume=resume,
        )

    def epochs(self) -> Generator[Epoch]:
        """Train; at the end, also after a break, the network has the parameters of the least val_loss.

        The loss of a regression is that of the standardised target, rmse is in the target's own unit.
        """
        with closing(self._training):
            for epoch in self._training:
                self._in_own_unit(epoch)
                yield epoch

    def _in_own_unit(self, epoch: Epoch) -> None:
        if not isinstance(self.model.target, ClassTarget):
            for values in (epoch.metrics, epoch.val_metrics):
                if "rmse" in values:  # with blocks the validation alone is measured
                    values["rmse"] *= self.model.target.scale

    def result(self) -> dict[str, float]:
        """Metrics on the held-out rows."""
        return self.model.evaluate(self.test)

    def held_out(self) -> tuple[Array, Array]:
        """(true, predicted) of the held-out rows: class numbers, or numbers in the target's unit."""
        truth, outputs = self.model.truth(self.test), self.model.outputs(self.test)
        return truth, outputs.argmax(axis=1) if isinstance(self.model.target, ClassTarget) else outputs[:, 0]

    def diagnose(self) -> "Diagnosis":
        """The usual faults, looked for in the network, its training rows and the held-out ones: see `gn.diagnose`.

        Where the training rows are in files, those that choose the epoch stand for them.
        """
        from glassnet.insight.diagnosis.diagnose import diagnose  # not before: training itself needs none

        encoder, (X, y) = self.model.encoder, self._rows if self._validation is None else self._validation
        held_out = encoder.transform(self.test), self.model.target.encode(self.test[self.model.target_name])
        return diagnose(self.model.network, X, y, held_out=held_out, names=encoder.feature_names)
