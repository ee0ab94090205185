"""Run the tests on each Python of this machine, in an environment of its own: `make test-pythons`.

Looked for on the PATH and among the versions of pyenv; `make test-pythons PYTHONS="3.12 3.13"` takes those alone, and
with `ARGS="tests/formulas tests/layers"` they run a part of the tests.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
PYTEST = ("-m", "pytest", "--numprocesses=auto", "--quiet")
TESTS = {"numpy": "not long and not compiled", "compiled": "not long and not once"}


def works(python: str | os.PathLike[str], version: str) -> bool:
    """Whether a program is that Python; pyenv has programs that only say that they are not chosen."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True)
    return done.stdout.strip() == version


def found(version: str) -> str | None:
    """The program of a version; None without."""
    candidates = [shutil.which(f"python{version}"), *PYENV.glob(f"{version}.*/bin/python")]
    return next((str(python) for python in candidates if python and works(python, version)), None)


def environment(python: str, version: str) -> Path:
    """The Python of .venv-VERSION, where glassnet and what its tests need is installed."""
    folder = ROOT / f".venv-{version}"
    own = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not own.exists():
        subprocess.run([python, "-m", "venv", folder], check=True)
    subprocess.run([str(own), *PIP, "--editable", ".[dev]"], cwd=ROOT, check=True)
    return own


def tested(python: Path, chosen_tests: Sequence[str]) -> int:
    """The status of the first pass that fails, else 0."""
    for engine, chosen in TESTS.items():
        run = [str(python), *PYTEST, "-m", chosen, *chosen_tests]
        if status := subprocess.run(run, cwd=ROOT, env=os.environ | {"GLASSNET_ENGINE": engine}).returncode:
            return status
    return 0


def main(versions: Sequence[str], chosen_tests: Sequence[str] = ()) -> int:
    """The status of the first Python with a test that fails; 1 if one that was named is missing, or all are."""
    pythons = {version: found(version) for version in versions or VERSIONS}
    for version, python in pythons.items():
        print(f"Python {version}: {python or 'not on this machine'}", flush=True)
        if python and (status := tested(environment(python, version), chosen_tests)):
            return status
    return int(None in pythons.values() if versions else not any(pythons.values()))


if __name__ == "__main__":
    arguments = [*sys.argv[1:], "--"]
    end = arguments.index("--")
    sys.exit(main(arguments[:end], arguments[end + 1 : -1]))
