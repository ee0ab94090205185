"""A trace holds every array of one training step, and its arithmetic is that on paper."""

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture
def step():
    iris = gn.datasets.iris()
    net = gn.Network([gn.Dense(6, "tanh"), gn.Residual(gn.Dense(6, "relu")), gn.Dense(3, "softmax")], dtype="float64")
    net.build(4, seed=0)
    return net, gn.trace(net, iris.X[::30], iris.y[::30], loss="cross_entropy")


def test_arrays_are_those_of_the_derivation(step):
    net, trace = step
    first, middle, last = trace.layers
    np.testing.assert_allclose(first.Z, first.X @ first.W + first.b)
    np.testing.assert_allclose(first.A, np.tanh(first.Z))
    np.testing.assert_array_equal(middle.X, first.A)
    np.testing.assert_allclose(middle.A, middle.X + middle.inner[0].A)
    Y = np.eye(3)[gn.datasets.iris().y[::30]]
    np.testing.assert_allclose(last.dZ, (last.A - Y) / len(Y))
    np.testing.assert_allclose(last.dW, last.X.T @ last.dZ)
    np.testing.assert_allclose(last.db, last.dZ.sum(axis=0))
    np.testing.assert_allclose(first.dZ, first.dA * (1 - first.A**2))
    np.testing.assert_allclose(first.dX, first.dZ @ first.W.T)
    assert trace.loss == pytest.approx(-np.log((last.A * Y).sum(axis=1)).mean())
    np.testing.assert_array_equal(first.W, net.arrays["0.W"])


def test_arrays_are_read_only_copies(step):
    net, trace = step
    before = net.parameters.copy()
    with pytest.raises(ValueError, match="read-only"):
        trace.layers[0].W[0, 0] = 7
    np.testing.assert_array_equal(net.parameters, before)


def test_a_trace_is_in_the_dtype_of_the_network():
    net = gn.Network([gn.Dense(1)]).build(2, seed=0)
    assert gn.trace(net, [[1, 2]], [1], loss="squared_error").layers[0].Z.dtype == np.float32


def test_the_update_is_what_training_makes_of_the_parameters_in_one_epoch(step):
    net, _ = step
    iris = gn.datasets.iris()
    X, y = iris.X[::30], iris.y[::30]
    for rule in (gn.SGD(0.1), gn.Adam(0.01), gn.AdamW(0.01), gn.Lion(0.01)):
        trace = gn.trace(net, X, y, loss="cross_entropy", optimizer=rule, penalty="l2")
        other = gn.Network(net.layers, dtype="float64", engine="numpy").build(4, seed=0)
        other.fit(X, y, loss="cross_entropy", optimizer=rule, penalty="l2", epochs=1, batch_size=5, shuffle=False)
        assert trace.updates.keys() == other.arrays.keys()
        for name, updated in trace.updates.items():
            np.testing.assert_array_equal(updated.after, other.arrays[name])
            np.testing.assert_array_equal(updated.before, net.arrays[name])
            assert updated.memory.keys() == set(rule.memory)


@pytest.mark.parametrize(
    "clip", [gn.ClipNorm(0.1), gn.ClipNorm(100.0), gn.ClipValue(0.02), gn.ClipNorm(gn.Cosine(0.1))]
)
def test_clipping_is_what_training_does_before_the_update(clip):
    iris = gn.datasets.iris()
    X, y = iris.X[::30], iris.y[::30]
    layers = [gn.Dense(4, "tanh", max_norm=0.7, parametrization="neural_tangent"), gn.Dense(3, "softmax")]
    net, other = (gn.Network(layers, dtype="float64", engine="numpy").build(4, seed=0) for _ in range(2))
    settings = {
        "loss": "cross_entropy",
        "optimizer": "momentum",
        "clip": clip,
        "class_weight": {1: 3.0},
        "penalty": "l2",
    }
    trace = gn.trace(net, X, y, **settings)
    other.fit(X, y, epochs=1, batch_size=5, shuffle=False, **settings)
    for name, updated in trace.updates.items():
        np.testing.assert_array_equal(updated.after, other.arrays[name])
    assert trace.measured.weights is not None and trace.measured.weights.tolist() == [1, 1, 3, 3, 1]
    g = np.concatenate([updated.g.ravel() for updated in trace.updates.values()])
    clipped = np.concatenate([updated.clipped.ravel() for updated in trace.updates.values()])
    assert trace.clip is not None
    trace.clip.apply(g)
    np.testing.assert_array_equal(g, clipped)


def test_clip_without_an_update_meets_one_sentence(step):
    with pytest.raises(gn.InvalidInput, match="clip is a part of the update: trace it with an optimizer"):
        gn.trace(step[0], np.ones((2, 4)), [0, 1], loss="cross_entropy", clip="clip_norm")


def test_schedules_begin_where_they_begin(step):
    net, _ = step
    trace = gn.trace(net, np.ones((2, 4)), [0, 1], loss="cross_entropy", optimizer=gn.SGD(gn.Cosine(0.5)))
    assert trace.rule is not None and trace.rule.learning_rate == 0.5
    assert "η = 0.5 at the beginning of Cosine(value=0.5); step t = 1." in trace.text(120)
    np.testing.assert_allclose(trace.updates["0.b"].after, trace.layers[0].b - 0.5 * trace.layers[0].db)


def test_nothing_in_the_network_is_changed():
    net = gn.Network([gn.BatchNorm(), gn.Dropout(0.5), gn.Dense(3, "softmax")]).build(4, seed=0)
    parameters, state = net.parameters.copy(), net.state.copy()
    X = np.random.default_rng(0).normal(size=(6, 4))
    before = X.copy()
    trace = gn.trace(net, X, np.arange(6) % 3, loss="cross_entropy", optimizer="adam", seed=1)
    trace.check()
    trace.why(layer=2, weight=(0, 0))
    str(trace)
    np.testing.assert_array_equal(net.parameters, parameters)
    np.testing.assert_array_equal(net.state, state)
    np.testing.assert_array_equal(X, before)


def test_without_noise_the_step_is_that_of_the_network_without_dropout():
    inside = gn.Residual(gn.Dense(4, "tanh"), gn.Dropout(0.5))
    columns = gn.Columns((slice(0, 2), [gn.GaussianNoise(0.7), gn.Dense(3)]), (slice(2, 4), gn.Dropout(0.3)))
    noisy = gn.Network([inside, columns, gn.Dropout(0.4), gn.Dense(3, "softmax")], dtype="float64").build(4, seed=0)
    layers = [
        gn.Residual(gn.Dense(4, "tanh")),
        gn.Columns((slice(0, 2), gn.Dense(3)), (slice(2, 4), gn.Activation("linear"))),
    ]
    calm = gn.Network([*layers, gn.Dense(3, "softmax")], dtype="float64").build(4, seed=0)
    calm.parameters[...] = noisy.parameters
    X, y = np.random.default_rng(0).normal(size=(5, 4)), np.arange(5) % 3
    trace, other = (gn.trace(net, X, y, loss="cross_entropy", noise=net is calm) for net in (noisy, calm))
    assert trace.loss == pytest.approx(other.loss, rel=1e-14)
    for name in ("dW", "X"):
        np.testing.assert_allclose(getattr(trace.layers[-1], name), getattr(other.layers[-1], name))
    np.testing.assert_allclose(trace.layers[0].dX, other.layers[0].dX)
    assert trace.check().max_error < 1e-6
    text = trace.text()
    assert "layer 2: Dropout(rate=0.4)" in text and "⊙ m" not in text and "X + ε" not in text
    assert text.count("Inactive, as in prediction") == 4
    assert trace.why(layer=3, weight=(0, 0)).numeric == pytest.approx(trace.layers[-1].dW[0, 0], rel=1e-6)
    assert "⊙ m" in gn.trace(noisy, X, y, loss="cross_entropy").text()


def test_check_compares_every_gradient_also_after_the_network_went_on(step):
    net, trace = step
    before = trace.check()
    assert before.max_error < 1e-6
    assert set(before.errors) == {"0.W", "0.b", "1.0.W", "1.0.b", "2.W", "2.b", "X"}
    np.testing.assert_allclose(before.analytic["0.W"], trace.layers[0].dW.ravel())
    net.parameters[...] = 0.0
    assert trace.check().errors == before.errors


def test_the_layer_inside_a_residual_keeps_its_own_gradient(step):
    _, trace = step
    middle = trace.layers[1]
    np.testing.assert_allclose(middle.inner[0].dX, middle.inner[0].dZ @ middle.inner[0].W.T)
    np.testing.assert_allclose(middle.dX, middle.dA + middle.inner[0].dX)


def test_lbfgs_meets_one_sentence():
    net = gn.Network([gn.Dense(1)]).build(2, seed=0)
    with pytest.raises(gn.InvalidInput, match="L-BFGS searches along a line over the whole data"):
        gn.trace(net, [[1, 2]], [1], loss="squared_error", optimizer="lbfgs")


def test_the_notebook_gets_well_formed_html_without_scripts_or_addresses(step):
    from xml.etree import ElementTree

    _, trace = step
    for shown in (trace._repr_html_(), trace.why(0, weight=(0, 1))._repr_html_()):
        root = ElementTree.fromstring(shown)
        tags = {element.tag for element in root.iter()}
        assert "math" in tags and "script" not in tags and "link" not in tags
        assert "http" not in shown and "url(" not in shown
        assert "color:#" not in shown and "color:white" not in shown and "black" not in shown
    html = trace._repr_html_()
    assert html.count("inline-grid") > 10
    assert "Forward" in html and "Backward" in html


def test_a_diverged_network_can_be_looked_at():
    net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(2, "softmax")], dtype="float64").build(2, seed=0)
    net.arrays["1.W"][0, 0] = np.nan
    trace = gn.trace(net, [[1, 2], [3, 4]], [0, 1], loss="cross_entropy", optimizer="adam")
    assert "nan" in str(trace)
    assert "nan" in trace._repr_html_()
    assert "nan" in str(trace.why(layer=0, weight=(0, 0)))


@pytest.mark.parametrize(
    ("X", "y", "said"),
    [
        ([[1, 2], [3]], [0, 1], "X must be an array of numbers with rows of one length"),
        ([[1, 2], [3, 4]], ["a", "b"], "class labels in y must be whole numbers"),
        ([[1, 2, 3]], [0], "X must have 2 features"),
    ],
)
def test_bad_input_meets_one_sentence(X, y, said):
    net = gn.Network([gn.Dense(2, "softmax")]).build(2, seed=0)
    with pytest.raises(gn.InvalidInput, match=said):
        gn.trace(net, X, y, loss="cross_entropy")


def test_a_planted_error_is_seen_by_the_check_and_by_the_finite_difference():
    class Planted(gn.Dense):
        def backward(self, s):
            super().backward(s)
            s.dW[0, 0] *= 1.001

    net = gn.Network([Planted(4, "tanh"), gn.Dense(1)], dtype="float64").build(3, seed=0)
    X = np.random.default_rng(0).normal(size=(5, 3))
    trace = gn.trace(net, X, X[:, 0], loss="squared_error")
    assert trace.check().max_error > 1e-5
    why = trace.why(layer=0, weight=(0, 0))
    assert abs(why.gradient / why.numeric - 1) == pytest.approx(1e-3, rel=1e-3)
    assert trace.why(layer=0, weight=(0, 1)).numeric == pytest.approx(trace.layers[0].dW[0, 1], rel=1e-7)
