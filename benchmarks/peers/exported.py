"""What glassnet exports: a C header compiled by gcc, and ONNX files run by onnxruntime beside PyTorch's own."""

# mypy: disable-error-code="import-not-found,import-untyped"
import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import nn

import glassnet as gn
from benchmarks.model import Model
from benchmarks.peers import Unavailable
from benchmarks.worker import Call

ROWS_A_CALL = 100  # of the loop in C
LOOP = """
#include "net.h"
double sum_of(const float *x, long n)
{
    double sum = 0;
    float row[NET_N_INPUTS], out[NET_N_OUTPUTS];
    for (int i = 0; i < NET_N_INPUTS; i++) row[i] = x[i];
    for (long k = 0; k < n; k++) {
        row[0] = x[0] + (float)(k & 1);  /* so that no row is like the last one */
        net_predict(row, out);
        sum += out[0];
    }
    return sum;
}
"""


def threads() -> str:
    return "1 (gcc, onnxruntime)"


def network(model: Model, activation: Any) -> gn.Network:
    """The network of the predictions with another activation."""
    layers = [gn.Dense(width, activation) for width in model.widths[1:-1]]
    net = gn.Network([*layers, gn.Dense(model.widths[-1])], engine="numpy").build(model.widths[0], seed=0)
    for number, (W, b) in enumerate(model.parameters()):
        net.arrays[f"{number}.W"][...], net.arrays[f"{number}.b"][...] = W, b
    return net


def in_c(model: Model, X: np.ndarray, activation: str) -> Call:
    """Rows one after the other, in a loop of C."""
    if len(X) > 1 or shutil.which("gcc") is None:
        raise Unavailable("C takes one row" if len(X) > 1 else "gcc is not installed")
    folder = Path(tempfile.mkdtemp())
    gn.export(network(model, activation), folder / "net.h")
    (folder / "loop.c").write_text(LOOP)
    library = folder / "loop.so"
    subprocess.run(
        ["gcc", "-std=c99", "-O2", "-shared", "-fPIC", "loop.c", "-o", library, "-lm"], cwd=folder, check=True
    )
    run, x = ctypes.CDLL(str(library)).sum_of, np.ascontiguousarray(X[0], np.float32)
    run.restype, run.argtypes = ctypes.c_double, [ctypes.c_void_p, ctypes.c_long]
    return Call(lambda: run(x.ctypes.data, ROWS_A_CALL), ROWS_A_CALL)


def predictor(model: Model, X: np.ndarray, activation: str) -> Call:
    """`net.predictor()` of one row."""
    if len(X) > 1:
        raise Unavailable("net.predictor() is for one row")
    net = network(model, activation)
    net.engine_name = "compiled"
    run, x = net.predictor(), X[0]
    return Call(lambda: run(x))


def session(path: Path, X: np.ndarray) -> Call:
    """A file run by onnxruntime on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    run = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = run.get_inputs()[0].name
    return Call(lambda: run.run(None, {name: X})[0])


def in_onnx(model: Model, X: np.ndarray, activation: str) -> Call:
    """The ONNX file of glassnet."""
    path = Path(tempfile.mkdtemp(), "net.onnx")
    gn.export(network(model, activation), path)
    return session(path, X)


def of_pytorch(model: Model, X: np.ndarray, activation: str) -> Call:
    """The ONNX file of PyTorch's exporter."""
    between = {"relu": nn.ReLU, "gelu": nn.GELU}[activation]
    layers = [nn.Linear(n, m) for n, m in zip(model.widths[:-1], model.widths[1:], strict=True)]
    with torch.no_grad():
        for layer, (W, b) in zip(layers, model.parameters(), strict=True):
            layer.weight.copy_(torch.from_numpy(W.T))
            layer.bias.copy_(torch.from_numpy(b))
    net = nn.Sequential(*[part for layer in layers for part in (layer, between())][:-1]).eval()
    path = Path(tempfile.mkdtemp(), "torch.onnx")
    names: dict[str, Any] = {"input_names": ["x"], "dynamic_axes": {"x": {0: "rows"}}}
    torch.onnx.export(net, (torch.zeros(1, model.widths[0]),), str(path), dynamo=False, **names)
    return session(path, X)
