"""Docstrings as they stand in the code, for Sphinx: formulas are set as such, the rest is plain text with backticks."""

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any

from docutils import nodes
from names import full_name
from sphinx.addnodes import pending_xref

from glassnet.insight.notation.docstrings import formulas_in, formulas_of
from glassnet.insight.notation.mathml import MathWriter, math

SECTION = re.compile(r"^-{4,}$")


def paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines between empty ones."""
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []


def escaped(text: str) -> str:
    """Plain text with code in backticks as reStructuredText."""
    words, shown = re.split(r"(`+[^`]+`+)", text), []
    for k, word in enumerate(words):
        if k % 2:
            behind = words[k + 1][:1]
            shown.append(f"`{word.strip('`')}`" + ("\\ " if behind.isalnum() else ""))
        else:
            shown.append(re.sub(r"([\\*|]|(?<=\w)_(?!\w))", r"\\\1", word))
    return "".join(shown)


def section(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Names with what is said of them, as a list of definitions under a title."""
    yield from (f".. rubric:: {title}", "   :class: section", "")
    for line in lines:
        if line.startswith(" "):
            yield escaped(line)
        else:
            yield from ("", f"``{line}``")
    yield ""


def readable(block: list[str]) -> Iterator[str]:
    """One block of a docstring as reStructuredText."""
    if len(block) > 1 and SECTION.match(block[1]):
        yield from section(block[0], block[2:])
    elif block[0].startswith(">>>"):
        yield from block
    elif all(line.startswith("    ") for line in block):
        yield from ("::", "", *block)
    else:
        yield from map(escaped, block)
    yield ""


def formulas(thing: Any) -> list[str]:
    """The formulas of a class as MathML; none where its docstring does not begin with formulas."""
    shown = "".join(
        f"<p>{'in prediction ' if one.prediction else ''}{math(MathWriter().equation(one))}</p>"
        for one in formulas_of(thing)
    )
    return [".. raw:: html", "", f'   <div class="formulas">{shown}</div>', ""] if shown else []


def process(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Called by autodoc for every docstring."""
    shown = [list(readable(block)) for block in paragraphs(lines)]
    if inspect.isclass(thing) and (set_formulas := formulas(thing)):
        shown[formulas_in(inspect.getdoc(thing) or "")[1]] = set_formulas
    lines[:] = [line for block in shown for line in block]


def skip(app: Any, what: str, name: str, thing: Any, skipped: bool, options: Any) -> bool | None:
    """Leaves out what scikit-learn puts into its estimators by itself, and classes that a class holds."""
    of_sklearn = "sklearn.utils" in getattr(type(thing), "__module__", "") or name.endswith("_request")
    return True if of_sklearn or (what == "class" and inspect.isclass(thing)) else None


def summary(thing: Any) -> nodes.paragraph:
    """A docstring's first sentence."""
    said = inspect.cleandoc(thing.__doc__ or "").partition("\n\n")[0]
    sentence = re.split(r"(?<=[^.]{3}\.)\s+(?=[A-Z`])", " ".join(said.split()))[0]
    parts = re.split(r"`([^`]+)`", sentence)
    shown = (nodes.literal("", part) if k % 2 else nodes.Text(part) for k, part in enumerate(parts) if part)
    return nodes.paragraph("", "", *shown)


def link(full: str, text: str) -> pending_xref:
    """A link to where a public name is described."""
    target = {"refdomain": "py", "reftype": "obj", "reftarget": full, "refexplicit": True, "refwarn": True}
    return pending_xref("", nodes.literal("", text, classes=["xref", "py"]), **target)


def role(kind: str, raw: str, text: str, line: int, inliner: Any, options: Any = None, content: Any = None) -> Any:
    """What backticks mean in a docstring: a link where the text is a public name, else code."""
    full = full_name(text)
    return [link(full, text) if full else nodes.literal("", text)], []


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_role("public", role)
    app.connect("autodoc-process-docstring", process)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
