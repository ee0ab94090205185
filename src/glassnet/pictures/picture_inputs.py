"""The inputs of pictures: truths, predictions, probabilities and names, checked before any work."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.drawing import one_line
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.elementary import Array
from glassnet.listeners.snapshots import Snapshots
from glassnet.training.inputs.arrays import as_numbers

LONGEST = 18  # letters of a name that stands in a picture


def numbers(values: object, name: str, rows: int | None = None, of: str = "") -> Array:
    """Float64 of shape (n,), one number a row; a single column (n, 1) will do. `rows` is how many `of` has."""
    found = as_numbers(values, name).astype(np.float64)
    found = found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
    if found.ndim != 1:
        raise InvalidInput(f"{name} must have one number per row, shape (n,); got shape {found.shape}.")
    check_rows_of(len(found), name, rows, of)
    return found


def check_predict(predict: object) -> None:
    """Refuse what is not called with rows to give their outputs."""
    if not callable(predict):
        raise InvalidInput(f"predict must be a function from rows to outputs, as net.predict is, got {brief(predict)}.")


def check_snapshots(snapshots: object) -> None:
    """Refuse snapshots that have not followed a training."""
    if not isinstance(snapshots, Snapshots):
        raise InvalidInput(
            f"snapshots must be a gn.listeners.Snapshots(net) that followed a training, got {brief(snapshots)}."
        )


def check_rows_of(n: int, name: str, rows: int | None, of: str) -> None:
    """Refuse no rows, and another number of them than `of` has."""
    if rows is not None and n != rows:
        raise InvalidInput(f"{of} has {rows} rows, {name} has {n}: they must have the same number of rows.")
    if n == 0:
        raise InvalidInput(f"{name} has no rows.")


def class_numbers(values: Any, name: str, classes: Sequence[str] | int | None = None) -> Array:
    """Whole numbers of shape (n,) from 0 up; names of classes become their numbers where the names are known.

    `classes` are the names, or how many there are, or None where it is not known.
    """
    found = np.asarray(values)
    if found.dtype.kind in "OUS" and isinstance(classes, Sequence):
        known = {text: number for number, text in enumerate(classes)}
        found = np.array([known.get(str(value), -1) for value in found.ravel()]).reshape(found.shape)
    if found.ndim == 2 and found.shape[1] > 1:
        raise InvalidInput(
            f"{name} must be class numbers (n,), got {found.shape}: for probabilities use argmax(axis=1)."
        )
    found = numbers(found, name)
    count = len(classes) if isinstance(classes, Sequence) else classes
    most = np.inf if count is None else count - 1
    wrong = ~((found >= 0) & (found <= most) & (found == np.rint(found)))
    if wrong.any():
        row = int(np.argmax(wrong))
        expected = "class numbers 0, 1, …" if count is None else f"class numbers 0…{count - 1}"
        raise InvalidInput(f"{name} must hold {expected}; it holds {np.ravel(values)[row]} at row {row}.")
    return found.astype(np.intp)


def class_names(names: Sequence[Any] | None, n: int) -> list[str]:
    """The names of n classes as texts; their numbers where none are given."""
    if names is None:
        return [str(k) for k in range(n)]
    if len(names) != n:
        raise InvalidInput(f"names must have one name for each of the {n} classes, got {len(names)}.")
    return [str(name) for name in names]


def class_of(of: object, names: Sequence[str]) -> int:
    """A class by its name or number."""
    if isinstance(of, (int, np.integer)) and 0 <= of < len(names):
        return int(of)
    if str(of) not in names:
        raise UnknownName("class", of, names)
    return list(names).index(str(of))


def labelled(truth: ArrayLike, given: object, names: Sequence[str] | None) -> tuple[Array, Array, list[str], int]:
    """(class numbers (n,), probabilities (n, classes), names, how many rows were dropped for NaN).

    Scores of yes, of shape (n,) or (n, 1), become the columns no and yes.
    """
    p = as_numbers(given, "probabilities").astype(np.float64)
    if p.ndim == 1 or (p.ndim == 2 and p.shape[1] == 1):
        p = np.column_stack([1 - p.ravel(), p.ravel()])
    if p.ndim != 2:
        raise InvalidInput(f"probabilities must have shape (n, classes), or (n,) for yes or no; got {p.shape}.")
    names = class_names(names, p.shape[1])
    y = class_numbers(truth, "truth", names)
    check_rows_of(len(p), "probabilities", len(y), "truth")
    (y, p), left_out = complete(y, p)
    return y, p, names, left_out


def complete(*arrays: Array) -> tuple[list[Array], int]:
    """The rows that are finite in all of them, and how many are not; InvalidInput where none is left."""
    whole = np.all([np.isfinite(a.reshape(len(a), -1)).all(axis=1) for a in arrays], axis=0)
    if not whole.any():
        raise InvalidInput("no row has finite numbers in all the quantities drawn.")
    return [a[whole] for a in arrays], int((~whole).sum())


def rows_in_words(n: int, left_out: int = 0) -> str:
    """ "1,234 rows", and those that could not be drawn.

    >>> rows_in_words(1), rows_in_words(1234, 2)
    ('1 row', '1,234 rows, 2 rows without a number dropped')
    """
    words = f"{n:,} row" + ("" if n == 1 else "s")
    return words + (f", {left_out:,} row{'' if left_out == 1 else 's'} without a number dropped" if left_out else "")


def short(name: str, longest: int = LONGEST) -> str:
    """A name that fits into a picture, on one line: its beginning and its end.

    For matplotlib a $ is then a letter, not the beginning of a formula, and a label that begins with _ is not hidden.
    It is for the last step, where a label is drawn: a second time it would show the backslash of the first.

    >>> short("Iris versicolor var. alba"), short("iris"), short("two\\nlines")
    ('Iris vers…ar. alba', 'iris', 'two lines')
    """
    name, half = one_line(name), (longest - 1) // 2
    fits = name if len(name) <= longest else f"{name[: longest - 1 - half]}…{name[-half:]}"
    return ("\u200b" if fits.startswith("_") else "") + fits.replace("$", r"\$")
