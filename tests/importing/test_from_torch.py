"""Networks from the weights of PyTorch; `tests/peers/test_importing.py` compares them with PyTorch itself."""

import re
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import glassnet as gn

RNG = np.random.default_rng(0)


def linear(name: str, n: int, units: int, bias: bool = True) -> dict[str, Any]:
    more = {f"{name}.bias": RNG.normal(size=units).astype("f4")} if bias else {}
    return {f"{name}.weight": RNG.normal(size=(units, n)).astype("f4"), **more}


def batch_norm(name: str, n: int) -> dict[str, Any]:
    own = {key: RNG.uniform(0.5, 2, n).astype("f4") for key in ("weight", "bias", "running_mean", "running_var")}
    return {f"{name}.{key}": array for key, array in own.items()} | {f"{name}.num_batches_tracked": np.int64(3)}


def by_hand(state: Any, X: Any) -> Any:
    h = np.maximum(X @ state["0.weight"].T + state["0.bias"], 0)
    h = (h - state["2.running_mean"]) / np.sqrt(state["2.running_var"] + 1e-5) * state["2.weight"] + state["2.bias"]
    return h @ state["10.weight"].T + state["10.bias"]


LAYERS = [gn.Dense(5, "relu"), gn.BatchNorm(), gn.Dropout(0.1), gn.Dense(2)]
STATE = linear("0", 4, 5) | batch_norm("2", 5) | linear("10", 5, 2)


def test_a_state_dict_and_a_file_of_it(tmp_path):
    X = RNG.normal(size=(9, 4)).astype("f4")
    net = gn.from_torch(STATE, LAYERS)
    np.testing.assert_allclose(net.predict(X), by_hand(STATE, X), rtol=1e-4, atol=1e-5)
    arrays = {name: np.asarray(array) for name, array in STATE.items()}
    save_file(arrays, tmp_path / "a.safetensors")  # "10" before "2" in it
    assert gn.from_torch(tmp_path / "a.safetensors", LAYERS) == net
    assert gn.load(net.save(tmp_path / "own.safetensors")) == net
    assert len(net.fit(X, X[:, :2], loss="squared_error", epochs=2, seed=0)) == 2


def test_weights_go_to_the_layers_of_their_kind():
    state = linear("fc1", 4, 6) | linear("fc2", 6, 6) | linear("out", 6, 1, bias=False)
    state |= {"norm.weight": np.ones(6), "norm.bias": np.zeros(6), "act.weight": np.full(1, 0.3)}
    layers = [gn.Dense(6), gn.LayerNorm(), gn.Residual(gn.Dense(6, "prelu")), gn.Dense(1, bias=False)]
    net = gn.from_torch(state, layers)
    np.testing.assert_array_equal(net.arrays["2.0.W"], state["fc2.weight"].T)
    np.testing.assert_allclose(net.arrays["2.0.alpha"], np.full(6, 0.3), rtol=1e-6)
    np.testing.assert_array_equal(net.arrays["3.W"], state["out.weight"].T)


def test_tables_beside_numbers():
    state = linear("fc", 6, 2) | {"table.weight": RNG.normal(size=(5, 3)).astype("f4")}
    layers = [gn.Columns((slice(0, 3), gn.Activation("linear")), (3, gn.Embedding(5, 3))), gn.Dense(2)]
    net = gn.from_torch(state, layers)
    assert net.built()[0].input_shape == (4,)
    row = np.array([1, 2, 3, *state["table.weight"][4]])
    expected = row @ state["fc.weight"].T + state["fc.bias"]
    np.testing.assert_allclose(net.predict([[1, 2, 3, 4]])[0], expected, rtol=1e-5)


def test_names_where_a_file_does_not_say_the_order(tmp_path):
    state = linear("hidden", 4, 4) | linear("output", 4, 4)
    save_file(state, tmp_path / "a.safetensors")
    layers = {"hidden": gn.Dense(4, "tanh"), "drop": gn.Dropout(), "output": gn.Dense(4)}
    net = gn.from_torch(tmp_path / "a.safetensors", layers)
    np.testing.assert_array_equal(net.arrays["2.W"], state["output.weight"].T)
    with pytest.raises(gn.InvalidInput, match="a file does not say in which order 'hidden' and 'output' come"):
        gn.from_torch(tmp_path / "a.safetensors", [*layers.values()])
    swapped = gn.from_torch(state, {"output": gn.Dense(4), "hidden": gn.Dense(4)})
    np.testing.assert_array_equal(swapped.arrays["0.W"], state["output.weight"].T)


def test_double_precision_and_shapes_that_are_said():
    state = {name: array.astype("f8") for name, array in linear("0", 4, 2).items()}
    assert gn.from_torch(state, [gn.Dense(2)]).dtype == np.float64
    net = gn.from_torch(state, [gn.Flatten(), gn.Dense(2)], input_shape=(2, 2))
    assert net.predict(np.zeros((3, 2, 2))).shape == (3, 2)
    assert gn.from_torch({"e.weight": np.ones((5, 3))}, [gn.Embedding(5, 3)], input_shape=2).predict(
        [[1, 2]]
    ).shape == (1, 2, 3)


WRONG: dict[str, tuple[Any, Any, str]] = {
    "left over": (linear("0", 4, 2) | linear("1", 2, 2), [gn.Dense(2)], "no layer is given for '1.weight' (2, 2)"),
    "missing": (linear("0", 4, 2), [gn.Dense(2), gn.Dense(1)], "no weights of Linear are left for Dense(1, 'linear')"),
    "a norm missing": (linear("0", 4, 2), [gn.Dense(2), gn.BatchNorm()], "no weights of BatchNorm1d or BatchNorm2d"),
    "another width": (linear("0", 4, 3), [gn.Dense(2)], "needs 0.weight of shape (2, 4), got (3, 4)"),
    "no bias": (linear("0", 4, 2, bias=False), [gn.Dense(2)], "there are 0.weight (2, 4) (one without a bias"),
    "convolutions": ({"0.weight": np.ones((2, 1, 3, 3))}, [gn.Dense(2)], "there are 0.weight (2, 1, 3, 3)"),
    "no layers": (linear("0", 4, 2), [], "from_torch needs the layers, such as layers=[Dense(8, 'relu'), …], got []"),
    "layers of another kind": (linear("0", 4, 2), [gn.Scale()], "Scale() has parameters, but no module of PyTorch"),
    "a number": (5, [gn.Dense(2)], "from_torch needs a state_dict or the path of a safetensors file, got 5"),
    "texts": ({"0.weight": "a"}, [gn.Dense(2)], "'0.weight' must hold numbers, got 'a'"),
    "not finite": ({"0.weight": np.full((2, 3), np.nan)}, [gn.Dense(2, bias=False)], "'0.W' holds numbers that"),
    "images": (linear("0", 4, 2), [gn.Flatten(), gn.Dense(2)], "say it, as in input_shape=4"),
    "layers that do not follow": (linear("0", 4, 2) | linear("1", 3, 2), [gn.Dense(2), gn.Dense(2)], "must have shape"),
    "a model": (type("Model", (), {"state_dict": None})(), [gn.Dense(2)], "pass model.state_dict()"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_said(name):
    state, layers, expected = WRONG[name]
    with pytest.raises(gn.InvalidInput, match=re.escape(expected)):
        gn.from_torch(state, layers)


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"\x80\x02}q\x00."])
def test_pickles_are_never_read(data, tmp_path):
    (tmp_path / "model.pt").write_bytes(data)
    with pytest.raises(gn.ModelFileError, match=r"is a file of torch\.save, which is never read as it can run code"):
        gn.from_torch(tmp_path / "model.pt", [gn.Dense(2)])


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff" * 8, b"\x10" + b"\0" * 7 + b'{"a":{"dtype":1}}'])
def test_other_files(data, tmp_path):
    (tmp_path / "a.safetensors").write_bytes(data)
    with pytest.raises(gn.ModelFileError, match="cannot be read as a safetensors file"):
        gn.from_torch(tmp_path / "a.safetensors", [gn.Dense(2)])
    with pytest.raises(gn.ModelFileError, match="is not there"):
        gn.from_torch(tmp_path / "b.safetensors", [gn.Dense(2)])


def convolution(name: str, channels: int, filters: int, *kernel: int) -> dict[str, Any]:
    weight = RNG.normal(size=(filters, channels, *kernel)).astype("f4")
    return {f"{name}.weight": weight, f"{name}.bias": RNG.normal(size=filters).astype("f4")}


def test_channels_come_first_there_and_last_here():
    """Also in the weights behind a Flatten: a kernel of one position, so that the sums are those of a matrix."""
    state = convolution("0", 2, 3, 1, 1) | batch_norm("2", 12) | linear("3", 12, 2)
    X = RNG.normal(size=(5, 2, 2, 2)).astype("f4")  # channels first
    layers = [gn.Conv2D(3, 1, "relu"), gn.Flatten(), gn.BatchNorm(), gn.Dense(2)]
    net = gn.from_torch(state, layers, input_shape=(2, 2, 2))
    Z = np.einsum("nchw,fc->nfhw", X, state["0.weight"][..., 0, 0]) + state["0.bias"][:, np.newaxis, np.newaxis]
    h = np.maximum(Z, 0).reshape(5, -1)
    h = (h - state["2.running_mean"]) / np.sqrt(state["2.running_var"] + 1e-5) * state["2.weight"] + state["2.bias"]
    expected = h @ state["3.weight"].T + state["3.bias"]
    np.testing.assert_allclose(net.predict(X.transpose(0, 2, 3, 1)), expected, rtol=1e-4, atol=1e-5)


def test_a_picture_that_is_flattened_first_has_its_channels_first_there():
    state, X = linear("1", 12, 2), RNG.normal(size=(5, 3, 2, 2)).astype("f4")
    net = gn.from_torch(state, [gn.Flatten(), gn.Dense(2)], input_shape=(2, 2, 3))
    expected = X.reshape(5, -1) @ state["1.weight"].T + state["1.bias"]
    np.testing.assert_allclose(net.predict(X.transpose(0, 2, 3, 1)), expected, rtol=1e-4, atol=1e-5)


def test_numbers_that_no_convolution_made_keep_their_order():
    state = {"table.weight": RNG.normal(size=(5, 3)).astype("f4")} | linear("out", 6, 2)
    net = gn.from_torch(state, [gn.Embedding(5, 3), gn.Flatten(), gn.Dense(2)], input_shape=2)
    np.testing.assert_array_equal(net.arrays["2.W"], state["out.weight"].T)


def test_each_layer_of_a_recurrent_module_becomes_one():
    state: dict[str, Any] = {}
    for k, n in enumerate((4, 3)):
        for own, width in (("ih", n), ("hh", 3)):
            state[f"rnn.weight_{own}_l{k}"] = RNG.normal(size=(9, width)).astype("f4")
            state[f"rnn.bias_{own}_l{k}"] = RNG.normal(size=9).astype("f4")
    for layers in ([gn.GRU(3, sequences=True), gn.GRU(3)], {"rnn": gn.Chain(gn.GRU(3, sequences=True), gn.GRU(3))}):
        net = gn.from_torch(state, layers, input_shape=(7, 4))
        both = state["rnn.bias_ih_l1"] + state["rnn.bias_hh_l1"]
        arrays = [*net.arrays.values()][-4:]
        np.testing.assert_array_equal(arrays[2][:6], both[:6])  # r and z
        np.testing.assert_array_equal(arrays[2][6:], state["rnn.bias_ih_l1"][6:])
        np.testing.assert_array_equal(arrays[3], state["rnn.bias_hh_l1"][6:])
    with pytest.raises(gn.InvalidInput, match="no weights of LSTM are left for LSTM"):
        gn.from_torch(state, [gn.LSTM(3)], input_shape=(7, 4))


def test_attention_and_learned_positions_from_a_state_dict():
    state = {
        "place.weight": RNG.normal(size=(5, 4)).astype("f4"),
        "mix.in_proj_weight": RNG.normal(size=(12, 4)).astype("f4"),
        "mix.out_proj.weight": RNG.normal(size=(4, 4)).astype("f4"),
    }
    layers = [gn.PositionalEncoding(learned=True), gn.Attention(2)]
    net = gn.from_torch(state, layers, input_shape=(5, 4))
    np.testing.assert_array_equal(net.arrays["0.P"], state["place.weight"])
    np.testing.assert_array_equal(net.arrays["1.W"], state["mix.in_proj_weight"].T)
    assert not net.arrays["1.b"].any()


def test_attention_that_is_the_whole_model():
    shapes: dict[str, Any] = {
        "in_proj_weight": (12, 4),
        "in_proj_bias": 12,
        "out_proj.weight": (4, 4),
        "out_proj.bias": 4,
    }
    state = {name: RNG.normal(size=shape).astype("f4") for name, shape in shapes.items()}
    net = gn.from_torch(state, [gn.Attention(2)], input_shape=(5, 4))
    np.testing.assert_array_equal(net.arrays["0.U"], state["out_proj.weight"].T)
    np.testing.assert_array_equal(net.arrays["0.c"], state["out_proj.bias"])


def test_one_channel_has_one_order_and_may_stay_flat():
    state = convolution("0", 1, 1, 1, 1)
    net = gn.from_torch(state, [gn.Conv2D(1, 1), gn.Flatten()], input_shape=(2, 3, 1))
    X = RNG.normal(size=(4, 2, 3, 1)).astype("f4")
    expected = (X * state["0.weight"].item() + state["0.bias"].item()).reshape(4, 6)
    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-5, atol=1e-6)


OTHERS_WRONG: dict[str, tuple[Any, Any, Any, str]] = {
    "no shape": (convolution("0", 1, 3, 2, 2), [gn.Conv2D(3, 2)], None, "say it, as in input_shape=(28, 28, 1)"),
    "kernel": (convolution("0", 1, 3, 2, 2), [gn.Conv2D(3, 5)], (9, 9, 1), "needs 0.weight of shape (3, 1, 5, 5)"),
    "axes": (convolution("0", 1, 3, 2), [gn.Conv2D(3, 2)], (9, 9, 1), "needs 0.weight of shape (3, 1, 2, 2)"),
    "none": (linear("0", 4, 2), [gn.Conv2D(3, 2)], (9, 9, 1), "no weights of Conv1d or Conv2d are left"),
    "a reshape": (
        linear("0", 4, 8) | convolution("1", 2, 3, 1, 1), [gn.Dense(8), gn.Reshape((2, 2, 2)), gn.Conv2D(3, 1)], 4,
        "lays numbers out in another order than PyTorch",
    ),
    "a residual": (
        convolution("0", 1, 2, 1, 1) | linear("1", 8, 8),
        [gn.Conv2D(2, 1), gn.Flatten(), gn.Residual(gn.Dense(8))], (2, 2, 1), "a Residual layer right behind Flatten",
    ),
    "columns": (
        convolution("0", 1, 2, 2, 2) | linear("1", 4, 3) | linear("2", 4, 3),
        [gn.Conv2D(2, 2), gn.Flatten(), gn.Columns((range(4), gn.Dense(3)), (range(4, 8), gn.Dense(3)))], (3, 3, 1),
        "a Columns layer right behind Flatten takes numbers that PyTorch has in another order",
    ),
    "flat at the end": (
        convolution("0", 1, 2, 2, 2), [gn.Conv2D(2, 2), gn.Flatten()], (3, 3, 1),
        "the outputs behind the last Flatten would come in another order than PyTorch's",
    ),
    "flat at the end of columns": (
        linear("0", 4, 8) | convolution("1", 1, 2, 1, 1),
        [gn.Columns((range(4), gn.Chain(gn.Reshape((2, 2, 1)), gn.Conv2D(2, 1), gn.Flatten())))], 4,
        "the outputs behind the last Flatten would come in another order than PyTorch's",
    ),
    "biases": (
        {"weight_ih_l0": np.ones((9, 4)), "weight_hh_l0": np.ones((9, 3)), "bias_ih_l0": np.ones(8),
         "bias_hh_l0": np.ones(8)}, [gn.GRU(3)], (5, 4), "needs l0.bias_hh of shape (9,), got (8,)",
    ),
    "both directions": (
        {f"weight_{own}_l0{way}": np.ones((9, 3)) for way in ("", "_reverse") for own in ("ih", "hh")}, [gn.GRU(3)],
        (5, 3), "'weight_ih_l0_reverse' belongs to a recurrent module in both directions (bidirectional=True)",
    ),
    "projections": (
        {f"rnn.weight_{own}_l0": np.ones((12, 2)) for own in ("ih", "hh", "hr")}, [gn.LSTM(3)], (5, 2),
        "'rnn.weight_hr_l0' belongs to a recurrent module with projections (proj_size), which is not supported",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS_WRONG)
def test_pictures_that_cannot_be_read_are_refused_in_a_sentence(name):
    state, layers, shape, expected = OTHERS_WRONG[name]
    with pytest.raises(gn.InvalidInput, match=re.escape(expected)):
        gn.from_torch(state, layers, input_shape=shape)
