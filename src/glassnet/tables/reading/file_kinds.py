"""The kind of a file, recognised by its first bytes, whatever its name."""

import codecs
import re
from pathlib import Path

from glassnet.errors import InvalidInput

BEGINNING = 1024  # bytes that tell what a file is

PACKED = {  # first bytes of compressed files
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"PK\x03\x04": "ZIP",
}
TABLES = {  # first bytes of binary tables
    b"PAR1": "Parquet",
    b"ARROW1\0\0": "Arrow",
    b"Obj\x01": "Avro",
    b"\xff\xff\xff\xff": "Arrow stream",
}
SAVE = "save the table as CSV or Parquet"
ALONE = "it is read where it is not compressed"  # what holds several tables
PANDAS = "pandas.{}(…).to_parquet(…) converts it to Parquet"
FOREIGN = {  # first bytes of files that cannot be read, what they are, and what to do
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook (.xls)", ALONE),
    b"SQLite format 3\0": ("an SQLite database", ALONE),
    b"\x89HDF\r\n\x1a\n": ("an HDF5 file", PANDAS.format("read_hdf")),
    b"\x93NUMPY": ("a NumPy array", "numpy.load reads it, and Network.fit takes arrays"),
    b"FEA1": ("a Feather file of version 1", PANDAS.format("read_feather")),
    b"ORC": ("an ORC file", PANDAS.format("read_orc")),
    b"PARE": ("an encrypted Parquet file", "write it without encryption"),
    b"\x00" * 12 + b"\xc2\xea\x81\x60": ("a SAS data set", PANDAS.format("read_sas")),
    b"HEADER RECORD*******": ("a SAS transport file", PANDAS.format("read_sas")),
    b"<stata_dta>": ("a Stata file", PANDAS.format("read_stata")),
    b"$FL2": ("an SPSS file", PANDAS.format("read_spss")),
    b"$FL3": ("an SPSS file", PANDAS.format("read_spss")),
    b"RDX2\n": ("an R workspace", "write.csv(table, file, row.names = FALSE) in R saves it as CSV"),
    b"RDX3\n": ("an R workspace", "write.csv(table, file, row.names = FALSE) in R saves it as CSV"),
    b"X\n\x00\x00\x00": ("an R object (.rds)", "write.csv(readRDS(file), …, row.names = FALSE) in R saves it as CSV"),
    b"MATLAB 5.0 MAT-file": ("a MATLAB file", "writetable in MATLAB saves it as CSV"),
    b"%PDF": ("a PDF document, not a table", SAVE),
    b"{\\rtf": ("a document, not a table", SAVE),
    b"\x89PNG": ("an image, not a table", SAVE),
    b"\xff\xd8\xff": ("an image, not a table", SAVE),
    b"GIF8": ("an image, not a table", SAVE),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "unpack it first"),
    b"Rar!": ("a RAR archive", "unpack it first"),
    b"\x04\x22\x4d\x18": ("compressed with LZ4", "unpack it first"),
    b"\x1f\x9d": ("compressed with compress (.Z)", "unpack it first"),
    b"\x7fELF": ("a program, not a table", SAVE),
    b"version https://git-lfs.github.com/": ("a Git LFS pointer, not the file itself", "`git lfs pull` fetches it"),
}
PICKLE = re.compile(rb"\x80[\x02-\x05][\x95\x8a-\x8e}\](cX]")
STATA = re.compile(rb"[\x69-\x73][\x01\x02]\x01\x00")  # before version 117
MARKUP = re.compile(rb"\s*<(!doctype html|html|table|\?xml|!--)", re.I)
ARFF = re.compile(rb"(\s*%[^\n]*\n)*\s*@relation\s", re.I)
JSON_LINES, JSON_ROWS = re.compile(rb'\s*\{\s*("|\})'), re.compile(rb"\s*\[\s*\{")
INNARDS = {  # what lies in ZIP files that are something else
    "xl/": ("an Excel workbook", ALONE),
    "word/": ("a Word document, not a table", SAVE),
    "ppt/": ("a presentation, not a table", SAVE),
    "content.xml": ("a LibreOffice document", SAVE),
    "Index/": ("a Numbers spreadsheet", "export it as CSV"),
}


def packing(beginning: bytes) -> str:
    """The compression of a file, or ""."""
    return next((name for start, name in PACKED.items() if beginning.startswith(start)), "")


def kind_of(path: Path, beginning: bytes) -> str:
    """One of TABLES, "JSON", "JSON lines" or "text"; InvalidInput for what cannot be read.

    `beginning` is of the content, unpacked.
    """
    if not beginning.strip():
        raise InvalidInput(f"{path} is empty.")
    for start, name in TABLES.items():
        if beginning.startswith(start):
            return name
    what, then = foreign(beginning)
    if what:
        raise InvalidInput(f"{path} is {what}: {then}.")
    if path.suffix.lower() in (".parquet", ".pq"):
        raise InvalidInput(f"{path} is not a Parquet file: it does not begin with PAR1.")
    text = beginning.removeprefix(codecs.BOM_UTF8)
    return "JSON lines" if JSON_LINES.match(text) else "JSON" if JSON_ROWS.match(text) else "text"


def foreign(beginning: bytes) -> tuple[str, str]:
    """What a file is that cannot be read, and what to do about it; nothing where it may be a table."""
    for start, said in FOREIGN.items():
        if beginning.startswith(start):
            return said
    if packing(beginning):
        return f"compressed twice, with {packing(beginning)} inside", "unpack it first"
    if beginning[257:262] == b"ustar":
        return "a tar archive", "unpack it first"
    if PICKLE.match(beginning):
        return "a Python pickle, which could run code when it is read", "write the table with .to_parquet(…)"
    if STATA.match(beginning):
        return "a Stata file", PANDAS.format("read_stata")
    if MARKUP.match(beginning):
        return "an HTML or XML page, not a table", "download the table itself, or save it as CSV"
    if ARFF.match(beginning):
        return "a Weka ARFF file", "save it as CSV"
    return "", ""
