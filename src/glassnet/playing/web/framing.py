"""Messages on a WebSocket: text for JSON alone; with arrays a binary frame, whose parts begin at multiples of 8."""

import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput

ALIGNED = 8
Buffers = Sequence[bytes]


def packed(message: dict[str, Any], buffers: Sequence[Any] = ()) -> str | bytes:
    """The frame of a message.

    >>> packed({"re": 1})
    '{"re":1}'
    >>> unpacked(packed({"re": 1}, [b"abc"]))
    ({'re': 1, 'buffers': [3]}, [b'abc'])
    """
    if not buffers:
        return as_json(message)
    parts = [part if isinstance(part, bytes) else np.ascontiguousarray(part).tobytes() for part in buffers]
    text = as_json({**message, "buffers": [len(part) for part in parts]})
    header = text.encode()
    header += b" " * (-(4 + len(header)) % ALIGNED)
    return b"".join(
        [struct.pack("<I", len(header)), header, *(part + b"\0" * (-len(part) % ALIGNED) for part in parts)]
    )


def as_json(message: Mapping[str, Any]) -> str:
    """The text of a message; a number that is not finite, which JSON lacks, becomes null.

    >>> as_json({"loss": float("inf"), "values": [1.5, float("nan")]})
    '{"loss":null,"values":[1.5,null]}'
    """
    try:
        return json.dumps(message, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps(finite(message), separators=(",", ":"), allow_nan=False)


def finite(value: Any) -> Any:
    """A value of JSON with None in place of all numbers that are not finite."""
    if isinstance(value, Mapping):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def unpacked(frame: str | bytes) -> tuple[dict[str, Any], list[bytes]]:
    """(the message, its buffers); InvalidInput for a frame that is none."""
    try:
        if isinstance(frame, str):
            return as_object(frame), []
        (length,) = struct.unpack_from("<I", frame)
        message = as_object(frame[4 : 4 + length].decode())
        start, buffers = 4 + length, []
        for size in message.get("buffers", []):
            if type(size) is not int or size < 0 or start + size > len(frame):
                raise ValueError
            buffers.append(frame[start : start + size])
            start += size + (-size % ALIGNED)
    except (ValueError, UnicodeDecodeError, struct.error, TypeError, RecursionError):
        raise InvalidInput("the playground was sent a message that it cannot read.") from None
    return message, buffers


def as_object(text: str) -> dict[str, Any]:
    """A JSON object."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(text)
    return value
