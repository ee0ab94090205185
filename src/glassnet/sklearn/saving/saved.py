"""An estimator that is written to a model file, and read from one."""

from typing import TYPE_CHECKING, ClassVar, Self

from sklearn.utils.validation import check_is_fitted

from glassnet.errors import InvalidInput, ModelFileError
from glassnet.sklearn.saving.in_files import model_of, parameters_of, restore
from glassnet.tables.model import TableModel

if TYPE_CHECKING:
    from pathlib import Path


class SavedEstimator:
    """What `TabularClassifier` and `TabularRegressor` have of model files."""

    task: ClassVar[str]

    def as_model(self) -> TableModel:
        """The fitted networks as a `glassnet.TableModel`, which predicts the same for a data frame with these columns.

        Raises InvalidInput where y had several columns.
        """
        check_is_fitted(self)
        return model_of(self)

    def save(self, path: "str | Path") -> "Path":
        """Write a model file, as `glassnet train` does, completely or not at all; gives its path.

        `glassnet.load` reads it as a `TableModel`, `load` of this class as an estimator, and so do `glassnet predict`
        and the other commands. It holds everything that predicts, and the parameters; neither histories nor validation
        rows (a pickle has those too), and no random_state or cv but a number. A class that is not text, number or
        boolean is written as text.

        Raises InvalidInput where y had several columns; CannotWrite.
        """
        return self.as_model().save(path)

    @classmethod
    def load(cls, path: "str | Path") -> Self:
        """Read an estimator from a model file, written by `save` or by `glassnet train`.

        It predicts the same to the last digit on the same engine. Raises ModelFileError for anything else.
        """
        model = TableModel.load(path)
        if model.task != cls.task:
            raise ModelFileError(f"{path} holds a {model.task}, which a {cls.__name__} cannot predict.")
        try:
            estimator = cls(**parameters_of(model))
            restore(estimator, model)
            estimator._restore(model)
        except (InvalidInput, TypeError) as error:
            raise ModelFileError(f"{path} does not describe a {cls.__name__}: {error}") from error
        return estimator

    def _restore(self, model: TableModel) -> None:
        """What else is learned from a model."""
