"""Optional dependencies: imported where they are used; if one is missing, a sentence says what to install."""

from importlib import import_module
from typing import Any

from glassnet.errors import MissingExtra


def require(module: str, extra: str, purpose: str) -> Any:
    """Import `module`, or say which extra of glassnet brings it, or why it cannot be imported."""
    package = module.split(".")[0]
    try:
        return import_module(module)
    except ImportError as error:
        absent = isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] == package
        why = "" if absent else f" (it is installed, but cannot be imported: {error})"
        raise MissingExtra(f'{purpose} needs {package}: pip install "glassnet[{extra}]"{why}') from None


def is_installed(module: str) -> bool:
    """Whether an optional module can be imported."""
    try:
        import_module(module)
    except ImportError:
        return False
    return True
