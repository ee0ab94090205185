"""The networks of `benchmarks.names` in PyTorch, eager: `names_torch MODEL STEPS` prints µs of a core for a step.

With `cut` behind it each batch is cut behind the end of its longest name, as one may write it by hand.
"""

import sys
import time
from typing import Any

import torch
from torch import nn

from benchmarks.names_data import BATCH, SYMBOLS, names, samples


class Recurrent(nn.Module):
    def __init__(self, features: int, units: int):
        super().__init__()
        self.gru = nn.GRU(features, units, batch_first=True)

    def forward(self, x: Any) -> Any:
        return self.gru(x)[0]


class Causal(nn.Module):
    """A causal convolution with tanh, over (n, steps, channels)."""

    def __init__(self, channels: int, filters: int, dilation: int):
        super().__init__()
        self.convolution = nn.Conv1d(channels, filters, 2, dilation=dilation)
        self.dilation = dilation

    def forward(self, x: Any) -> Any:
        padded = nn.functional.pad(x.transpose(1, 2), (self.dilation, 0))
        return torch.tanh(self.convolution(padded)).transpose(1, 2)


class Attention(nn.Module):
    """Causal attention by the fused function."""

    def __init__(self, features: int, heads: int):
        super().__init__()
        self.joint, self.out, self.heads = nn.Linear(features, 3 * features), nn.Linear(features, features), heads

    def forward(self, x: Any) -> Any:
        n, steps, features = x.shape
        q, k, v = self.joint(x).view(n, steps, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        taken = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(taken.transpose(1, 2).reshape(n, steps, features))


class Residual(nn.Sequential):
    def forward(self, x: Any) -> Any:
        return x + super().forward(x)


class Positions(nn.Module):
    def __init__(self, steps: int, features: int):
        super().__init__()
        self.P = nn.Parameter(0.02 * torch.randn(steps, features))

    def forward(self, x: Any) -> Any:
        return x + self.P[: x.shape[1]]


def block(features: int, heads: int, dropout: float) -> list[nn.Module]:
    wide = [nn.Linear(features, 4 * features), nn.ReLU(), nn.Linear(4 * features, features), nn.Dropout(dropout)]
    attention = [nn.LayerNorm(features), Attention(features, heads), nn.Dropout(dropout)]
    return [Residual(*attention), Residual(nn.LayerNorm(features), *wide)]


MODELS = {
    "mlp": lambda: [nn.Embedding(SYMBOLS, 10), nn.Flatten(), nn.Linear(30, 200), nn.Tanh(), nn.Linear(200, SYMBOLS)],
    "gru": lambda: [nn.Embedding(SYMBOLS, 24), Recurrent(24, 128), nn.Dropout(0.2), nn.Linear(128, SYMBOLS)],
    "convolution": lambda: [
        nn.Embedding(SYMBOLS, 24), Causal(24, 128, 1), nn.Dropout(0.1), Causal(128, 128, 2), nn.Dropout(0.1),
        Causal(128, 128, 4), nn.Dropout(0.1), nn.Linear(128, SYMBOLS),
    ],
    "transformer": lambda: [
        nn.Embedding(SYMBOLS, 64), Positions(16, 64), *block(64, 4, 0.1), *block(64, 4, 0.1), nn.LayerNorm(64),
        nn.Linear(64, SYMBOLS),
    ],
}  # fmt: skip


def rate(model: str, steps: int, cut: bool = False) -> float:
    """µs of the processor for a step of training, after some to warm up."""
    torch.set_num_threads(1)
    X, y = (torch.from_numpy(each) for each in samples(model, names()[0]))
    net, loss = nn.Sequential(*MODELS[model]()), nn.CrossEntropyLoss(ignore_index=-1)
    optimizer = torch.optim.Adam(net.parameters(), 0.002, fused=True)
    began = 0.0
    for k in range(-50, steps):
        if k == 0:
            began = time.process_time()
        rows = torch.randint(len(X), (BATCH,))
        optimizer.zero_grad()
        inputs, targets = X[rows], y[rows]
        if cut:
            longest = int((targets >= 0).sum(dim=1).max())
            inputs, targets = inputs[:, :longest], targets[:, :longest]
        loss(net(inputs).flatten(0, -2), targets.flatten()).backward()
        optimizer.step()
    return 1e6 * (time.process_time() - began) / steps


if __name__ == "__main__":
    print(rate(sys.argv[1], int(sys.argv[2]), sys.argv[3:] == ["cut"]))
