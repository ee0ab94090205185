"""Convolution, pooling and normalisation of channels give what PyTorch's layers give, forward and backward."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn

torch: Any = pytest.importorskip("torch")
nn: Any = torch.nn


PAIRS: dict[str, tuple[Any, Any, tuple[int, ...]]] = {
    "conv": ([gn.Conv2D(6, (3, 2))], lambda: [nn.Conv2d(4, 6, (3, 2))], (7, 6, 4)),
    "stride, padding": (
        [gn.Conv2D(6, 3, stride=2, padding=(2, 1))], lambda: [nn.Conv2d(4, 6, 3, stride=2, padding=(2, 1))], (7, 6, 4)
    ),
    "dilation, groups": (
        [gn.Conv2D(6, 2, dilation=2, groups=2, bias=False)],
        lambda: [nn.Conv2d(4, 6, 2, dilation=2, groups=2, bias=False)], (7, 6, 4),
    ),
    "same": ([gn.Conv2D(6, 3, padding="same")], lambda: [nn.Conv2d(4, 6, 3, padding="same")], (7, 6, 4)),
    "series": ([gn.Conv1D(5, 3, padding=1)], lambda: [nn.Conv1d(4, 5, 3, padding=1)], (9, 4)),
    "causal": (
        [gn.Conv1D(5, 3, padding="causal", dilation=2)],
        lambda: [nn.ConstantPad1d((4, 0), 0.0), nn.Conv1d(4, 5, 3, dilation=2)], (9, 4),
    ),
    "pools": (
        [gn.Conv2D(6, 2), gn.BatchNorm(), gn.MaxPool(3, stride=2), gn.AveragePool((2, 1))],
        lambda: [nn.Conv2d(4, 6, 2), nn.BatchNorm2d(6), nn.MaxPool2d(3, 2), nn.AvgPool2d((2, 1))], (10, 8, 4),
    ),
    "steps": ([gn.Conv1D(5, 3), gn.BatchNorm()], lambda: [nn.Conv1d(4, 5, 3), nn.BatchNorm1d(5)], (9, 4)),
}  # fmt: skip


def channels_first(array: Any) -> Any:
    return np.moveaxis(array, -1, 1)


@pytest.mark.parametrize("name", PAIRS)
def test_outputs_and_gradients_are_pytorchs(name: str) -> None:
    ours, theirs, shape = PAIRS[name]
    rng = np.random.default_rng(0)
    X, model = rng.normal(size=(5, *shape)), nn.Sequential(*theirs()).double()
    net = gn.Network([*ours, gn.GlobalAveragePool()], dtype="float64").build(shape, seed=0)
    arrays, given = net.arrays, dict(model.named_parameters())
    weight = next(key for key in given if given[key].ndim > 2)
    with torch.no_grad():
        given[weight].copy_(torch.from_numpy(np.moveaxis(arrays["0.W"], (-1, -2), (0, 1)).copy()))
        if "0.b" in arrays:
            arrays["0.b"][...] = rng.normal(size=arrays["0.b"].shape)
            given[weight.replace("weight", "bias")].copy_(torch.from_numpy(arrays["0.b"]))
    x = torch.from_numpy(channels_first(X).copy()).requires_grad_()
    out = model(x).flatten(2).mean(2)
    target = rng.normal(size=tuple(out.shape))
    (0.5 * (out - torch.from_numpy(target)) ** 2).sum().backward()
    step = gn.trace(net, X, target, loss=gn.HalfSquaredError(reduction="sum"))
    np.testing.assert_allclose(step.layers[-1].A, out.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(channels_first(step.layers[0].dX), x.grad.numpy(), rtol=1e-9, atol=1e-12)
    expected = np.moveaxis(given[weight].grad.numpy(), (0, 1), (-1, -2))
    np.testing.assert_allclose(step.layers[0].dW, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("shape", [(5, 4, 3), (6, 3)])
def test_running_averages_of_channels_are_pytorchs(shape: Any, engine: str) -> None:
    rng = np.random.default_rng(0)
    X, norm = rng.normal(2, 3, (12, *shape)), (nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d)(3).double()
    net = gn.Network([gn.BatchNorm(), gn.GlobalAveragePool()], "float64", engine).build(shape, seed=0)
    how: Any = {"optimizer": gn.SGD(1e-300), "batch_size": 4, "epochs": 2, "shuffle": False}
    net.fit(X, np.zeros((12, 3)), loss="squared_error", **how)
    for rows in [*X.reshape(3, 4, *shape)] * 2:
        norm(torch.from_numpy(channels_first(rows).copy()))
    for ours, theirs in (("0.running_mean", norm.running_mean), ("0.running_variance", norm.running_var)):
        np.testing.assert_allclose(net.arrays[ours], theirs.numpy(), rtol=1e-12)
    predicted = norm.eval()(torch.from_numpy(channels_first(X).copy())).flatten(2).mean(2)
    np.testing.assert_allclose(net.predict(X), predicted.detach().numpy(), rtol=1e-9, atol=1e-12)
