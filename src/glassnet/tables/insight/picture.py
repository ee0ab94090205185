"""A picture: what it shows, what it needs, and how it is drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.tables.insight.picture_source import PictureSource


def no_values(_: PictureSource) -> Sequence[str]:
    """No value without a switch."""
    return ()


@dataclass(frozen=True)
class Picture:
    """One picture: its name, which is also its switch and its file; what it shows, what it needs, how it is drawn.

    `needs` is "nothing"; "history"; or "network", "model", "rows", "classes" or "numbers", each more than the one
    before but for the last two.
    A picture that `takes` something (the word for it in the command's help) is drawn once for each value given,
    `draw(source, value)`; without a switch for those that `values` finds.
    """

    name: str
    says: str
    needs: str
    draw: Callable[..., Any]
    takes: str = ""
    values: Callable[..., Sequence[str]] = no_values

    def figures(self, source: PictureSource, values: Sequence[str] = ()) -> dict[str, Any]:
        """Name → Figure; InvalidInput where the source lacks what the picture needs."""
        if lacking := source.lacks(self.needs):
            raise InvalidInput(f"{self.name} needs {lacking}.")
        if not self.takes:
            return {self.name: self.draw(source)}
        return {f"{self.name}-{value}": self.draw(source, value) for value in values or self.values(source)}

    def alone(self, source: PictureSource) -> list[list[str]]:
        """The values for each of the pictures that are drawn without a switch, none where it does not fit."""
        if not self.fits(source):
            return []
        return [[value] for value in self.values(source)] if self.takes else [[]]

    def fits(self, source: PictureSource) -> bool:
        """Whether it can be drawn of this."""
        return not source.lacks(self.needs)
