"""Lessons: short tours in Markdown, each step with links that set the scene up; one file each."""

from functools import cache
from importlib.resources import files
from typing import Any

from glassnet.errors import UnknownName

FOLDER = files("glassnet.playing") / "lessons"
FIRST = ("xor", "regression", "clouds", "iris", "learning-rate")  # the order of the list; the others follow by name
MARK = "---\n"


@cache
def lessons() -> dict[str, dict[str, Any]]:
    """All lessons by name: title, minutes, and the text of their steps.

    >>> lessons()["xor"]["title"]
    'Exclusive or'
    """
    found = {file.name.removesuffix(".md"): parsed(file.read_text("utf-8")) for file in FOLDER.iterdir()}
    return {name: found[name] for name in (*FIRST, *sorted(found.keys() - {*FIRST}))}


def parsed(text: str) -> dict[str, Any]:
    """A lesson from its file: lines of settings between two marks, then the steps, with marks between them."""
    _, head, body = text.split(MARK, 2)
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return {"title": fields["title"], "minutes": int(fields["minutes"]), "markdown": body.strip()}


def lesson(name: object) -> dict[str, Any]:
    """One lesson; UnknownName for another."""
    known = lessons()
    if not isinstance(name, str) or name not in known:
        raise UnknownName("lesson", name, known)
    return known[name]


def listed() -> list[dict[str, Any]]:
    """What the page lists."""
    return [{"name": name, "title": each["title"], "minutes": each["minutes"]} for name, each in lessons().items()]
