"""Every formula has its derivation in the documents, under a heading of its own and with its sources."""

import re
from pathlib import Path
from typing import Any

import pytest

import glassnet as gn
from glassnet.formulas.averages import Average
from glassnet.formulas.clipping import Clip

FOLDER = Path(__file__).parents[1] / "docs" / "derivations"
PAGES: dict[Any, str] = {
    gn.activations.Activation: "activations",
    gn.Loss: "losses",
    gn.Layer: "layers",
    gn.UpdateRule: "update-rules",
    gn.Initializer: "initializers",
    gn.Schedule: "training",
    gn.Penalty: "training",
    Clip: "training",
    Average: "training",
}


def sections(text):
    """What stands under each heading, by the heading."""
    parts = re.split(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def sources(kind):
    """The arXiv numbers and the years that a docstring gives, its parameters left aside."""
    return set(re.findall(r"\b\d{4}\.\d{4,5}\b|\b(?:19|20)\d\d\b", (kind.__doc__ or "").split("Parameters\n")[0]))


def lacking(kind, found):
    """What is missing of a derivation: its heading, its mathematics, a source."""
    if kind.__name__ not in found:
        return [f"the heading {kind.__name__}"]
    section = found[kind.__name__]
    mathematics = [] if "$" in section or kind in (gn.Flatten, gn.Constant) else ["mathematics"]
    return mathematics + sorted(source for source in sources(kind) if source not in section)


KINDS = [
    pytest.param(kind, page, id=kind.__name__)
    for family, page in PAGES.items()
    for kind in family.registry.values()
    if kind.__module__.startswith("glassnet.")
]


@pytest.mark.parametrize(("kind", "page"), KINDS)
def test_every_formula_is_derived_under_its_own_heading_with_its_sources(kind, page):
    assert lacking(kind, sections((FOLDER / f"{page}.md").read_text())) == []


def test_a_formula_without_a_derivation_is_noticed():
    found = sections("# Activations\n\n## ReLU\n\n$f$\n\n## SiLU\n\n$f$\n\n## Tanh\n\nno formula\n")
    assert lacking(gn.ReLU, found) == []
    assert lacking(gn.GELU, found) == ["the heading GELU"]
    assert lacking(gn.SiLU, found) == ["1702.03118", "2018"]
    assert lacking(gn.Tanh, found) == ["mathematics"]
