"""What a run is asked for: rounds, seconds, threads, and which rows and libraries."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """`quick` takes fewer rounds, less time for each, and only the libraries that decide the goals."""

    quick: bool
    rounds: int
    seconds: float
    threads: int | None
    data: Path
    out: Path
    name: str
    peers: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()

    def chosen(self, peers: list[str], quick: list[str]) -> list[str]:
        """The libraries of a family that take part, in its order."""
        wanted = quick if self.quick else peers
        return [peer for peer in peers if (peer in self.peers if self.peers else peer in wanted)]
