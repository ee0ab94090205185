"""The lowest versions that pyproject.toml allows, as constraints for pip: `make test-lowest` installs them."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def lowest(requirements: list[str]) -> Iterator[str]:
    """`numpy==2.0` for `numpy>=2.0`; nothing for extras of the package itself."""
    for requirement in map(Requirement, requirements):
        bounds = [bound.version for bound in requirement.specifier if bound.operator == ">="]
        if requirement.name != "glassnet":
            yield f"{requirement.name}=={bounds[0]}"


def main() -> None:
    """One constraint a line."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    print(*sorted({*lowest(sum(extras, project["dependencies"]))}), sep="\n")


if __name__ == "__main__":
    main()
