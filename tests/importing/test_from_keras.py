"""Networks from `.keras` files, written here as Keras does; `tests/peers/test_importing.py` runs Keras itself."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest

import glassnet as gn

h5py: Any = pytest.importorskip("h5py")
RNG = np.random.default_rng(0)


def layer(kind: str, module: str = "keras.layers", **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": {"name": kind.lower(), **config}, "registered_name": None}


def dense(units: int, activation: Any = "linear", **more: Any) -> dict[str, Any]:
    return layer("Dense", units=units, activation=activation, use_bias=True, **more)


INPUT = layer("InputLayer", batch_shape=[None, 4])
MODEL = [
    INPUT,
    dense(5, "relu"),
    layer("BatchNormalization", axis=-1, momentum=0.9, epsilon=0.001, center=True, scale=True),
    layer("Dropout", rate=0.25),
    dense(2, "softmax"),
]
WEIGHTS = {
    "layers/dense": [RNG.normal(size=(4, 5)), RNG.normal(size=5)],
    "layers/batch_normalization": [RNG.uniform(0.5, 2, 5) for _ in range(4)],
    "layers/dense_1": [RNG.normal(size=(5, 2)), RNG.normal(size=2)],
}


def h5(weights: Any) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as h:
        for path, arrays in weights.items():
            for k, array in enumerate(arrays):
                h[f"{path}/vars/{k}"] = np.asarray(array, "f4") if isinstance(array, np.ndarray) else array
    return file.getvalue()


def saved(path: Any, layers: Any = MODEL, weights: Any = WEIGHTS, kind: str = "Sequential", **more: Any) -> Any:
    config = {"class_name": kind, "module": "keras", "config": {"name": "model", "layers": layers, **more}}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if more.get("small") else zipfile.ZIP_STORED) as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights if isinstance(weights, bytes) else h5(weights))
    return path


def by_hand(X: Any) -> Any:
    (W, b), (gamma, beta, mean, variance), (V, c) = WEIGHTS.values()
    h = (np.maximum(X @ W + b, 0) - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    e = np.exp(h @ V + c)
    return e / e.sum(1, keepdims=True)


def test_a_sequential_model(tmp_path):
    net = gn.from_keras(saved(tmp_path / "a.keras"))
    X = RNG.normal(size=(9, 4))
    np.testing.assert_allclose(net.predict(X), by_hand(X), rtol=1e-4, atol=1e-6)
    (first, norm, *_) = net.layers
    assert (first, norm) == (gn.Dense(5, "relu"), gn.BatchNorm(0.1, 1e-3))
    net.fit(X, np.arange(9) % 2, loss="cross_entropy", epochs=2, seed=0)
    assert gn.load(net.save(tmp_path / "own.safetensors")) == net


def test_models_in_models_and_functional_ones(tmp_path):
    inner = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": MODEL[1:4]}}
    weights = {f"layers/sequential/{k}" if k != "layers/dense_1" else "layers/dense": v for k, v in WEIGHTS.items()}
    net = gn.from_keras(saved(tmp_path / "a.keras", [INPUT, inner, MODEL[4]], weights))
    assert net == gn.from_keras(saved(tmp_path / "b.keras"))
    line = [{**each, "name": f"l{k}", "inbound_nodes": calls(k - 1) if k else []} for k, each in enumerate(MODEL)]
    assert net == gn.from_keras(saved(tmp_path / "c.keras", line, kind="Functional"))
    line[4] = {**line[4], "inbound_nodes": calls(1)}
    with pytest.raises(
        gn.ModelFileError, match="its layer 'l4' takes another input than the layer before it: export the"
    ):
        gn.from_keras(saved(tmp_path / "d.keras", line, kind="Functional"))


def calls(k: int) -> Any:
    return [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [f"l{k}", 0, 0]}}], "kwargs": {}}]


ALONE: dict[str, tuple[Any, Any, Any]] = {
    "ReLU": ({"negative_slope": 0.2}, [], gn.Activation(gn.LeakyReLU(0.2))),
    "LeakyReLU": ({"negative_slope": 0.3}, [], gn.Activation(gn.LeakyReLU(0.3))),
    "ELU": ({"alpha": 0.5}, [], gn.Activation(gn.ELU(0.5))),
    "PReLU": ({}, [np.full(4, 0.1)], gn.Activation("prelu")),
    "Softmax": ({"axis": -1}, [], gn.Activation("softmax")),
    "Activation": ({"activation": "leaky_relu"}, [], gn.Activation(gn.LeakyReLU(0.2))),
    "GaussianNoise": ({"stddev": 0.5}, [], gn.GaussianNoise(0.5)),
    "Flatten": ({}, [], gn.Flatten()),
    "LayerNormalization": ({"epsilon": 0.01, "axis": -1}, [np.ones(4), np.zeros(4)], gn.LayerNorm(0.01)),
    "Embedding": ({"input_dim": 6, "output_dim": 2}, [np.ones((6, 2))], gn.Embedding(6, 2)),
}


@pytest.mark.parametrize("kind", ALONE)
def test_layers(kind, tmp_path):
    config, arrays, expected = ALONE[kind]
    path = {"ReLU": "re_lu", "PReLU": "p_re_lu", "LayerNormalization": "layer_normalization"}.get(kind, kind.lower())
    net = gn.from_keras(saved(tmp_path / "a.keras", [INPUT, layer(kind, **config)], {f"layers/{path}": arrays}))
    assert net.layers == (expected,)


def big(path: Any) -> Any:
    """A megabyte of zeros in each of many layers, which share one array in the file."""
    file = io.BytesIO()
    with h5py.File(file, "w") as h:
        h["array"] = np.zeros((512, 512), "f4")
        for k in range(60):
            h[f"layers/dense{f'_{k}' if k else ''}/vars/0"] = h["array"]
    layers = [layer("InputLayer", batch_shape=[None, 512])]
    layers += [layer("Dense", units=512, use_bias=False) for _ in range(60)]
    return saved(path, layers, file.getvalue())


def linked(path: Any) -> Any:
    return saved(path, weights={"layers/dense": [h5py.ExternalLink("/etc/passwd", "/x"), WEIGHTS["layers/dense"][1]]})


def compressed(path: Any) -> Any:
    file = io.BytesIO()
    with h5py.File(file, "w") as h:
        h.create_dataset("layers/dense/vars/0", (4, 500_000), "f4", compression="gzip")
        h.create_dataset("layers/dense/vars/1", (500_000,), "f4")
    return saved(path, [INPUT, dense(500_000)], file.getvalue())


def bomb(path: Any) -> Any:
    return saved(path, weights=bytes(50_000_000), small=True)


def damaged(path: Any) -> Any:
    path.write_bytes(saved(path).read_bytes()[:-100])
    return path


def raw(config: str) -> Any:
    def write(path: Any) -> Any:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", config)
            archive.writestr("model.weights.h5", h5({}))
        return path

    return write


CUSTOM = {**layer("Swirl", "my_package"), "registered_name": "my_package>Swirl"}
HOSTILE: dict[str, tuple[Any, str]] = {
    "a custom layer": (lambda p: saved(p, [INPUT, CUSTOM], {}), "its layer 'swirl' is of the custom class 'Swirl'"),
    "a lambda": (lambda p: saved(p, [INPUT, layer("Lambda", function="x")], {}), "'lambda' is of the class Lambda"),
    "another layer": (
        lambda p: saved(p, [INPUT, layer("Conv3D")], {}),
        "is of the class Conv3D, which glassnet does not have: it reads Dense",
    ),
    "weights missing": (lambda p: saved(p, weights={}), "its layer 'dense' has 0 arrays of weights: expected 2"),
    "weights of another shape": (
        lambda p: saved(p, [INPUT, dense(3)], {"layers/dense": [np.ones((4, 2)), np.ones(3)]}), "of shape (4, 2)",
    ),
    "a link elsewhere": (linked, "the weights of 'layers/dense' are a link to another place"),
    "compressed weights": (compressed, "are compressed, or in another file"),
    "one array many times": (big, "would take more than 16 times as much"),
    "a zip bomb": (bomb, "its model.weights.h5 would unpack to more than 16 times the size"),
    "cut off": (damaged, "it is not a complete archive"),
    "no archive": (lambda p: p.write_bytes(b"hello") and p, "it is not a complete archive"),
    "the older format": (lambda p: p.write_bytes(h5({})) and p, "it is of the older format .h5"),
    "no JSON": (raw("{"), "cannot be read as a Keras file"),
    "a list": (raw("[]"), "its config.json is not a JSON object"),
    "deep JSON": (raw("[" * 100_000), "nested too deeply"),
    "no layers": (raw('{"class_name": "Sequential", "config": {}}'), "its config.json has no list of layers"),
    "another model": (raw('{"class_name": "Mine", "config": {}}'), "its model is of the class 'Mine': expected a"),
    "no HDF5": (lambda p: saved(p, weights=b"hello"), "cannot be read as a Keras file"),
    "an activation of its own": (
        lambda p: saved(p, [INPUT, dense(5, {"class_name": "function", "config": "my_relu"})]), "unknown activation",
    ),
    "an activation that is only similar": (lambda p: saved(p, [INPUT, dense(5, "relu6")]), "'relu6' is not one that"),
    "odd settings": (lambda p: saved(p, [INPUT, layer("Dropout", rate="x")], {}), "`rate` must be"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_one_sentence(name, tmp_path):
    made, expected = HOSTILE[name]
    path = made(tmp_path / "a.keras")
    with pytest.raises(gn.ModelFileError) as caught:
        gn.from_keras(path)
    assert expected in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) <= 500


def test_pictures(tmp_path):
    W, b, V, c = RNG.normal(size=(3, 3, 2, 4)), RNG.normal(size=4), RNG.normal(size=(4, 2)), RNG.normal(size=2)
    convolution = layer(
        "Conv2D", filters=4, kernel_size=[3, 3], strides=[1, 1], padding="same", data_format="channels_last",
        dilation_rate=[1, 1], groups=1, activation="relu", use_bias=True,
    )  # fmt: skip
    layers = [
        layer("InputLayer", batch_shape=[None, 5, 6, 2]), convolution,
        layer("MaxPooling2D", pool_size=[2, 2], strides=[2, 2], padding="valid"), layer("GlobalAveragePooling2D"),
        dense(2),
    ]  # fmt: skip
    weights = {"layers/conv2d": [W, b], "layers/dense": [V, c]}
    net = gn.from_keras(saved(tmp_path / "a.keras", layers, weights))
    assert net.layers[:2] == (gn.Conv2D(4, 3, "relu", padding="same"), gn.MaxPool((2, 2), (2, 2)))
    X = RNG.normal(size=(3, 5, 6, 2))
    padded = np.pad(X, ((0, 0), (1, 1), (1, 1), (0, 0)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    A = np.maximum(np.einsum("nyxcuv,uvcf->nyxf", seen, W) + b, 0)
    pooled = A[:, :4].reshape(3, 2, 2, 3, 2, 4).max(axis=(2, 4))
    np.testing.assert_allclose(net.predict(X), pooled.mean(axis=(1, 2)) @ V + c, rtol=1e-4, atol=1e-5)
    layers[1] = {**convolution, "config": {**convolution["config"], "data_format": "channels_first"}}
    with pytest.raises(gn.ModelFileError, match="its layer 'conv2d' has its channels first, which is not supported"):
        gn.from_keras(saved(tmp_path / "b.keras", layers, weights))
