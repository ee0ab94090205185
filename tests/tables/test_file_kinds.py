"""What a file is is told by its first bytes: read where it can be, else named, whole and in pieces alike."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import zipfile
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from glassnet.errors import InvalidInput
from glassnet.tables.reading import read as reading
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reading.memory import is_large
from glassnet.tables.sources.read_table import read_table

FRAME = pl.DataFrame({"a": [1, 2, 3], "y": ["u", None, "v"]})
TEXT = FRAME.write_csv().encode()


def made(write: Any) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def zipped(**files: bytes) -> bytes:
    """A ZIP archive; _ stands for a dot in names, AT for a slash."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            called = name.replace("AT", "/").replace("MAC", "__MACOSX").replace("_csv", ".csv")
            archive.writestr(zipfile.ZipInfo(called), content)  # of a fixed time: the name of a test holds it
    return buffer.getvalue()


PARQUET = made(FRAME.write_parquet)
WHOLE = "cannot be read in chunks"
KINDS = {
    "gzip": (gzip.compress(TEXT, mtime=0), ""),
    "bzip2": (bz2.compress(TEXT), ""),
    "xz": (lzma.compress(TEXT), ""),
    "zstandard": (pa.compress(TEXT, codec="zstd", asbytes=True), ""),
    "ZIP": (zipped(folderATtable_csv=TEXT), ""),
    "ZIP of a Mac": (zipped(table_csv=TEXT, MACATtable_csv=b"x"), ""),
    "UTF-16 in gzip": (gzip.compress(TEXT.decode().encode("utf-16")), ""),
    "UTF-16 without a mark": (TEXT.decode().encode("utf-16-le"), ""),
    "Parquet": (PARQUET, ""),
    "Arrow": (made(FRAME.write_ipc), ""),
    "JSON lines": (made(FRAME.write_ndjson), ""),
    "Arrow stream": (made(FRAME.write_ipc_stream), WHOLE),
    "Avro": (made(FRAME.write_avro), WHOLE),
    "JSON": (json.dumps(FRAME.to_dicts()).encode(), WHOLE),
    "JSON with a mark": (b"\xef\xbb\xbf" + json.dumps(FRAME.to_dicts()).encode(), WHOLE),
    "Parquet in gzip": (gzip.compress(PARQUET, mtime=0), "is Parquet compressed with gzip: unpack it first"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_be_read_is_read(tmp_path: Any, kind: Any) -> None:
    content, said = KINDS[kind]
    path = tmp_path / "table.csv"  # the name tells nothing
    path.write_bytes(content)
    assert read_table(path).equals(FRAME)
    if said:
        with pytest.raises(InvalidInput, match=said):
            Pieces(path)
    else:
        rows = pl.concat(list(Pieces(path, 8)))  # of a text file its texts
        assert rows.cast({"a": pl.Int64}).equals(FRAME)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            gzip.compress(b"\xd0\xcf\x11\xe0....", mtime=0),
            "is an old Excel workbook .*: it is read where it is not comp",
        ),
        (zipped(a_csv=TEXT, b_csv=TEXT), r"is a ZIP archive with 2 files \('a.csv', 'b.csv'\)"),
        (zipped(aAT=b""), "is a ZIP archive with no file"),
        (made(lambda file: np.savez(file, x=np.eye(2), z=np.eye(3))), "holds NumPy arrays"),
        (made(lambda file: np.save(file, np.eye(2))), "is a NumPy array"),
        (pickle.dumps({"a": [1]}, 2), "is a Python pickle"),
        (pickle.dumps(FRAME, 5), "is a Python pickle"),
        (gzip.compress(b"SQLite format 3\0....", mtime=0), "is an SQLite database: it is read where it is not compr"),
        (b"\x89HDF\r\n\x1a\n....", "is an HDF5 file"),
        (b"ORC....", "is an ORC file"),
        (b"<stata_dta><header>", "is a Stata file"),
        (b"$FL2@(#) SPSS DATA FILE", "is an SPSS file"),
        (gzip.compress(b"RDX3\nX\n", mtime=0), "is an R workspace"),
        (b"  <!DOCTYPE HTML><html>", "is an HTML or XML page"),
        (b"<?xml version='1.0'?>", "is an HTML or XML page"),
        (b"% iris\n@RELATION iris\n", "is a Weka ARFF file"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "is a Git LFS pointer"),
        (gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0), "is compressed twice, with gzip inside"),
        (gzip.compress(b"\n \n", mtime=0), "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b'{"a": {"b": 1}}\n', "column 'a' holds lists or objects"),
        (b'{"a": 1}\n{"a": \n', "is a damaged or truncated JSON lines file"),
        (bz2.compress(TEXT)[:-5], "is a damaged or truncated bzip2 file"),
        (lzma.compress(TEXT)[:-5], "is a damaged or truncated xz file"),
        (pa.compress(TEXT * 99, codec="zstd", asbytes=True)[:-5], "is a damaged or truncated zstandard file"),
        (zipped(a_csv=TEXT)[:-5], "is a damaged or truncated ZIP file"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Any, content: Any, said: Any) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    for read in (read_table, lambda path: list(Pieces(path))):
        with pytest.raises(InvalidInput, match=said) as caught:
            read(path)
        assert "\n" not in str(caught.value) and str(caught.value).endswith(".") and len(str(caught.value)) < 500


@pytest.mark.long
def test_a_file_that_unpacks_to_too_much_is_read_in_pieces_and_refused_whole(tmp_path: Any, monkeypatch: Any) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(b"a,y\n" + b"1,u\n" * 500_000))
    assert path.stat().st_size < 10_000 and is_large(path, 10_000_000)
    monkeypatch.setattr(reading, "memory_there", lambda: 3_000_000)
    with pytest.raises(InvalidInput, match=r"is unpacked more than 0\.0015 GB, too large to be read whole"):
        read_table(path)
    assert Pieces(path).n_rows == 500_000
