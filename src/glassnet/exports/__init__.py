"""Models for other runtimes: from the same formulas to ONNX, Python, C and JavaScript."""
