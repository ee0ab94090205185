"""Simple models to compare with: a constant, a linear model and, where scikit-learn is installed, boosted trees."""

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.penalties import L2
from glassnet.formulas.schedules import Cosine
from glassnet.formulas.update_rules import Adam
from glassnet.layers.dense import Dense
from glassnet.network import Network
from glassnet.tables.encoding.several_targets import n_outputs
from glassnet.tables.encoding.target import ClassTarget, NumberTarget
from glassnet.tables.judging.constant import constant
from glassnet.tables.judging.known import Baseline, Known
from glassnet.tables.number_format import counted

MOST_ROWS = 20_000  # that a baseline is fitted to
MOST_INPUTS = 2_000
RIDGE = 1.0  # λ, as scikit-learn has it
STEPS, BATCH, RATE = 2_000, 256, 0.05  # of the logistic regression
LEAST_EPOCHS, MOST_EPOCHS = 20, 1_000
ITERATIONS, LEAST_ITERATIONS, TREES_BY_COLUMNS = 100, 20, 20_000  # so that it takes a second or two


def baselines(known: Known, metric: str, seed: int) -> Iterator[Baseline]:
    """The constant, the linear model, and boosted trees as far as they can be had."""
    known = known.that_count()
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
    return known.of(np.sort(np.random.default_rng(seed).permutation(len(known.y))[:MOST_ROWS]))


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
            sample_weight=known.weights,
            epochs=epochs,
            batch_size=BATCH,
            seed=seed,
        )
        said = f"Linear: a logistic regression on the same inputs, {on}."
        return Baseline("linear", "a logistic regression", said, net.predict(held_out).astype(np.float64))
    outputs = known.target.within(known.target.decode(ridge(X, known.y, held_out, known.weights)[:, None]))
    said = f"Linear: a linear regression on the same inputs, {on}."
    return Baseline("linear", "a linear regression", said, outputs)


def ridge(X: Array, y: Array, held_out: Array, counts: Array | None = None) -> Array:
    """The predictions of a linear regression with a small penalty on its weights; `counts` is how much rows count."""
    X, held_out = X.astype(np.float64), held_out.astype(np.float64)
    mean, middle = np.average(X, axis=0, weights=counts), np.average(y, weights=counts)
    Z = X - mean
    counted = Z if counts is None else Z * counts[:, None]
    weights = np.linalg.solve(counted.T @ Z + RIDGE * np.eye(Z.shape[1]), counted.T @ (y - middle))
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
        made.fit(known.X, known.y, sample_weight=known.weights)
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
    outputs, classes = np.zeros((len(found), n_outputs(known.target))), made.classes_  # type: ignore[attr-defined]
    outputs[:, classes] = found if len(classes) > 1 else 1.0  # of one class its columns depend on the release
    return outputs if len(classes) == outputs.shape[1] else known.moved(outputs)
