"""The fields of an ONNX file that glassnet writes or reads, by their numbers in `onnx.proto`.

What is only looked for in order to refuse it, such as a graph in an attribute, is kept as bytes.
"""

from enum import IntEnum

from glassnet.exports.onnx.protobuf import Field, Kind, Schema


class DataType(IntEnum):
    """What the numbers of a tensor are."""

    FLOAT = 1
    INT8 = 3
    INT32 = 6
    INT64 = 7
    STRING = 8
    BOOL = 9
    FLOAT16 = 10
    DOUBLE = 11


class AttributeType(IntEnum):
    """What a setting of a node is."""

    FLOAT = 1
    INT = 2
    STRING = 3
    TENSOR = 4
    GRAPH = 5
    FLOATS = 6
    INTS = 7
    STRINGS = 8


ENTRY: Schema = {1: Field("key", Kind.TEXT), 2: Field("value", Kind.TEXT)}
OPSET: Schema = {1: Field("domain", Kind.TEXT), 2: Field("version", Kind.INT)}
DIMENSION: Schema = {1: Field("dim_value", Kind.INT), 2: Field("dim_param", Kind.TEXT)}
SHAPE: Schema = {1: Field("dim", DIMENSION, repeated=True)}
TENSOR_TYPE: Schema = {1: Field("elem_type", Kind.INT), 2: Field("shape", SHAPE)}
TYPE: Schema = {1: Field("tensor_type", TENSOR_TYPE)}
VALUE_INFO: Schema = {1: Field("name", Kind.TEXT), 2: Field("type", TYPE), 3: Field("doc_string", Kind.TEXT)}
TENSOR: Schema = {
    1: Field("dims", Kind.INTS),
    2: Field("data_type", Kind.INT),
    3: Field("segment", Kind.BYTES),
    4: Field("float_data", Kind.FLOATS),
    5: Field("int32_data", Kind.INTS),
    6: Field("string_data", Kind.BYTES, repeated=True),
    7: Field("int64_data", Kind.INTS),
    8: Field("name", Kind.TEXT),
    9: Field("raw_data", Kind.BYTES),
    10: Field("double_data", Kind.DOUBLES),
    13: Field("external_data", Kind.BYTES, repeated=True),
    14: Field("data_location", Kind.INT),
}
ATTRIBUTE: Schema = {
    1: Field("name", Kind.TEXT),
    2: Field("f", Kind.FLOAT),
    3: Field("i", Kind.INT),
    4: Field("s", Kind.BYTES),
    5: Field("t", TENSOR),
    6: Field("g", Kind.BYTES),
    7: Field("floats", Kind.FLOATS),
    8: Field("ints", Kind.INTS),
    9: Field("strings", Kind.BYTES, repeated=True),
    11: Field("graphs", Kind.BYTES, repeated=True),
    20: Field("type", Kind.INT),
}
NODE: Schema = {
    1: Field("input", Kind.TEXT, repeated=True),
    2: Field("output", Kind.TEXT, repeated=True),
    3: Field("name", Kind.TEXT),
    4: Field("op_type", Kind.TEXT),
    5: Field("attribute", ATTRIBUTE, repeated=True),
    6: Field("doc_string", Kind.TEXT),
    7: Field("domain", Kind.TEXT),
}
GRAPH: Schema = {
    1: Field("node", NODE, repeated=True),
    2: Field("name", Kind.TEXT),
    5: Field("initializer", TENSOR, repeated=True),
    10: Field("doc_string", Kind.TEXT),
    11: Field("input", VALUE_INFO, repeated=True),
    12: Field("output", VALUE_INFO, repeated=True),
    15: Field("sparse_initializer", Kind.BYTES, repeated=True),
}
MODEL: Schema = {
    1: Field("ir_version", Kind.INT),
    2: Field("producer_name", Kind.TEXT),
    3: Field("producer_version", Kind.TEXT),
    6: Field("doc_string", Kind.TEXT),
    7: Field("graph", GRAPH),
    8: Field("opset_import", OPSET, repeated=True),
    14: Field("metadata_props", ENTRY, repeated=True),
    20: Field("training_info", Kind.BYTES, repeated=True),
    25: Field("functions", Kind.BYTES, repeated=True),
}
