"""The header of an exported file: what the model is, how large, and what its layers compute."""

import sys

from glassnet.exports.program import Program
from glassnet.exports.targets.text import comment, counted


def header_lines(program: Program) -> list[str]:
    """The lines, without the signs of a comment."""
    inputs = counted(len(program.inputs), "column") if program.of_table else counted(program.steps[0].out.size, "input")
    sizes = (
        f"{inputs}, {counted(program.outputs.value.size, 'output')}, {counted(program.n_parameters, 'parameter')}, "
        f"{counted(program.n_products, 'multiply-add')} a row, computed in {program.dtype}"
    )
    return [
        f"glassnet {sys.modules['glassnet'].__version__}: {comment(program.title)}",
        sizes,
        *(f"{key}: {comment(str(value))}" for key, value in program.about.items()),
        "",
        *layers(program),
    ]


def layers(program: Program) -> list[str]:
    """The layers and what else has a name, as comments of the steps repeat them; the first ones of many."""
    notes = [comment(step.note) for step in program.steps if step.note]
    return notes if len(notes) <= 40 else [*notes[:38], f"… and {len(notes) - 38} more, see below"]
