"""The bytes of a file, unpacked as they are read, whatever it is compressed with."""

import bz2
import gzip
import io
import lzma
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.datasets import EVERY
from glassnet.tables.reading.file_kinds import BEGINNING, INNARDS, kind_of, packing
from glassnet.tables.values.frames import listed, nearest

UNPACKED_BYTES = 1 << 20  # at a time


def check_file(path: Path) -> None:
    """Refuse what is not a file; the nearest name is given."""
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder, not a file.")
    if not path.exists():
        near = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InvalidInput(f"there is no file {path}{nearest(path.name, [*EVERY, *near])}.")


def packed_with(path: Path) -> str:
    """The compression of a file, or ""."""
    with path.open("rb") as file:
        return packing(file.read(BEGINNING))


def file_kind(path: Path) -> str:
    """What is in a file, see `kind_of`."""
    with unpacked(path) as file:
        return kind_of(path, file.read(BEGINNING))


def content_of(path: Path, most: int) -> bytes:
    """All bytes of a file, unpacked; InvalidInput where there are more than `most`."""
    content = io.BytesIO()
    with unpacked(path) as file:
        while part := file.read(UNPACKED_BYTES):
            content.write(part)
            if content.tell() > most:
                raise InvalidInput(
                    f"{path} is {'unpacked ' * bool(packed_with(path))}more than {most / 1e9:.2g} GB, too large to be "
                    "read whole: gn.TableTraining.of_file and the commands read it in chunks."
                )
    return content.getvalue()


@contextmanager
def unpacked(path: Path) -> Iterator[Any]:
    """The file opened to read its bytes unpacked; one sentence where they are broken."""
    check_file(path)
    packed = packed_with(path)
    try:
        with OPENERS[packed](path) as file:
            yield file
    except (
        OSError,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        RuntimeError,
        NotImplementedError,
    ) as error:
        if not packed:
            raise
        raise InvalidInput(f"{path} is a damaged or truncated {packed} file ({error}).") from error


@contextmanager
def _zip_member(path: Path) -> Iterator[Any]:
    """The only file in a ZIP archive."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for innard, (what, then) in INNARDS.items():
            if any(name.startswith(innard) for name in names):
                raise InvalidInput(f"{path} is {what}: {then}.")
        files = [name for name in names if not name.endswith("/") and not name.startswith("__MACOSX/")]
        if files and all(name.endswith(".npy") for name in files):
            raise InvalidInput(f"{path} holds NumPy arrays: numpy.load reads it, and Network.fit takes arrays.")
        if len(files) != 1:
            held = f"{len(files)} files ({listed(files, 3)})" if files else "no file"
            raise InvalidInput(f"{path} is a ZIP archive with {held}: unpack it, and name one file.")
        if archive.getinfo(files[0]).flag_bits & 1:
            raise InvalidInput(f"{path} is a ZIP archive with a password: unpack it first.")
        with archive.open(files[0]) as file:
            yield file


@contextmanager
def _zstandard(path: Path) -> Iterator[Any]:
    """A zstandard file: Python unpacks it from 3.14 on, and polars does it line by line."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        try:
            with zstd.open(path, "rb") as file:
                yield file
        except zstd.ZstdError as error:
            raise OSError(error) from error
    else:
        yield io.BufferedReader(_Stream(_lines(path)))


def _lines(path: Path) -> Iterator[bytes]:
    """The text in a file that polars unpacks, some lines at a time."""
    polars = require("polars", "tables", "reading a table")
    lines = polars.scan_csv(
        path, glob=False, has_header=False, schema={"line": polars.String}, separator="\1", quote_char=None
    )
    try:
        for part in lines.collect_batches(maintain_order=True):
            yield ("\n".join(part["line"].fill_null("")) + "\n").encode()
    except polars.exceptions.PolarsError as error:
        raise OSError(str(error).partition("\n")[0]) from error


class _Stream(io.RawIOBase):
    """Parts of bytes as a file to read from."""

    def __init__(self, parts: Iterator[bytes]):
        self.parts, self.left = parts, b""

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the next part goes."""
        while not self.left:
            part = next(self.parts, None)
            if part is None:
                return 0
            self.left = part
        n = min(len(buffer), len(self.left))
        buffer[:n], self.left = self.left[:n], self.left[n:]
        return n


OPENERS: dict[str, Callable[[Path], Any]] = {
    "": io.FileIO,
    "gzip": gzip.GzipFile,
    "bzip2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
    "zstandard": _zstandard,
    "ZIP": _zip_member,
}
