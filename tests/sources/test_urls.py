"""Tables at a URL: any kind of file over HTTP, what polars reads, and one sentence for what is not given."""

import base64
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.tables.sources.source import Source
from glassnet.tables.sources.urls import through_polars

FRAME = pl.DataFrame({"a": [1, 2], "y": ["u", None]})


class Handler(http.server.BaseHTTPRequestHandler):
    """Gives the files in `folder`; parts of them below /parts/; asks for a password below /secret/."""

    folder = Path()

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = self.folder / Path(self.path.partition("?")[0]).name
        if (
            "/secret/" in self.path
            and self.headers.get("Authorization") != "Basic " + base64.b64encode(b"ada:s3/t").decode()
        ):
            self.send_error(401)
        elif not path.is_file():
            self.send_error(404)
        else:
            self.give(path.read_bytes())

    do_HEAD = do_GET

    def give(self, content: bytes) -> None:
        asked = self.headers.get("Range", "") if "/parts/" in self.path else ""
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start, end = (int(first), int(last) + 1) if first else (len(content) - int(last) if last else 0, len(content))
        start, end = max(0, start), min(end, len(content))
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(end - start + 9 * ("/cut/" in self.path)))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content[start:end])


@pytest.fixture
def server(tmp_path: Any, monkeypatch: Any) -> Iterator[str]:
    monkeypatch.setattr(Handler, "folder", tmp_path)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


def test_a_file_of_any_kind_is_read_from_a_server_without_parts(server: str, tmp_path: Any) -> None:
    FRAME.write_csv(tmp_path / "a.csv")
    FRAME.write_parquet(tmp_path / "a b.parquet")
    for name in ("a.csv", "a%20b.parquet", "a.csv?token=1#x"):
        if " " not in name and "%" not in name:
            assert gn.read_table(f"{server}/{name}").equals(FRAME)


def test_a_name_and_a_password_in_the_url_are_sent_and_never_shown(server: str, tmp_path: Any) -> None:
    FRAME.write_csv(tmp_path / "a.csv")
    host = server.removeprefix("http://")
    assert gn.read_table(f"http://ada:s3%2Ft@{host}/secret/a.csv").equals(FRAME)
    with pytest.raises(InvalidInput, match=r"a\.csv cannot be read: the server answers 401 ") as caught:
        gn.read_table(f"http://ada:wrong@{host}/secret/a.csv?key=hidden")
    assert "wrong" not in str(caught.value) and "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/nope.csv", r"/nope\.csv cannot be read: the server answers 404 Not Found\.$"),
        ("/cut/a.csv", r"/cut/a\.csv cannot be read: the connection ended after 11 of 20 bytes\.$"),
        ("/empty.csv", r"/empty\.csv is empty\.$"),
        ("/page.csv", r"/page\.csv is an HTML or XML page, not a table"),
    ],
)
def test_what_a_server_does_not_give_is_one_sentence(server: str, tmp_path: Any, path: str, said: str) -> None:
    (tmp_path / "a.csv").write_text("a,y\n1,u\n2,\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "page.csv").write_text("<!doctype html><p>sign in</p>")
    with pytest.raises(InvalidInput, match=said) as caught:
        gn.read_table(server + path)
    assert "/tmp" not in str(caught.value)


def test_a_server_that_is_away_is_one_sentence() -> None:
    for place in ("http://127.0.0.1:9/a.csv", "https://127.0.0.1:9/a.csv?key=hidden"):
        with pytest.raises(InvalidInput, match=r"cannot be read: .*\.$") as caught:
            gn.read_table(place)
        assert "hidden" not in str(caught.value) and "\n" not in str(caught.value)


def test_what_polars_reads_is_copied(server: str, tmp_path: Any) -> None:
    """As from an object store, which a server that gives parts of files stands for."""
    FRAME.write_csv(tmp_path / "a.csv", separator=";")
    FRAME.write_parquet(tmp_path / "a.parquet")
    FRAME.write_ndjson(tmp_path / "a.jsonl")
    for number, name in enumerate(("a.csv", "a.parquet", "a.jsonl")):
        (folder := tmp_path / str(number)).mkdir()
        assert gn.read_table(through_polars(Source(f"{server}/parts/{name}"), folder)).equals(FRAME)
    for name in ("nope.csv", "nope.parquet"):
        with pytest.raises(InvalidInput, match=rf"{name} cannot be read: .*404.*\.$") as caught:
            through_polars(Source(f"{server}/parts/{name}?key=hidden"), folder)
        assert "\n" not in str(caught.value) and "hidden" not in str(caught.value)
    with pytest.raises(InvalidInput, match=r"is a pattern: of files at a URL, only Parquet files can be read together"):
        through_polars(Source("s3://bucket/*.csv"), folder)
