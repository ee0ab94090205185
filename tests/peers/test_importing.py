"""Networks of PyTorch, Keras and scikit-learn, read here, beside what these libraries predict: `make test-peers`.

Each part runs where its library is installed.
"""

import os
from typing import Any

import numpy as np
import pytest

import glassnet as gn

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
torch: Any = pytest.importorskip("torch")
nn: Any = torch.nn
RNG = np.random.default_rng(0)
X = RNG.normal(0, 2, (60, 6)).astype(np.float32)


def predicted(model: Any, rows: Any = X) -> Any:
    with torch.no_grad():
        return model.eval()(torch.as_tensor(rows)).numpy()


def shaken(model: Any) -> Any:
    """With running statistics and gains that are not those of the beginning."""
    torch.manual_seed(0)
    with torch.no_grad():
        for value in [*model.parameters(), *model.buffers()]:
            if value.dtype.is_floating_point:
                value.copy_(torch.rand_like(value) * 0.9 + 0.1 if value.ndim == 1 else torch.randn_like(value) * 0.4)
    return model


def close(net: gn.Network, expected: Any, rows: Any = X) -> None:
    np.testing.assert_allclose(net.predict(rows), expected, rtol=2e-5, atol=2e-6)


def sequential() -> Any:
    return shaken(nn.Sequential(
        nn.Linear(6, 12), nn.BatchNorm1d(12), nn.GELU(), nn.Dropout(0.3), nn.Linear(12, 9, bias=False), nn.LayerNorm(9),
        nn.PReLU(9), nn.Linear(9, 3), nn.Softmax(1),
    ))  # fmt: skip


LAYERS = [
    gn.Dense(12), gn.BatchNorm(), gn.Activation("gelu"), gn.Dropout(0.3), gn.Dense(9, bias=False), gn.LayerNorm(),
    gn.Activation("prelu"), gn.Dense(3, "softmax"),
]  # fmt: skip


def test_a_state_dict(tmp_path):
    from safetensors.torch import save_file

    model = sequential()
    net = gn.from_torch(model.state_dict(), LAYERS)
    close(net, predicted(model))
    save_file(model.state_dict(), tmp_path / "a.safetensors")
    assert gn.from_torch(tmp_path / "a.safetensors", LAYERS) == net
    half = gn.from_torch(model.to(torch.bfloat16).state_dict(), LAYERS)
    assert np.abs(half.predict(X) - net.predict(X)).max() < 0.05
    torch.save(model.state_dict(), tmp_path / "a.pt")
    with pytest.raises(gn.ModelFileError, match="never read as it can run code"):
        gn.from_torch(tmp_path / "a.pt", LAYERS)


ACTIVATIONS = {
    "relu": nn.ReLU(), "leaky_relu": nn.LeakyReLU(0.1), "elu": nn.ELU(0.7), "selu": nn.SELU(), "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(), "softplus": nn.Softplus(), "gelu": nn.GELU(), "gelu_tanh": nn.GELU("tanh"), "silu": nn.SiLU(),
    "mish": nn.Mish(), "hard_sigmoid": nn.Hardsigmoid(), "softmax": nn.Softmax(1), "prelu": nn.PReLU(),
}  # fmt: skip


class Skip(nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
    def __init__(self) -> None:
        super().__init__()
        self.inside = nn.Sequential(nn.Linear(6, 8), nn.SiLU(), nn.Linear(8, 6))

    def forward(self, x: Any) -> Any:
        return x + self.inside(x)


def exported(model: Any, path: Any, opset: int) -> Any:
    pytest.importorskip("onnx")
    torch.onnx.export(
        model.eval(), torch.zeros(2, 6), path, dynamo=False, opset_version=opset, input_names=["x"],
        dynamic_axes={"x": {0: "rows"}},
    )  # fmt: skip
    return path


@pytest.mark.parametrize("opset", [11, 13, 17, 20])
def test_onnx_files_that_pytorch_exports(opset, tmp_path):
    model = sequential()
    close(gn.from_onnx(exported(model, tmp_path / "a.onnx", opset)), predicted(model))
    for name, f in ACTIVATIONS.items():
        model = shaken(nn.Sequential(nn.Linear(6, 8), f, nn.Linear(8, 2)))
        net = gn.from_onnx(exported(model, tmp_path / f"{name}.onnx", opset))
        close(net, predicted(model))
        assert net.layers[0].output_activation.name == name  # type: ignore[union-attr]
    model = shaken(nn.Sequential(Skip(), Skip(), nn.Linear(6, 1)))
    net = gn.from_onnx(exported(model, tmp_path / "skip.onnx", opset))
    close(net, predicted(model))
    assert [type(layer).__name__ for layer in net.layers] == ["Residual", "Residual", "Dense"]


def test_embeddings_that_pytorch_exports(tmp_path):
    pytest.importorskip("onnx")
    model = shaken(nn.Sequential(nn.Embedding(7, 3), nn.Flatten(), nn.Linear(6, 2)))
    codes = RNG.integers(0, 7, (30, 2))
    path = tmp_path / "a.onnx"
    torch.onnx.export(
        model, torch.as_tensor(codes), path, dynamo=False, dynamic_axes={"x": {0: "n"}}, input_names=["x"]
    )
    close(gn.from_onnx(path), predicted(model, codes), codes)


class TestKeras:
    @pytest.fixture
    def keras(self):
        pytest.importorskip("h5py")
        return pytest.importorskip("keras")

    def sequential(self, keras: Any) -> Any:
        L = keras.layers
        model = keras.Sequential([
            keras.Input((6,)), L.Dense(12, "gelu"), L.BatchNormalization(), L.Dropout(0.2), L.Dense(9, use_bias=False),
            L.LayerNormalization(), L.LeakyReLU(), L.Dense(8, "hard_sigmoid"), L.PReLU(), L.Dense(8, "selu"),
            L.BatchNormalization(center=False), L.Dense(7, "exponential"), L.Dense(3, "softmax"),
        ])  # fmt: skip
        for weight in model.weights:
            if weight.dtype == "float32":
                weight.assign(RNG.uniform(0.1, 0.9, weight.shape) * (1 if len(weight.shape) == 1 else 0.5))
        return model

    def test_a_sequential_model(self, keras, tmp_path):
        model = self.sequential(keras)
        model.save(tmp_path / "a.keras")
        net = gn.from_keras(tmp_path / "a.keras")
        close(net, model.predict(X, verbose=0))
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(X, np.arange(60) % 3, verbose=0)
        model.save(tmp_path / "b.keras")
        close(gn.from_keras(tmp_path / "b.keras"), model.predict(X, verbose=0))

    def test_a_functional_model_with_one_in_it(self, keras, tmp_path):
        x = start = keras.Input((6,))
        for layer in (keras.layers.Dense(5, "silu"), self.inner(keras), keras.layers.Dense(2)):
            x = layer(x)
        model = keras.Model(start, x)
        model.save(tmp_path / "a.keras")
        close(gn.from_keras(tmp_path / "a.keras"), model.predict(X, verbose=0))
        summed = keras.Model(start, keras.layers.Add()([keras.layers.Dense(6)(start), start]))
        summed.save(tmp_path / "b.keras")
        with pytest.raises(gn.ModelFileError, match="export the model to ONNX"):
            gn.from_keras(tmp_path / "b.keras")

    def inner(self, keras: Any) -> Any:
        return keras.Sequential([keras.layers.Dense(4, "elu"), keras.layers.Dropout(0.1)])

    def test_embeddings(self, keras, tmp_path):
        L = keras.layers
        model = keras.Sequential([keras.Input((2,)), L.Embedding(7, 3), L.Flatten(), L.Dense(2)])
        model.save(tmp_path / "a.keras")
        codes = RNG.integers(0, 7, (30, 2))
        close(gn.from_keras(tmp_path / "a.keras"), model.predict(codes, verbose=0), codes)


def channels_last(rows: Any) -> Any:
    return np.moveaxis(rows, 1, -1)


def pictures_of(*layers: Any) -> Any:
    return shaken(nn.Sequential(*layers))


PICTURES = RNG.normal(size=(12, 3, 9, 8)).astype(np.float32)
SERIES = RNG.normal(size=(12, 4, 11)).astype(np.float32)
CONVOLUTIONS: dict[str, tuple[Any, list[gn.Layer], Any]] = {
    "flattened": (
        lambda: pictures_of(
            nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 4, (2, 1), bias=False), nn.PReLU(4), nn.Flatten(), nn.BatchNorm1d(48),
            nn.Linear(48, 7), nn.Tanh(), nn.Linear(7, 3), nn.Softmax(1),
        ),
        [
            gn.Conv2D(6, 3, padding=1), gn.BatchNorm(), gn.Activation("relu"), gn.MaxPool(2),
            gn.Conv2D(4, (2, 1), "prelu", bias=False), gn.Flatten(), gn.BatchNorm(), gn.Dense(7, "tanh"),
            gn.Dense(3, "softmax"),
        ],
        PICTURES,
    ),
    "averaged": (
        lambda: pictures_of(
            nn.Conv2d(3, 6, 3, stride=2, dilation=2, groups=3), nn.PReLU(), nn.AvgPool2d((2, 1)),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3),
        ),
        [
            gn.Conv2D(6, 3, stride=2, dilation=2, groups=3), gn.Activation("prelu"), gn.AveragePool((2, 1)),
            gn.GlobalAveragePool(), gn.Dense(3),
        ],
        PICTURES,
    ),
    "series": (
        lambda: pictures_of(
            nn.Conv1d(4, 5, 3), nn.BatchNorm1d(5), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.PReLU(20),
            nn.Linear(20, 2),
        ),
        [
            gn.Conv1D(5, 3), gn.BatchNorm(), gn.Activation("relu"), gn.MaxPool(2), gn.Flatten(), gn.Activation("prelu"),
            gn.Dense(2),
        ],
        SERIES,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolutions_from_a_state_dict(name: str, tmp_path: Any) -> None:
    from safetensors.torch import save_file

    make, layers, rows = CONVOLUTIONS[name]
    model = make()
    save_file(model.state_dict(), tmp_path / "a.safetensors")
    for state in (model.state_dict(), tmp_path / "a.safetensors"):
        net = gn.from_torch(state, layers, channels_last(rows).shape[1:])
        close(net, predicted(model, rows), channels_last(rows))


class Steps(nn.Module):
    """The first part of what a module gives."""

    def __init__(self, inside: Any, last: bool = False) -> None:
        super().__init__()
        self.inside, self.last = inside, last

    def forward(self, x: Any) -> Any:
        found = self.inside(x, x, x)[0] if isinstance(self.inside, nn.MultiheadAttention) else self.inside(x)[0]
        return found[:, -1] if self.last else found


STEPWISE: dict[str, tuple[Any, list[gn.Layer]]] = {
    "gru": (
        lambda: nn.Sequential(Steps(nn.GRU(4, 5, num_layers=2, batch_first=True), last=True), nn.Linear(5, 2)),
        [gn.GRU(5, sequences=True), gn.GRU(5), gn.Dense(2)],
    ),
    "lstm": (
        lambda: nn.Sequential(Steps(nn.LSTM(4, 5, batch_first=True)), nn.LayerNorm(5), nn.Flatten(), nn.Linear(55, 2)),
        [gn.LSTM(5, sequences=True), gn.LayerNorm(), gn.Flatten(), gn.Dense(2)],
    ),
    "rnn": (
        lambda: nn.Sequential(Steps(nn.RNN(4, 5, nonlinearity="relu", bias=False, batch_first=True), last=True)),
        [gn.SimpleRNN(5, "relu")],
    ),
    "attention": (
        lambda: nn.Sequential(nn.Linear(4, 6), Steps(nn.MultiheadAttention(6, 2, batch_first=True)), nn.Flatten()),
        [gn.Dense(6), gn.Attention(2), gn.Flatten()],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STEPWISE)
def test_layers_of_sequences_from_a_state_dict(name: str) -> None:
    make, layers = STEPWISE[name]
    model, rows = shaken(make()), channels_last(SERIES).copy()
    close(gn.from_torch(model.state_dict(), layers, rows.shape[1:]), predicted(model, rows), rows)


class Around(nn.Module):
    """A residual block, and its mean over all positions."""

    def __init__(self) -> None:
        super().__init__()
        inside = (nn.Conv2d(6, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 6, 3, padding="same"))
        self.inside = nn.Sequential(*inside)

    def forward(self, x: Any) -> Any:
        return torch.relu(x + self.inside(x)).mean((2, 3))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("opset", [11, 17])
@pytest.mark.parametrize("name", [*CONVOLUTIONS, "residual"])
def test_convolutions_that_pytorch_exports(name: str, opset: int, tmp_path: Any) -> None:
    pytest.importorskip("onnx")
    make, _, rows = CONVOLUTIONS.get(name) or (
        lambda: pictures_of(nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.MaxPool2d(3, 2, padding=1), Around()),
        [],
        PICTURES,
    )
    model, path = make().eval(), tmp_path / "a.onnx"
    how = {"dynamo": False, "opset_version": opset, "input_names": ["x"], "dynamic_axes": {"x": {0: "rows"}}}
    for training in (torch.onnx.TrainingMode.EVAL, torch.onnx.TrainingMode.PRESERVE):  # the first folds what it can
        torch.onnx.export(model, torch.as_tensor(rows[:2]), path, training=training, **how)
        close(gn.from_onnx(path), predicted(model, rows), channels_last(rows))
