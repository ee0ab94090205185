"""A diagnosis: findings, each with what was measured, why it matters, and what to try."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from glassnet.calls import answered
from glassnet.insight.pages.pieces import Heading, Piece, Words
from glassnet.insight.pages.shown import Shown


@answered
@dataclass(frozen=True)
class Finding(Shown):
    """One fault that `diagnose` found, with what was measured and what to try.

    Made by `diagnose`.

    Attributes
    ----------
    name, where
        The fault, such as "dead units"; where it was found, such as "layer 0".
    measured, why, remedy
        A sentence each: what was measured, why it matters, and what to try.

    >>> net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(2, "softmax")]).build(2, seed=0)
    >>> X = np.random.default_rng(0).normal(size=(60, 2)) * 1000
    >>> finding = gn.diagnose(net, X, (X[:, 0] > 0).astype(int), loss="cross_entropy").findings[0]
    >>> finding.name, finding.where
    ('unscaled inputs', '')
    """

    name: str
    where: str
    measured: str
    why: str
    remedy: str

    def pieces(self) -> Sequence[Piece]:
        """A heading and three sentences."""
        return [Heading(self.title), *(Words(f"{what}: {text}") for what, text in self.sentences())]

    def sentences(self) -> list[tuple[str, str]]:
        """What each sentence is about, and the sentence."""
        return [("Measured", self.measured), ("Why it matters", self.why), ("What to try", self.remedy)]

    @property
    def title(self) -> str:
        """Name and place."""
        return f"{self.name}, {self.where}" if self.where else self.name


@answered
@dataclass(frozen=True)
class Diagnosis(Shown):
    """The findings of all checks of a network and its data.

    Made by `diagnose`. `len` is the number of findings, a loop gives one `Finding` at a time, and `print` shows them
    all; so does a notebook.

    Attributes
    ----------
    findings
        A tuple of `Finding`.
    checks
        The names of the checks that were made.
    n_rows
        The number of rows they were made on.

    >>> net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(2, "softmax")]).build(2, seed=0)
    >>> X = np.random.default_rng(0).normal(size=(60, 2))
    >>> found = gn.diagnose(net, X, (X[:, 0] > 0).astype(int), loss="cross_entropy")
    >>> len(found), found.n_rows
    (1, 60)
    """

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

    def pieces(self) -> Sequence[Piece]:
        """How much was found, and all findings."""
        return [Heading(self.summary()), *(piece for finding in self.findings for piece in finding.pieces())]

    def __repr__(self) -> str:
        return f"Diagnosis({', '.join(finding.title for finding in self.findings) or 'nothing found'})"

    def markdown(self) -> str:
        """The findings as a part of a report."""
        parts = [self.summary(), *(_markdown(finding) for finding in self.findings)]
        return "\n\n".join(parts)


def _markdown(finding: Finding) -> str:
    lines = "\n".join(f"- *{name}*: {text}" for name, text in finding.sentences())
    return f"### {finding.title[:1].upper()}{finding.title[1:]}\n\n{lines}"
