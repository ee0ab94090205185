"""Gradients of the tape beside those of PyTorch's autograd: `make test-peers`."""

from typing import Any

import numpy as np
import pytest

from glassnet.taping.graph import Traced, gradients

torch: Any = pytest.importorskip("torch")
F = torch.nn.functional

M, N, S = (4, 3), (3, 5), (2, 4, 3)
# The same computation twice: with NumPy, and with PyTorch.
PAIRS: dict[str, Any] = {
    "dense": (lambda x, w: np.tanh(x @ w), lambda x, w: torch.tanh(x @ w), M, N),
    "softmax": (
        lambda x: (lambda e: e / e.sum(axis=-1, keepdims=True))(np.exp(x - x.max(axis=-1, keepdims=True))),
        lambda x: torch.softmax(x, -1),
        M,
    ),
    "layer normalisation": (
        lambda x: (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5),
        lambda x: F.layer_norm(x, x.shape[-1:]),
        M,
    ),
    "attention": (
        lambda x, w: (lambda e: e / e.sum(axis=-1, keepdims=True) @ x)(np.exp(x @ w @ x.swapaxes(-1, -2))),
        lambda x, w: torch.softmax(x @ w @ x.transpose(-1, -2), -1) @ x,
        S,
        (3, 3),
    ),
    "silu": (lambda x: x / (1.0 + np.exp(-x)), F.silu, M),
    "rows of a table": (lambda x: x[[0, 2, 0, 1]] ** 2, lambda x: x[[0, 2, 0, 1]] ** 2, M),
    "largest": (lambda x: x.max(axis=1) * x.min(), lambda x: x.amax(1) * x.amin(), M),
    "larger": (lambda x, y: np.maximum(x, y), torch.maximum, M, (3,)),
    "equal ones share": (lambda x: np.maximum(x, x[:1]), lambda x: torch.maximum(x, x[:1]), M),
    "clip": (lambda x: np.clip(x, -0.5, 0.5), lambda x: torch.clamp(x, -0.5, 0.5), M),
    "where": (
        lambda x, y: np.where(x > 0, x * y, np.exp(x)),
        lambda x, y: torch.where(x > 0, x * y, torch.exp(x)),
        M,
        (4, 1),
    ),
    "einsum": (lambda x, y: np.einsum("nij,nkj->nik", x, y), lambda x, y: torch.einsum("nij,nkj->nik", x, y), S, S),
    "joined": (lambda x, y: np.concatenate([x, y]).cumsum(axis=0), lambda x, y: torch.cat([x, y]).cumsum(0), M, M),
    "stacked": (lambda x, y: np.stack([x, y * x], axis=1), lambda x, y: torch.stack([x, y * x], 1), M, M),
    "norm": (lambda x: x / np.linalg.norm(x, axis=1, keepdims=True), lambda x: F.normalize(x), M),
    "powers": (lambda x: abs(x) ** 1.5 + np.square(x) ** 2, lambda x: x.abs() ** 1.5 + x.square() ** 2, M),
    "waves": (lambda x: np.sin(x) * np.arctan(x) - np.log1p(x * x), lambda x: x.sin() * x.atan() - (x * x).log1p(), M),
    "triangle": (lambda x: np.tril(x @ x.T), lambda x: torch.tril(x @ x.T), M),
    "two sums": (lambda x, y: np.logaddexp(x, y), torch.logaddexp, M, (3,)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_gradients_are_those_of_autograd(name):
    ours, theirs, *shapes = PAIRS[name]
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in shapes]
    leaves = [Traced(array) for array in arrays]
    tensors = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]
    output, other = ours(*leaves), theirs(*tensors)
    np.testing.assert_allclose(output.value, other.detach().numpy(), rtol=1e-10, atol=1e-12)
    seed = rng.normal(size=output.shape)
    other.backward(torch.tensor(seed))
    found = gradients(output, seed, leaves)
    for leaf, tensor in zip(leaves, tensors, strict=True):
        np.testing.assert_allclose(found[leaf], tensor.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_second_derivatives_too():
    x, t = Traced(np.array([0.3, 1.1])), torch.tensor([0.3, 1.1], dtype=torch.float64, requires_grad=True)
    first = gradients(np.sin(x) * x**2, np.ones(2), [x], given=lambda same: same)[x]
    (theirs,) = torch.autograd.grad((torch.sin(t) * t**2).sum(), t, create_graph=True)
    (again,) = torch.autograd.grad(theirs.sum(), t)
    np.testing.assert_allclose(gradients(first, np.ones(2), [x])[x], again.numpy(), rtol=1e-12)
