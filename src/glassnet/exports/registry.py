"""The targets of an export: what each is called, which suffix and number types it has, and what writes its files."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.exports.builder import identifier
from glassnet.exports.onnx import printer as onnx
from glassnet.exports.program import Program
from glassnet.exports.targets import c, javascript, python

Files = dict[Path, bytes]


@dataclass(frozen=True)
class Target:
    """A target: its suffixes, the usual one first, its number types, and the files of a program beside a path."""

    name: str
    suffixes: tuple[str, ...]
    dtypes: tuple[str, ...]
    files: Callable[[Program, Path], Files]


def python_files(program: Program, path: Path) -> Files:
    """One file, unless it would hide a module that it imports itself, or others do."""
    if path.stem in {*sys.stdlib_module_names, "numpy"}:
        raise InvalidInput(
            f"a file called {path.name} would hide Python's own module {path.stem}: give it another name."
        )
    return {path: python.source(program, path.stem).encode()}


def c_files(program: Program, path: Path) -> Files:
    """One header, whose name is the prefix of its symbols."""
    return {path: c.source(program, prefix_of(path)).encode()}


def javascript_files(program: Program, path: Path) -> Files:
    """A module, and its TypeScript declarations."""
    declarations = path.with_suffix({".mjs": ".d.mts"}.get(path.suffix, ".d.ts"))
    return {
        path: javascript.source(program, path.name).encode(),
        declarations: javascript.declarations(program).encode(),
    }


def onnx_files(program: Program, path: Path) -> Files:
    """One file."""
    return {path: onnx.source(program)}


def prefix_of(path: Path) -> str:
    """The prefix of the symbols in a C header."""
    return identifier(path.stem)


BOTH = ("float32", "float64")
TARGETS = {
    target.name: target
    for target in (
        Target("python", (".py",), BOTH, python_files),
        Target("c", (".h",), (*BOTH, "int8"), c_files),
        Target("onnx", (".onnx",), BOTH, onnx_files),
        Target("javascript", (".mjs", ".js"), BOTH, javascript_files),
    )
}


def target_of(path: Path, to: str | None) -> Target:
    """The target of a name, or of the suffix of a path."""
    if to is not None:
        if not isinstance(to, str) or to not in TARGETS:
            raise UnknownName("target of an export", to, TARGETS)
        return TARGETS[to]
    found = [target for target in TARGETS.values() if path.suffix.lower() in target.suffixes]
    if not found:
        known = ", ".join(f"{target.suffixes[0]} ({name})" for name, target in TARGETS.items())
        raise InvalidInput(f"export writes by the suffix of a file: {known}; got {path.name!r}. Or say to=… as well.")
    return found[0]


def check_dtype(target: Target, dtype: object) -> str | None:
    """A number type that a target has, or None for the model's own."""
    if dtype is None or (isinstance(dtype, str) and dtype in target.dtypes):
        return dtype
    *first, last = target.dtypes
    raise InvalidInput(f"{target.name} is exported in {', '.join(first)} or {last}, got dtype={brief(dtype)}.")
