"""Held-out rows that are nearly training rows, or that come from elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.update_rules import Adam
from glassnet.insight.diagnosis.evidence import Evidence
from glassnet.insight.diagnosis.finding import Finding
from glassnet.insight.diagnosis.generalization import MOST_CODES, with_levels
from glassnet.layers.dense import Dense
from glassnet.network import Network
from glassnet.training.metrics import ROCAUC

NEAR = 0.01  # of the distance to the tenth nearest row: rows of a line have this in 9 of 100, of a plane in 1 of 1000
NEIGHBOURS = 10
TWINS = 0.05  # of the held-out rows, as for equal rows
FEWEST_INPUTS = 3  # in fewer, near rows are no sign of anything
MOST_HELD_OUT, MOST_TRAINING = 500, 20_000  # rows between which distances are measured
AT_A_TIME = 32  # held-out rows, whose distances to all others are in memory
FEWEST_ROWS = 50  # of either kind, to tell them apart
APART = 0.65  # area under the ROC curve from which rows are called different
BEYOND_CHANCE = 4.0  # standard errors
MOST_ROWS = 1000  # of either kind, to learn from and to test on
STEPS, BATCH, FEWEST_EPOCHS = 600, 64, 10  # of the network that tells them apart
MOST_NAMED = 3


@dataclass(frozen=True)
class TwoKinds:
    """Training rows and others as the network reads them, its inputs that are codes, and the names of all inputs."""

    X: Array
    other: Array
    codes: Mapping[int, int]
    name_of: Callable[[int], str]
    seed: int

    def some(self, most: int, most_other: int) -> tuple[Array, Array] | None:
        """Some of both with standardised columns, codes as levels; None where these are too many."""
        if any(n > MOST_CODES for n in self.codes.values()):
            return None
        rng = np.random.default_rng(self.seed)
        X, other = (rows[rng.permutation(len(rows))[:n]] for rows, n in ((self.X, most), (self.other, most_other)))
        X, other = with_levels(X, self.codes), with_levels(other, self.codes)
        middle, spread = X.mean(axis=0), X.std(axis=0)
        spread[spread == 0] = 1.0
        return (X - middle) / spread, np.clip((other - middle) / spread, -100, 100)


def held_out_rows(evidence: Evidence) -> TwoKinds | None:
    """The rows of the evidence; None without held-out rows."""
    if evidence.held_out is None or evidence.X.ndim != 2:
        return None
    other, codes = np.asarray(evidence.held_out[0]), evidence.step.plan.layout.codes
    return TwoKinds(evidence.X, other, codes, evidence.name_of, evidence.seed)


def near_rows(evidence: Evidence) -> Iterator[Finding]:
    """Held-out rows with a training row far nearer than others are: repeated measurements, altered copies."""
    rows = held_out_rows(evidence)
    pair = None if rows is None else rows.some(MOST_TRAINING, MOST_HELD_OUT)
    if pair is None or pair[0].shape[1] < FEWEST_INPUTS or len(pair[0]) <= NEIGHBOURS:
        return
    distances = nearest_distances(*pair)
    near = (distances[:, 0] > 0) & (distances[:, 0] < NEAR * distances[:, -1])
    if near.mean() > TWINS:
        yield Finding(
            "leakage: nearly equal rows",
            "",
            f"For {near.mean():.1%} of {len(near):,} held-out rows a training row is more than {1 / NEAR:.0f} times as "
            f"near as the {NEIGHBOURS}th nearest.",
            "The result on the held-out rows then shows how well the network remembers, not how well it predicts.",
            "Keep rows of one person, device, day or original on one side of the split.",
        )


def nearest_distances(X: Array, held_out: Array) -> Array:
    """The distances to the nearest rows, in order, (held-out rows, NEIGHBOURS)."""
    lengths = np.einsum("ij,ij->i", X, X)
    found = []
    for some in np.split(held_out, range(AT_A_TIME, len(held_out), AT_A_TIME)):
        squares = lengths - 2 * some @ X.T  # and the row's own length, which changes no order
        places = np.argpartition(squares, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
        exact = np.linalg.norm(some[:, None] - X[places], axis=2)  # near 0 the formula above has lost all digits
        found.append(np.sort(exact, axis=1))
    return np.concatenate(found)


def drift(evidence: Evidence) -> Iterator[Finding]:
    """Held-out rows that a classifier tells from training rows: from another time, place or selection."""
    rows = held_out_rows(evidence)
    if rows is not None:
        yield from drift_of(rows, "held-out rows")


def drift_of(rows: TwoKinds, called: str) -> Iterator[Finding]:
    """Rows that a classifier tells from training rows, whatever they are called."""
    pair = rows.some(2 * MOST_ROWS, 2 * MOST_ROWS)
    if pair is None or min(map(len, pair)) < 2 * FEWEST_ROWS:
        return
    score, error = told_apart(*pair, rows.seed)
    if score > APART and score - 0.5 > BEYOND_CHANCE * error:
        yield Finding(
            f"drift: {called} differ from training rows",
            "",
            f"A small network tells the two kinds of rows apart with a ROC AUC of {score:.2f} (0.5 where they are "
            f"alike). The columns that differ most: {differing(rows)}.",
            "The network predicts rows unlike those it has learned from, and its score may be another tomorrow.",
            "Train on rows like those that will be predicted; leave out columns that change with time or place alone.",
        )


def told_apart(X: Array, other: Array, seed: int) -> tuple[float, float]:
    """(ROC AUC of a classifier between two kinds of rows, measured on a half that it has not seen; its error)."""
    parts = (X[::2], other[::2]), (X[1::2], other[1::2])
    rows, labels = zip(*((np.concatenate(p), np.repeat([0, 1], [len(p[0]), len(p[1])])) for p in parts), strict=True)
    weights = np.where(labels[0] == 1, (labels[0] == 0).sum() / (labels[0] == 1).sum(), 1.0)
    net = Network([Dense(16, "relu"), Dense(1, "sigmoid")], engine="numpy")
    epochs = max(FEWEST_EPOCHS, STEPS * BATCH // len(labels[0]))
    given = {"optimizer": Adam(0.01), "epochs": epochs, "batch_size": BATCH, "sample_weight": weights, "seed": seed}
    net.fit(rows[0], labels[0], loss="binary_cross_entropy", **given)  # type: ignore[arg-type]
    score = ROCAUC()(labels[1], net.predict(rows[1]))
    fewest = min(len(parts[1][0]), len(parts[1][1]))
    return score, float(np.sqrt(1 / (6 * fewest)))  # of an area near ½


def differing(rows: TwoKinds) -> str:
    """The columns whose distributions lie furthest apart, by the distance of Kolmogorov and Smirnov."""
    apart = [distance(a, b) for a, b in zip(rows.X.T, rows.other.T, strict=True)]
    order = np.argsort(apart)[::-1][:MOST_NAMED]
    return ", ".join(f"{rows.name_of(int(k))} (KS distance {apart[k]:.2f})" for k in order)


def distance(a: Array, b: Array) -> float:
    """The largest difference of two empirical distribution functions."""
    values = np.concatenate([a, b])
    return float(
        np.abs(
            np.searchsorted(np.sort(a), values, side="right") / len(a)
            - np.searchsorted(np.sort(b), values, side="right") / len(b)
        ).max()
    )
