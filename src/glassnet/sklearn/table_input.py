"""The X of a tabular estimator: a data frame as it is, an array as a frame with columns x0, x1, and so on."""

import datetime
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import sklearn
from sklearn.base import BaseEstimator
from sklearn.utils.fixes import parse_version
from sklearn.utils.validation import check_array, validate_data

from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_kinds import DIFFERS, NUMBERS_ROWS
from glassnet.tables.fitting.ensemble import ALONE, Encoded, number_that_fits, usual_number
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.values.column_options import IS_ID, NOT_KEPT, UNWANTED
from glassnet.tables.values.frames import as_frame

if TYPE_CHECKING:
    import narwhals as nw

    from glassnet.sklearn.parameter_types import Inputs

HOW_KEPT = {
    NUMBERS_ROWS: 'to keep numeric columns that carry information, say so: columns={"kinds": {…: "number"}}',
    DIFFERS: 'to keep text that groups rows, say so: columns={"kinds": {…: "category"}}',
}
KNOWS_FRAMES = parse_version(sklearn.__version__) >= parse_version("1.9")  # of polars and Arrow too


def frame_of(estimator: BaseEstimator, X: "Inputs", reset: bool) -> "nw.DataFrame[Any]":
    """X as a data frame, its columns checked against those of `fit` (or remembered, with `reset`).

    Where `fit` was given a frame and X is an array, or the other way, scikit-learn warns, and columns are taken by
    their place. Infinite values are left to count as missing.
    """
    by_name = not is_array(X)
    frame = _checked_frame(estimator, X, reset) if by_name else _array_frame(estimator, X, reset)
    if reset:
        estimator._columns, estimator._by_name = tuple(frame.columns), by_name
    if by_name and estimator._by_name and set(frame.columns) == set(estimator._columns):
        return frame
    return frame.rename(dict(zip(frame.columns, estimator._columns, strict=True)))


def warn_of_left_out(estimator: BaseEstimator, dropped: Mapping[str, str]) -> None:
    """Warn once about the columns from which nothing is learned though nobody said so, with the reasons."""
    dropped = {name: reason for name, reason in dropped.items() if reason not in (UNWANTED, NOT_KEPT, IS_ID)}
    if dropped:
        reasons = "; ".join(f"{name!r} {reason}" for name, reason in dropped.items())
        hints = "".join(f"; {hint}" for reason, hint in HOW_KEPT.items() if reason in reasons)
        warnings.warn(f"{type(estimator).__name__} leaves out columns: {reasons}{hints}.", UserWarning, stacklevel=4)


def warn_of_notes(estimator: BaseEstimator, notes: Mapping[str, str]) -> None:
    """Warn once about odd or ambiguous texts of columns, if there are any."""
    if notes:
        said = "; ".join(f"{name!r}: {note}" for name, note in notes.items())
        warnings.warn(f"{type(estimator).__name__} reads text columns: {said}.", UserWarning, stacklevel=4)


def warn_of_totals(estimator: BaseEstimator, notes: Sequence[str]) -> None:
    """Warn about rows at the end that sum up the rows above, or look as if they did."""
    for note in notes:
        said = re.sub(r"--skip-last (\d+)", r"skip_last=\1", note)
        warnings.warn(f"{type(estimator).__name__}: {said}.", UserWarning, stacklevel=5)


def number_of(estimator: Any, data: Encoded, recipe: Recipe) -> int:
    """How many networks are trained where no number is given; a warning says where rows are too few for four."""
    found = number_that_fits(data, recipe, estimator._seed)
    if found < usual_number(recipe):
        warnings.warn(f"{type(estimator).__name__}: {ALONE} (n_ensemble=1).", UserWarning, stacklevel=4)
    return found


def is_array(X: object) -> bool:
    """Whether scikit-learn checks X: an array, lists or a sparse matrix, but not a data frame."""
    if require("narwhals", "tables", "a table").dependencies.is_into_dataframe(X):
        return False
    if isinstance(X, (list, tuple)):
        return not any(isinstance(row, Mapping) for row in X[:1])
    return hasattr(X, "__array__") or hasattr(X, "toarray")


def _checked_frame(estimator: BaseEstimator, X: "Inputs", reset: bool) -> "nw.DataFrame[Any]":
    frame = as_frame(X)
    named = X if KNOWS_FRAMES or hasattr(X, "iloc") else Names(frame)
    validate_data(estimator, named, reset=reset, skip_check_array=True)
    return frame


class Names:
    """Names and shape of a frame, in the protocol that scikit-learn before 1.9 asks for names and polars 2 has left."""

    def __init__(self, frame: "nw.DataFrame[Any]") -> None:
        self.names, self.shape = frame.columns, frame.shape

    def __dataframe__(self) -> "Names":
        return self

    def column_names(self) -> list[str]:
        """The names."""
        return list(self.names)


def _array_frame(estimator: BaseEstimator, X: "Inputs", reset: bool) -> "nw.DataFrame[Any]":
    polars = require("polars", "tables", "an array as a table")
    X = np.array(X, object) if isinstance(X, (list, tuple)) else X  # or numbers beside texts would become texts
    X = np.ma.filled(X.astype(object), np.nan) if isinstance(X, np.ma.MaskedArray) else X  # what is masked is missing
    X = validate_data(estimator, X, reset=reset, dtype=None, ensure_all_finite=False, estimator=estimator)
    if X.dtype.kind == "O" and not holds_more_than_numbers(X):
        X = check_array(X, dtype=np.float64, ensure_all_finite=False, estimator=estimator)
    X = X.astype(f"{X.dtype.kind}8[us]") if X.dtype.kind in "mM" else X  # of NumPy's units polars takes some
    dtype = polars.Object if X.dtype.kind == "O" else None
    texts = X.dtype.kind in "OUS"
    columns = [(f"x{k}", X[:, k].tolist() if texts else X[:, k]) for k in range(X.shape[1])]
    return as_frame(polars.DataFrame([polars.Series(name, values, dtype) for name, values in columns]))


def holds_more_than_numbers(X: Array) -> bool:
    """Whether any object is a text, a date, a time or a duration."""
    return any(isinstance(x, (str, datetime.date, datetime.time, datetime.timedelta)) for x in X.ravel())
