"""The pages of the reference: `.. reference::` with names, and the check that no public name is missing."""

import inspect
import sys
from types import ModuleType
from typing import Any

from docstrings import link, summary
from docutils import nodes
from docutils.statemachine import StringList
from names import public
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective


class Reference(SphinxDirective):
    """A table of names with what each is, then each with its docstring and its documented methods.

    The names stand below, or a module stands behind `reference::`, for all that is public in it.
    """

    has_content, optional_arguments = True, 1

    def run(self) -> list[nodes.Node]:
        """Called by docutils."""
        for module in self.arguments:
            self.env.note_dependency(public()[f"glassnet.{module}"].__file__)  # a name more is a new page
        names = [*inside(self.arguments), *" ".join(self.content).split()]
        lines = [line for name in names for line in described(name)]
        below = nodes.container()
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), self.content_offset, below)
        return [table(names), *below.children]


def inside(modules: list[str]) -> list[str]:
    """The public names in modules: `listeners.CSVLog`, …"""
    starts = tuple(f"glassnet.{module}." for module in modules)
    return [name.removeprefix("glassnet.") for name in public() if name.startswith(starts)] if starts else []


def described(name: str) -> list[str]:
    """The directive of autodoc for a name."""
    thing = public()[f"glassnet.{name}"]
    kind = "autoclass" if inspect.isclass(thing) else "autofunction" if inspect.isroutine(thing) else "autodata"
    methods = ["   :members:", *inherited(thing)] if inspect.isclass(thing) else []
    package, _, last = f"glassnet.{name}".rpartition(".")
    shown = f"{package}::{last}" if package in sys.modules else f"glassnet::{name}"
    return [f".. {kind}:: {shown}", *methods, ""]


def inherited(thing: Any) -> list[str]:
    """Methods of parents are shown too, unless the parent is public itself, or above one that is, or not ours."""
    known = [parent for parent in thing.__mro__[1:] if any(parent is other for other in public().values())]
    others = [
        parent.__name__
        for parent in thing.__mro__[1:]
        if any(issubclass(one, parent) for one in known) or not parent.__module__.startswith("glassnet")
    ]
    return [f"   :inherited-members: {', '.join(others)}"]


def table(names: list[str]) -> nodes.table:
    """A row for each name: a link, and its first sentence or formula."""
    body = nodes.tbody()
    for name in names:
        full = f"glassnet.{name}"
        cells = (nodes.paragraph("", "", link(full, name)), summary(public()[full]))
        body += nodes.row("", *(nodes.entry("", cell) for cell in cells))
    columns = (nodes.colspec(colwidth=width) for width in (25, 75))
    return nodes.table("", nodes.tgroup("", *columns, body, cols=2), classes=["names"])


def check(app: Any, environment: Any) -> None:
    """A warning, which ends the build, for every public name without a place in the reference."""
    described = environment.domaindata["py"]["objects"]
    for name, thing in public().items():
        if not isinstance(thing, ModuleType) and name not in described:
            logging.getLogger(__name__).warning("%s is public, but on no page of the reference", name)


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("reference", Reference)
    app.connect("env-check-consistency", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
