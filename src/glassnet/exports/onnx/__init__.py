"""The ONNX file format: its wire format and the numbers of its fields."""
