"""PyTorch on the CPU, eager: no compiler."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.cases import Case
from benchmarks.model import Model
from benchmarks.tasks import Task, Trainer
from benchmarks.whole_fits import Whole
from benchmarks.worker import Call

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
RULES = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
LOSSES = {
    "cross_entropy": nn.CrossEntropyLoss,
    "binary_cross_entropy": nn.BCEWithLogitsLoss,
    "squared_error": nn.MSELoss,
}


def threads() -> str:
    return f"{torch.get_num_threads()} (PyTorch)"


def sequential(widths: tuple[int, ...], activation: str) -> Any:
    """Linear layers with an activation between them."""
    layers = [module for sizes in pairwise(widths) for module in (nn.Linear(*sizes), ACTIVATIONS[activation]())]
    return nn.Sequential(*layers[:-1])


def step(case: Case, **options: bool) -> Call:
    X, y = map(torch.from_numpy, case.data())
    model, loss = sequential(case.widths, case.activation), LOSSES[case.loss]()
    optimizer = RULES[case.optimizer](model.parameters(), case.learning_rate, **options)

    def run() -> None:
        optimizer.zero_grad()
        loss(model(X), y).backward()
        optimizer.step()

    return Call(run)


def step_fused(case: Case) -> Call:
    return step(case, fused=True)


# ------------------------------------------------------------------ predictions


def loaded(model: Model) -> Any:
    net = sequential(model.widths, "relu").eval()
    with torch.no_grad():
        for layer, (W, b) in zip(net[::2], model.parameters(), strict=True):
            layer.weight.copy_(torch.from_numpy(W.T))
            layer.bias.copy_(torch.from_numpy(b))
    return net


def predict(model: Model, X: np.ndarray) -> Call:
    """Tensor to tensor, in inference mode."""
    net, rows = loaded(model), torch.from_numpy(X)

    def run() -> Any:
        with torch.inference_mode():
            return net(rows)

    return Call(run)


def save(model: Model) -> None:
    torch.save(loaded(model).state_dict(), "model.pt")


# ------------------------------------------------------------------ training


def whole_fit(whole: Whole) -> Call:
    """The loop that one writes by hand, for as many epochs; without several batches nothing is shuffled."""
    case, epochs = whole.case, max(1, whole.epochs // 20)
    (X, y), (X_held, y_held) = (tuple(map(torch.from_numpy, part)) for part in whole.parts)
    loss = LOSSES[case.loss]()

    def measure(Z: Any, y: Any) -> Any:
        return (Z.argmax(1) == y).sum()

    def run() -> list[list[float]]:
        model = sequential(case.widths, case.activation)
        optimizer, history = RULES[case.optimizer](model.parameters(), case.learning_rate), []
        for _ in range(epochs):
            total, right = 0.0, 0.0
            parts = [slice(None)] if whole.batch >= len(X) else torch.randperm(len(X)).split(whole.batch)
            for rows in parts:
                optimizer.zero_grad()
                Z = model(X[rows])
                value = loss(Z, y[rows])
                value.backward()
                optimizer.step()
                total += float(value) * len(Z)
                right += float(measure(Z, y[rows])) if whole.measured else 0.0
            history.append([total / len(X)])
            if whole.measured:
                with torch.inference_mode():
                    Z = model(X_held)
                    history[-1] += [right / len(X), float(loss(Z, y_held)), float(measure(Z, y_held)) / len(y_held)]
        return history

    return Call(run, epochs)


def fit(task: Task, seed: int) -> Trainer:
    """The loop that one writes by hand: rows in a random order, batch by batch."""
    torch.manual_seed(seed)
    X, y = torch.from_numpy(task.X), torch.from_numpy(task.y)
    if task.loss != "cross_entropy":
        y = y.to(torch.float32)[:, None]
    model = sequential((X.shape[1], *task.hidden, task.outputs), "relu")
    loss, optimizer = LOSSES[task.loss](), torch.optim.Adam(model.parameters(), task.rate)
    link = {"cross_entropy": nn.Softmax(1), "binary_cross_entropy": nn.Sigmoid()}.get(task.loss, nn.Identity())

    def epoch() -> None:
        for rows in torch.randperm(len(X)).split(task.batch):
            optimizer.zero_grad()
            loss(model(X[rows]), y[rows]).backward()
            optimizer.step()

    def predict(rows: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return np.asarray(link(model(torch.from_numpy(rows))))

    return Trainer(epoch, predict)
