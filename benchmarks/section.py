"""A part of the results: text and tables, the goals that it decides, and the libraries that took part."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.goals import Goal


@dataclass
class Section:
    """What one family of rows has to say."""

    title: str
    text: str
    goals: list[Goal] = field(default_factory=list)
    libraries: Mapping[str, str] = field(default_factory=dict)  # versions, and threads

    def markdown(self) -> str:
        return f"## {self.title}\n\n{self.text.strip()}\n"


def paragraphs(*parts: str) -> str:
    """Those that are not empty, with an empty line between them."""
    return "\n\n".join(part.strip() for part in parts if part.strip())


def with_part(page: str, part: str) -> str:
    """The page with a part put in the place of the one under the same first line, or at the end."""
    title = part.split("\n")[0]
    parts = [text.strip() for text in re.split(r"^(?=# )", page, flags=re.MULTILINE) if text.strip()]
    places = [k for k, text in enumerate(parts) if text.split("\n")[0] == title] or [len(parts)]
    parts[places[0] : places[0] + 1] = [part.strip()]
    return "\n\n".join(parts) + "\n"
