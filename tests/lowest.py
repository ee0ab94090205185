"""The lowest versions that pyproject.toml allows, as constraints for pip: `make test-lowest` installs them."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def lowest(requirements: list[str]) -> Iterator[tuple[str, Version]]:
    """(name, version) of `numpy>=2.0`; nothing for extras of the package itself."""
    for requirement in map(Requirement, requirements):
        bounds = [Version(bound.version) for bound in requirement.specifier if bound.operator == ">="]
        if requirement.name != "glassnet":
            yield requirement.name, bounds[0]


def main() -> None:
    """One constraint a line: where extras ask for different versions, the highest of them."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    found: dict[str, Version] = {}
    for name, version in lowest(sum(extras, project["dependencies"])):
        found[name] = max(version, found.get(name, version))
    print(*(f"{name}=={version}" for name, version in sorted(found.items())), sep="\n")


if __name__ == "__main__":
    main()
