"""The networks of the golden files: between them all that a file can describe."""

from collections.abc import Callable
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.formulas.activations import Parametric
from glassnet.formulas.elementary import Array
from glassnet.typing import ActivationName, MetricLike

Made = tuple[gn.Network, Array, Array]  # a network with rows and their targets
ROWS = 6
CLASS_METRICS: list[MetricLike] = [
    "accuracy",
    gn.metrics.TopKAccuracy(k=3),
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "average_precision",
]
NUMBER_METRICS: list[MetricLike] = ["mae", "rmse", "r2"]


def numbers(*shape: int, seed: int = 0) -> Array:
    """Sixteenths between −2 and 2: exact in every type, and in a text."""
    return np.random.default_rng(seed).integers(-32, 33, shape) / 16


def layers() -> Made:
    """Every layer, trained a little, so that running statistics are no longer those of the beginning."""
    X = np.column_stack([numbers(ROWS, 5), [0, 1, 2, 3, 4, 0]])
    net = gn.Network(
        [
            gn.Columns(
                (slice(0, 3), [gn.BatchNorm(), gn.PeriodicEmbedding(frequencies=3, dimensions=2, sigma=0.5)]),
                ([3, 4], gn.Dense(3, "tanh", bias=False, max_norm=1.5)),
                (5, gn.Embedding(5, 2, weights=gn.Normal(0.0, 1.0), learning_rate_factor=0.5)),
            ),
            gn.Scale(learning_rate_factor=6.0),
            gn.GaussianNoise(0.1),
            gn.Dense(6, Parametric("mish", alpha=0.7), parametrization="neural_tangent", bias_learning_rate_factor=0.1),
            gn.LayerNorm(),
            gn.Dropout(gn.FlatCosine(0.25)),
            gn.Residual(gn.Dense(4, "prelu", penalty=gn.ElasticNet()), gn.Dense(6, weight_decay=0.01)),
            gn.Activation(gn.LeakyReLU(0.2)),
            gn.Dense(3, "softmax", penalty=gn.L1(1e-3)),
        ]
    )
    y = np.array([0, 1, 2, 0, 1, 2])
    loss = gn.CrossEntropy(label_smoothing=0.1)
    net.fit(X, y, loss=loss, optimizer=gn.AdamW(0.02), epochs=5, batch_size=3, metrics=CLASS_METRICS, seed=1)
    return net, X, y


def broken_lines() -> Made:
    """Edges that were learned and edges that were given, trained a little."""
    X, y = numbers(ROWS, 4), numbers(ROWS, 1, seed=1)
    given = gn.PiecewiseLinearEmbedding([[-1.5, 0.25, 1.0], [-2.0, 0.0, 0.5]], dimensions=2, learning_rate_factor=0.5)
    net = gn.Network([gn.Columns(([0, 1], gn.PiecewiseLinearEmbedding(3, 3)), ([2, 3], given)), gn.Dense(1)])
    net.fit(X, y, loss="squared_error", optimizer=gn.AdamW(0.1), epochs=5, batch_size=3, seed=5)
    return net, X, y


def images() -> Made:
    """Samples with more than one axis."""
    X, y = numbers(ROWS, 2, 3), numbers(ROWS, 1, seed=1)
    net = gn.Network([gn.Flatten(), gn.Dense(4, gn.ELU(0.5), penalty=gn.L2(divided=True)), gn.Dense(1)])
    net.fit(X, y, loss="squared_error", epochs=2, metrics=NUMBER_METRICS, seed=2)
    return net, X, y


def activations() -> Made:
    """Every activation, initializer and schedule, each on a column of its own, in float64."""
    drawn: list[Any] = [
        gn.Zeros(), gn.Constant(0.3), gn.Normal(0.1, 0.7), gn.Uniform(-0.4, 0.9), gn.GlorotNormal(), gn.GlorotUniform(),
        gn.HeNormal(), gn.HeUniform(), gn.LeCunNormal(), gn.LeCunUniform(), gn.Orthogonal(0.8), gn.UnitVariance(),
    ]  # fmt: skip
    decays: list[Any] = [
        gn.ConstantSchedule(0.1), gn.Step(0.1, 0.5, 3), gn.ExponentialDecay(0.1, 0.8), gn.Cosine(0.1, 0.01, 5, 2.0),
        gn.FlatCosine(0.1, 0.01, 0.3), gn.CosineLog(0.1, 3), gn.OneCycle(0.1, 0.02, 0.001, 0.2),
        gn.WarmUp(gn.Step(0.1), 2, 0.2), gn.ReduceOnPlateau(0.1, 0.5, 4, "loss", "min", 1e-3, 0.01),
    ]  # fmt: skip
    formulas: list[Any] = [
        "linear", "binary_step", "sigmoid", "tanh", "arctan", "relu", gn.LeakyReLU(0.1),
        gn.PReLU(0.2, learning_rate_factor=0.5),
        gn.ELU(0.7), "selu", "softplus", "gelu", "gelu_tanh", "silu", "mish", "hard_sigmoid", "exponential", "softmax",
        Parametric("selu", 0.6, learning_rate_factor=0.1),
    ]  # fmt: skip
    parts = [
        (k, gn.Dense(2, f, weights=drawn[k % len(drawn)], biases=gn.Normal(), weight_decay=decays[k % len(decays)]))
        for k, f in enumerate(formulas)
    ]
    X, y = numbers(ROWS, len(parts) + 1), numbers(ROWS, 2, seed=1)
    parts.append((len(formulas), gn.Dense(2, "tanh", biases=gn.ThroughData(points=3))))
    net = gn.Network([gn.Columns(*parts), gn.Dense(2, weights=gn.GlorotNormal())], "float64").build(len(parts), 3, X=X)
    return net, X, y


LOSSES: list[tuple[Any, ActivationName, Callable[[], Array]]] = [
    (gn.SquaredError(reduction="mean_of_rows"), "linear", lambda: numbers(ROWS, 2, seed=1)),
    (gn.SumOfSquaredErrors(), "linear", lambda: numbers(ROWS, 2, seed=1)),
    (gn.HalfSquaredError(), "linear", lambda: numbers(ROWS, 2, seed=1)),
    (gn.AbsoluteError(), "linear", lambda: numbers(ROWS, 2, seed=1)),
    (gn.Huber(0.5), "linear", lambda: numbers(ROWS, 2, seed=1)),
    (gn.LogCosh(), "linear", lambda: numbers(ROWS, 2, seed=1)),
    (gn.Quantile((0.1, 0.9)), "linear", lambda: numbers(ROWS, 1, seed=1)),
    (gn.GaussianLikelihood(floor=0.01), "linear", lambda: numbers(ROWS, 1, seed=1)),
    (gn.GaussianCRPS(floor=0.01), "linear", lambda: numbers(ROWS, 1, seed=1)),
    (gn.MixtureLikelihood(2, floor=0.01), "linear", lambda: numbers(ROWS, 1, seed=1)),
    (gn.Poisson(), "exponential", lambda: np.abs(np.rint(numbers(ROWS, 2, seed=1)))),
    (gn.NegativeBinomial(0.5), "exponential", lambda: np.abs(np.rint(numbers(ROWS, 2, seed=1)))),
    (gn.BinaryCrossEntropy(label_smoothing=0.2), "sigmoid", lambda: (numbers(ROWS, 2, seed=1) > 0) * 1.0),
    (gn.ClippedBinaryCrossEntropy(), "sigmoid", lambda: (numbers(ROWS, 2, seed=1) > 0) * 1.0),
    (gn.CrossEntropies((2, 3)), "linear", lambda: np.array([[0, 2], [1, 0], [1, 1], [0, 2], [1, 0], [0, 1]])),
    (gn.ClippedCrossEntropy(), "softmax", lambda: np.array([0, 1, 1, 0, 1, 0])),
]


def one_loss(loss: Any, activation: ActivationName, y: Array) -> Made:
    """One layer that was trained for an epoch with a loss, in float64."""
    X = numbers(ROWS, 3)
    metrics: list[MetricLike] = NUMBER_METRICS if activation in ("linear", "exponential") else ["log_loss"]
    n_outputs = sum(getattr(loss, "sizes", ())) or (2 if loss.outputs_per_target() == 1 else loss.outputs_per_target())
    net = gn.Network([gn.Dense(n_outputs, activation)], "float64")
    measured = loss.outputs_per_target() == 1 and n_outputs == 2
    net.fit(X, y, loss=loss, epochs=1, metrics=metrics if measured else [], seed=4)
    return net, X, y


def perceptron() -> Made:
    """The network inside an estimator that stands in for scikit-learn's."""
    from glassnet.sklearn import MLPClassifier

    X, y = numbers(40, 3), np.arange(40) % 3
    model = MLPClassifier((5, 4), max_iter=3, tol=0.0, random_state=0, early_stopping=True).fit(X, y)
    return model.network_, X[:ROWS], y[:ROWS]


def ensemble() -> list[Made]:
    """The networks of an estimator with two of them."""
    import polars as pl

    from glassnet.sklearn import TabularClassifier

    frame, y = pl.DataFrame(numbers(40, 3), ["a", "b", "c"]), np.arange(40) % 3
    quick = gn.Recipe(hidden=(4,), frequencies=2, epochs=3)
    model = TabularClassifier(n_ensemble=2, recipe=quick, random_state=0).fit(frame, y)
    return [(member.network, model.encoder_.transform(frame[:ROWS]), y[:ROWS]) for member in model.members_]


def later_metrics() -> dict[str, Made]:
    """Metrics that came after the other files of this format, on two classes and on numbers."""
    X, y = numbers(ROWS, 3), numbers(ROWS, 1, seed=1)
    of_classes: list[MetricLike] = [
        "balanced_accuracy", "brier", gn.metrics.F1("macro"), gn.metrics.PrecisionAtRecall(0.5)
    ]  # fmt: skip
    of_numbers: list[MetricLike] = ["median_absolute_error", "mape", gn.metrics.Pinball(0.75)]
    classes, values = gn.Network([gn.Dense(2, "softmax")], "float64"), gn.Network([gn.Dense(1)], "float64")
    labels = np.array([0, 1, 1, 0, 1, 0])
    classes.fit(X, labels, loss="cross_entropy", epochs=1, metrics=of_classes, seed=4)
    values.fit(X, y, loss="squared_error", epochs=1, metrics=of_numbers, seed=4)
    return {"metrics-of-classes": (classes, X, labels), "metrics-of-numbers": (values, X, y)}


def spread_waves() -> Made:
    """Waves and weights from narrow to wide, and the metric that chooses the epoch of good probabilities."""
    X, labels = numbers(ROWS, 3), np.array([0, 1, 1, 0, 1, 0])
    layers = [gn.PeriodicEmbedding(4, 2, sigma=(0.1, 2.0)), gn.Dense(2, "softmax", weights=gn.SpreadNormal(0.1, 0.5))]
    net = gn.Network(layers, "float64")
    net.fit(X, labels, loss="cross_entropy", epochs=1, metrics=["tempered_log_loss"], seed=4)
    return net, X, labels


def sequences() -> Made:
    """Layers of sequences, some filled up with 0, with a class at each step."""
    layers: list[gn.Layer] = [
        gn.Embedding(6, 4, padding=0),
        gn.Masking(0.0),
        gn.PositionalEncoding(),
        gn.SimpleRNN(4, sequences=True),
        gn.GRU(4, sequences=True),
        gn.LSTM(4, sequences=True),
        gn.Residual(gn.LayerNorm(), gn.Attention(2, causal=True)),
        gn.Dense(3, "softmax"),
    ]
    net = gn.Network(layers, "float64")
    X = np.random.default_rng(3).integers(1, 6, (ROWS, 4)) * (np.arange(4) < np.arange(1, ROWS + 1)[:, np.newaxis])
    y = np.where(X > 0, X % 3, -1)
    net.fit(X, y, loss="cross_entropy", optimizer="adam", epochs=2, metrics=["accuracy"], seed=0)
    return net, X.astype(float), y


def members() -> Made:
    """Layers whose members share weights, and learn by themselves."""
    layers: list[gn.Layer] = [
        gn.Members(3),
        gn.BatchEnsemble(4, "relu", factors=gn.Normal()),
        gn.DensePerMember(2),
        gn.MeanOfMembers("softmax"),
    ]
    net = gn.Network(layers, "float64")
    X, labels = numbers(ROWS, 3), np.array([0, 1, 1, 0, 1, 0])
    net.fit(X, labels, loss="cross_entropy", epochs=2, metrics=["accuracy"], seed=0)
    return net, X, labels


def windows() -> Made:
    """Layers that slide over pictures, and over series."""
    layers: list[gn.Layer] = [
        gn.Pad(1),
        gn.Conv2D(4, 3, activation="relu", groups=2),
        gn.MaxPool(2),
        gn.Reshape((6, 4)),
        gn.Conv1D(3, 2, padding="causal", dilation=2),
        gn.AveragePool(2),
        gn.GlobalAveragePool(),
        gn.Dense(2, "softmax"),
    ]
    net = gn.Network(layers, "float64")
    X, labels = numbers(ROWS, 48).reshape(ROWS, 6, 4, 2), np.array([0, 1, 1, 0, 1, 0])
    net.fit(X, labels, loss="cross_entropy", epochs=2, metrics=["accuracy"], seed=0)
    return net, X, labels


def made() -> dict[str, Made]:
    """All of them by the name of their file."""
    found = {"layers": layers(), "images": images(), "activations": activations(), "perceptron": perceptron()}
    found |= {"broken-lines": broken_lines(), "spread-waves": spread_waves(), "sequences": sequences()}
    found |= {"windows": windows(), "members": members()}
    found |= later_metrics()
    found |= {f"ensemble-{k}": one for k, one in enumerate(ensemble())}
    return found | {f"loss-{loss.name}": one_loss(loss, activation, y()) for loss, activation, y in LOSSES}
