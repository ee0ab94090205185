"""Networks from ONNX files: each predicts what onnxruntime does with the file."""

import re
from itertools import count
from typing import Any

import numpy as np
import pytest

import glassnet as gn

onnx: Any = pytest.importorskip("onnx")
runtime: Any = pytest.importorskip("onnxruntime")
H = onnx.helper
FLOAT, DOUBLE, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.INT64
RNG = np.random.default_rng(0)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def _the_same_numbers_whatever_ran_before():
    RNG.bit_generator.state = START


class Graph:
    """An ONNX graph, written operator by operator."""

    def __init__(self, width: int = 4, opset: int = 17, element: int = FLOAT, shape: Any = None):
        self.nodes: list[Any] = []
        self.arrays: list[Any] = []
        self.names = count()
        self.opset, self.element, self.axes = opset, element, 2
        shape = [None, width] if shape is None else shape
        self.inputs = [H.make_tensor_value_info("x", element, shape)]
        self.dtype = np.float64 if element == DOUBLE else np.float32

    def constant(self, value: Any, dtype: Any = None) -> str:
        name = f"c{next(self.names)}"
        self.arrays.append(onnx.numpy_helper.from_array(np.asarray(value, dtype or self.dtype), name))
        return name

    def __call__(self, op: str, *inputs: str, **settings: Any) -> str:
        name = f"t{next(self.names)}"
        self.nodes.append(H.make_node(op, list(inputs), [name], **settings))
        return name

    def dense(self, x: str, n: int, units: int) -> str:
        W, b = RNG.normal(size=(n, units)), RNG.normal(size=units)
        return self("Add", self("MatMul", x, self.constant(W)), self.constant(b))

    def model(self, *outputs: str) -> Any:
        element = DOUBLE if self.element == DOUBLE else FLOAT
        infos = [H.make_tensor_value_info(name, element, [None] * self.axes) for name in outputs]
        graph = H.make_graph(self.nodes, "network", self.inputs, infos, self.arrays)
        return H.make_model(
            graph, opset_imports=[H.make_opsetid("", self.opset), H.make_opsetid("ai.onnx.ml", 2)], ir_version=9
        )

    def save(self, path: Any, *outputs: str) -> Any:
        onnx.checker.check_model(model := self.model(*outputs))
        path.write_bytes(model.SerializeToString())
        return path


def agree(path: Any, X: Any, tolerance: float = 2e-6, **given: Any) -> gn.Network:
    """The network in a file, which predicts as onnxruntime."""
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (expected, *_) = session.run([given["output"]] if given else None, {"x": X})
    net = gn.from_onnx(path, **given)
    np.testing.assert_allclose(net.predict(X), expected, rtol=tolerance, atol=tolerance)
    return net


def rows(width: int = 4, n: int = 40, dtype: Any = np.float32) -> Any:
    return RNG.normal(0, 3, size=(n, width)).astype(dtype)


ONE_OPERATOR: dict[str, tuple[dict[str, Any], str]] = {
    "Relu": ({}, "relu"), "Sigmoid": ({}, "sigmoid"), "Tanh": ({}, "tanh"), "Atan": ({}, "arctan"),
    "Softplus": ({}, "softplus"), "Elu": ({"alpha": 0.7}, "elu"), "Selu": ({}, "selu"),
    "LeakyRelu": ({"alpha": 0.2}, "leaky_relu"), "HardSigmoid": ({"alpha": 1 / 6}, "hard_sigmoid"),
    "Mish": ({}, "mish"), "Softmax": ({}, "softmax"), "Identity": ({}, "linear"), "Exp": ({}, "exponential"),
}  # fmt: skip


@pytest.mark.parametrize("op", ONE_OPERATOR)
def test_activations_of_one_operator(op, tmp_path):
    settings, name = ONE_OPERATOR[op]
    g = Graph(opset=18)
    path = g.save(tmp_path / "a.onnx", g(op, g.dense("x", 4, 5), **settings))
    net = agree(path, rows() / 3)
    (layer,) = net.layers
    assert isinstance(layer, gn.Dense) and layer.activation.name == name
    assert layer.activation.describe().get("alpha") == settings.get("alpha") or name == "hard_sigmoid"


def gelu(g: Graph, x: str) -> str:
    half = g("Add", g("Erf", g("Div", x, g.constant(2**0.5))), g.constant(1))
    return g("Mul", g("Mul", x, half), g.constant(0.5))


def gelu_tanh(g: Graph, x: str) -> str:
    cube = g("Mul", g("Pow", x, g.constant(3)), g.constant(0.044715))
    t = g("Tanh", g("Mul", g("Add", x, cube), g.constant((2 / np.pi) ** 0.5)))
    return g("Mul", g("Mul", x, g.constant(0.5)), g("Add", t, g.constant(1)))


def mish(g: Graph, x: str) -> str:
    return g("Mul", x, g("Tanh", g("Log", g("Add", g("Exp", x), g.constant(1)))))


def elu(g: Graph, x: str) -> str:
    below = g("Mul", g("Sub", g("Exp", g("Min", x, g.constant(0))), g.constant(1)), g.constant(1.5))
    return g("Where", g("Greater", x, g.constant(0)), x, below)


def sigmoid(g: Graph, x: str) -> str:
    return g("Div", g.constant(1), g("Add", g("Exp", g("Neg", x)), g.constant(1)))


def sigmoid_by_tanh(g: Graph, x: str) -> str:
    return g("Add", g("Mul", g("Tanh", g("Mul", x, g.constant(0.5))), g.constant(0.5)), g.constant(0.5))


def softmax(g: Graph, x: str) -> str:
    e = g("Exp", g("Sub", x, g("ReduceMax", x, axes=[1])))
    return g("Div", e, g("ReduceSum", e, g.constant([-1], np.int64)))


def hard_sigmoid(g: Graph, x: str) -> str:
    return g("Div", g("Clip", g("Add", x, g.constant(3)), g.constant(0), g.constant(6)), g.constant(6))


SEVERAL = {
    "gelu": gelu, "gelu_tanh": gelu_tanh, "mish": mish, "elu": elu, "sigmoid": sigmoid_by_tanh, "softmax": softmax,
    "silu": lambda g, x: g("Mul", x, g("Sigmoid", x)), "relu": lambda g, x: g("Clip", x, g.constant(0)),
    "leaky_relu": lambda g, x: g("Max", x, g("Mul", x, g.constant(0.3))),
    "hard_sigmoid": hard_sigmoid,
}  # fmt: skip


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("units", [1, 5])
def test_activations_of_several_operators_are_known_by_their_values(name, units, tmp_path):
    g = Graph()
    path = g.save(tmp_path / "a.onnx", SEVERAL[name](g, g.dense("x", 4, units)))
    (layer,) = agree(path, rows()).layers
    assert isinstance(layer, gn.Dense) and layer.activation.name == name


def test_another_way_to_write_the_sigmoid(tmp_path):
    g = Graph()
    assert agree(g.save(tmp_path / "a.onnx", sigmoid(g, g.dense("x", 4, 3))), rows()).layers == (
        gn.Dense(3, "sigmoid"),
    )


@pytest.mark.parametrize("made", [
    lambda g, x: g("Clip", x, g.constant(0), g.constant(6)),
    lambda g, x: g("HardSigmoid", x),
    lambda g, x: g("Cast", g("Greater", x, g.constant(0)), to=FLOAT),  # another value at 0 than the binary step
    lambda g, x: g("Mul", x, g("Mul", x, x)),
    lambda g, x: g("Mul", x, g("Sigmoid", g("Mul", x, g.constant(1.01)))),
])  # fmt: skip
def test_functions_that_are_only_similar_are_refused(made, tmp_path):
    g = Graph()
    path = g.save(tmp_path / "a.onnx", made(g, g.dense("x", 4, 3)))
    with pytest.raises(gn.ModelFileError, match="is not part of a supported layer"):
        gn.from_onnx(path)


def layer_norm(g: Graph, x: str, n: int) -> str:
    centred = g("Sub", x, g("ReduceMean", x, axes=[-1]))
    variance = g("ReduceMean", g("Pow", centred, g.constant(2)), axes=[-1])
    normal = g("Div", centred, g("Sqrt", g("Add", variance, g.constant(1e-3))))
    return g("Add", g("Mul", normal, g.constant(RNG.normal(size=n))), g.constant(RNG.normal(size=n)))


def test_a_deep_network_of_all_kinds(tmp_path):
    g = Graph()
    x = g(
        "Relu", g("Gemm", "x", g.constant(RNG.normal(size=(8, 4))), g.constant(RNG.normal(size=8)), transB=1, alpha=0.5)
    )
    stats = [g.constant(a) for a in (RNG.normal(size=8), RNG.normal(size=8), RNG.normal(size=8), RNG.uniform(size=8))]
    x = g("BatchNormalization", x, *stats, epsilon=1e-3)
    inside = g.dense(g("Tanh", g.dense(x, 8, 6)), 6, 8)
    x = layer_norm(g, g("Add", x, inside), 8)
    x = g("PRelu", x, g.constant(RNG.uniform(size=8)))
    x = g("LayerNormalization", x, g.constant(RNG.normal(size=8)), g.constant(RNG.normal(size=8)))
    x = g("Dropout", x, g.constant(0.25), g.constant(False, bool))
    net = agree(g.save(tmp_path / "a.onnx", g("Softmax", g.dense(x, 8, 3))), rows(), 1e-5)
    kinds = ["Dense", "BatchNorm", "Residual", "LayerNorm", "Activation", "LayerNorm", "Dropout", "Dense"]
    assert [type(layer).__name__ for layer in net.layers] == kinds
    assert net.layers[6] == gn.Dropout(0.25)
    X = rows()
    again = gn.load(net.save(tmp_path / "again.safetensors"))
    assert again == net
    assert len(net.fit(X, np.arange(40) % 3, loss="cross_entropy", epochs=3, seed=0)) == 3
    gn.trace(net, X[:3], [0, 1, 2], loss="cross_entropy")
    assert gn.diagnose(net, X, np.arange(40) % 3, loss="cross_entropy").findings is not None
    exported = gn.export(net, tmp_path / "exported.onnx").paths[0]
    again = agree(exported, X, 1e-5)
    assert [type(layer).__name__ for layer in again.layers] == [kind for kind in kinds if kind != "Dropout"]


def test_training_goes_on_from_the_weights_of_a_file(tmp_path):
    g = Graph()
    path = g.save(tmp_path / "a.onnx", g("Softmax", g.dense(g("Tanh", g.dense("x", 4, 8)), 8, 3)))
    net, X, y = gn.from_onnx(path), rows(), np.arange(40) % 3
    before = net.evaluate(X, y, loss="cross_entropy")["loss"]
    net.fit(X, y, loss="cross_entropy", epochs=50, seed=0)
    assert net.evaluate(X, y)["loss"] < before


def test_numbers_beside_dense_layers_become_part_of_them(tmp_path):
    g = Graph()
    x = g("Div", g("Sub", "x", g.constant([1, 2, 3, 4e3])), g.constant([2, 3, 4, 5e2]))
    x = g("Mul", g("Sub", g.constant(1), g.dense(x, 4, 6)), g.constant(RNG.normal(size=6)))
    x = g("Mul", g("Relu", x), g.constant(RNG.normal(size=(1, 6))))
    x = g.dense(g("Add", x, g.constant([0.5])), 6, 2)
    X = rows() * [1, 1, 1, 500] + [0, 0, 0, 4000]
    net = agree(g.save(tmp_path / "a.onnx", x), X.astype(np.float32), 1e-5)
    assert [type(layer).__name__ for layer in net.layers] == ["BatchNorm", "Dense", "BatchNorm", "Dense"]
    np.testing.assert_allclose(net.arrays["0.gamma"], 1, rtol=1e-6)  # it standardises, in training too


def test_factors_alone_are_a_layer_of_their_own(tmp_path):
    g = Graph()
    net = agree(g.save(tmp_path / "a.onnx", g("Tanh", g("Mul", "x", g.constant([1, 2, 3, 4])))), rows())
    assert [type(layer).__name__ for layer in net.layers] == ["Scale", "Activation"]


def test_both_probabilities_and_a_scaler_as_scikit_learn_writes_them(tmp_path):
    g = Graph()
    x = g("Scaler", "x", domain="ai.onnx.ml", offset=[1.0, 2.0, 3.0, 4000.0], scale=[1.0, 0.5, 2.0, 0.002])
    p = g("Sigmoid", g.dense(g("Relu", g.dense(x, 4, 6)), 6, 1))
    both = g("Concat", g("Sub", g.constant(1), p), p, axis=1)
    X = (rows() * [1, 1, 1, 500] + [0, 0, 0, 4000]).astype(np.float32)
    net = agree(g.save(tmp_path / "a.onnx", both), X)
    assert net.layers == (gn.BatchNorm(), gn.Dense(6, "relu"), gn.Dense(2, "softmax"))
    net.fit(X, np.arange(40) % 2, loss="cross_entropy", epochs=1, seed=0)
    alone = Graph(1)  # without a sigmoid before it
    both = alone("Concat", alone("Sub", alone.constant(1), "x"), "x", axis=1)
    assert agree(alone.save(tmp_path / "b.onnx", both), rows(1)).layers == (gn.Dense(2),)


def test_double_precision_stays(tmp_path):
    g = Graph(element=DOUBLE)
    net = agree(g.save(tmp_path / "a.onnx", g("Relu", g.dense("x", 4, 3))), rows(dtype=np.float64), 1e-13)
    assert net.dtype == np.float64


def test_embeddings_and_images(tmp_path):
    g = Graph(element=INT64, shape=[None, 2])
    rows_of = g("Gather", g.constant(RNG.normal(size=(7, 3))), "x")
    path = g.save(tmp_path / "a.onnx", g.dense(g("Flatten", rows_of), 6, 2))
    net = agree(path, RNG.integers(0, 7, (20, 2)))
    assert net.layers[0] == gn.Embedding(7, 3)
    g = Graph(shape=[None, 3, 2])
    flat = g("Reshape", "x", g.constant([-1, 6], np.int64))
    net = agree(g.save(tmp_path / "b.onnx", g.dense(flat, 6, 2)), rows(6).reshape(-1, 3, 2))
    assert net.layers[0] == gn.Flatten()


def test_conversions_and_copies_between_layers(tmp_path):
    g = Graph()
    x = g("Cast", g("Cast", "x", to=DOUBLE), to=FLOAT)
    inside = g("Cast", g.dense(g("Identity", x), 4, 4), to=FLOAT)
    path = g.save(tmp_path / "a.onnx", g("Identity", g("Add", g("Cast", x, to=FLOAT), inside)))
    assert agree(path, rows()).layers == (gn.Residual(gn.Dense(4)),)
    steps = Graph()
    x = steps("Cast", steps("Less", steps.dense("x", 4, 3), steps.constant(0)), to=FLOAT)
    path = steps.save(tmp_path / "b.onnx", steps("Sub", steps.constant(1), x))
    assert agree(path, rows()).layers == (gn.Dense(3, "binary_step"),)
    whole = Graph()
    with pytest.raises(gn.ModelFileError, match=r"Cast .* is not part of a supported layer"):
        gn.from_onnx(whole.save(tmp_path / "c.onnx", whole("Cast", whole("Cast", "x", to=INT64), to=FLOAT)))


def test_columns_that_go_different_ways(tmp_path):
    g = Graph(5)
    first = g.dense(g("Relu", g.dense(g("Gather", "x", g.constant([0, 2], np.int64), axis=1), 2, 3)), 3, 2)
    second = g("Gather", "x", g.constant([4, 3, 1], np.int64), axis=1)
    net = agree(g.save(tmp_path / "a.onnx", g.dense(g("Concat", first, second, axis=1), 5, 2)), rows(5))
    chain = gn.Chain(gn.Dense(3, "relu"), gn.Dense(2))
    assert net.layers == (gn.Columns(([0, 2], chain), ([4, 3, 1], gn.Activation("linear"))), gn.Dense(2))
    missing = Graph(5)
    half = missing("Gather", "x", missing.constant([0, 2], np.int64), axis=1)
    both = missing(
        "Concat", missing("Relu", half), missing("Gather", "x", missing.constant([1], np.int64), axis=1), axis=1
    )
    with pytest.raises(gn.ModelFileError, match="Columns: column 3 is in no part"):
        gn.from_onnx(missing.save(tmp_path / "b.onnx", both))


def test_constants_that_a_graph_computes(tmp_path):
    g = Graph()
    W = g("Transpose", g.constant(RNG.normal(size=(3, 4))), perm=[1, 0])
    b = g("Constant", value_floats=[1.0, 2.0, 3.0])
    path = g.save(tmp_path / "a.onnx", g("Add", g("MatMul", "x", g("Mul", W, g.constant(2))), b))
    assert agree(path, rows()).layers == (gn.Dense(3),)


def test_one_of_several_outputs(tmp_path):
    g = Graph()
    hidden = g("Tanh", g.dense("x", 4, 3))
    path = g.save(tmp_path / "a.onnx", hidden, last := g.dense(hidden, 3, 2))
    assert len(agree(path, rows(), output=hidden).layers) == 1
    assert len(agree(path, rows(), output=last).layers) == 2
    with pytest.raises(gn.ModelFileError, match=rf"has 2 outputs, '{hidden}', '{last}': name the one to read"):
        gn.from_onnx(path)
    with pytest.raises(gn.ModelFileError, match=f"has no output 'label'; its outputs are '{hidden}', '{last}'"):
        gn.from_onnx(path, output="label")


def test_the_number_of_features_is_found_from_the_weights(tmp_path):
    g = Graph(shape=[None, None])
    assert agree(g.save(tmp_path / "a.onnx", g.dense(g("Relu", "x"), 4, 3)), rows()).built()[0].input_shape == (4,)


def pictures(graph: Graph, x: str, *, filters: int = 6, channels: int = 2, **settings: Any) -> str:
    """A convolution by 3 × 2 with a bias."""
    W, b = RNG.normal(size=(filters, channels, 3, 2)), RNG.normal(size=filters)
    return graph("Conv", x, graph.constant(W), graph.constant(b), **settings)


def of_channels(graph: Graph, x: str, n: int = 6) -> str:
    return graph("BatchNormalization", x, *(graph.constant(RNG.uniform(0.5, 2, n)) for _ in range(4)))


def flat_rows(graph: Graph, x: str, n: int) -> str:
    norm = graph("BatchNormalization", graph("Flatten", x), *(graph.constant(RNG.uniform(0.5, 2, n)) for _ in range(4)))
    return graph("Softmax", graph.dense(graph("Tanh", norm), n, 3))


def residual_of(graph: Graph, x: str) -> str:
    return graph("Relu", graph("Add", x, pictures(graph, x, filters=2, pads=[1, 0, 1, 1])))


PICTURES: dict[str, tuple[tuple[int, ...], Any]] = {
    "convolutions": (
        (2, 7, 8),
        lambda g, x: flat_rows(g, g("MaxPool", g("Relu", of_channels(g, pictures(g, x, pads=[1, 1, 1, 1]))),
                                    kernel_shape=[2, 3], strides=[2, 2]), 6 * 3 * 4),
    ),
    "strides": (
        (4, 9, 8),
        lambda g, x: g("Flatten", g("GlobalAveragePool", g("Softmax", pictures(
            g, x, channels=2, group=2, strides=[2, 1], auto_pad="SAME_UPPER"), axis=1))),
    ),
    "edges": (
        (2, 7, 8),
        lambda g, x: g("ReduceMean", g("AveragePool", g("MaxPool", residual_of(g, x), kernel_shape=[3, 3],
                       pads=[1, 1, 1, 1]), kernel_shape=[2, 2], pads=[1, 0, 0, 1], count_include_pad=1),
                       axes=[2, 3], keepdims=0),
    ),
    "ceil": (
        (2, 7, 8),
        lambda g, x: g("MaxPool", x, kernel_shape=[3, 4], strides=[3, 3], pads=[1] * 4, ceil_mode=1),
    ),
    "below zero": ((2, 7, 8), lambda g, x: g("MaxPool", pictures(g, x), kernel_shape=[2, 2], pads=[0, 1, 1, 0])),
    "slopes": (
        (2, 7, 8),
        lambda g, x: g("PRelu", g("MaxPool", g("PRelu", pictures(g, x), g.constant(RNG.uniform(size=(6, 1, 1)))),
                       kernel_shape=[2, 2]), g.constant([0.2])),
    ),
    "padded": ((2, 7, 8), lambda g, x: g("Pad", x, g.constant([0, 0, 1, 0, 0, 0, 0, 2], "i8"), g.constant(0.5))),
    "series": (
        (2, 9),
        lambda g, x: g("Conv", x, g.constant(RNG.normal(size=(3, 2, 2))), pads=[2, 0], dilations=[2]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_and_series_whose_channels_come_last_here(name, tmp_path):
    shape, build = PICTURES[name]
    graph = Graph(shape=[None, *shape])
    graph.axes = 1 + len(shape) if name in ("ceil", "below zero", "slopes", "padded", "series") else 2
    path = graph.save(tmp_path / "a.onnx", build(graph, "x"))
    rows = RNG.normal(size=(5, *shape)).astype("f4")
    (expected,) = runtime.InferenceSession(path).run(None, {"x": rows})
    found = gn.from_onnx(path).predict(np.moveaxis(rows, 1, -1))
    np.testing.assert_allclose(np.moveaxis(found, -1, 1), expected, rtol=2e-5, atol=2e-6)


def test_pictures_whose_channels_come_last_in_the_file_too(tmp_path):
    graph = Graph(shape=[None, 7, 8, 2])
    graph.axes = 4
    inside = pictures(graph, graph("Transpose", "x", perm=[0, 3, 1, 2]))
    path = graph.save(tmp_path / "a.onnx", graph("Transpose", inside, perm=[0, 2, 3, 1]))
    rows = RNG.normal(size=(5, 7, 8, 2)).astype("f4")
    (expected,) = runtime.InferenceSession(path).run(None, {"x": rows})
    np.testing.assert_allclose(gn.from_onnx(path).predict(rows), expected, rtol=2e-5, atol=2e-6)


def test_rows_that_become_pictures_of_one_channel(tmp_path):
    graph = Graph(56)
    x = graph("Reshape", "x", graph.constant([-1, 1, 7, 8], "i8"))
    path = graph.save(tmp_path / "a.onnx", graph.dense(graph("Flatten", pictures(graph, x, channels=1)), 6 * 35, 2))
    rows = RNG.normal(size=(5, 56)).astype("f4")
    (expected,) = runtime.InferenceSession(path).run(None, {"x": rows})
    np.testing.assert_allclose(gn.from_onnx(path).predict(rows), expected, rtol=2e-5, atol=2e-5)


def halves(g: Graph, x: str) -> list[str]:
    parts = np.split(np.arange(112), 2)
    return [g.dense(g("Gather", x, g.constant(part, "i8"), axis=1), 56, 3) for part in parts]


NOT_PICTURES: dict[str, tuple[Any, str]] = {
    "ceil": (lambda g, x: g("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1), "has ceil_mode=1"),
    "dilated": (lambda g, x: g("MaxPool", x, kernel_shape=[2, 2], dilations=[2, 2]), "has dilations=[2, 2]"),
    "means": (lambda g, x: g("AveragePool", x, kernel_shape=[2, 2], pads=[1] * 4), "leaves the edges out of its means"),
    "mode": (lambda g, x: g("Pad", x, g.constant([0, 0, 1, 1] * 2, "i8"), mode="reflect"), "expected constant edges"),
    "edges": (lambda g, x: g("Pad", x, g.constant([0, 1, 1, 1] * 2, "i8")), "expected edges of positions alone"),
    "rows": (lambda g, x: g("GlobalAveragePool", g("Flatten", x)), "but samples of shape (112,) come in"),
    "transposed": (lambda g, x: g("ConvTranspose", x, g.constant(np.ones((2, 3, 2, 2)))), "is not part of a supported"),
    "a residual": (
        lambda g, x: g("Add", f := g("Flatten", g("MaxPool", x, kernel_shape=[1, 1])), g.dense(f, 112, 112)),
        "adds to pictures that were flattened: expected",
    ),
    "flat at the end": (
        lambda g, x: g("Relu", g("Flatten", g("MaxPool", x, kernel_shape=[2, 2]))),
        "it ends in pictures that were flattened with their channels first",
    ),
    "columns": (
        lambda g, x: g("Concat", *halves(g, g("Flatten", g("MaxPool", x, kernel_shape=[1, 1]))), axis=1),
        "joins columns of pictures that were flattened: expected",
    ),
    "overhanging behind edges": (
        lambda g, x: g("MaxPool", x, kernel_shape=[4, 5], strides=[3, 3], pads=[1] * 4, ceil_mode=1), "has ceil_mode=1",
    ),
    "no steps": (
        lambda g, x: g("MaxPool", x, kernel_shape=[2, 2], strides=[0, 1], ceil_mode=1),
        "has strides=[0, 1]: expected 2 numbers of at least 1",
    ),
    "a mean over the channels": (
        lambda g, x: g("ReduceMean", x, axes=[1], keepdims=0),
        "ReduceMean (node 't0') is not part of a supported layer with these inputs and settings, axes=(1,), keepdims=0",
    ),
    "height and width changed over": (
        lambda g, x: g.dense(g("Flatten", g("Transpose", x, perm=[0, 1, 3, 2])), 112, 2),
        "Transpose (node 't0') is not part of a supported layer with these inputs and settings, perm=(0, 1, 3, 2)",
    ),
    "probabilities over the channels": (
        lambda g, x: g("Softmax", x, axis=1),
        "Softmax (node 't0') is not part of a supported layer with these inputs and settings, axis=1",
    ),
    "numbers along the width": (
        lambda g, x: g("Mul", x, g.constant(np.ones(8))),
        "Mul (node 't1') is not part of a supported layer",
    ),
    "half of the numbers of a picture": (
        lambda g, x: g("Slice", g("Flatten", x), *(g.constant([k], np.int64) for k in (0, 56, 1))),
        "Slice (node 't4') is not part of a supported layer",
    ),
    "slopes along the width": (
        lambda g, x: g("PRelu", g("Conv", x, g.constant(np.ones((8, 2, 1, 1)))), g.constant(np.ones(8))),
        "PRelu (node 't3') is not part of a supported layer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_PICTURES)
def test_operators_over_pictures_that_no_layer_computes_are_named(name, tmp_path):
    build, message = NOT_PICTURES[name]
    graph = Graph(shape=[None, 2, 7, 8])
    (tmp_path / "a.onnx").write_bytes(graph.model(build(graph, "x")).SerializeToString())
    with pytest.raises(gn.ModelFileError, match=re.escape(message)):
        gn.from_onnx(tmp_path / "a.onnx")


FLAT: dict[str, Any] = {
    "alone": lambda g, x: x,
    "softmax": lambda g, x: g("Softmax", x),
    "slopes": lambda g, x: g.dense(g("PRelu", x, g.constant(RNG.random(30))), 30, 2),
    "factors": lambda g, x: g.dense(g("Mul", x, g.constant(RNG.random(30))), 30, 2),
    "layer norm": lambda g, x: g("LayerNormalization", x, g.constant(RNG.random(30)), g.constant(RNG.random(30))),
    "batch norm": lambda g, x: g.dense(
        g("BatchNormalization", x, *(g.constant(RNG.random(30) + 0.5) for _ in range(4))), 30, 2
    ),
    "around": lambda g, x: g("Add", x, g.dense(x, 30, 30)),
}


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize(
    "flatten", [lambda g: g("Flatten", "x"), lambda g: g("Reshape", "x", g.constant([0, -1], int))]
)
def test_pictures_that_are_flattened_first_lie_as_in_the_file(name, flatten, tmp_path):
    graph = Graph(shape=[None, 3, 2, 5])
    path = graph.save(tmp_path / "a.onnx", FLAT[name](graph, flatten(graph)))
    X = np.random.default_rng(2).normal(size=(4, 3, 2, 5)).astype("f")
    expected = runtime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": X})[0]
    np.testing.assert_allclose(gn.from_onnx(path).predict(X), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ([gn.Conv2D(2, 3), gn.MaxPool(2), gn.Flatten(), gn.Dense(2)], (8, 8, 1)),
        ([gn.GRU(3), gn.Dense(2)], (5, 2)),
        ([gn.Attention(heads=1), gn.Flatten(), gn.Dense(2)], (5, 2)),
    ],
    ids=["windows", "sequences", "attention"],
)
def test_what_glassnet_wrote_as_single_steps_is_refused_with_where_its_layers_are(layers, shape, tmp_path):
    gn.export(gn.Network(layers).build(shape, seed=0), tmp_path / "own.onnx")
    with pytest.raises(gn.ModelFileError, match=r"as single steps, which are not read back: load the model file"):
        gn.from_onnx(tmp_path / "own.onnx")
