"""The arrays that each kind of layer works on: their names are known to type checkers, and hold in every plan."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.layout import Layout
from glassnet.engine.plan import Plan
from glassnet.layers.layer import Layer, Slices, Step

# Each registered layer, behind another one, with all that its class of slices names.
LAYERS: dict[str, Layer] = {
    "dense": gn.Dense(3, "tanh"),
    "activation": gn.Activation("relu"),
    "dropout": gn.Dropout(0.2),
    "flatten": gn.Flatten(),
    "residual": gn.Residual(gn.Dense(4, "relu")),
    "chain": gn.Chain(gn.Dense(4), gn.Scale()),
    "columns": gn.Columns((slice(0, 2), gn.Dense(2)), ([2, 3], gn.Activation("linear"))),
    "embedding": gn.Embedding(5, 2),
    "periodic_embedding": gn.PeriodicEmbedding(4, 3),
    "piecewise_linear_embedding": gn.PiecewiseLinearEmbedding([-1, 0, 1], 3),
    "scale": gn.Scale(),
    "gaussian_noise": gn.GaussianNoise(0.1),
    "layer_norm": gn.LayerNorm(),
    "batch_norm": gn.BatchNorm(),
    "reshape": gn.Reshape((2, 2)),
    "conv_2d": gn.Conv2D(3, 2, "tanh"),
    "conv_1d": gn.Conv1D(3, 2, "tanh"),
    "max_pool": gn.MaxPool(2),
    "average_pool": gn.AveragePool(2),
    "global_average_pool": gn.GlobalAveragePool(),
    "pad": gn.Pad(1),
    "simple_rnn": gn.SimpleRNN(3),
    "gru": gn.GRU(3, sequences=True),
    "lstm": gn.LSTM(3),
    "attention": gn.Attention(2),
    "positional_encoding": gn.PositionalEncoding(learned=True),
    "masking": gn.Masking(),
    "members": gn.Members(3),
    "batch_ensemble": gn.BatchEnsemble(3, "tanh"),
    "dense_per_member": gn.DensePerMember(3, "tanh"),
    "mean_of_members": gn.MeanOfMembers("softmax"),
}
SEQUENCES = ("simple_rnn", "gru", "lstm", "attention", "positional_encoding", "masking")
SHAPES: dict[str, tuple[int, ...]] = dict.fromkeys(
    ["conv_2d", "max_pool", "average_pool", "global_average_pool", "pad"], (2, 2, 1)
)
SHAPES["conv_1d"] = (4, 1)
SHAPES |= dict.fromkeys(["batch_ensemble", "dense_per_member", "mean_of_members"], (2, 2))
OWN = {"columns": {"X0", "X1", "dX0", "dX1"}}  # as many as there are parts


def named(kind: type[Slices]) -> set[str]:
    """What a class of slices names, its parents' names too."""
    return {name for parent in kind.__mro__ for name in vars(parent).get("__annotations__", {})}


def steps_of(layer: Layer) -> list[Step]:
    """The layer, trained in a plan of three rows, behind one that gives it four numbers; codes come first."""
    before: list[Layer] = [] if layer.codes((4,)) else [gn.Dense(4)]
    before += [gn.Reshape(SHAPES[layer.name])] if layer.name in SHAPES else []
    if layer.name in SEQUENCES:
        before = [gn.Embedding(5, 4)]
    layout = Layout([*before, layer], (4,))
    parameters = layout.draw(np.random.default_rng(0), np.dtype("float32"))
    return Plan(layout, parameters, 3, rng=np.random.default_rng(0), inputs=np.zeros((3, 4), "float32")).steps(3)


def test_every_registered_layer_is_here() -> None:
    assert {name for name, kind in Layer.registry.items() if getattr(gn, kind.__name__, None) is kind} == LAYERS.keys()


@pytest.mark.parametrize("name", LAYERS)
def test_a_plan_binds_what_the_class_of_slices_names_and_nothing_else(name: str) -> None:
    layer, s = steps_of(LAYERS[name])[-1]
    assert type(s) is layer.slices
    assert vars(s).keys() | {"inner"} == named(type(s)) | OWN.get(name, set())
    forward(layer, s)
    assert vars(s).keys() | {"inner"} == named(type(s)) | OWN.get(name, set())


def forward(layer: Layer, s: Any) -> None:
    layer.forward(s)
    layer.backward(s)


@pytest.mark.parametrize("f", ["linear", "tanh"])
def test_a_dense_layer_says_whether_its_scores_are_its_outputs(f: Any) -> None:
    layer, s = steps_of(gn.Dense(3, f))[-1]
    assert isinstance(layer, gn.Dense)
    assert layer.is_linear == (f == "linear") == np.shares_memory(s.A, vars(s)["Z"])


def addresses(steps: Any) -> list[Any]:
    """Which array each name stands for, in the layers inside too."""
    return [({name: id(array) for name, array in vars(s).items()}, addresses(s.inner)) for _, s in steps]


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_kernels_are_appended_without_changing_what_names_stand_for(name: str, first: bool) -> None:
    pytest.importorskip("numba")
    from glassnet.engine.compiled.codegen.lowering import LOWERINGS, connect, lower
    from glassnet.engine.compiled.engine import LOWERED
    from glassnet.engine.compiled.program import Program
    from glassnet.engine.compiled.tiles import Tile

    assert LOWERED
    if type(LAYERS[name]) not in LOWERINGS:
        pytest.skip("it runs on NumPy alone")
    before: list[Layer] = [] if first or LAYERS[name].codes((4,)) else [gn.Dense(4)]
    before += [gn.Reshape(SHAPES[name])] if name in SHAPES else []
    before = [gn.Embedding(5, 4)] if name in SEQUENCES else before
    layout = Layout([*before, LAYERS[name]], (4,))
    parameters = layout.draw(np.random.default_rng(0), np.dtype("float32"))
    tile = Tile(layout, parameters, [4, 3], 8, training=True)
    connect(tile.steps)
    before = addresses(tile.steps)
    p = Program(np.dtype("float32"), keys=np.zeros(4, np.uint64))
    for way, steps in (("backward", tile.steps[::-1]), ("forward", tile.steps), ("predict", tile.steps)):
        lower(way, p, steps)
    assert addresses(tile.steps) == before
