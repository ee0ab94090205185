"""The gradient check: layers × activations × losses × dtypes × ragged batches; a planted error fails it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.job import Job, Samples
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.engine.objective import Objective
from glassnet.engine.plan import Plan
from glassnet.formulas.activations import Activation
from glassnet.formulas.losses import Loss
from glassnet.layers.layer import Layer
from glassnet.training.inputs.targets import encode_targets

ACTIVATIONS = sorted(n for n, c in Activation.registry.items() if c.__module__.startswith("glassnet.formulas."))
LOSSES = sorted(n for n, c in Loss.registry.items() if c.__module__.startswith("glassnet.formulas."))
TOLERANCE = {"float64": 1e-6, "float32": 2e-2}
N_OUTPUTS = 3

# Sequences of codes, some of them filled up with 0.
STEPS = [gn.Embedding(4, 2, weights=gn.Normal(0.0, 1.0), padding=0), gn.PositionalEncoding()]
GROWING = ("prelu", "parametric", "exponential")  # with a factor to learn, or too steep to be fed back
LAYERS: dict[str, Callable[[Any], list[Any]]] = {
    "dense": lambda f: [gn.Dense(5, f)],
    "dense without bias": lambda f: [gn.Dense(5, f, bias=False)],
    "activation": lambda f: [gn.Dense(5), gn.Activation(f)],
    "flatten": lambda f: [gn.Flatten(), gn.Dense(5, f)],
    "dropout": lambda f: [gn.Dense(5, f), gn.Dropout(0.4)],
    "residual": lambda f: [gn.Dense(5), gn.Residual(gn.Dense(4, f), gn.Dense(5))],
    "residual first": lambda f: [gn.Residual(gn.Dense(6, f)), gn.Dense(5)],
    "residual in residual": lambda f: [gn.Dense(5), gn.Residual(gn.Residual(gn.Dense(5, f)), gn.Dense(5, "tanh"))],
    "scale": lambda f: [gn.Dense(5, f), gn.Scale()],
    "scale first": lambda f: [gn.Scale(), gn.Dense(5, f)],
    "layer_norm": lambda f: [gn.Dense(5), gn.LayerNorm(), gn.Dense(5, f)],
    "layer_norm first": lambda f: [gn.LayerNorm(), gn.Dense(5, f)],
    "batch_norm": lambda f: [gn.Dense(5), gn.BatchNorm(), gn.Dense(5, f)],
    "batch_norm first": lambda f: [gn.BatchNorm(), gn.Dense(5, f)],
    "batch_norm in residual": lambda f: [gn.Dense(5), gn.Residual(gn.BatchNorm(), gn.Dense(5, f), gn.LayerNorm())],
    "gaussian_noise": lambda f: [gn.GaussianNoise(0.3), gn.Dense(5, f), gn.GaussianNoise(0.1)],
    "embedding": lambda f: [gn.Embedding(4, 2), gn.Flatten(), gn.Dense(5, f)],
    "chain": lambda f: [gn.Chain(gn.Scale(), gn.Dense(5, f)), gn.Chain(gn.Dense(4))],
    "chain in residual": lambda f: [gn.Residual(gn.Chain(gn.Dense(5, f), gn.Scale()), gn.Dense(6))],
    "periodic_embedding": lambda f: [gn.PeriodicEmbedding(5, 3, sigma=0.5), gn.Dense(5, f)],
    "periodic_embedding behind": lambda f: [gn.Dense(3, f), gn.PeriodicEmbedding(), gn.PeriodicEmbedding(3, 2)],
    "piecewise_linear_embedding": lambda f: [gn.PiecewiseLinearEmbedding([-1.5, 0.1, 0.9], 3), gn.Dense(5, f)],
    "piecewise_linear_embedding behind": lambda f: [gn.Dense(3, f), gn.PiecewiseLinearEmbedding([-1, 0.3, 2], 2)],
    "conv_2d": lambda f: [gn.Conv2D(4, 2, f)],
    "conv_2d with all settings": lambda f: [
        gn.Conv2D(4, (2, 1), f, stride=(1, 2), padding="same", dilation=(2, 1), groups=2),
        gn.Conv2D(3, 1, bias=False),
    ],
    "conv_1d": lambda f: [gn.Conv1D(4, 2, f, padding="causal", dilation=2), gn.Conv1D(4, 3, padding=1, stride=2)],
    "max_pool": lambda f: [gn.MaxPool((2, 1)), gn.MaxPool(2, stride=1), gn.Activation(f)],
    "average_pool": lambda f: [gn.Activation(f), gn.AveragePool((1, 2), stride=1)],
    "global_average_pool": lambda f: [gn.Conv2D(4, 2, f), gn.GlobalAveragePool()],
    "batch_norm over channels": lambda f: [gn.Conv2D(4, 2), gn.BatchNorm(), gn.Activation(f)],
    "dropout of channels": lambda f: [gn.Conv2D(4, 1, f), gn.Dropout(0.4, channels=True)],
    "pad": lambda f: [gn.Pad(((0, 1), (2, 0)), value=0.5), gn.Conv2D(3, 3, f)],
    "reshape": lambda f: [gn.Reshape((6, 4)), gn.Conv1D(4, 2, f), gn.Reshape((-1, 2))],
    "embedding of steps": lambda f: [gn.Embedding(4, 2), gn.Dense(5, f), gn.Flatten()],
    "simple_rnn": lambda f: [*STEPS, gn.SimpleRNN(5, "tanh" if f in GROWING else f), gn.Dense(3, f)],
    "gru": lambda f: [*STEPS, gn.GRU(4, sequences=True), gn.Dense(5, f), gn.GRU(3)],
    "lstm": lambda f: [*STEPS, gn.LSTM(4, sequences=True), gn.Dense(5, f), gn.LSTM(3)],
    "attention": lambda f: [*STEPS, gn.Residual(gn.LayerNorm(), gn.Attention(2)), gn.Dense(5, f), gn.Flatten()],
    "attention causal": lambda f: [
        *STEPS,
        gn.Residual(gn.Attention(2, causal=True, size=3)),
        gn.Dense(5, f),
        gn.Flatten(),
    ],
    "positional_encoding": lambda f: [*STEPS[:1], gn.PositionalEncoding(learned=True), gn.Dense(5, f), gn.Flatten()],
    "masking": lambda f: [*STEPS, gn.Masking(), gn.SimpleRNN(5), gn.Dense(3, f)],
    "members": lambda f: [gn.Members(3), gn.BatchEnsemble(4, f, factors=gn.Normal()), gn.Flatten()],
    "batch_ensemble": lambda f: [gn.Members(2), gn.BatchEnsemble(5, f, factors=gn.Normal()), gn.Flatten()],
    "dense_per_member": lambda f: [gn.Members(2), gn.DensePerMember(3, f), gn.Flatten()],
    "mean_of_members": lambda f: [gn.Members(3), gn.DensePerMember(4, f), gn.MeanOfMembers("sigmoid")],
    "columns": lambda f: [gn.Columns((0, gn.Embedding(4, 2)), ([1, 3], gn.Dense(2, f)), ([2, 4, 5], gn.LayerNorm()))],
}
SHAPES: dict[str, tuple[int, ...]] = {
    "flatten": (2, 3),
    "conv_1d": (7, 2),
}  # of samples, where they are not rows of 6 numbers
SHAPES |= {
    name: (4, 3, 2)
    for name in LAYERS
    if name.split()[0] in ("conv_2d", "max_pool", "average_pool", "global_average_pool", "pad", "reshape")
    or "channels" in name
}
OF_CODES = ("embedding", "simple_rnn", "gru", "lstm", "attention", "positional_encoding", "masking")
CODES = {name: slice(None) for name in LAYERS if name.split()[0] in OF_CODES}  # columns that hold categories
CODES["columns"] = slice(1)


def outputs_for(loss):
    """`N_OUTPUTS`, unless the outputs of a loss mean something each."""
    loss = Loss.of(loss)
    if isinstance(loss, gn.CrossEntropies):
        return sum(loss.sizes)
    return loss.outputs_per_target() if loss.output_symbols else N_OUTPUTS


def data_for(loss, rng, n, shape=(6,)):
    X = rng.normal(size=(n, *shape)) + 0.1
    targets = Loss.of(loss).targets
    if targets == "classes":
        return X, rng.integers(0, N_OUTPUTS, n)
    if targets == "several classes":
        return X, rng.integers(0, 2, (n, 2))
    if targets == "binary":
        return X, rng.integers(0, 2, (n, N_OUTPUTS))
    n_columns = outputs_for(loss) // Loss.of(loss).outputs_per_target()
    return X, rng.poisson(2.0, (n, n_columns)).astype(float)


def network(hidden, loss, X, seed=1):
    last = gn.Dense(outputs_for(loss), Loss.of(loss).output_activation or "linear")
    return gn.Network([*hidden, last]).build(X.shape[1:], seed)


def test_every_kind_of_layer_is_in_this_file():
    built_in = {n for n, c in Layer.registry.items() if c.__module__.startswith("glassnet.layers")}
    assert {name.split()[0] for name in LAYERS} == built_in


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_with_every_loss(activation, loss):
    X, y = data_for(loss, np.random.default_rng(0), 7)
    net = network([gn.Dense(5, activation)], loss, X)
    weights = np.linspace(0.5, 2, 7)
    for dtype, tolerance in TOLERANCE.items():
        check = gn.check_gradient(net, X, y, loss=loss, sample_weight=weights, dtype=dtype)
        assert check.max_error < tolerance, f"{dtype}\n{check}"
        assert set(check.vacuous) <= ({"0.W", "0.b", "X"} if activation == "binary_step" else set())


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_with_every_activation(layer, activation):
    X, y = data_for("squared_error", np.random.default_rng(0), 5, SHAPES.get(layer, (6,)))
    if layer in CODES:
        X[:, CODES[layer]] = np.arange(5)[:, np.newaxis] % 4
    if layer in CODES and layer != "columns":
        X[:, 1:] = (X[:, 1:] + np.arange(1, 6)) % 4
    hidden = LAYERS[layer](activation)
    net = network([*hidden, gn.Flatten()] if layer in SHAPES else hidden, "squared_error", X)
    assert gn.check_gradient(net, X, y, loss="squared_error").max_error < 1e-6


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "tanh", "prelu", "exponential", "relu"])
def test_an_output_activation_with_a_loss_that_is_not_its_own(activation):
    X, y = data_for("squared_error", np.random.default_rng(0), 5)
    for last in ([gn.Dense(N_OUTPUTS, activation)], [gn.Dense(N_OUTPUTS), gn.Activation(activation)]):
        net = gn.Network([gn.Dense(4, "tanh"), *last]).build(6, seed=0)
        assert gn.check_gradient(net, X, y / 10, loss="squared_error").max_error < 1e-6


@pytest.mark.parametrize("reduction", ["mean", "mean_of_rows", "sum"])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_of_a_ragged_last_batch(loss, reduction):
    """The gradient that an epoch leaves behind for 3 of 7 rows equals that of a plan made for these 3 rows."""
    rng, loss = np.random.default_rng(0), type(Loss.of(loss))(reduction=reduction)
    X, y = data_for(loss.name, rng, 7)
    n_outputs = outputs_for(loss)
    last = gn.Dense(n_outputs, loss.output_activation or "linear")
    net = gn.Network([gn.Dense(5, "prelu"), gn.Residual(gn.Dense(5, "tanh")), last], dtype="float64").build(6, seed=1)
    layout, parameters = net.built()
    weights = np.linspace(1, 2, 7)
    data = Samples(X, encode_targets(loss, y, 7, n_outputs, net.dtype), weights)
    job = Job(Plan(layout, parameters, 4), data, loss, gn.SGD(1e-300))
    NumpyEngine().epoch(job, None, 1e-300)
    alone = Plan(layout, parameters, 3)
    objective, rows = Objective(loss, n_outputs, net.dtype), data.rows(slice(4, 7))
    _, divisor = NumpyEngine().forward(alone, rows, objective)
    NumpyEngine().backward(alone, rows, objective, divisor)
    np.testing.assert_allclose(job.plan.gradients, alone.gradients, rtol=1e-12, atol=1e-15)
    assert gn.check_gradient(net, X[4:], y[4:], loss=loss, sample_weight=weights[4:]).max_error < 1e-6


@pytest.mark.parametrize("penalty", ["l1", "l2", gn.ElasticNet(0.1, 0.2), gn.L2(0.7, divided=True)])
def test_penalties_act_on_weights_alone(penalty):
    X, y = data_for("squared_error", np.random.default_rng(0), 5)
    net = network([gn.Dense(5, "tanh")], "squared_error", X)
    with_penalty = gn.check_gradient(net, X, y, loss="squared_error", penalty=penalty)
    without = gn.check_gradient(net, X, y, loss="squared_error")
    assert with_penalty.max_error < 1e-6
    np.testing.assert_array_equal(with_penalty.analytic["0.b"], without.analytic["0.b"])
    assert (with_penalty.analytic["0.W"] != without.analytic["0.W"]).all()


def plant(what):
    """A Dense layer with one thing wrong in its backward pass."""

    class Planted(gn.Dense):
        def backward(self, s):
            super().backward(s)
            what(s)

    return Planted


PLANTED = {
    "one entry of dW is 1e-4 off": lambda s: s.dW.__setitem__((0, 0), s.dW[0, 0] + 1e-4 * np.abs(s.dW).max()),
    "db is the mean, not the sum": lambda s: s.db.__itruediv__(len(s.Z)),
    "dX has the wrong sign": lambda s: s.dX.__imul__(-1),
    "dW is not overwritten": lambda s: s.dW.__iadd__(s.dW),
    "the ragged row is forgotten": lambda s: s.db.__isub__(s.dZ[-1]),
}


@pytest.mark.parametrize("what", PLANTED)
@pytest.mark.parametrize("activation", ["tanh", "relu", "prelu"])
def test_a_planted_error_fails_the_check(what, activation):
    X, y = data_for("squared_error", np.random.default_rng(0), 7)
    layers = [gn.Dense(4, "tanh"), plant(PLANTED[what])(5, activation), gn.Dense(N_OUTPUTS)]
    net = gn.Network(layers).build(6, seed=0)
    assert gn.check_gradient(net, X, y, loss="squared_error").max_error > 5e-5


def test_a_gradient_that_is_0_throughout_is_called_vacuous():
    X, y = data_for("squared_error", np.random.default_rng(0), 5)
    net = network([gn.Dense(5, "relu", biases=gn.Constant(-100.0))], "squared_error", X)
    check = gn.check_gradient(net, X, y, loss="squared_error")
    assert check.vacuous == ["0.W", "0.b", "1.W", "X"]


def test_the_check_changes_nothing_and_samples_large_arrays():
    X, y = data_for("squared_error", np.random.default_rng(0), 5)
    net = network([gn.Dense(50, "tanh")], "squared_error", X)
    before, X_before = net.parameters.copy(), X.copy()
    check = gn.check_gradient(net, X, y, loss="squared_error", max_entries=10)
    np.testing.assert_array_equal(net.parameters, before)
    np.testing.assert_array_equal(X, X_before)
    assert {len(entries) for entries in check.numeric.values()} <= {10, N_OUTPUTS}
    assert str(check).splitlines()[1].startswith("0.W ")


def test_kinks_do_not_fail_a_right_gradient():
    X = np.repeat(np.linspace(-1, 1, 9)[:, None], 6, axis=1)
    net = network([gn.Dense(20, "relu", biases=gn.Constant(1e-6))], "squared_error", X)
    assert gn.check_gradient(net, X, np.ones((9, N_OUTPUTS)), loss="squared_error").max_error < 1e-5


def test_an_untrained_network_needs_a_loss():
    net = gn.Network([gn.Dense(1)]).build(2)
    with pytest.raises(gn.InvalidInput, match="was not trained, so name the loss"):
        partial(gn.check_gradient, net)([[1, 2]], [1])


def test_a_gradient_that_is_nan_fails_the_check_wherever_it_stands():
    class Hole(gn.PReLU):
        def learned_slopes(self, z, a, alpha):
            return (z * np.nan,)

    X, y = data_for("squared_error", np.random.default_rng(0), 5)
    net = gn.Network([gn.Dense(4, Hole()), gn.Dense(N_OUTPUTS)]).build(6, seed=0)
    assert not gn.check_gradient(net, X, y, loss="squared_error").max_error < 1e-6


def test_inputs_that_cannot_be_written_to_are_checked_too():
    X, y = data_for("squared_error", np.random.default_rng(0), 5)
    X.flags.writeable = False
    assert gn.check_gradient(network([gn.Dense(3)], "squared_error", X), X, y, loss="squared_error").max_error < 1e-6


def test_a_planted_error_in_what_parametric_learns_fails_the_check():
    class Wrong(gn.Parametric):
        def learned_slopes(self, z, a, alpha):
            return (1.001 * super().learned_slopes(z, a, alpha)[0],)

    X, y = data_for("squared_error", np.random.default_rng(0), 7)
    for f, passes in ((gn.Parametric("mish"), True), (Wrong("mish"), False)):
        net = gn.Network([gn.Dense(4, f), gn.Dense(N_OUTPUTS)]).build(6, seed=0)
        assert (gn.check_gradient(net, X, y, loss="squared_error").max_error < 1e-6) == passes


@pytest.mark.parametrize("weight", [1e11, 1e16, 1e17])
def test_next_to_a_huge_weight_the_step_is_still_a_step(weight):
    X, y = data_for("squared_error", np.random.default_rng(0), 5)
    net = network([gn.Dense(3)], "squared_error", X)
    net.parameters[0] = weight
    assert gn.check_gradient(net, X, y, loss="squared_error").max_error >= 0
    assert np.isfinite(gn.trace(net, X, y, loss="squared_error").why(layer=0, weight=(0, 0)).gradient)


def test_padding_is_left_as_it_is():
    X = np.random.default_rng(0).normal(size=(4, 5, 2))
    X[0, 3:] = X[1, :2] = 0.0
    net = gn.Network([gn.Masking(), gn.SimpleRNN(3), gn.Dense(2, "softmax")]).build((5, 2), seed=0)
    checked = gn.check_gradient(net, X, [0, 1, 0, 1], loss="cross_entropy")
    assert checked.max_error < 1e-6 and checked.analytic["X"].size == X.size - 8


def blank_background():
    """A picture network on digits, most of whose pixels are blank: biases of 0 lie on the kink of ReLU there."""
    digits = gn.datasets.digits()
    net = gn.Network([gn.Conv2D(4, 3, "relu", padding="same"), gn.Flatten(), gn.Dense(10, "softmax")])
    return net.build((8, 8, 1), seed=0), digits.X[:20].reshape(-1, 8, 8, 1) / 16, digits.y[:20]


def test_entries_on_a_kink_are_left_out_and_counted():
    check = gn.check_gradient(*blank_background(), loss="cross_entropy")
    assert check.max_error < 1e-6 and check.kinks["0.b"] == 4 and check.kinks["X"] > 100
    assert check.kinks["0.W"] == check.kinks["2.W"] == 0
    assert str(check).endswith(f"differ: 4 of 0.b, {check.kinks['X']} of X.")


def test_an_error_is_found_beside_entries_on_a_kink(monkeypatch):
    slope = gn.activations.ReLU.slope
    monkeypatch.setattr(gn.activations.ReLU, "slope", lambda self, z, a: 1.001 * slope(self, z, a))
    check = gn.check_gradient(*blank_background(), loss="cross_entropy")
    assert check.errors["0.W"] > 1e-4 and check.errors["X"] > 1e-4


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_nothing_smooth_is_taken_for_a_kink(dtype):
    net = gn.Network([gn.Dense(8, "tanh"), gn.Dense(8, "silu"), gn.Dense(3, "softmax")]).build(4, seed=0)
    iris = gn.datasets.iris()
    check = gn.check_gradient(net, 3 * iris.X, iris.y, loss="cross_entropy", dtype=dtype)
    assert not any(check.kinks.values())


def test_a_slope_on_a_kink_that_is_steeper_than_both_sides_is_found():
    class Bent(gn.activations.Activation):
        """f(z) = |z|."""

        def value(self, z):
            return np.abs(z)

        def slope(self, z, a):
            return np.where(z == 0, 5.0, np.sign(z))

    net = gn.Network([gn.Dense(3, Bent()), gn.Dense(1)], dtype="float64").build((4,), seed=0)
    check = gn.check_gradient(net, np.zeros((5, 4)), np.ones((5, 1)), loss="squared_error")
    assert check.errors["0.b"] > 0.1


def test_what_is_left_out_keeps_its_numbers():
    check = gn.check_gradient(*blank_background(), loss="cross_entropy")
    assert not np.allclose(check.analytic["0.b"], check.numeric["0.b"], rtol=1e-3)
