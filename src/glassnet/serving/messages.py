"""What comes in and what goes out: JSON, or one sentence that says why not."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from starlette.responses import Response

from glassnet.errors import LONGEST, shortened
from glassnet.files.json_text import with_distinct_names

JSON = "application/json"
DECLARED = (b"content-type", JSON.encode())
# a text that does not end goes to the end, so that no part of it is looked at twice
TEXTS = re.compile(rb'"(?>[^"\\]*+(?:\\.[^"\\]*+)*+)"?', re.DOTALL)
SPARE = 100  # lists and objects of a body beside those that are rows


def constant(name: str) -> None:
    """NaN, which Python writes into JSON, is a missing value; an infinite number is none."""
    if name != "NaN":
        raise ValueError(f"{name} is not a JSON number")


decoder = json.JSONDecoder(object_pairs_hook=with_distinct_names, parse_constant=constant)
encoded = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode  # ASCII, whatever a client has sent


class Refused(Exception):
    """A request that is not answered: the status, one sentence, and further headers."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None):
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, shortened(sentence, LONGEST), headers


class Received(NamedTuple):
    """What comes in: a JSON document, and bytes behind it where a header says where it ends."""

    json: bytes
    tensors: bytes = b""


class Answer(Response):
    """A response with a JSON document, made in as few steps as possible."""

    def __init__(self, content: object, status: int = 200, headers: Mapping[str, str] | None = None):
        self.status_code, self.background, self.body = status, None, encoded(content).encode()
        self.raw_headers = [(b"content-length", b"%d" % len(self.body)), DECLARED]
        for name, value in (headers or {}).items():
            self.raw_headers.append((name.lower().encode(), value.encode()))


def refusal(refused: Refused) -> Answer:
    """The response to a request that is not answered."""
    return Answer({"error": refused.sentence}, refused.status, refused.headers)


def document(body: bytes, nesting: int, lists: int) -> Any:
    """The JSON document in a body with at most so many lists and objects, so deep in each other; Refused else."""
    if not body.strip():
        raise Refused(400, "the body is empty: expected a JSON document, as /openapi.json describes it.")
    check_nesting(body, nesting, lists + SPARE)
    try:
        return decoder.decode(body.decode())
    except UnicodeDecodeError:
        raise Refused(400, "the body is not JSON: it is not UTF-8 text.") from None
    except RecursionError:
        raise Refused(400, "the body nests lists and objects too deeply.") from None
    except ValueError as error:
        of_python = str(error).startswith("Exceeds the limit")  # which goes on about its own settings
        reason = "a number has too many digits" if of_python else error
        raise Refused(400, f"the body is not JSON: {reason}.") from None


def check_nesting(body: bytes, nesting: int, most: int) -> None:
    """Refuse a body that would make a parser build too much, before it is parsed.

    >>> check_nesting(b'{"rows": [[1, "[[[["]]}', 3, 10)
    """
    if body.count(b"[") + body.count(b"{") <= min(nesting, most):
        return
    signs = np.frombuffer(TEXTS.sub(b"", body), np.uint8)
    opened, closed = ((signs == ord(one)) | (signs == ord(other)) for one, other in ("[{", "]}"))
    if (n := int(opened.sum())) > most:
        raise Refused(413, f"the body holds {n:,} lists and objects, expected {most:,} at most: send fewer rows.")
    depth = np.cumsum(opened.astype(np.int32) - closed)
    if len(depth) and (deepest := int(depth.max())) > nesting:
        raise Refused(400, f"the body nests lists and objects {deepest} deep, expected {nesting} at most.")


def check_fields(given: object, known: tuple[str, ...], what: str) -> dict[str, Any]:
    """The fields of a JSON object, all of which must be known."""
    if not isinstance(given, dict):
        raise Refused(400, f"{what} must be an object with {listed(known)}, got {kind_of(given)}.")
    if unknown := [name for name in given if name not in known]:
        raise Refused(400, f"{what} has the field {unknown[0][:80]!r}, expected {listed(known)}.")
    return given


def listed(names: tuple[str, ...]) -> str:
    """Names with commas, and an "or".

    >>> listed(("row", "rows", "coverage"))
    '"row", "rows" or "coverage"'
    """
    *first, last = (f'"{name}"' for name in names)
    return f"{', '.join(first)} or {last}" if first else last


KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    return KINDS.get(type(value), "a number")
