"""Paths of files that people give, checked before any work starts."""

import os
from typing import TYPE_CHECKING, Any

from glassnet.errors import InvalidInput, brief

if TYPE_CHECKING:  # a first prediction needs none
    from pathlib import Path


def is_path(value: Any) -> bool:
    """Whether a value can be the path of a file."""
    try:
        return bool(os.fspath(value)) and b"\0" not in os.fsencode(value)
    except (TypeError, UnicodeEncodeError):
        return False


def as_path(value: Any, name: str = "path") -> "Path":
    """What is given as a path: a text or a Path.

    >>> as_path(3)
    Traceback (most recent call last):
        ...
    glassnet.errors.InvalidInput: path must be the path of a file, a string or a Path, got 3.
    """
    from pathlib import Path

    if isinstance(value, bytes) or not is_path(value):
        raise InvalidInput(f"{name} must be the path of a file, a string or a Path, got {brief(value)}.")
    return Path(value)
