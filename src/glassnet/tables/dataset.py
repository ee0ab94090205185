"""A data set in memory: rows of numbers with a target for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.extras import require

Array = npt.NDArray[Any]


@answered
@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows of numbers with a target for each.

    `data[rows]` is the data set of these rows (a number, a slice, row numbers or a mask); `len(data)` is n.

    Parameters
    ----------
    X
        Numbers (n, n_features), kept as float64.
    y
        The target, (n,): class numbers from 0 as integers, or float64 numbers to predict.
    feature_names, class_names
        A name for each column of X; a name for each class, or None (default) where y holds numbers to predict.
    name, target_name
        The name of the data set, "" by default; the name of y in a data frame, "y" by default.

    Raises InvalidInput when the shapes do not fit together.

    >>> data = gn.datasets.Dataset(np.zeros((4, 2)), np.array([0, 1, 0, 1]), ("x1", "x2"), ("no", "yes"))
    >>> data, len(data[1:])
    (Dataset('': 4 rows, 2 features, 2 classes), 3)
    """

    X: Array
    y: Array
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...] | None = None
    name: str = ""
    target_name: str = "y"

    def __post_init__(self) -> None:
        arrays = isinstance(self.X, np.ndarray) and isinstance(self.y, np.ndarray)
        if not arrays or not isinstance(self.feature_names, (tuple, list)):
            given = ", ".join(map(brief, (self.X, self.y, self.feature_names)))
            raise InvalidInput(f"a Dataset needs arrays X and y, and a tuple of feature names, got {given}.")
        n_names = len(self.feature_names)
        if self.X.ndim != 2 or self.X.shape[1] != n_names or self.y.shape != self.X.shape[:1]:
            expected = f"X of shape (n, {n_names}) for {n_names} feature names and y of shape (n,)"
            raise InvalidInput(f"a Dataset needs {expected}, got {self.X.shape} and {self.y.shape}.")

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, rows: Any) -> "Dataset":
        chosen = np.atleast_1d(np.arange(len(self))[rows])
        return Dataset(
            self.X[chosen], self.y[chosen], self.feature_names, self.class_names, self.name, self.target_name
        )

    def __repr__(self) -> str:
        kind = "numbers to predict" if self.class_names is None else f"{len(self.class_names)} classes"
        return f"Dataset({self.name!r}: {len(self)} rows, {len(self.feature_names)} features, {kind})"

    def to_polars(self, target: str | None = None) -> Any:
        """The rows as a polars data frame: the features, then y as numbers or class names under `target`.

        `target` defaults to `target_name`. Raises MissingExtra without polars.

        >>> gn.datasets.iris().to_polars().columns
        ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species']
        """
        polars = require("polars", "tables", "a data frame")
        y = self.y if self.class_names is None else np.array(self.class_names)[self.y].tolist()
        return polars.DataFrame({**dict(zip(self.feature_names, self.X.T, strict=True)), target or self.target_name: y})


@answered
@dataclass(frozen=True, eq=False)
class DatedTable:
    """A table with a column of dates.

    Parameters
    ----------
    columns
        The values of each column, by its name.
    name, target_name
        The name of the table, and of the column to forecast.

    >>> gn.datasets.sales().columns["date"][0]
    datetime.date(2023, 1, 1)
    """

    columns: Mapping[str, Any]
    name: str
    target_name: str

    def __repr__(self) -> str:
        return f"DatedTable({self.name!r}: {', '.join(self.columns)})"

    def to_polars(self) -> Any:
        """The rows as a polars data frame.

        >>> gn.datasets.sales().to_polars().columns
        ['shop', 'date', 'promo', 'sales']
        """
        polars = require("polars", "tables", "a data frame")
        return polars.DataFrame(dict(self.columns))
