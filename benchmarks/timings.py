"""The seconds that libraries took for rows, a number a round, and the tables that are made of them."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from benchmarks.peers import Peer
from benchmarks.spread import Spread, durations, ratio
from benchmarks.worker import Failure, Timing

Cell = Callable[[str, str], str]  # (row, peer) to what the table shows


class Results:
    """By (row, peer): a timing a round, or why there is none."""

    def __init__(self, rows: Sequence[str], peers: Mapping[str, Peer]):
        self.rows, self.peers = list(rows), dict(peers)
        self.timings: dict[tuple[str, str], list[Timing]] = {(row, peer): [] for row in rows for peer in peers}
        self.failures: dict[tuple[str, str], str] = {}
        self.libraries: dict[str, str] = {}  # versions, and the threads that the library says it has

    def add(self, row: str, peer: str, answer: Timing | Failure) -> None:
        if isinstance(answer, Failure):
            self.failures[row, peer] = answer.reason
        else:
            self.timings[row, peer].append(answer)

    def has(self, row: str, peer: str) -> bool:
        return bool(self.timings.get((row, peer))) and (row, peer) not in self.failures

    def seconds(self, row: str, peer: str) -> list[float]:
        return [timing.seconds for timing in self.timings[row, peer]]

    def ratio(self, row: str, these: str | None, those: str) -> Spread | None:
        """These seconds by those, or None where one of them is missing."""
        if these is None or not (self.has(row, these) and self.has(row, those)):
            return None
        return ratio(self.seconds(row, these), self.seconds(row, those))

    def fastest(self, row: str, peers: Sequence[str]) -> str | None:
        """The one of these peers with the smallest median."""
        measured = [peer for peer in peers if peer in self.peers and self.has(row, peer)]
        return min(measured, key=lambda peer: median(self.seconds(row, peer)), default=None)

    def label(self, peer: str | None) -> str:
        return self.peers[peer].label if peer in self.peers else "which was not measured"

    # ------------------------------------------------------------------ tables

    def table(self, corner: str, cell: Cell, skip: Sequence[str] = ()) -> str:
        """A line a library, a column a row of the measurement."""
        peers = [peer for peer in self.peers if peer not in skip]
        lines = [[self.peers[peer].label, *(self._shown(row, peer, cell) for row in self.rows)] for peer in peers]
        return table([corner, *self.rows], lines)

    def times(self, corner: str) -> str:
        return self.table(corner, lambda row, peer: durations(self.seconds(row, peer)))

    def ratios(self, corner: str, reference: str) -> str:
        """Times the reference's time, where the reference has one."""
        return self.table(corner, lambda row, peer: str(self.ratio(row, peer, reference) or "n/a"), skip=[reference])

    def cores(self, corner: str, skip: Sequence[str]) -> str:
        """How many cores were busy, by the processor time of the process."""
        return self.table(corner, lambda row, peer: f"{median(t.cores for t in self.timings[row, peer]):.1f}", skip)

    def _shown(self, row: str, peer: str, cell: Cell) -> str:
        return cell(row, peer) if self.has(row, peer) else "n/a"

    def reasons(self) -> str:
        """A sentence for each library that gave no number, with the reason and the rows."""
        rows: dict[tuple[str, str], list[str]] = {}
        for (row, peer), reason in self.failures.items():
            rows.setdefault((self.label(peer), reason), []).append(row)
        return "\n".join(f"- {label} has no number for {', '.join(r)}: {reason}" for (label, reason), r in rows.items())


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with columns of even width, as easy to read unrendered."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    lines = [" | ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) for row in [header, rule, *rows]]
    return "\n".join(f"| {line} |" for line in lines)
