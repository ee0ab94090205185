"""Optional dependencies: imported where they are used, and their absence is one sentence."""

from importlib import import_module
from typing import Any

from glassnet.errors import MissingExtra


def require(module: str, extra: str, purpose: str) -> Any:
    """Import `module`, or say which extra of glassnet brings it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtra(f'{purpose} needs {module.split(".")[0]}: pip install "glassnet[{extra}]"') from error
