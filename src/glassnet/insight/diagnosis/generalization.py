"""What is left on held-out rows: overfitting, scores of a constant, labels that nothing in the inputs tells."""

from collections.abc import Iterator, Mapping

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.diagnosis.evidence import NOTHING_LEARNED, Evidence
from glassnet.insight.diagnosis.finding import Finding
from glassnet.insight.diagnosis.held_out import HeldOut
from glassnet.insight.notation.text import decimals

NO_BETTER = "no better than a constant on held-out rows"
LEFT = 0.5  # of what was learned: healthy models of tables were seen to keep 0.6 and more
LEARNED_SOMETHING = 0.1  # of the constant's loss, on the training rows: below it there is nothing to lose
BEYOND_CHANCE = 3.0  # standard errors
FEWEST_HELD_OUT = 30
FEWEST_ROWS = 100  # in which labels could seem random by chance
FEWEST_FOR_A_COLUMN = 3.5  # standard errors of a correlation: of some hundred columns, none reaches it by chance
MOST_CODES = 50  # levels of a category that distances are measured with


def overfitting(evidence: Evidence) -> Iterator[Finding]:
    """A network that knows the training rows, and little of it holds for others."""
    held = evidence.generalization
    if held is None or held.n_rows < FEWEST_HELD_OUT or not evidence.was_trained:
        return
    known, left = 1 - evidence.predicted / evidence.constant, 1 - held.loss / held.constant
    if known < LEARNED_SOMETHING or left >= LEFT * known:
        return
    if known - left > BEYOND_CHANCE * held.error / held.constant:
        yield Finding(
            "overfitting",
            "",
            f"{evidence.loss.name} is {decimals(evidence.predicted)} on the training rows and {decimals(held.loss)} on "
            f"{held.n_rows:,} held-out rows; the best constant prediction has {decimals(held.constant)} there.",
            "What the network knows of the training rows does not hold for others: it has learned them by heart.",
            "More rows, a smaller network, more dropout or weight decay, fewer epochs (gn.EarlyStopping on validation "
            "rows), fewer columns.",
        )


def no_better_than_a_constant(evidence: Evidence) -> Iterator[Finding]:
    """Held-out rows on which a constant does as well."""
    held = evidence.generalization
    if held is None or held.n_rows < FEWEST_HELD_OUT or not evidence.was_trained:
        return
    if held.loss >= NOTHING_LEARNED * held.constant:
        yield Finding(
            NO_BETTER,
            "",
            f"{evidence.loss.name} is {decimals(held.loss)} on {held.n_rows:,} held-out rows; the constant that is "
            f"best for the training rows has {decimals(held.constant)} there.",
            "Predictions for new rows are then worth no more than that constant.",
            "See whether the network overfits or has learned nothing, and whether the columns can tell the target.",
        )


def labels_that_nothing_tells(evidence: Evidence) -> Iterator[Finding]:
    """Targets that neither the network, nor the nearest rows, nor any column tells: as if they were random."""
    X, y = evidence.X[evidence.rows], evidence.y[evidence.rows]
    if not fails(evidence) or X.ndim != 2 or y.ndim > 2 or (y.ndim == 2 and y.shape[1] > 1) or len(X) < FEWEST_ROWS:
        return
    codes = evidence.step.plan.layout.codes
    if any(n > MOST_CODES for n in codes.values()):
        return
    Z = standardised(with_levels(X, codes))
    if not Z.shape[1]:
        return
    indicators = targets_as_numbers(y.ravel(), evidence.class_counts is not None)
    near = nearest(Z)
    neighbours = max(abs(correlation(v, v[near])) for v in indicators.T)
    columns = float(np.abs(Z.T @ indicators).max() / len(Z))
    error = 1 / np.sqrt(len(Z))
    if neighbours < BEYOND_CHANCE * error and columns < FEWEST_FOR_A_COLUMN * error:
        yield Finding(
            "labels that cannot be learned",
            "",
            f"On {len(Z):,} rows, the target of a row and that of the most similar row have a correlation of "
            f"{decimals(neighbours, 2)}, and no column has one above {decimals(columns, 2)} with the target; "
            f"chance alone gives {decimals(BEYOND_CHANCE * error, 2)}.",
            "The inputs seem to say nothing about the target, and no network can find what is not there.",
            "Check that targets and rows were joined rightly and not shuffled apart; look for columns that matter.",
        )


def fails(evidence: Evidence) -> bool:
    """Whether a trained network is no better than a constant, on held-out rows where there are any."""
    held: HeldOut | None = evidence.generalization
    if not evidence.was_trained:
        return False
    return evidence.hopeless if held is None else held.loss >= NOTHING_LEARNED * held.constant


def with_levels(X: Array, codes: Mapping[int, int]) -> Array:
    """The inputs in float64, with one for each level of a code."""
    plain = X[:, [k for k in range(X.shape[1]) if k not in codes]].astype(np.float64)
    return np.concatenate([plain, *((X[:, [k]] == np.arange(n)).astype(np.float64) for k, n in codes.items())], axis=1)


def standardised(X: Array) -> Array:
    """Columns of mean 0 and variance 1, without those that are constant."""
    spread = X.std(axis=0)
    there = spread > 0
    centred: Array = (X[:, there] - X[:, there].mean(axis=0)) / spread[there]
    return centred


def targets_as_numbers(y: Array, classes: bool) -> Array:
    """Standardised numbers, or a standardised indicator for each class."""
    return standardised((y[:, None] == np.unique(y)).astype(np.float64) if classes else y[:, None].astype(np.float64))


def nearest(Z: Array) -> Array:
    """The number of the row that is most similar to each row."""
    squares = (Z**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * Z @ Z.T
    np.fill_diagonal(distances, np.inf)
    return distances.argmin(axis=1)


def correlation(a: Array, b: Array) -> float:
    """The correlation of two columns; 0 where one is constant."""
    return 0.0 if a.std() == 0 or b.std() == 0 else float(np.corrcoef(a, b)[0, 1])
