"""A model of a table, as `glassnet train` writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from glassnet.calls import answered, warn
from glassnet.errors import ModelFileError
from glassnet.files.model_file import model_in, write_model
from glassnet.files.schema import check_fields
from glassnet.formulas.elementary import Array
from glassnet.tables.batches import once
from glassnet.tables.scored import ScoredPipeline
from glassnet.tables.values.frames import check_column

if TYPE_CHECKING:
    from glassnet.insight.diagnosis.finding import Diagnosis
    from glassnet.tables.insight.column_effects import ColumnEffects
    from glassnet.tables.insight.contributions import Contributions
    from glassnet.tables.insight.counterfactual.counterfactual import Counterfactual
    from glassnet.tables.insight.explanation import Explanation
    from glassnet.tables.predictor import TablePredictor


@answered
@dataclass(frozen=True, repr=False)
class TableModel(ScoredPipeline):
    """A trained model for a table: raw rows of a data frame in, classes or numbers out.

    Made by `TableTraining` and `glassnet train`, and read from a file by `load`.

    Attributes
    ----------
    encoder
        Turns the columns into the network's inputs; its `columns` say what each column is.
    target
        The classes, or the scale of the numbers, that the network predicts.
    target_name
        The name of the column that is predicted.
    network
        The `Network`, from encoded rows (n, n_inputs) to scores (n, n_outputs).
    others
        The further networks of an ensemble; the outputs of all are averaged.
    calibration
        The temperature of the probabilities, found on the validation rows; None for those of the network as they are.
    interval
        How wide `predict_interval` is: the errors on validation rows, or networks for both ends; None for classes.
    head
        What the outputs of the network say of a number's distribution; None where they are the prediction.
    threshold
        The probability from which a row counts as the second of two classes; None for the more probable class.
    estimator
        What an estimator of scikit-learn that saved the model knows beside it; None for other models.
    file_notes
        What was unusual about the training file, a sentence each.
    id_columns
        The columns that name the rows, which `predict_table` puts first; nothing is learned from them.
    columns
        What was found of each column but the target: kind, range or levels, missing values, inputs, or why nothing is
        learned from it.
    seen
        Hashes of the rows that it was trained on, with their targets; None where they are not known.
    reading
        How the training file was said to be laid out; the commands read later text files by it too.
    updates
        An `UpdateRecord` for each time that the model was trained further, by `TableUpdate` or `glassnet update`.

    >>> training = gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=gn.Recipe(epochs=20))
    >>> for epoch in training.epochs(): pass
    >>> training.model.task, training.model.predict(gn.datasets.iris().to_polars()[:3]).tolist()
    ('classification', ['setosa', 'setosa', 'setosa'])
    """

    def explain(self, frame: Any, row: int = 0) -> "Explanation":
        """Follow a row of a data frame (or of `Pieces`) through the model; print the result.

        It shows how each value became inputs, every layer with its formula and numbers, loss and gradients where the
        target is in the table, and the prediction.

        Parameters
        ----------
        frame
            A data frame with the model's columns.
        row
            The row, counted from 0; 0 by default.

        Raises InvalidInput for a row that does not exist.
        """
        from glassnet.tables.insight.explanation import explain  # imported late: a prediction does not need it

        return explain(self, frame, row)

    def contributions(self, rows: Any, background: Any = None) -> "Contributions":
        """How much each column has contributed to the prediction for each row of a data frame, with a sign.

        φⱼ = mean over b of (xⱼ − bⱼ) ∫₀¹ ∂F/∂xⱼ(b + α (x − b)) dα

        These are integrated gradients (Sundararajan et al. 2017, arXiv 1703.01365) on the way from the rows b of the
        background, added up over the inputs that a column has. Their sum is the prediction minus the mean prediction
        for the background; `error` says how nearly.

        Parameters
        ----------
        rows
            A data frame with the model's columns.
        background
            A data frame of rows to compare with, some dozens; None (default) for the typical row, in which numbers are
            the medians of training and categories are unknown.

        Gives an object with `values` (rows, columns) in the unit of the target, or (rows, columns, classes) as
        probabilities; `baseline`, `columns`, `predictions` and `error`.

        Raises InvalidInput for rows that do not fit, and for a network with a layer that looks at whole batches.

        >>> iris = gn.datasets.iris().to_polars()
        >>> training = gn.TableTraining(iris, "species", recipe=gn.Recipe(hidden=(16,), epochs=20))
        >>> for epoch in training.epochs(): pass
        >>> found = training.model.contributions(iris[:2], background=iris[::10])
        >>> found.values.shape, found.columns[2]
        ((2, 4, 3), 'petal_length')
        >>> bool(abs(found.values.sum(axis=1) + found.baseline - found.predictions).max() <= found.error + 1e-12)
        True
        """
        from glassnet.tables.insight.contributions import contributions  # not before: a prediction needs none

        return contributions(self, rows, background)

    def counterfactual(self, row: Any, columns: Sequence[str] | str | None = None, to: Any = None) -> "Counterfactual":
        """The smallest change of some columns of a row that changes what is predicted for it.

        cost = Σ |change| / range between the quartiles, over numbers and dates, + 1 for each other category

        The units are those of the training rows; a value in the place of a missing one costs 1 more than its distance
        from the median. Values stay within the ranges and levels of training. Searched on grids and then step by step,
        without chance: each column alone, up to six together, then what was found is made smaller as long as that
        succeeds. A smaller change may be missed; the one that is found is verified by predicting the changed row.

        Parameters
        ----------
        row
            A data frame of one row with the model's columns, such as `table[7:8]`.
        columns
            The columns that may change; None (default) for all.
        to
            The class that is to be predicted, None (default) for any other; of numbers the value that the prediction
            is to reach, from below or above.

        Gives an object with `row` (the changed row), `changes` ((now, instead) by column), `cost`, `before` and
        `after`; `row` is None where no change was found. Print it for a table of the change.

        Raises InvalidInput for rows, columns and goals that do not fit.

        >>> iris = gn.datasets.iris().to_polars()
        >>> training = gn.TableTraining(iris, "species", recipe=gn.Recipe(epochs=20))
        >>> for epoch in training.epochs(): pass
        >>> found = training.model.counterfactual(iris[60:61], ["petal_length", "petal_width"], to="virginica")
        >>> training.model.predict(found.row).tolist(), 0 < found.cost < 2
        (['virginica'], True)
        """
        from glassnet.tables.insight.counterfactual.counterfactual import (
            counterfactual,
        )  # not before: a prediction needs none

        return counterfactual(self, row, columns, to)

    def importances(self, frame: Any) -> "ColumnEffects":
        """What each column does for the predictions: its mean contribution beside its permutation importance.

        Columns that say the same share what they contribute, and each can stand in for the other when one is shuffled;
        they are named. Print the result, or `draw()` it.

        Parameters
        ----------
        frame
            A data frame with the model's columns and the target, of some hundred rows that it was not trained on.

        Gives an object with `columns`, `contribution` and `permutation` (a number for each), `metric` and `alike`.

        Raises InvalidInput for rows that do not fit, and where none has a target.

        >>> iris = gn.datasets.iris().to_polars()
        >>> training = gn.TableTraining(iris, "species", recipe=gn.Recipe(epochs=20))
        >>> for epoch in training.epochs(): pass
        >>> found = training.model.importances(training.test)
        >>> sorted(found.columns[:2]), found.alike["petal_width"][0]
        (['petal_length', 'petal_width'], 'petal_length')
        """
        # imported late: a prediction does not need it
        from glassnet.tables.insight.picture_source import TableSource

        check_column(frame, self.target_name, "target column")
        return TableSource(self, frame).effects

    def draw(
        self, frame: Any = None, *names: str, theme: str = "light", dependence: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Draw pictures of the model, and of its predictions for a data frame with the target, as Figures by name.

        Parameters
        ----------
        frame
            A data frame with the model's columns and the target; None (default) for pictures of the network alone.
        names
            The pictures, by the names of the options of `glassnet draw`: "confusion", "importance", "predicted", ….
            Without any, all that fit the model and the rows are drawn, and a warning names those for which the rows are
            not enough.
        theme
            "light" (default) or "dark".
        dependence
            Columns, or pairs of them as "a,b", for a picture of partial dependence each; none by default.

        Raises UnknownName for an unknown picture, and InvalidInput for one that does not fit.
        """
        # imported late: a prediction does not need it
        from glassnet.tables.insight.gallery import all_that_fit, asked_for
        from glassnet.tables.insight.picture_source import TableSource

        source, asked = TableSource(self, frame, theme), dict.fromkeys(names, ())
        if names or dependence:
            return asked_for(source, asked | ({"dependence": tuple(dependence)} if dependence else {}))
        return all_that_fit(source, warn)

    def predictor(self) -> "TablePredictor":
        """Make a faster `predict` for one raw row or a few at a time, as in a small service: see `TablePredictor`.

        >>> iris = gn.datasets.iris().to_polars()
        >>> training = gn.TableTraining(iris, "species", recipe=gn.Recipe(epochs=20))
        >>> for epoch in training.epochs(): pass
        >>> training.model.predictor()((5.1, 3.5, 1.4, 0.2))
        'setosa'
        """
        from glassnet.tables.predictor import TablePredictor  # imported late: a prediction of a table does not need it

        return TablePredictor(self)

    def diagnose(self, new: Any, train: Any = None) -> "Diagnosis":
        """Look for what is wrong with new rows: missing columns, unseen levels, values newly missing, drift.

        Drift is found by a small network that learns to tell new rows from training rows; the columns that differ most
        are named. Faults of the model itself are found by `TableTraining.diagnose`.

        Parameters
        ----------
        new
            A data frame of rows to predict; the target may be absent.
        train
            A data frame of rows that the model was trained on, for drift; None by default.

        Raises InvalidInput for a table without rows.

        >>> iris = gn.datasets.iris().to_polars()
        >>> training = gn.TableTraining(iris, "species", recipe=gn.Recipe(epochs=2))
        >>> for epoch in training.epochs(): pass
        >>> training.model.diagnose(iris.drop("petal_width")).names()
        ['missing columns']
        """
        from glassnet.tables.insight.new_rows import diagnose_rows  # imported late: a prediction does not need it

        return diagnose_rows(self, new, train)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read the model of a table from a model file or a run's folder; `glassnet.load` reads bare networks too."""
        return model_in(path, partial(cls._of_file, path))

    @classmethod
    def load_once(cls, path: str | Path) -> Self:
        """Read a model as `load` does, but once a process: later calls give the same object while the file is the same.

        For functions that an engine calls again and again in its workers, as those of docs/cluster.md.
        """
        return once(path, cls.load)

    @classmethod
    def _of_file(cls, path: str | Path, arrays: Mapping[str, Array], description: Mapping[str, Any]) -> Self:
        check_fields(description, ("network", "table"), ("network",))
        if description.get("table") is None:
            raise ModelFileError(f"{path} holds a bare network: read it with gn.Network.load, or gn.load.")
        return cls.from_description(description["table"], description["network"], arrays)

    def save(self, path: str | Path) -> Path:
        """Write networks, encoder, target and calibration to one safetensors file, completely or not at all."""
        return write_model(path, self.arrays, {"network": self.network.describe(), "table": self.describe()})
