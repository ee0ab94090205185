"""The command line's reference, written from the commands themselves: `.. commands::`."""

from collections.abc import Iterator
from typing import Any

import typer
from docstrings import escaped
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from glassnet.cli import program


class Commands(SphinxDirective):
    """A section for each command with its usage, arguments and options."""

    def run(self) -> list[nodes.Node]:
        """Called by docutils."""
        group: Any = typer.main.get_command(program())
        above = group.context_class(group, info_name="glassnet")
        return [self.section(name, command, above) for name, command in group.commands.items()]

    def section(self, name: str, command: Any, above: Any) -> nodes.section:
        """One command."""
        context = command.context_class(command, info_name=name, parent=above)
        section = nodes.section("", nodes.title("", f"glassnet {name}"), ids=[f"glassnet-{name}"], names=[name])
        lines = StringList(list(described(command, context)), "glassnet.cli")
        self.state.nested_parse(lines, self.content_offset, section)
        return section


def described(command: Any, context: Any) -> Iterator[str]:
    """What a command does, its usage, and a list of its arguments and options, as `--help` says them."""
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from (escaped(" ".join((command.help or "").split())), "", "::", "", f"   {usage}", "")
    for name, said in filter(None, (parameter.get_help_record(context) for parameter in command.params)):
        yield from (f"``{name}``", f"    {escaped(said)}", "")


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
