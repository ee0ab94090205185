"""Simple models to compare with: a constant, a linear model and, where scikit-learn is installed, boosted trees."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.penalties import L2
from glassnet.formulas.schedules import Cosine
from glassnet.formulas.update_rules import Adam
from glassnet.layers.dense import Dense
from glassnet.network import Network
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.several_targets import n_outputs
from glassnet.tables.encoding.target import ClassTarget, NumberTarget, Target
from glassnet.tables.number_format import counted, readable

MOST_ROWS = 20_000  # that a baseline is fitted to
MOST_INPUTS = 2_000
RIDGE = 1.0  # λ, as scikit-learn has it
STEPS, BATCH, RATE = 2_000, 256, 0.05  # of the logistic regression
LEAST_EPOCHS, MOST_EPOCHS = 20, 1_000
ITERATIONS, LEAST_ITERATIONS, TREES_BY_COLUMNS = 100, 20, 20_000  # so that it takes a second or two


@dataclass(frozen=True)
class Known:
    """Encoded rows (X, y) of a training, how they were encoded, and rows to predict."""

    encoder: TableEncoder
    target: Target
    X: Array
    y: Array
    held_out: Array

    @property
    def codes(self) -> dict[int, int]:
        """The inputs that are codes, and how many each has."""
        return self.encoder.codes


@dataclass(frozen=True, eq=False)
class Baseline:
    """A simple model: its name in a table and in a sentence, what it is, and its outputs for the rows to predict."""

    name: str
    called: str
    said: str
    outputs: Array


def baselines(known: Known, metric: str, seed: int) -> Iterator[Baseline]:
    """The constant, the linear model, and boosted trees as far as they can be had."""
    yield constant(known, metric)
    if wide(known) <= MOST_INPUTS:
        some = sample(known, seed)
        yield linear(some, seed)
        if find_spec("sklearn") is not None:
            yield boosting(some, seed)


def left_out(known: Known) -> list[str]:
    """Why baselines are missing."""
    if wide(known) > MOST_INPUTS:
        return [f"No linear model and no boosted trees: they are fitted to at most {MOST_INPUTS:,} inputs."]
    return [] if find_spec("sklearn") else ["Boosted trees are compared where scikit-learn is installed."]


def wide(known: Known) -> int:
    """The number of inputs of a linear model, one per level of a category."""
    return known.X.shape[1] + sum(known.codes.values()) - len(known.codes)


def sample(known: Known, seed: int) -> Known:
    """At most `MOST_ROWS` of the rows."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(known.y))[:MOST_ROWS])
    return Known(known.encoder, known.target, known.X[rows], known.y[rows], known.held_out)


def constant(known: Known, metric: str) -> Baseline:
    """The shares of the classes; the median for mae, else the mean."""
    if isinstance(known.target, ClassTarget):
        shares = np.bincount(known.y, minlength=n_outputs(known.target)) / len(known.y)
        names = known.target.names
        said = f"The constant gives every row the shares of the classes; the largest is {names[int(shares.argmax())]}."
        return Baseline("constant", "the class shares", said, repeated(shares, known))
    median = metric == "mae"
    value = float(np.median(known.y) if median else known.y.mean())
    called = "the median" if median else "the mean"
    outputs = known.target.decode(repeated(np.array([value]), known))
    return Baseline(
        "constant", called, f"The constant is {called} of the other rows, {readable(outputs[0, 0])}.", outputs
    )


def repeated(row: Array, known: Known) -> Array:
    """The same outputs for every row."""
    return np.tile(row, (len(known.held_out), 1))


def linear(known: Known, seed: int) -> Baseline:
    """A logistic regression, or a ridge regression, on the inputs of the network."""
    X, held_out = (expanded(rows, known.codes) for rows in (known.X, known.held_out))
    n, on = len(X), fitted_to(known)
    if isinstance(known.target, ClassTarget):
        net = Network([Dense(n_outputs(known.target), "softmax")], engine="numpy")
        epochs = min(max(STEPS // -(-n // BATCH), LEAST_EPOCHS), MOST_EPOCHS)
        net.fit(
            X,
            known.y,
            loss="cross_entropy",
            penalty=L2(RIDGE / n),
            optimizer=Adam(Cosine(RATE)),
            epochs=epochs,
            batch_size=BATCH,
            seed=seed,
        )
        said = f"Linear: a logistic regression on the same inputs, {on}."
        return Baseline("linear", "a logistic regression", said, net.predict(held_out).astype(np.float64))
    outputs = known.target.within(known.target.decode(ridge(X, known.y, held_out)[:, None]))
    said = f"Linear: a linear regression on the same inputs, {on}."
    return Baseline("linear", "a linear regression", said, outputs)


def ridge(X: Array, y: Array, held_out: Array) -> Array:
    """The predictions of a linear regression with a small penalty on its weights."""
    X, held_out = X.astype(np.float64), held_out.astype(np.float64)
    mean, middle = X.mean(axis=0), y.mean()
    Z = X - mean
    weights = np.linalg.solve(Z.T @ Z + RIDGE * np.eye(Z.shape[1]), Z.T @ (y - middle))
    predicted: Array = (held_out - mean) @ weights + middle
    return predicted


def expanded(X: Array, codes: dict[int, int]) -> Array:
    """Encoded rows with an input for each code, as a linear model needs them."""
    plain = [k for k in range(X.shape[1]) if k not in codes]
    each = [(X[:, [k]] == np.arange(n)).astype(X.dtype) for k, n in codes.items()]
    return np.concatenate([X[:, plain], *each], axis=1)


def boosting(known: Known, seed: int) -> Baseline:
    """The histogram boosting of scikit-learn."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    classes = isinstance(known.target, ClassTarget)
    trees = n_outputs(known.target) if n_outputs(known.target) > 2 else 1
    most = TREES_BY_COLUMNS // (trees * known.X.shape[1])
    iterations = min(max(most, LEAST_ITERATIONS), ITERATIONS)
    categories = [k for k, n in known.codes.items() if n <= 255]  # as many as it takes
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    made = kind(max_iter=iterations, categorical_features=categories or None, random_state=seed)
    with threadpool_limits(1, user_api="openmp"):  # where processors are busy, its threads wait for each other
        made.fit(known.X, known.y)
        found = made.predict_proba(known.held_out) if classes else made.predict(known.held_out)[:, None]
    said = f"Boosting: scikit-learn's histogram boosting with {iterations} iterations, {fitted_to(known)}."
    return Baseline("boosting", "histogram boosting", said, in_own_unit(known, made, found))


def fitted_to(known: Known) -> str:
    """How many rows a baseline was fitted to."""
    return f"fitted to {counted(len(known.y), 'row')}"


def in_own_unit(known: Known, made: object, found: Array) -> Array:
    """Probabilities with a column for each class of the target, or numbers in its unit."""
    if isinstance(known.target, NumberTarget):
        return known.target.within(known.target.decode(found))
    outputs = np.zeros((len(found), n_outputs(known.target)))
    outputs[:, made.classes_] = found  # type: ignore[attr-defined]
    return outputs
