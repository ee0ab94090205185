"""A target that is computed from several columns, and a column that only counts the rows."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.diagnosis.evidence import Evidence
from glassnet.insight.diagnosis.finding import Finding
from glassnet.insight.notation.text import decimals

UNEXPLAINED = 1e-6  # of the variance of a target that is computed: what rounding to four digits leaves
MOST_COLUMNS = 5  # of such a formula: with many columns any target is one
FEWEST_ROWS = 50
ROWS_BY_COLUMN = 10  # as many rows for each column of a fit
SKIPPED = 4.0  # steps of an index for each row: so many rows may have been held out or removed


def computed_target(evidence: Evidence) -> Iterator[Finding]:
    """A target of numbers that is a sum or a product of several columns, or a simple function of their sum."""
    measured, y = evidence.measured, evidence.y
    if measured is None or evidence.class_counts is not None or y.size != len(y):
        return
    target = (y if measured.target is None else measured.target).ravel()[evidence.rows].astype(np.float64)
    values = measured.values[evidence.rows].astype(np.float64)
    complete = np.isfinite(values).all(axis=1)
    values, target = values[complete], target[complete]
    if len(target) < FEWEST_ROWS:
        return
    for form in forms(values, target):
        found = columns_of(form.X, form.t)
        if len(found) > 1:
            left = variance_left(form, found, target)
            if left <= UNEXPLAINED:
                yield given_by(form.written, [measured.name_of(form.places[k]) for k in found], left, len(target))
                return


class Form(NamedTuple):
    """How a target may be computed: in words, columns and target between which it is linear, and the way back."""

    written: str
    X: Array
    t: Array
    back: Callable[[Array], Array]
    places: Array


def forms(X: Array, y: Array) -> Iterator[Form]:
    """Each form in which y could be linear in columns."""
    every = np.arange(X.shape[1])
    yield Form("a sum with factors", X, y, lambda t: t, every)
    for base in (np.e, 10.0, 2.0):
        yield logarithm(X, y, float(np.log(base)), every)
    if (y >= 0).all():
        yield Form("the square root of a sum with factors", X, y**2, np.sqrt, every)
        yield Form("the square of a sum with factors", X, np.sqrt(y), np.square, every)
    if (y > 0).all():
        positive = np.flatnonzero((X > 0).all(axis=0))
        yield Form("a product of powers", np.log(X[:, positive]), np.log(y), np.exp, positive)


def logarithm(X: Array, y: Array, power: float, places: Array) -> Form:
    """That y is the logarithm of a sum, to the base e^power."""
    top = float(y.max())  # taken off, so that nothing overflows

    def back(t: Array) -> Array:
        found: Array = np.log(t) / power + top
        return found

    return Form("the logarithm of a sum with factors", X, np.exp(power * (y - top)), back, places)


def variance_left(form: Form, columns: Sequence[int], y: Array) -> float:
    """The share of the variance of y that the columns leave, in the target's own unit."""
    X = np.column_stack([np.ones(len(y)), form.X[:, columns]])
    with np.errstate(all="ignore"):
        fitted = form.back(X @ np.linalg.lstsq(X, form.t, rcond=None)[0])
    return float(np.mean((y - fitted) ** 2) / y.var())


def given_by(written: str, names: Sequence[str], left: float, n_rows: int) -> Finding:
    """The finding about a target that a few columns give."""
    return Finding(
        "leakage: the target is computed from columns",
        ", ".join(names),
        f"On {n_rows:,} rows the target is {written}, of {', '.join(names[:-1])} and {names[-1]}: they leave "
        f"{decimals(left, 2)} of its variance.",
        "If these columns are parts of the target they are known only with it, and a score near perfect says nothing.",
        "Ask whether they are known when a prediction is made. If not, leave them out.",
    )


def columns_of(X: Array, y: Array) -> list[int]:
    """The few columns of which y is a linear function; none if it is not.

    Columns are taken one after the other, each the one most like what is left (orthogonal matching pursuit), then those
    that are not needed are dropped again.
    """
    spread = X.std(axis=0)
    usable = [k for k in range(X.shape[1]) if spread[k] > 0]
    if not usable or not y.std() > 0 or not np.isfinite(y).all():
        return []
    Z, t = (X[:, usable] - X[:, usable].mean(axis=0)) / spread[usable], (y - y.mean()) / y.std()
    chosen: list[int] = []
    left = t
    while (
        len(chosen) < min(MOST_COLUMNS + 2, len(usable), len(t) // ROWS_BY_COLUMN) and unexplained(left) > UNEXPLAINED
    ):
        likeness = np.abs(Z.T @ left)
        likeness[chosen] = -1
        chosen.append(int(likeness.argmax()))
        left = residual(Z[:, chosen], t)
    if unexplained(left) > UNEXPLAINED:
        return []
    for k in list(chosen):
        others = [c for c in chosen if c != k]
        if others and unexplained(residual(Z[:, others], t)) <= UNEXPLAINED:
            chosen = others
    return sorted(usable[k] for k in chosen) if len(chosen) <= MOST_COLUMNS else []


def residual(Z: Array, t: Array) -> Array:
    """What a linear fit leaves."""
    rest: Array = t - Z @ np.linalg.lstsq(Z, t, rcond=None)[0]
    return rest


def unexplained(left: Array) -> float:
    """The share of the variance of a standardised target."""
    return float(np.mean(left**2))


def counted_rows(evidence: Evidence) -> Iterator[Finding]:
    """A column that goes up by whole steps from row to row, as an exported index does."""
    measured = evidence.measured
    if measured is None or len(measured.values) < FEWEST_ROWS:
        return
    for k in range(measured.values.shape[1]):
        column = measured.values[:, k].astype(np.float64)
        in_order = counts_rows(column)
        if in_order or counts_rows(np.sort(column)):
            how = "grows from row to row in whole steps" if in_order else "has another whole number in every row"
            ends = f"from {column.min():,.0f} to {column.max():,.0f}"
            yield Finding(
                "an index that is learned from",
                measured.name_of(k),
                f"{measured.name_of(k)} {how}, {ends} in {len(column):,} rows.",
                "The number of a row says something only where the table was sorted; for new rows it misleads.",
                "Leave the column out, unless it is a time that the target depends on.",
            )


def counts_rows(column: Array) -> bool:
    """Whether a column is 1, 2, 3, … but for rows that are missing between."""
    if not np.isfinite(column).all() or (column != np.round(column)).any():
        return False
    steps = np.diff(column)
    return bool((steps > 0).all() and column[-1] - column[0] < SKIPPED * len(column))
