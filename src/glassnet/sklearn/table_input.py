"""What a tabular estimator is given as X: a data frame as it is, an array as a frame of columns x0, x1, and so on."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from glassnet.extras import require
from glassnet.tables.frames import as_frame


def frame_of(estimator: Any, X: Any, reset: bool) -> Any:
    """X as a data frame, its columns checked against those of `fit` (or remembered, with `reset`)."""
    if is_frame(X):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        return as_frame(X)
    X = validate_data(estimator, X, reset=reset, dtype=None, ensure_all_finite="allow-nan", estimator=estimator)
    if X.dtype.kind in "OUS" and not holds_texts(X):  # numbers in an array of objects
        X = check_array(X, dtype=np.float64, ensure_all_finite="allow-nan", estimator=estimator)
    polars = require("polars", "tables", "an array as a table")
    columns = {f"x{k}": X[:, k].tolist() if X.dtype.kind in "OUS" else X[:, k] for k in range(X.shape[1])}
    return as_frame(polars.DataFrame(columns, strict=False))


def is_frame(X: Any) -> bool:
    """Whether X is a data frame of a library that narwhals knows."""
    narwhals = require("narwhals", "tables", "a table")
    return narwhals.from_native(X, eager_only=True, pass_through=True) is not X


def holds_texts(X: Any) -> bool:
    """Whether any value is a text."""
    return X.dtype.kind in "US" or any(isinstance(value, str) for value in X.ravel())
