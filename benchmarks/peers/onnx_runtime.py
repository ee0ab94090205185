"""onnxruntime, which runs a network but does not train it."""

# mypy: disable-error-code="import-not-found,import-untyped"
import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from benchmarks.model import Model
from benchmarks.worker import Call

OPSET = 17  # old enough for every onnxruntime of the last years


def threads() -> str:
    return f"{onnxruntime.SessionOptions().intra_op_num_threads or 'a core each'} (onnxruntime), or 1"


def exported(model: Model) -> bytes:
    """Gemm and Relu in turn, as an ONNX file's bytes."""
    nodes, arrays, name = [], [], "X"
    for k, (W, b) in enumerate(model.parameters()):
        arrays += [numpy_helper.from_array(W, f"W{k}"), numpy_helper.from_array(b, f"b{k}")]
        nodes.append(helper.make_node("Gemm", [name, f"W{k}", f"b{k}"], [f"Z{k}"]))
        name = f"Z{k}"
        if k < len(model.widths) - 2:
            nodes.append(helper.make_node("Relu", [name], [f"A{k}"]))
            name = f"A{k}"
    ends = [
        helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, ["rows", width])
        for end, width in (("X", model.widths[0]), (name, model.widths[-1]))
    ]
    graph = helper.make_graph(nodes, "network", ends[:1], ends[1:], arrays)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    made.ir_version = onnx.helper.find_min_ir_version_for(made.opset_import)
    return bytes(made.SerializeToString())


def predict(model: Model, X: np.ndarray, threads: int = 0) -> Call:
    """A session with so many threads, or its own default."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(exported(model), options, providers=["CPUExecutionProvider"])
    return Call(lambda: session.run(None, {"X": X})[0])


def predict_one_thread(model: Model, X: np.ndarray) -> Call:
    return predict(model, X, threads=1)


def save(model: Model) -> None:
    with open("model.onnx", "wb") as file:
        file.write(exported(model))
