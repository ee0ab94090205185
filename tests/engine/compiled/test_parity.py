"""The compiled engine gives the NumPy engine's numbers, for all that is registered, in pairs.

What is new in a registry is covered at once. Only a new layer needs a line here, in `LAYERS`.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba")

from comparing import (  # type: ignore[import-not-found]
    N,
    assert_parity,
    data_for,
    in_turn,
    registered,
    trainable,
    trained,
    with_other_settings,
)
from test_sequences_parity import KINDS  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.engine.compiled import program, tiles
from glassnet.engine.compiled.engine import tell_fallback
from glassnet.formulas.activations import Activation
from glassnet.formulas.clipping import Clip
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.update_rules import UpdateRule
from glassnet.layers.layer import Layer

ACTIVATIONS, LOSSES, RULES = registered(Activation), registered(Loss), trainable(registered(UpdateRule))
PENALTIES, CLIPS = registered(Penalty), registered(Clip)
TIGHT = {"clip_norm": gn.ClipNorm(0.1), "clip_value": gn.ClipValue(0.01)}  # limits that a gradient reaches


def with_factors(f: Any) -> list[Any]:
    own: dict[str, Any] = {
        "learning_rate_factor": 2.0,
        "bias_learning_rate_factor": 0.1,
        "weight_decay": 0.5,
        "parametrization": "neural_tangent",
    }
    return [
        gn.Dense(5, f, **own),
        gn.Scale(learning_rate_factor=3.0),
        gn.Dense(4, "prelu", bias_learning_rate_factor=0.0),
    ]


# For each registered layer, ways to put it between an activation f and an output layer.
LAYERS: dict[str, list[Callable[[Any], list[Any]]]] = {
    "dense": [lambda f: [gn.Dense(5, f)], lambda f: [gn.Dense(5, f, bias=False), gn.Dense(4)], with_factors],
    "activation": [lambda f: [gn.Dense(5), gn.Activation(f)], lambda f: [gn.Activation(f), gn.Dense(5)]],
    "dropout": [lambda f: [gn.Dense(20, f), gn.Dropout(0.4)], lambda f: [gn.Dropout(0.2), gn.Dense(5, f)]],
    "flatten": [lambda f: [gn.Flatten(), gn.Dense(5, f)]],
    "reshape": [lambda f: [gn.Reshape((2, -1)), gn.Activation(f), gn.Reshape((6,))]],
    "conv_2d": [
        lambda f: [
            gn.Reshape((3, 2, 1)),
            gn.Conv2D(4, 2, "relu", padding="same"),
            gn.Conv2D(6, (2, 1), groups=2, stride=(1, 2)),
            gn.Flatten(),
            gn.Activation(f),
        ]
    ],
    "conv_1d": [
        lambda f: [
            gn.Reshape((3, 2)),
            gn.Conv1D(4, 2, "tanh", padding="causal", dilation=2),
            gn.Flatten(),
            gn.Dense(4, f),
        ]
    ],
    "members": [lambda f: [gn.Dense(5, f), gn.Members(3), gn.Dense(4, "tanh"), gn.Flatten()]],
    "batch_ensemble": [
        lambda f: [gn.Members(3), gn.BatchEnsemble(5, f, factors=gn.Normal()), gn.BatchEnsemble(4), gn.Flatten()]
    ],
    "dense_per_member": [lambda f: [gn.Members(3), gn.DensePerMember(5, f), gn.DensePerMember(2), gn.Flatten()]],
    "mean_of_members": [lambda f: [gn.Members(3), gn.DensePerMember(5, f), gn.MeanOfMembers("sigmoid")]],
    "max_pool": [lambda f: [gn.Reshape((3, 2, 1)), gn.MaxPool(2, stride=1), gn.Flatten(), gn.Activation(f)]],
    "average_pool": [lambda f: [gn.Reshape((3, 2)), gn.AveragePool(2, stride=1), gn.Flatten(), gn.Activation(f)]],
    "global_average_pool": [lambda f: [gn.Reshape((3, 2)), gn.Conv1D(4, 1), gn.GlobalAveragePool(), gn.Activation(f)]],
    "pad": [lambda f: [gn.Reshape((3, 2)), gn.Pad(((1, 2),), value=0.5), gn.Flatten(), gn.Activation(f)]],
    "residual": [
        lambda f: [gn.Residual(gn.Dense(6, f))],
        lambda f: [gn.Dense(5), gn.Residual(gn.Dense(4, f), gn.Residual(gn.Dense(4)), gn.Dropout(0.2), gn.Dense(5))],
    ],
    "scale": [
        lambda f: [gn.Scale(), gn.Dense(5, f), gn.Scale()],
        lambda f: [gn.Dense(5), gn.Residual(gn.Dense(5, f), gn.Scale())],
    ],
    "layer_norm": [
        lambda f: [gn.LayerNorm(), gn.Dense(5, f)],
        lambda f: [gn.Dense(5), gn.Residual(gn.LayerNorm(0.1), gn.Dense(5, f)), gn.LayerNorm()],
    ],
    "batch_norm": [
        lambda f: [gn.BatchNorm(), gn.Dense(5, f)],
        lambda f: [gn.Dense(5, bias=False), gn.Residual(gn.BatchNorm(0.3, 0.1), gn.Dense(5, f)), gn.BatchNorm()],
    ],
    "gaussian_noise": [
        lambda f: [gn.GaussianNoise(0.3), gn.Dense(5, f)],
        lambda f: [gn.Dense(5, f), gn.Residual(gn.GaussianNoise(0.2), gn.Dropout(0.2), gn.Dense(5))],
    ],
    "embedding": [
        lambda f: [gn.Embedding(4, 3), gn.Flatten(), gn.Dense(5, f)],
        lambda f: [gn.Embedding(4, 1), gn.Flatten(), gn.Activation(f), gn.Dense(5)],
    ],
    "chain": [
        lambda f: [gn.Chain(gn.Scale(), gn.Dense(5, f)), gn.Chain(gn.Dense(4))],
        lambda f: [gn.Residual(gn.Chain(gn.Dense(5, f), gn.Dropout(0.2)), gn.Dense(6)), gn.Chain(gn.Dense(5))],
        lambda f: [
            gn.Columns(
                ([0, 2], gn.Chain(gn.PeriodicEmbedding(), gn.Scale(), gn.Dense(3, f))), ([1, 3, 4, 5], gn.Scale())
            )
        ],
    ],
    "periodic_embedding": [
        lambda f: [gn.PeriodicEmbedding(sigma=0.5), gn.Dense(5, f)],
        lambda f: [
            gn.Dense(3, f),
            gn.PeriodicEmbedding(5, 2, learning_rate_factor=2.0),
            gn.PeriodicEmbedding(3, 9, 0.3),
            gn.Dense(4),
        ],
        lambda f: [gn.Columns((0, gn.Activation(f)), (slice(1, 6), gn.PeriodicEmbedding()))],
    ],
    "piecewise_linear_embedding": [
        lambda f: [gn.PiecewiseLinearEmbedding(5), gn.Dense(5, f)],
        lambda f: [
            gn.Dense(3, f),
            gn.PiecewiseLinearEmbedding([-1, 0.1, 0.5, 2], 2, learning_rate_factor=2.0),
            gn.PiecewiseLinearEmbedding([0.0, 0.3], 9),
            gn.Dense(4),
        ],
        lambda f: [
            gn.PiecewiseLinearEmbedding(7, 2),
            gn.Columns((slice(0, 12, 2), gn.PeriodicEmbedding()), (slice(1, 12, 2), gn.Activation(f))),
        ],
    ],
    "columns": [
        lambda f: [gn.Columns((slice(1, 6), gn.Dense(5, f)), (0, gn.Embedding(4, 3)))],
        lambda f: [
            gn.Columns((0, gn.Embedding(4, 2)), ([5, 1], gn.Activation(f)), ([2, 4, 3], gn.Residual(gn.Dense(3, f)))),
            gn.BatchNorm(),
        ],
    ],
}
CODES = {"embedding": slice(None), "columns": slice(1)}  # columns that hold numbers of categories
WAYS = [(layer, number) for layer, ways in LAYERS.items() for number in range(len(ways))]


@pytest.fixture(autouse=True)
def a_network_that_falls_back_on_numpy_says_so_each_time():
    """Such a warning is an error in tests: parity with NumPy on NumPy would prove nothing."""
    tell_fallback.cache_clear()


def data_of(layer: str, loss: Any, scale: float = 1.0) -> Any:
    X, y = data_for(loss)
    X *= scale
    if layer in CODES:
        X[:, CODES[layer]] = np.random.default_rng(1).integers(0, 4, X[:, CODES[layer]].shape)
    return (X.reshape(N, 2, 3) if layer == "flatten" else X), y


def test_every_registered_layer_has_an_example():
    missing = set(registered(Layer)) - set(LAYERS) - KINDS
    assert not missing, f"no parity of {', '.join(sorted(missing))}: add ways to use it to LAYERS in {__file__}"


@in_turn(activation=ACTIVATIONS, loss=LOSSES)
def test_every_activation_with_every_loss(activation, loss, dtypes):
    weighted = (ACTIVATIONS.index(activation) + LOSSES.index(loss)) // 2 % 2 == 0  # both for each of them in each type
    assert_parity([gn.Dense(5, activation)], loss, weighted=weighted, dtypes=dtypes)


@in_turn(layer=WAYS, loss=LOSSES, weighted=[True, False])
def test_every_layer_with_every_loss(layer, loss, weighted, dtypes):
    name, number = layer
    X, y = data_of(name, loss)
    assert_parity(LAYERS[name][number]("tanh"), loss, X, y, weighted=weighted, dtypes=dtypes)


@in_turn(layer=WAYS, activation=ACTIVATIONS)
def test_every_layer_with_every_activation(layer, activation, dtypes):
    name, number = layer
    X, y = data_of(name, "squared_error", scale=0.5)
    assert_parity(LAYERS[name][number](activation), X=X, y=y, dtypes=dtypes)


@in_turn(layer=WAYS, rule=RULES)
def test_every_layer_with_every_rule(layer, rule, dtypes):
    name, number = layer
    X, y = data_of(name, "squared_error")
    optimizer = UpdateRule.registry[rule](learning_rate=0.001)
    assert_parity(LAYERS[name][number]("tanh"), X=X, y=y, optimizer=optimizer, dtypes=dtypes)


@in_turn(rule=RULES, penalty=[None, *PENALTIES], clip=[None, *CLIPS])
def test_every_rule_with_every_penalty_and_clip(rule, penalty, clip, dtypes):
    settings = {"penalty": penalty and with_other_settings(Penalty.registry[penalty]), "clip": TIGHT.get(clip, clip)}
    optimizer = UpdateRule.registry[rule](learning_rate=0.001)
    assert_parity([gn.Dense(5, "prelu")], optimizer=optimizer, dtypes=dtypes, **settings)


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(
    "loss", ["squared_error", gn.HalfSquaredError(reduction="mean_of_rows"), "sum_of_squared_errors"]
)
@pytest.mark.parametrize("penalty", PENALTIES)
def test_every_penalty_divided_as_the_loss_of_each_batch_is(penalty, loss, weighted):
    divided = Penalty.from_description({"name": penalty, "divided": True})
    assert_parity([gn.Dense(5, "tanh")], loss, optimizer=gn.SGD(0.01), penalty=divided, weighted=weighted)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_reads_its_own_settings(activation):
    f = with_other_settings(Activation.registry[activation])
    X, y = data_for("squared_error")
    assert_parity([gn.Dense(5, f), gn.Activation(f)], X=X / 4, y=y / 4)


INSIDE = [name for name in ACTIVATIONS if name != "softmax" and not Activation.of(name).learned]
WITH_SETTINGS = [name for name in INSIDE if Activation.of(name)._fields()]


@pytest.mark.parametrize("activation", WITH_SETTINGS)
def test_parametric_reads_the_settings_of_the_activation_inside(activation):
    f = gn.Parametric(with_other_settings(Activation.registry[activation]), alpha=0.7, learning_rate_factor=3.0)
    X, y = data_for("squared_error")
    assert_parity([gn.Dense(5, f), gn.Activation(f)], X=X / 4, y=y / 4)


@pytest.mark.long
@in_turn(activation=[name for name in INSIDE if name not in WITH_SETTINGS])
def test_parametric_takes_every_activation_inside(activation, dtypes):
    X, y = data_for("squared_error")
    f = gn.Parametric(activation, alpha=0.7, learning_rate_factor=3.0)
    assert_parity([gn.Dense(5, f), gn.Activation(f)], X=X / 4, y=y / 4, dtypes=dtypes)


@pytest.mark.parametrize("reduction", ["mean", "mean_of_rows", "sum"])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_reads_its_own_settings(loss, reduction):
    kind = type(with_other_settings(Loss.registry[loss]))
    numbers = {name: getattr(with_other_settings(kind), name) for name in inspect.signature(kind).parameters}
    assert_parity([gn.Dense(5, "tanh")], kind(**numbers | {"reduction": reduction}), optimizer=gn.SGD(0.001))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_reads_its_own_settings(rule):
    varied = with_other_settings(UpdateRule.registry[rule])
    assert_parity([gn.Dense(5, "tanh")], optimizer=varied, penalty="l2", clip=gn.ClipNorm(0.2))


@pytest.mark.parametrize("weighted", [True, False])
def test_several_quantiles_at_once(weighted):
    loss = gn.Quantile(levels=(0.1, 0.5, 0.9))
    assert_parity([gn.Dense(5, "tanh")], loss, *data_for(loss), weighted=weighted)


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "binary_step"])
def test_every_activation_in_the_output_layer_with_a_loss_that_is_not_its_own(activation):
    X, y = data_for("squared_error")
    assert_parity([gn.Dense(4, "tanh"), gn.Dense(3), gn.Activation(activation)], X=X / 2, y=y / 10)


@pytest.mark.parametrize("how", [{"batch_size": 1000}, {"shuffle": False}, {"batch_size": 1}, {"batch_size": 7}])
def test_every_way_of_cutting_batches(how):
    assert_parity([gn.Dense(5, "tanh")], **how)


@pytest.mark.parametrize("batch_size", [33, 160, 161, 321, 700])
def test_batches_of_several_tiles_and_a_smaller_last_one(batch_size):
    X, y = data_for("squared_error", n=900, n_inputs=9)
    layers = [gn.Dense(33, "relu"), gn.Dropout(0.1), gn.Dense(18, "tanh")]
    assert_parity(layers, X=X, y=y, batch_size=batch_size, epochs=2)


@pytest.mark.parametrize("batch_size", [512, 700, 1030])
def test_slices_of_units(batch_size, monkeypatch):
    monkeypatch.setattr(tiles, "sliced", lambda layout, n_rows: True)
    X, y = data_for("cross_entropy", n=1100, n_inputs=7)
    layers = [gn.Dense(131, "relu"), gn.Dropout(0.1), gn.Dense(127, "prelu"), gn.Residual(gn.Dense(127, "tanh"))]
    how = {"batch_size": batch_size, "epochs": 2, "penalty": "l2", "clip": gn.ClipNorm(0.5), "metrics": ["accuracy"]}
    assert_parity(layers, "cross_entropy", X, y, optimizer="adamw", **how)


@pytest.mark.parametrize("slices", [False, True])
def test_waves_over_many_columns_and_several_tiles(slices, monkeypatch):
    if slices:
        monkeypatch.setattr(tiles, "sliced", lambda layout, n_rows: True)
        monkeypatch.setattr(program, "TASK", 1000)
    X, y = data_for("squared_error", n=900, n_inputs=37)
    layers = [gn.Dense(37, "tanh"), gn.PeriodicEmbedding(16, 4, sigma=1.0), gn.Dense(50, gn.Parametric("mish"))]
    assert_parity(layers, X=X, y=y, batch_size=641, epochs=2)


@pytest.mark.parametrize("slices", [False, True])
def test_broken_lines_over_many_columns_and_several_tiles(slices, monkeypatch):
    if slices:
        monkeypatch.setattr(tiles, "sliced", lambda layout, n_rows: True)
        monkeypatch.setattr(program, "TASK", 1000)
    X, y = data_for("squared_error", n=900, n_inputs=37)
    layers = [gn.Dense(37, "tanh"), gn.PiecewiseLinearEmbedding(19, 3), gn.Dense(50, gn.Parametric("mish"))]
    assert_parity(layers, X=X, y=y, batch_size=641, epochs=2)


def test_metrics_see_the_same_outputs():
    X, y = data_for("cross_entropy", n=400)
    for batch_size in (5, 350):
        how = {"batch_size": batch_size, "metrics": ["log_loss", "accuracy"]}
        (_, a), (_, b) = (
            trained(engine, "float64", [gn.Dense(5, "tanh")], "cross_entropy", X, y, **how)
            for engine in ("numpy", "compiled")
        )
        for name in ("log_loss", "val_log_loss", "accuracy", "val_accuracy"):
            np.testing.assert_allclose(a[name], b[name])


def test_the_same_seed_gives_the_same_bits():
    X, y = data_for("squared_error")
    first, again = (
        trained("compiled", "float32", [gn.Dense(9, "gelu"), gn.Dropout(0.2)], "squared_error", X, y)[0] for _ in "ab"
    )
    np.testing.assert_array_equal(first.parameters, again.parameters)
