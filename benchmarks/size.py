"""Installed sizes: the base install beside NumPy alone, and the libraries with everything that they need."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from benchmarks.goals import Goal
from benchmarks.options import Options
from benchmarks.section import Section, paragraphs
from benchmarks.spread import Spread, short
from benchmarks.timings import table

ROOT = Path(__file__).parents[1]
PEERS = ["onnxruntime", "scikit-learn", "tinygrad", "mygrad", "jax", "keras", "torch"]
ABOVE_NUMPY = 1.1
NAME = re.compile(r"[A-Za-z0-9._-]+")

TEXT = """Megabytes (10⁶ bytes) of files, without compiled bytecode. NumPy and glassnet are installed by pip into an
empty folder; a library's size is that of its files and of all packages that it requires, as installed here."""


def run(options: Options) -> Section:
    """Install, and sum up."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            ours, bare = installed(f"{folder}/ours", str(ROOT)), installed(f"{folder}/numpy", "numpy")
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().splitlines()[-1]
        return Section("Installed size", f"Skipped, as pip could not install: {reason}", [goal(None)])
    rows = [["NumPy", megabytes(bare), short(bare / ours)], ["glassnet, base install", megabytes(ours), "1"]]
    rows += [[name, megabytes(size), short(size / ours)] for name, size in closures(PEERS)]
    header = ["installed", "MB", "× glassnet's"]
    return Section("Installed size", paragraphs(TEXT, table(header, rows)), [goal(ours / bare)])


def goal(ratio: float | None) -> Goal:
    measured = None if ratio is None else Spread.of([ratio])
    return Goal("size of the base install, in times NumPy's own", measured, ABOVE_NUMPY, at_most=True)


def megabytes(size: int) -> str:
    return short(size / 1e6)


def installed(folder: str, what: str) -> int:
    """Bytes that pip puts into an empty folder."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", folder, what], check=True, capture_output=True, text=True)
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file() and path.suffix != ".pyc")


def closures(names: list[str]) -> Iterator[tuple[str, int]]:
    """(name, bytes) of each package with all that it requires; those that are not installed are left out."""
    for name in names:
        found: dict[str, Distribution] = {}
        collect(name, found)
        if found:
            others = f" with {len(found) - 1} packages"
            yield f"{name}{others}", sum(size_of(package) for package in found.values())


def collect(name: str, found: dict[str, Distribution]) -> None:
    """Add a package and what it requires without extras."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return
    if key not in found:
        found[key] = package
        for requirement in package.requires or []:
            if "extra ==" not in requirement and (match := NAME.match(requirement)):
                collect(match.group(), found)


def size_of(package: Distribution) -> int:
    """Bytes of the files that its record lists."""
    paths = (str(package.locate_file(file)) for file in package.files or [] if file.suffix != ".pyc")
    return sum(os.path.getsize(path) for path in paths if os.path.exists(path))
