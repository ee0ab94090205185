"""Tensors as bytes behind the JSON part of a request, as the clients of Triton and KServe send them by default."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief

SIZE = "binary_data_size"  # the parameter of a tensor whose data are bytes
LENGTH = 4  # bytes of the length in front of each text
TYPES = {
    "BOOL": "?",
    **{f"INT{8 * size}": f"<i{size}" for size in (1, 2, 4, 8)},
    **{f"UINT{8 * size}": f"<u{size}" for size in (1, 2, 4, 8)},
    **{f"FP{8 * size}": f"<f{size}" for size in (2, 4, 8)},
}


class BinaryPart:
    """The bytes behind the JSON part, which the tensors of a request take one after the other."""

    def __init__(self, content: bytes):
        self.left = content

    def take(self, parameters: object, datatype: str, what: str) -> list[Any] | None:
        """The values of a tensor, flat; None where its parameters do not say that its data are bytes."""
        if not isinstance(parameters, dict) or SIZE not in parameters:
            return None
        size = parameters[SIZE]
        if type(size) is not int or not 0 <= size <= len(self.left):
            raise InvalidInput(
                f"{what} needs a {SIZE!r} of the {len(self.left):,} bytes that are left behind the JSON part, got "
                f"{brief(size)}."
            )
        taken, self.left = self.left[:size], self.left[size:]
        return texts_in(taken, what) if datatype == "BYTES" else numbers_in(taken, datatype, what)

    def check_end(self) -> None:
        """Refuse bytes that no tensor has taken."""
        if self.left:
            raise InvalidInput(f"{len(self.left):,} bytes are left behind the JSON part, which no input has taken.")


def numbers_in(content: bytes, datatype: str, what: str) -> list[Any]:
    """Numbers or truth values, little end first; NaN is a missing value.

    >>> numbers_in(b"\\x00\\x00\\x80?\\x00\\x00\\xc0\\x7f", "FP32", "x")
    [1.0, None]
    """
    kind = np.dtype(TYPES[datatype])
    if len(content) % kind.itemsize:
        raise InvalidInput(f"{what} is of {datatype}, so its bytes must be a multiple of {kind.itemsize}.")
    values: list[Any] = np.frombuffer(content, kind).tolist()
    return [None if value != value else value for value in values] if kind.kind == "f" else values


def texts_in(content: bytes, what: str) -> list[str]:
    """Texts in UTF-8, each behind the number of its bytes.

    >>> texts_in(b"\\x02\\x00\\x00\\x00ab\\x00\\x00\\x00\\x00", "x")
    ['ab', '']
    """
    found, at = [], 0
    while at < len(content):
        begin = at + LENGTH
        at = begin + int.from_bytes(content[at:begin], "little")
        if begin > len(content) or at > len(content):
            raise InvalidInput(f"{what} is of BYTES, but a text in it is longer than the bytes that there are.")
        try:
            found.append(content[begin:at].decode())
        except UnicodeDecodeError:
            raise InvalidInput(f"{what} is of BYTES, but a text in it is not UTF-8.") from None
    return found
