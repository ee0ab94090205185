"""The published site: a folder for each version, a list for the menu of versions, and a first page that leads to one.

`python docs/_ext/versions.py SITE NAME ADDRESS` puts docs/_build into SITE as version NAME, such as 1.2 or dev; ADDRESS
is where SITE is published.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

BUILT = Path(__file__).parents[1] / "_build"
FIRST = '<!doctype html><meta charset="utf-8"><title>glassnet</title><meta http-equiv="refresh" content="0; url={}/">\n'


def theme_options(version: str | None) -> dict[str, Any]:
    """What the theme needs for a menu of versions; nothing for a site that is only built for oneself."""
    if not version:
        return {}
    return {
        "switcher": {"json_url": "../versions.json", "version_match": version},
        "check_switcher": False,  # the list is written after the build
        "navbar_end": ["version-switcher", "theme-switcher", "navbar-icon-links"],
    }


def newest_first(names: list[str]) -> list[str]:
    """Releases by their number, then what is no release."""
    releases = [name for name in names if name[:1].isdigit()]
    by_number = sorted(releases, key=lambda name: [int(part) for part in name.split(".")], reverse=True)
    return by_number + sorted(set(names) - set(releases))


def add(site: Path, name: str, address: str, built: Path = BUILT) -> None:
    """Put a built site in its place among the versions, and write the list and the first page anew."""
    shutil.rmtree(site / name, ignore_errors=True)
    shutil.copytree(built, site / name)
    names = newest_first([folder.parent.name for folder in site.glob("*/index.html")])
    entries: list[dict[str, Any]] = [{"version": each, "url": f"{address.rstrip('/')}/{each}/"} for each in names]
    entries[0] |= {"name": f"{names[0]} (newest)", "preferred": True}
    (site / "versions.json").write_text(json.dumps(entries, indent=1), encoding="utf-8")
    (site / "index.html").write_text(FIRST.format(names[0]), encoding="utf-8")


if __name__ == "__main__":
    add(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
