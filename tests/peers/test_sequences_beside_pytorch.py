"""Recurrence and attention give what PyTorch's layers give, forward and backward."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn

torch: Any = pytest.importorskip("torch")
nn: Any = torch.nn
STEPS, FEATURES, UNITS = 7, 6, 5


def every_step(outputs: Any) -> Any:
    return outputs[0]


def recurrent(kind: Any) -> Any:
    """PyTorch's layer, and ours by the names of its parameters; its second bias is needed in a GRU alone."""
    names = {"weight_ih_l0": "W", "weight_hh_l0": "U", "bias_ih_l0": "b"}
    return kind(FEATURES, UNITS, batch_first=True), names, lambda model, x: every_step(model(x))


def attention(causal: bool) -> Any:
    hidden = torch.ones(STEPS, STEPS).triu(1).bool() if causal else None
    names = {"in_proj_weight": "W", "in_proj_bias": "b", "out_proj.weight": "U", "out_proj.bias": "c"}
    model = nn.MultiheadAttention(FEATURES, 2, batch_first=True)
    return model, names, lambda model, x: every_step(model(x, x, x, attn_mask=hidden))


PAIRS: dict[str, tuple[gn.Layer, Any]] = {
    "rnn": (gn.SimpleRNN(UNITS, sequences=True), lambda: recurrent(nn.RNN)),
    "gru": (gn.GRU(UNITS, sequences=True), lambda: recurrent(nn.GRU)),
    "lstm": (gn.LSTM(UNITS, sequences=True), lambda: recurrent(nn.LSTM)),
    "attention": (gn.Attention(2), lambda: attention(causal=False)),
    "causal attention": (gn.Attention(2, causal=True), lambda: attention(causal=True)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_outputs_and_gradients_are_pytorchs(name: str) -> None:
    layer, theirs = PAIRS[name]
    model, names, run = theirs()
    model.double()
    rng, given = np.random.default_rng(0), dict(model.named_parameters())
    X = rng.normal(size=(4, STEPS, FEATURES))
    net = gn.Network([layer], dtype="float64").build((STEPS, FEATURES), seed=0)
    net.parameters[...] = rng.normal(0, 0.5, net.parameters.size)
    with torch.no_grad():
        for key, own in names.items():
            given[key].copy_(torch.from_numpy(net.arrays[f"0.{own}"].T.copy()))
        if "bias_hh_l0" in given:
            given["bias_hh_l0"].zero_()
        if name == "gru":
            given["bias_hh_l0"][2 * UNITS :].copy_(torch.from_numpy(net.arrays["0.c"].copy()))
    x = torch.from_numpy(X).requires_grad_()
    out = run(model, x)
    target = rng.normal(size=tuple(out.shape))
    (0.5 * (out - torch.from_numpy(target)) ** 2).sum().backward()
    step = gn.trace(net, X, target, loss=gn.HalfSquaredError(reduction="sum")).layers[0]
    np.testing.assert_allclose(step.A, out.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(step.dX, x.grad.numpy(), rtol=1e-9, atol=1e-12)
    for key, own in names.items():
        np.testing.assert_allclose(getattr(step, f"d{own}").T, given[key].grad.numpy(), rtol=1e-9, atol=1e-12)
    if name == "gru":
        np.testing.assert_allclose(step.dc, given["bias_hh_l0"].grad.numpy()[2 * UNITS :], rtol=1e-9, atol=1e-12)
