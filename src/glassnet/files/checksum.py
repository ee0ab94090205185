"""A checksum over a description and arrays, which finds what a disk or a transfer changed."""

import re
from collections.abc import Mapping

import numpy as np

from glassnet.formulas.elementary import Array

try:
    from _blake2 import blake2b
except ImportError:  # a Python that keeps it elsewhere; `hashlib` loads all of OpenSSL
    from hashlib import blake2b

DIGITS = 32
NONE = "0" * DIGITS  # in the place of the checksum while it is computed
FORM = re.compile(f"[0-9a-f]{{{DIGITS}}}")


def checksum(text: str, arrays: Mapping[str, Array]) -> str:
    """BLAKE2b-128 in hexadecimal digits of a text and of name, dtype, shape and bytes of each array by name."""
    digest = blake2b(text.encode(), digest_size=DIGITS // 2)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"\n{name} {array.dtype.name} {list(array.shape)}\n".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def with_checksum(text: str, arrays: Mapping[str, Array]) -> str:
    """A text in which `NONE` stands for its checksum, with the checksum."""
    return text.replace(NONE, checksum(text, arrays), 1)


def is_intact(text: str, arrays: Mapping[str, Array], given: str) -> bool:
    """Whether the checksum that a text holds is that of the text and the arrays."""
    return checksum(text.replace(given, NONE, 1), arrays) == given
