"""PyTorch on the CPU: an epoch of LeNet-5, eager, with channels last, and compiled."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from benchmarks.images import BATCH, pictures
from benchmarks.peers.pytorch import threads
from benchmarks.worker import Call

__all__ = ["epoch", "epoch_channels_last", "epoch_compiled", "threads"]


def lenet() -> Any:
    """The model, whose softmax is in the loss."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def epoch(n: int, layout: Any = torch.contiguous_format, wrap: Callable[[Any], Any] = lambda model: model) -> Call:
    """The loop that one writes by hand, with the fused Adam."""
    images, labels = pictures(n)
    X = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    y = torch.from_numpy(labels)
    model, loss = lenet().to(memory_format=layout), nn.CrossEntropyLoss()
    optimizer, forward = torch.optim.Adam(model.parameters(), 0.001, fused=True), wrap(model)

    def run() -> None:
        order = torch.randperm(n)
        for start in range(0, n, BATCH):
            rows = order[start : start + BATCH]
            optimizer.zero_grad()
            loss(forward(X[rows]), y[rows]).backward()
            optimizer.step()

    return Call(run)


def epoch_channels_last(n: int) -> Call:
    return epoch(n, torch.channels_last)


def epoch_compiled(n: int) -> Call:
    return epoch(n, wrap=torch.compile)
