"""A part of the results: text and tables, the goals that it decides, and the libraries that took part."""

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
