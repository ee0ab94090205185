"""Broken lines over numbers: the formula, where the edges come from, what it learns, and what it refuses."""

from typing import Any

import numpy as np
import pytest
from both_engines import ENGINES  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.layers.embeddings.piecewise_linear import quantiles

IRIS = gn.datasets.iris()
EDGES = [  # beside the values of Iris, which have one decimal
    [4.45, 5.15, 5.75, 6.65, 7.35],
    [2.25, 2.65, 3.05, 3.35, 4.15],
    [1.35, 1.55, 4.05, 5.05, 6.25],
    [0.15, 0.55, 1.25, 1.75, 2.45],
]


def built(*layers: Any, dtype: Any = "float64", engine: str = "auto") -> Any:
    """A network for Iris whose lines are no longer 0."""
    net = gn.Network(layers, dtype, engine).build(4, seed=0, X=IRIS.X)
    rng = np.random.default_rng(1)
    for name, array in net.arrays.items():
        if name.endswith("V"):
            array[...] = rng.normal(size=array.shape)
    return net


def lines(x: Any, edges: Any, V: Any) -> Any:
    """Of one column the lines by NumPy's own interpolation, from the sums of V at the edges."""
    heights = np.vstack([np.zeros(V.shape[1]), np.cumsum(V, axis=0)])
    return np.column_stack([np.interp(x, edges, each) for each in heights.T])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("bins", [1, 7, EDGES])
def test_each_column_becomes_itself_and_broken_lines(bins, engine, dtype):
    net = built(gn.PiecewiseLinearEmbedding(bins, 3), dtype=dtype, engine=engine)
    V, edges = net.arrays["0.V"].astype("f8"), net.arrays["0.edges"].astype("f8")
    X = np.vstack([IRIS.X[::3], IRIS.X[:3] * 40, -IRIS.X[:3], edges[:, :2].T]).astype(dtype)
    A = net.predict(X).reshape(len(X), 4, 3)
    np.testing.assert_array_equal(A[:, :, 0], X)
    for k in range(4):
        wanted = lines(X[:, k].astype("f8"), edges[k], V[k])
        np.testing.assert_allclose(A[:, k, 1:], wanted, atol=2e-5 if dtype == "float32" else 1e-12)
    for k in (0, 1, len(X) - 1):
        np.testing.assert_allclose(net.predict(X[k : k + 1]).reshape(4, 3), A[k], rtol=1e-6, atol=1e-6)


def test_it_begins_as_the_columns_themselves():
    net = gn.Network([gn.PiecewiseLinearEmbedding(dimensions=3)]).build(4, seed=0, X=IRIS.X)
    A = net.predict(IRIS.X).reshape(-1, 4, 3)
    np.testing.assert_array_equal(A[:, :, 0], IRIS.X.astype("f4"))
    assert not A[:, :, 1:].any()
    assert net.arrays["0.edges"].shape == (4, 49)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bins", [6, EDGES])
def test_the_gradient_check_passes_on_a_ragged_batch(bins, dtype):
    net = built(gn.PiecewiseLinearEmbedding(bins, 3), gn.Dense(5, "tanh"), gn.Dense(3, "softmax"))
    check = gn.check_gradient(net, IRIS.X[::21], IRIS.y[::21], loss="cross_entropy", dtype=dtype)
    errors = {name: error for name, error in check.errors.items() if dtype == "float64" or name != "X"}
    assert max(errors.values()) < {"float64": 1e-6, "float32": 2e-2}[dtype], check  # steps of 0.003 cross kinks
    assert not check.vacuous


@pytest.mark.parametrize("name", ["dV", "dX"])
def test_a_planted_error_fails_the_check(name):
    class Planted(gn.PiecewiseLinearEmbedding):
        def backward(self, s):
            super().backward(s)
            getattr(s, name)[0] *= 1.001

    net = built(gn.Dense(4, "tanh"), Planted([-0.9, -0.2, 0.35, 0.95], 3), gn.Dense(3, "softmax"))
    assert gn.check_gradient(net, IRIS.X[::21], IRIS.y[::21], loss="cross_entropy").max_error > 1e-5


def test_edges_are_quantiles_of_the_rows_that_it_reads():
    x = np.random.default_rng(0).exponential(size=1000)
    edges = quantiles(x, 10)
    counts, _ = np.histogram(x, edges)
    assert counts.sum() == 1000
    assert (abs(counts - 100) <= 1).all()
    net = gn.Network([gn.Dense(2), gn.PiecewiseLinearEmbedding(4), gn.Dense(3, "softmax")], "float64")
    net.build(4, seed=0, X=IRIS.X)
    Z = IRIS.X @ net.arrays["0.W"] + net.arrays["0.b"]
    np.testing.assert_allclose(net.arrays["1.edges"], [quantiles(z, 4) for z in Z.T])


@pytest.mark.parametrize(
    "x",
    [[3.0], [0.0] * 90 + [1.0] * 10, [0.0] * 90 + [*range(100)], [1e6, 1e6 + 1], [5e-324, 0.0], [-1e300, 1e300, 0.0]],
    ids=["constant", "two values", "mostly 0", "next to each other", "tiny", "huge"],
)
def test_edges_rise_whatever_the_values_are(x):
    edges = quantiles(np.array(x), 8)
    assert edges.shape == (9,)
    assert (np.diff(edges) >= 0).all()
    assert edges[0] <= min(x)
    assert edges[-1] >= max(x)
    net = gn.Network([gn.PiecewiseLinearEmbedding(8)]).build(1, seed=0, X=np.clip(x, -1e30, 1e30)[:, np.newaxis])
    net.arrays["0.V"][...] = 1.0
    assert np.isfinite(net.predict(np.clip([*x, -2.0, 0.5], -1e30, 1e30)[:, np.newaxis])).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_edges_stay_as_they_are_and_are_kept_with_the_network(engine, tmp_path):
    net = gn.Network([gn.PiecewiseLinearEmbedding(6, learning_rate_factor=0.5), gn.Dense(3, "softmax")], engine=engine)
    net.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=1, seed=0)
    before = net.arrays["0.edges"].copy()
    net.fit(IRIS.X * 2, IRIS.y, epochs=3, loss="cross_entropy", seed=0)
    np.testing.assert_array_equal(net.arrays["0.edges"], before)
    assert "0.edges" not in net.built()[0].places
    assert net.arrays["0.V"].any()
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    assert again == net
    np.testing.assert_allclose(again.predict(IRIS.X), net.predict(IRIS.X), rtol=1e-5, atol=1e-6)


def test_given_edges_are_described_and_come_back(tmp_path):
    layers = [gn.PiecewiseLinearEmbedding(np.array(EDGES), 2), gn.Dense(3, "softmax")]
    net = gn.Network(layers).build(4, seed=0)
    np.testing.assert_array_equal(net.arrays["0.edges"], np.array(EDGES, "f4"))
    assert gn.Network.load(net.save(tmp_path / "net.safetensors")).layers == net.layers
    assert gn.PiecewiseLinearEmbedding([0, 1.5]) == gn.PiecewiseLinearEmbedding(np.array([0, 1.5]))


def test_broken_lines_learn_a_step_that_a_small_network_smooths_over():
    x = np.linspace(-2, 2, 1000)[:, np.newaxis]
    y, found = np.floor(3 * x[:, 0]) % 2, []
    for first in ([], [gn.PiecewiseLinearEmbedding()]):
        net = gn.Network([*first, gn.Dense(32, "relu"), gn.Dense(1)])
        net.fit(x, y, loss="squared_error", optimizer=gn.Adam(0.01), epochs=20, seed=0)
        found.append(net.evaluate(x, y, metrics=["r2"])["r2"])
    assert found[0] < 0.6 < 0.8 < found[1]


def test_a_rate_of_0_leaves_the_lines_flat():
    net = gn.Network([gn.PiecewiseLinearEmbedding(learning_rate_factor=0), gn.Dense(3, "softmax")])
    net.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=2, seed=0)
    assert not net.arrays["0.V"].any()


def test_the_learning_rate_can_be_found_before_the_first_training():
    net = gn.Network([gn.PiecewiseLinearEmbedding(8), gn.Dense(3, "softmax")])
    assert gn.learning_rate_range(net, IRIS.X, IRIS.y, loss="cross_entropy", seed=0).suggestion > 0


KIND = (
    "`bins` must be a whole number from 1 to 65,536, or edges such as [-1, 0, 1] for all columns, or a list of as many"
)
REFUSED: dict[str, Any] = {
    "no bins": (lambda: gn.PiecewiseLinearEmbedding(0), f"{KIND} for each column, got 0."),
    "half a bin": (
        lambda: gn.PiecewiseLinearEmbedding(2.5),  # type: ignore[arg-type]
        f"{KIND} for each column, got 2.5.",
    ),
    "true": (lambda: gn.PiecewiseLinearEmbedding(True), KIND),
    "text": (lambda: gn.PiecewiseLinearEmbedding(["0", "1"]), KIND),  # type: ignore[arg-type]
    "one edge": (lambda: gn.PiecewiseLinearEmbedding([1.0]), KIND),
    "no columns": (lambda: gn.PiecewiseLinearEmbedding([]), KIND),
    "of different lengths": (lambda: gn.PiecewiseLinearEmbedding([[0, 1], [0, 1, 2]]), KIND),
    "falling": (
        lambda: gn.PiecewiseLinearEmbedding([[0, 1, 2], [0, 2, 1]]),
        "PiecewiseLinearEmbedding: edges must be finite numbers that rise, got [0, 2, 1].",
    ),
    "twice the same": (lambda: gn.PiecewiseLinearEmbedding([0, 0, 1]), "that rise, got [0, 0, 1]."),
    "not a number": (lambda: gn.PiecewiseLinearEmbedding([0, float("nan")]), "that rise, got [0.0, nan]."),
    "the value alone": (
        lambda: gn.PiecewiseLinearEmbedding(4, 1),
        "`dimensions` must be a whole number of at least 2, got 1.",
    ),
    "a negative factor": (
        lambda: gn.PiecewiseLinearEmbedding(learning_rate_factor=-1),
        "`learning_rate_factor` must be a number of at least 0, got -1.",
    ),
    "images": (
        lambda: gn.Network([gn.PiecewiseLinearEmbedding()]).build((8, 8)),
        "PiecewiseLinearEmbedding needs one-dimensional samples (rows of numbers), got shape (8, 8).",
    ),
    "other columns": (
        lambda: gn.Network([gn.PiecewiseLinearEmbedding([[0, 1], [0, 2]])]).build(3),
        "PiecewiseLinearEmbedding: `bins` holds the edges of 2 columns, but X has 3.",
    ),
    "no rows": (
        lambda: gn.Network([gn.PiecewiseLinearEmbedding()]).build(3),
        "PiecewiseLinearEmbedding, whose edges are quantiles, needs rows of data: train the network, or pass them to "
        "build, as in build(4, X=X).",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_refuses(case):
    make, message = REFUSED[case]
    with pytest.raises(gn.InvalidInput) as caught:
        make()
    assert message in str(caught.value)
