"""What the printers of source code share: comments that end where they should, indentation, lists in lines."""

from collections.abc import Iterable, Iterator, Sequence

from glassnet.exports.notes import one_line

WIDTH = 100  # characters of a line of numbers


def indent(lines: Iterable[str], by: str = "    ") -> list[str]:
    """Lines moved to the right; empty ones stay empty."""
    return [f"{by}{line}" if line else line for line in lines]


def filled(items: Sequence[str], gap: str = ", ", width: int = WIDTH) -> Iterator[str]:
    """Items in lines of at most so many characters, each with a comma behind it but the last."""
    line = ""
    for k, item in enumerate(items):
        piece = item if k == len(items) - 1 else item + gap.rstrip()
        if line and len(line) + 1 + len(piece) > width:
            yield line
            line = piece
        else:
            line = f"{line} {piece}" if line else piece
    if line:
        yield line


def comment(text: str) -> str:
    """A text that ends no comment of any language, and no script of a page, in one line."""
    plain = one_line(text).replace("\\", "/")
    for sign in ("*/", "/*", "??", "</"):
        plain = plain.replace(sign, f"{sign[0]} {sign[1]}")
    return plain


def counted(n: int, noun: str) -> str:
    """A number with its noun: 1 input, 1,200 parameters."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def lines_of(text: str) -> list[str]:
    """The lines of a piece of source."""
    return text.strip("\n").split("\n")
