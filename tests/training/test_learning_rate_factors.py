"""Learning rates of their own for parameters, and the neural-tangent parametrization: exact, with every rule."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed
from glassnet.formulas.update_rules import UpdateRule
from glassnet.layers.layer import Parameter

COMPILED = pytest.mark.skipif(not installed("numba"), reason="the extra fast is not installed")
ENGINES = ["numpy", pytest.param("compiled", marks=COMPILED)]
RULES = sorted(n for n, c in UpdateRule.registry.items() if c.__module__.startswith("glassnet.") and n != "lbfgs")
IRIS = gn.datasets.iris()
HOW: dict[str, Any] = {"loss": "cross_entropy", "epochs": 3, "batch_size": 16, "seed": 0}


def trained(layers, rule, engine="numpy", **more):
    net = gn.Network(layers, dtype="float64", engine=engine)
    net.fit(IRIS.X, IRIS.y, optimizer=rule, **HOW | more)
    return net


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", RULES)
def test_a_factor_of_everything_is_another_learning_rate(rule, engine):
    kind, decay = UpdateRule.registry[rule], dict[str, Any](weight_decay=0.5)
    own: dict[str, Any] = {"learning_rate_factor": 0.25, "bias_learning_rate_factor": 0.25, **decay}
    layers = [
        gn.Scale(learning_rate_factor=0.25),
        gn.Dense(5, gn.PReLU(learning_rate_factor=0.25), **own),
        gn.Dense(3, "softmax", **own),
    ]
    plain = [gn.Scale(), gn.Dense(5, "prelu", **decay), gn.Dense(3, "softmax", **decay)]
    a, b = trained(layers, kind(0.01), engine), trained(plain, kind(0.0025), engine)
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_factor_acts_on_its_own_parameter_alone(engine):
    moved = {}
    cases: dict[str, dict[str, Any]] = {
        "plain": {},
        "own": {"learning_rate_factor": 3.0, "bias_learning_rate_factor": 0.5},
    }
    for name, own in cases.items():
        net = gn.Network([gn.Dense(4, "tanh", **own), gn.Dense(3, "softmax")], dtype="float64", engine=engine)
        before = net.build(4, seed=0).parameters.copy()
        net.fit(IRIS.X, IRIS.y, optimizer=gn.SGD(0.01), **HOW | {"epochs": 1, "batch_size": 150})
        moved[name] = {
            key: array.copy() for key, array in net.built()[0].views(net.parameters - before, net.state).items()
        }
    for key, factor in {"0.W": 3.0, "0.b": 0.5, "1.W": 1.0, "1.b": 1.0}.items():
        np.testing.assert_allclose(moved["own"][key], factor * moved["plain"][key], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_factor_of_0_keeps_a_parameter_as_it_is(engine):
    layers = [
        gn.Dense(5, "tanh", learning_rate_factor=0.0, weight_decay=0.1),
        gn.Dense(3, "softmax", bias_learning_rate_factor=0.0),
    ]
    net = trained(layers, gn.AdamW(0.05, weight_decay=0.1), engine)
    drawn = gn.Network(layers, dtype="float64").build(4, seed=0)
    for key in ("0.W", "1.b"):
        np.testing.assert_array_equal(net.arrays[key], drawn.arrays[key])
    assert (net.arrays["1.W"] != drawn.arrays["1.W"]).all()


FROZEN: dict[str, Any] = {"learning_rate_factor": 0, "bias_learning_rate_factor": 0}
WAYS_TO_MOVE: dict[str, dict[str, Any]] = {
    "alone": {},
    "averaged": {"average": gn.MovingAverage(0.7)},
    "penalized": {"penalty": gn.L2(0.1)},
    "clipped": {"clip": gn.ClipNorm(0.1)},
    "accumulated": {"accumulate": 2},
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("way", WAYS_TO_MOVE)
@pytest.mark.parametrize("rule", ["sgd", "adam", "adamw", "lion"])
def test_neither_a_max_norm_nor_anything_else_moves_what_a_factor_of_0_freezes(rule, way, engine):
    far: dict[str, Any] = {"weights": gn.Normal(), "biases": gn.Normal(), "max_norm": 0.1}
    layers = [
        gn.Scale(learning_rate_factor=0),
        gn.Dense(
            5, gn.PReLU(learning_rate_factor=0), weight_decay=0.5, parametrization="neural_tangent", **far, **FROZEN
        ),
        gn.Residual(gn.Dense(5, **far, **FROZEN)),
        gn.Dense(3, "softmax", **far),
    ]
    net = trained(layers, rule, engine, **WAYS_TO_MOVE[way])
    drawn = gn.Network(layers, dtype="float64").build(4, seed=0)
    for key in ("0.s", "1.W", "1.b", "1.alpha", "2.0.W", "2.0.b"):
        np.testing.assert_array_equal(net.arrays[key], drawn.arrays[key], err_msg=key)
    assert np.linalg.norm(net.arrays["3.W"], axis=0).max() < 0.1 + 1e-9 or way == "averaged"


def test_a_step_on_paper_says_nothing_of_the_max_norm_of_frozen_weights():
    net = gn.Network([gn.Dense(4, "tanh", max_norm=0.1, learning_rate_factor=0), gn.Dense(3, "softmax")])
    net.build(4, seed=0)
    trace = gn.trace(net, IRIS.X[:5], IRIS.y[:5], loss="cross_entropy", optimizer="sgd")
    np.testing.assert_array_equal(trace.updates["0.W"].after, net.arrays["0.W"])
    assert "‖wⱼ‖" not in trace.text()


class Explicit(gn.Dense):
    """Z = X θ / √n + b as it is written, with θ in the place of W."""

    def parameters(self, shape):
        found = super().parameters(shape)
        return {
            **found,
            "W": Parameter(found["W"].shape, gn.Normal(), is_penalized=True, decay_source=found["W"].decay_source),
        }

    def connect(self, s):
        super().connect(s)
        s.root = s.W.shape[0] ** 0.5

    def forward(self, s):
        np.matmul(s.X, s.W / s.root, out=s.Z)
        s.Z += s.b
        s.A[...] = gn.activations.Activation.of(self.activation).value(s.Z)

    def backward_from_scores(self, s):
        np.matmul(s.X.T, s.dZ / s.root, out=s.dW)
        np.matmul(s.ones, s.dZ, out=s.db)
        if s.dX is not None:
            np.matmul(s.dZ, s.W.T / s.root, out=s.dX)


def with_dense(kind, **own):
    return [kind(7, "tanh", weight_decay=0.3, **own), kind(6, "tanh", **own), kind(3, "softmax", **own)]


def distance_from_the_explicit_network(rule, engine, **own):
    """The largest difference of predictions after a training from the same parameters."""
    explicit = gn.Network(with_dense(Explicit), dtype="float64", engine="numpy").build(4, seed=0)
    net = gn.Network(with_dense(gn.Dense, **own), dtype="float64", engine=engine).build(4, seed=0)
    for key, array in net.arrays.items():
        root = len(array) ** 0.5 if key.endswith("W") else 1.0
        array[...] = explicit.arrays[key] / root
    for each in (explicit, net):
        each.fit(IRIS.X, IRIS.y, optimizer=rule, **HOW)
    return np.abs(explicit.predict(IRIS.X) - net.predict(IRIS.X)).max()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "rule", [rule if k % 3 == 0 else pytest.param(rule, marks=pytest.mark.long) for k, rule in enumerate(RULES)]
)
def test_the_neural_tangent_parametrization_is_that_of_the_explicit_network(rule, engine):
    rule = UpdateRule.registry[rule](0.01)
    assert distance_from_the_explicit_network(rule, engine, parametrization="neural_tangent") < 1e-9


@pytest.mark.parametrize(
    "own", [{}, {"learning_rate_factor": 0.5}, {"parametrization": "neural_tangent", "learning_rate_factor": 1.001}]
)
def test_another_parametrization_takes_another_path(own):
    assert distance_from_the_explicit_network(gn.Adam(0.01), "numpy", **own) > 1e-6


def test_lbfgs_refuses_factors():
    for layer in (
        gn.Dense(3, bias_learning_rate_factor=0.1),
        gn.Scale(learning_rate_factor=6.0),
        gn.Dense(3, parametrization="neural_tangent"),
    ):
        net = gn.Network([layer, gn.Dense(3, "softmax")])
        with pytest.raises(gn.InvalidInput, match=r"it does not support layers with a `learning_rate_factor` or in"):
            net.fit(IRIS.X, IRIS.y, optimizer="lbfgs", loss="cross_entropy", epochs=1)


def test_factors_are_part_of_a_saved_network(tmp_path):
    layers = [
        gn.Scale(learning_rate_factor=6.0),
        gn.Dense(
            3, "softmax", learning_rate_factor=2.0, bias_learning_rate_factor=0.1, parametrization="neural_tangent"
        ),
    ]
    net = trained(layers, "adam")
    again = gn.Network.load(net.save(tmp_path / "net.safetensors"))
    assert again.layers == net.layers
    assert repr(again.layers) == (
        "(Scale(learning_rate_factor=6.0), Dense(3, 'softmax', learning_rate_factor=2.0, "
        "bias_learning_rate_factor=0.1, parametrization='neural_tangent'))"
    )
