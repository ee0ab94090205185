"""Files that grow line by line; if the process is killed, whole lines remain."""

from pathlib import Path
from typing import TextIO

from glassnet.files.atomic import CannotWrite


def open_lines(path: Path) -> TextIO:
    """Open for appending; a last line that was cut off is removed. CannotWrite in one sentence."""
    try:
        cut_half_line(path)
        return path.open("a", encoding="utf-8", newline="")
    except OSError as error:
        raise CannotWrite(f"could not write {path}: {error.strerror or error}.") from error


def cut_half_line(path: Path) -> None:
    """Remove what follows the last line end of a file, if there is such a file."""
    if not path.is_file():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
