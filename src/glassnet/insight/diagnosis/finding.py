"""What a diagnosis says: findings, each with what was measured, why it matters, and what to try."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from glassnet.insight.page import Heading, Piece, Words
from glassnet.insight.page_text import as_text


@dataclass(frozen=True)
class Finding:
    """One fault: its name ("dead units"), where it is, and three sentences."""

    name: str
    where: str
    measured: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return as_text(list(self.page()))

    def page(self) -> Iterator[Piece]:
        """The finding as pieces of a page."""
        yield Heading(self.title)
        yield Words(f"Measured: {self.measured}")
        yield Words(f"Why it matters: {self.why}")
        yield Words(f"What to try: {self.remedy}")

    @property
    def title(self) -> str:
        """Name and place."""
        return f"{self.name}, {self.where}" if self.where else self.name


@dataclass(frozen=True)
class Diagnosis:
    """The findings of all checks; `checks` names those that were made, `n_rows` says on how many rows."""

    findings: tuple[Finding, ...]
    checks: tuple[str, ...]
    n_rows: int

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def names(self) -> list[str]:
        """The faults that were found, each once."""
        return list(dict.fromkeys(finding.name for finding in self.findings))

    def summary(self) -> str:
        """How much was found, in a sentence."""
        rows = f"on {self.n_rows:,} rows"
        if not self.findings:
            return f"Nothing found {rows}. Looked for: {', '.join(self.checks)}."
        n = len(self.findings)
        return f"{n} finding{'' if n == 1 else 's'} {rows}."

    def text(self, width: int | None = None) -> str:
        """All findings as text, for a width in columns; by default that of the terminal, 80 to 120."""
        pieces: list[Piece] = [Heading(self.summary())]
        for finding in self.findings:
            pieces += finding.page()
        return as_text(pieces, width)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Diagnosis({', '.join(finding.title for finding in self.findings) or 'nothing found'})"

    def _repr_html_(self) -> str:
        parts = "".join(_html(finding) for finding in self.findings)
        return f'<div class="glassnet"><p>{escape(self.summary())}</p>{parts}</div>'

    def markdown(self) -> str:
        """The findings as a part of a report."""
        parts = [self.summary(), *(_markdown(finding) for finding in self.findings)]
        return "\n\n".join(parts)


def _rows(finding: Finding) -> Sequence[tuple[str, str]]:
    return (("Measured", finding.measured), ("Why it matters", finding.why), ("What to try", finding.remedy))


def _html(finding: Finding) -> str:
    items = "".join(f"<dt><b>{name}</b></dt><dd>{escape(text)}</dd>" for name, text in _rows(finding))
    return f"<h4>{escape(finding.title)}</h4><dl>{items}</dl>"


def _markdown(finding: Finding) -> str:
    lines = "\n".join(f"- *{name}*: {text}" for name, text in _rows(finding))
    return f"### {finding.title[:1].upper()}{finding.title[1:]}\n\n{lines}"
