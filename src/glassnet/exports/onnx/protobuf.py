"""Protocol buffers: messages written, and read within bounds, by the numbers and kinds of their fields.

A message is a dict by field name that holds only what is given. A hostile one takes time and memory by its size alone:
a length beyond the end is refused before anything is made of it, nesting is as deep as the schema, and bytes are views.

>>> POINT = {1: Field("x", Kind.INT), 2: Field("label", Kind.TEXT), 3: Field("weights", Kind.FLOATS)}
>>> data = written({"x": -3, "label": "a", "weights": [0.5, 2.0]}, POINT)
>>> read(data, POINT)
{'x': -3, 'label': 'a', 'weights': array([0.5, 2. ], dtype=float32)}
"""

import struct
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any, NamedTuple

import numpy as np

from glassnet.formulas.elementary import Array

MOST_FIELDS = 100_000  # in a file: each takes up to a hundred bytes in Python
VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5  # how a field is written
LONGEST_VARINT = 10  # bytes of a number of 64 bits
SIGN, MODULUS = 2**63, 2**64


class Malformed(ValueError):
    """Bytes that are not a message: the text says what is wrong, and where."""


class Kind(Enum):
    """What a field holds, other than a message."""

    INT = auto()
    FLOAT = auto()
    BYTES = auto()
    TEXT = auto()
    INTS = auto()
    FLOATS = auto()
    DOUBLES = auto()


class Field(NamedTuple):
    """A field: its name, what it holds (a kind, or the schema of a message), and whether it may occur repeatedly."""

    name: str
    holds: "Kind | Schema"
    repeated: bool = False


Schema = Mapping[int, Field]
Message = dict[str, Any]
PACKED = {Kind.INTS: VARINT, Kind.FLOATS: FOUR, Kind.DOUBLES: EIGHT}  # numbers, in one piece or one by one
TYPES = {Kind.FLOATS: "<f4", Kind.DOUBLES: "<f8", Kind.INTS: "<i8"}
WIRES = {Kind.INT: VARINT, Kind.FLOAT: FOUR}


def written(message: Mapping[str, Any], schema: Schema) -> bytes:
    """A message as bytes; its fields in the order of their numbers."""
    return b"".join(part for number in sorted(schema) for part in _field(message, number, schema[number]))


def _field(message: Mapping[str, Any], number: int, field: Field) -> Iterator[bytes]:
    if field.name not in message:
        return
    given = message[field.name]
    for value in given if field.repeated else [given]:
        if field.holds is Kind.INT:
            yield _varint(number << 3 | VARINT) + _varint(value)
        elif field.holds is Kind.FLOAT:
            yield _varint(number << 3 | FOUR) + struct.pack("<f", value)
        else:
            content = _content(value, field.holds)
            yield _varint(number << 3 | BYTES) + _varint(len(content))
            yield content


def _content(value: Any, holds: "Kind | Schema") -> bytes:
    if not isinstance(holds, Kind):
        return written(value, holds)
    if holds is Kind.TEXT:
        return str(value).encode()
    if holds is Kind.INTS:
        return b"".join(map(_varint, value))
    return np.asarray(value, TYPES[holds]).tobytes() if holds in TYPES else bytes(value)


def _varint(value: int) -> bytes:
    left, found = int(value) % MODULUS, bytearray()  # a negative number as its complement
    while left > 127:
        found.append(left & 127 | 128)
        left >>= 7
    found.append(left)
    return bytes(found)


def read(data: "bytes | memoryview", schema: Schema) -> Message:
    """The message in some bytes; Malformed for anything else. Fields that the schema does not have are skipped."""
    return _Reader().message(memoryview(data), schema)


class _Reader:
    """Reads a message with those inside it, and counts their fields."""

    def __init__(self) -> None:
        self.left = MOST_FIELDS

    def message(self, data: memoryview, schema: Schema) -> Message:
        found: Message = {}
        at = 0
        while at < len(data):
            self.left -= 1
            if self.left < 0:
                raise Malformed(f"it has more than {MOST_FIELDS:,} fields")
            key, at = _number(data, at)
            wire, (value, at) = key & 7, _value(data, at, key & 7)
            if (field := schema.get(key >> 3)) is not None:
                self.keep(found, field, wire, value)
        return {name: _joined(value) if isinstance(value, _Pieces) else value for name, value in found.items()}

    def keep(self, found: Message, field: Field, wire: int, value: Any) -> None:
        holds = field.holds
        if isinstance(holds, Kind) and holds in PACKED:
            if wire not in (BYTES, PACKED[holds]):
                raise Malformed(f"its field `{field.name}` is not written as numbers")
            found.setdefault(field.name, _Pieces(holds)).append(_numbers(value, holds, wire))
            return
        if wire != (WIRES.get(holds, BYTES) if isinstance(holds, Kind) else BYTES):
            raise Malformed(f"its field `{field.name}` is written as another kind")
        kept = self.one(holds, value, field.name)
        if field.repeated:
            found.setdefault(field.name, []).append(kept)
        else:
            found[field.name] = kept

    def one(self, holds: "Kind | Schema", value: Any, name: str) -> Any:
        if not isinstance(holds, Kind):
            return self.message(value, holds)
        if holds is Kind.INT:
            return _signed(value)
        if holds is Kind.FLOAT:
            return struct.unpack("<f", value)[0]
        return _text(value, name) if holds is Kind.TEXT else value


class _Pieces(list[Array]):
    """Numbers of one field, as they come."""

    def __init__(self, kind: Kind):
        self.kind = kind


def _joined(pieces: _Pieces) -> Array:
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _numbers(value: Any, kind: Kind, wire: int) -> Array:
    if wire == VARINT:
        return np.array([_signed(value)], TYPES[kind])
    if kind is Kind.INTS:
        return _varints(value)
    if len(value) % (size := np.dtype(TYPES[kind]).itemsize):
        raise Malformed(f"{len(value)} bytes hold no whole count of numbers of {size} bytes")
    return np.frombuffer(value, TYPES[kind])


def _varints(data: memoryview) -> Array:
    """Numbers of 64 bits, each written in as many bytes as it needs."""
    given = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(given < 128)
    if len(given) and (not len(ends) or ends[-1] != len(given) - 1):
        raise Malformed("it ends within a number")
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    lengths = ends - starts + 1
    if len(ends) and lengths.max() > LONGEST_VARINT:
        raise Malformed("it holds a number of more than 64 bits")
    found = np.zeros(len(ends), np.uint64)
    for k in range(int(lengths.max(initial=0))):
        more = lengths > k
        found[more] |= (given[starts[more] + k] & 127).astype(np.uint64) << np.uint64(7 * k)
    return found.view(np.int64)


def _number(data: memoryview, at: int) -> tuple[int, int]:
    if at < len(data) and data[at] < 128:  # as most are
        return data[at], at + 1
    found = 0
    for k in range(LONGEST_VARINT):
        if at + k >= len(data):
            raise Malformed("it ends within a number")
        byte = data[at + k]
        found |= (byte & 127) << 7 * k
        if byte < 128:
            return found % MODULUS, at + k + 1
    raise Malformed("it holds a number of more than 64 bits")


def _value(data: memoryview, at: int, wire: int) -> tuple[Any, int]:
    if wire == VARINT:
        return _number(data, at)
    if wire == BYTES:
        length, at = _number(data, at)
    elif wire in (EIGHT, FOUR):
        length = 8 if wire == EIGHT else 4
    else:
        raise Malformed(f"its bytes are not those of ONNX: a field is written in an unknown way ({wire})")
    if length > len(data) - at:
        raise Malformed(f"it says that {length:,} bytes follow, but only {len(data) - at:,} are left")
    return data[at : at + length], at + length


def _signed(value: int) -> int:
    return value - MODULUS if value >= SIGN else value


def _text(value: memoryview, name: str) -> str:
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"its field `{name}` is not UTF-8 text") from None
