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
