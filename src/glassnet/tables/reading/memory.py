"""Which files are too large to be read whole, and memory sizes as they are written."""

import re
from pathlib import Path

from glassnet.errors import InvalidInput
from glassnet.tables.reading.file_kinds import BEGINNING, TABLES, packing
from glassnet.tables.reading.unpacking import UNPACKED_BYTES, unpacked

SHARE = 0.1  # of the memory that a table may take as text: read whole and encoded, it takes some ten times as much
PACKED = 5  # how many bytes of text one byte of a packed file is like
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def is_large(path: str | Path, memory: int) -> bool:
    """Whether a file is more than a tenth of the memory; packed ones are unpacked to see, Parquet counts five times."""
    path, most = Path(path), SHARE * memory
    return path.is_file() and (text_bytes(path) > most or _unpacks_to_more(path, most))


def text_bytes(path: Path) -> int:
    """About how large a file is as text."""
    with path.open("rb") as file:
        beginning = file.read(BEGINNING)
    packed = packing(beginning) or beginning.startswith(tuple(TABLES))
    return path.stat().st_size * (PACKED if packed else 1)


def _unpacks_to_more(path: Path, most: float) -> bool:
    """Whether a packed file holds more bytes, as far as it must be unpacked to see."""
    with path.open("rb") as file:
        if not packing(file.read(BEGINNING)):
            return False
    held = 0
    with unpacked(path) as file:
        while part := file.read(UNPACKED_BYTES):
            held += len(part)
            if held > most:
                return True
    return False


def bytes_of(text: str) -> int:
    """The bytes that a text such as "2GB" or "500 MB" means.

    >>> bytes_of("2GB"), bytes_of("1.5k")
    (2000000000, 1500)
    """
    found = re.fullmatch(r"(\d+(?:\.\d*)?)\s*([kmgt]?)i?b?", text.strip().lower())
    if not found or not float(found[1]):
        raise InvalidInput(f"expected a memory size such as 500MB or 2GB, got {text!r}.")
    return int(float(found[1]) * UNITS[found[2]])
