"""The results in words."""

from collections.abc import Sequence
from typing import Any


def text(runs: Sequence[dict[str, Any]]) -> str:
    return ""
