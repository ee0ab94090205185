"""From a table to a trained model: rows held out, columns encoded, a network trained, its result measured."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from glassnet.calls import answered, with_settings
from glassnet.engine.ranks.communicator import Communicator
from glassnet.tables.encoding.several_targets import SeveralTargets
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.fitting.budget import Budget, in_time
from glassnet.tables.fitting.courses import Courses
from glassnet.tables.fitting.ensemble import ALONE, usual_number
from glassnet.tables.fitting.outcome import Outcome
from glassnet.tables.fitting.prepared_file import prepare_file
from glassnet.tables.fitting.prepared_rows import PreparedRows, prepare_frame
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import DEFAULTS, TableRequest, TableSettings
from glassnet.tables.fitting.several import begun_models
from glassnet.tables.reading.local_table import LocalTable
from glassnet.tables.reading.read import TableFile
from glassnet.tables.sources.fetching import fetched
from glassnet.tables.sources.source import Source
from glassnet.training.epoch import Epoch
from glassnet.training.history import History

if TYPE_CHECKING:
    from glassnet.training.keywords import CheckpointLike
    from glassnet.training.loop.epochs import Training


@answered
class TableTraining(Outcome):
    """Trains a model for a table: loop over `epochs()`, then ask for `model`, `history` and `result()`.

    All checks are done and everything is learned from the training rows before the first epoch. What each column is,
    and how its texts are read, is found in the whole table and kept with the model. Rows without a target are dropped;
    `n_without_target` counts them.

    Parameters
    ----------
    frame, target_name
        A data frame of pandas, polars or Arrow, and the name of the column to predict; a list of names, of columns that
        all hold numbers or all hold classes, to learn them together. Then `each` has a training for each target to ask.
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
    columns
        What is known of the columns, a `ColumnOptions` or a dict of its fields; None (default) for nothing.
    n_ensemble
        How many networks are trained, each with other validation rows, an epoch of each in turn; their outputs are
        averaged. None (default) for four, or one where rows are too few. `history` is that of the first.
    calibrate
        Find the temperature of the probabilities on the validation rows after the last epoch, as `TabularClassifier`
        does; True by default. It changes no class that one network predicts.
    interval
        A coverage such as 0.9: more networks learn both ends of `TableModel.predict_interval`. None (default) for
        intervals as wide as the errors on the validation rows, of any coverage.
    threshold
        The probability from which the second of two classes is predicted, or "auto" for the best by the recipe's metric
        (accuracy, balanced_accuracy or f1) on the validation rows. None (default) for the more probable class.
    weight, class_weight
        A column that says how much each row counts, which is not learned; "balanced", or a dict of weights by class.
        They count in training, and on the validation rows, but not on those held out. None (default) for rows alike.
    group, time
        A column whose groups of rows are held out as a whole, or one by which the latest rows are held out, for the
        result and for validation; None (default) for rows drawn at random. Nothing is learned from the column, unless
        `columns` says what kind it is.
    test, validation
        Rows of one's own for the result, and to choose the epoch, in place of the recipe's shares: data frames or files
        that `read_table` reads, with the columns of the table. None (default) for the shares.
    distribution
        What a number to predict is described by: "gaussian" (a mean and a standard deviation), "mixture" (of three
        Gaussians), "quantiles" or "histogram", for `TableModel.predict_distribution`. It chooses the loss and,
        unless the metric is "crps" or "log_score", the epoch. None (default) predicts the number alone.
    skip_last
        How many rows at the end of the table are no rows to learn from, such as totals; None (default) leaves out those
        that are named as totals and sum up the rows above, and says so.

    Raises InvalidInput for a table or a target that cannot work.

    >>> from glassnet.tables.datasets import iris
    >>> training = TableTraining(iris().to_polars(), "species")
    >>> for epoch in training.epochs(): pass
    >>> training.result()["accuracy"] >= 0.9
    True
    """

    @with_settings(TableSettings, DEFAULTS)
    def __init__(
        self,
        frame: Any,
        target_name: "str | Sequence[str]",
        task: str | None = None,
        recipe: Recipe | None = None,
        *,
        checkpoint: "CheckpointLike | None" = None,
        resume: "str | Path | bool | None" = None,
        file_notes: Sequence[str] = (),
        decimal_comma: bool = False,
        test: Any = None,
        validation: Any = None,
        **settings: Unpack[TableSettings],
    ):
        request = TableRequest.of(target_name, task, recipe, **settings)
        own = {"test": test, "validation": validation}
        self._begin(prepare_frame(frame, request, file_notes, decimal_comma, own), request, checkpoint, resume)

    @classmethod
    @with_settings(TableSettings, DEFAULTS)
    def of_file(
        cls,
        path: "str | Path",
        target_name: str,
        task: str | None = None,
        recipe: Recipe | None = None,
        *,
        folder: Path,
        memory: int,
        checkpoint: "CheckpointLike | None" = None,
        resume: "str | Path | bool | None" = None,
        test: "str | Path | None" = None,
        validation: "str | Path | None" = None,
        **settings: Unpack[TableSettings],
    ) -> Self:
        """Begin a training on a file of any size, which is read in chunks.

        It is read several times: for its layout and the types of its columns; to learn about them from a random sample
        of 200,000 rows that are not held out (a category that is in none of them counts as unseen; the classes of the
        target are those of all rows); and to encode it into `folder`/rows (`rows-2` where another training is at work
        there). That takes 4 bytes per row and input, is shuffled, and is removed when the epochs have ended. The
        held-out and the validation rows have the shares of the recipe, but at most 100,000 rows each.

        Parameters
        ----------
        path
            The file, or another place, of any kind that `read_table` reads; of a database the only table.
        target_name, task, recipe, checkpoint, resume, columns, group, time, threshold, weight, class_weight
            As for a data frame.
        folder
            Where the encoded rows are kept during training.
        memory
            How much of the table is held at a time, in bytes; Python and the libraries take some 300 MB on top.
        n_ensemble, calibrate, interval
            As for a data frame, but that the same rows choose the epoch of each network.
        test, validation
            Files with rows of one's own, in place of the shares of the recipe; None by default. They are read whole, by
            what is found in the file.
        distribution
            As for a data frame, but that "histogram" is refused; None by default.
        skip_last
            How many rows at the end are left out; None (default) leaves out none, and says where the last row looks
            like a total.

        Raises InvalidInput for a file or a target that cannot work.

        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> gn.datasets.iris().to_polars().write_csv(folder / "iris.csv")
        >>> at = {"folder": folder, "memory": 2**30}
        >>> training = gn.TableTraining.of_file(folder / "iris.csv", "species", recipe=gn.Recipe(epochs=2), **at)
        >>> for epoch in training.epochs(): pass
        >>> training.model
        TableModel(classification of 'species' from 4 columns as 4 inputs, 4 networks of 36,319 parameters)
        """
        request = TableRequest.of(target_name, task, recipe, **settings)
        request = replace(request, test=text_of(test, "test"), validation=text_of(validation, "validation"))
        with fetched(Source.of(path)) as local:
            return cls.of_file_request(request, local, folder, memory, checkpoint, resume)

    @classmethod
    def of_request(
        cls,
        request: TableRequest,
        table: TableFile,
        checkpoint: "CheckpointLike | None" = None,
        resume: "str | Path | bool | None" = None,
        communicator: Communicator | None = None,
    ) -> Self:
        """Begin a training on the table that `read_file` returned."""
        prepared = prepare_frame(table.frame, request, table.notes, table.decimal_comma)
        return cls._on(prepared, request, checkpoint, resume, communicator)

    @classmethod
    def of_file_request(
        cls,
        request: TableRequest,
        path: "str | Path | LocalTable",
        folder: Path,
        memory: int,
        checkpoint: "CheckpointLike | None" = None,
        resume: "str | Path | bool | None" = None,
        communicator: Communicator | None = None,
    ) -> Self:
        """Begin a training on a file that is read in chunks, as `of_file` does."""
        prepared = prepare_file(path, request, folder, memory)
        try:
            return cls._on(prepared, request, checkpoint, resume, communicator)
        except BaseException:  # Ctrl-C too leaves no rows behind
            prepared.close()
            raise

    @classmethod
    def _on(
        cls,
        prepared: PreparedRows,
        request: TableRequest,
        checkpoint: "CheckpointLike | None" = None,
        resume: "str | Path | bool | None" = None,
        communicator: Communicator | None = None,
    ) -> Self:
        training = cls.__new__(cls)
        training._begin(prepared, request, checkpoint, resume, communicator)
        return training

    def _begin(
        self,
        prepared: PreparedRows,
        request: TableRequest,
        checkpoint: "CheckpointLike | None",
        resume: "str | Path | bool | None",
        communicator: Communicator | None = None,
    ) -> None:
        self.prepared, self.request, self.recipe = prepared, request, request.recipe
        self.courses = Courses.begin(prepared, request, checkpoint, resume, communicator)
        self.models = begun_models(prepared, request, self.courses)
        self.metric, self.chosen_by = self.recipe.chosen_metric(prepared.target.task), self.courses.chosen_by

    def __repr__(self) -> str:
        rows = f"{self.n_train:,} rows, {len(self.test):,} held out"
        return f"{type(self).__name__}({self.model!r}, {rows}, {len(self.history)} of {self.n_epochs} epochs)"

    def again(self, recipe: Recipe) -> Self:
        """Make a training on the same rows and columns, with a recipe of the same `test`, `validation` and `seed`."""
        return self._on(self.prepared, replace(self.request, recipe=recipe))

    def in_time(self, budget: Budget) -> Self:
        """Make a training like this one with the epochs that fit into a time, so that its schedules reach their end."""
        (X, y), task = self.rows(), self.model.task

        def begin(_: int, recipe: Recipe, every: int) -> "Training":
            targets = self.prepared.targets
            loss = targets.loss if isinstance(targets, SeveralTargets) else None
            settings = recipe.settings(task, len(y[::every]) * self._n_trained_on // self.n_train, loss)
            network = recipe.network(self.model.encoder, targets)
            return network.training(X[::every], y[::every], validation=recipe.validation, seed=self.seed, **settings)

        n_networks = len(self.courses.main) + len(self.courses.ends)
        return self.again(in_time(self.recipe, budget, begin, self.n_train, n_networks))

    @property
    def notes(self) -> list[str]:
        """Describe what was decided about rows, columns and networks and might have been decided otherwise."""
        few = self.request.n_ensemble is None and len(self.courses.main) < usual_number(self.recipe)
        return super().notes + [f"{ALONE} (--ensemble 1)"] * few

    @property
    def history(self) -> History:
        """The epochs so far; of several networks, those of the first."""
        return self.courses.main[0].training.history

    def epochs(self) -> Generator[Epoch]:
        """Train; at the end, also after a break, the network has the parameters of the best epoch by the metric.

        Then `model` also has what the validation rows say of its outputs: the calibration, or the errors of intervals.
        The loss of a regression is that of the standardised target, rmse and mae are in the target's own unit; of
        several targets they are the means over the standardised ones. Of several targets of classes the loss is the
        mean of their log losses, which chooses the epoch.
        """
        try:
            with closing(self.courses.epochs()) as epochs:
                for epoch in epochs:
                    self._in_own_unit(epoch)
                    yield epoch
        finally:
            self.prepared.close()
            if len(self.history):
                settled = self.courses.settled_each(self.models, self.request)
                self.models = tuple(replace(model, seen=self.prepared.of(k).seen()) for k, model in enumerate(settled))

    def _in_own_unit(self, epoch: Epoch) -> None:
        if not isinstance(self.model.target, ClassTarget) and not self.prepared.also:
            for values in (epoch.metrics, epoch.val_metrics):
                if self.metric in values:  # with blocks the validation alone is measured
                    values[self.metric] *= self.model.target.scale


def text_of(path: "str | Path | None", name: str) -> str | None:
    """A path as a text; InvalidInput for what is not one."""
    return None if path is None else Source.of(path, name).place
