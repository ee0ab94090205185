"""From the graph in an ONNX file to layers."""
