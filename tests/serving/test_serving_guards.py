"""A service keeps answering, whatever comes: what is wrong, too much, too slow or from elsewhere is refused."""

import json
import random
import socket
import threading
import time

import pytest

from glassnet.errors import MissingExtra
from glassnet.serving import explain
from glassnet.serving.settings import Limits
from tests.hostile import as_text, changed
from tests.serving.client import Client, served, until
from tests.serving.conftest import as_json

TOKEN = "a-token-of-many-signs"
JSON_PART = "Inference-Header-Content-Length"


@pytest.fixture(scope="module")
def guarded(files):
    """A service with small limits and a token."""
    limits = Limits(body=100_000, rows=50, requests=4, connections=40, seconds=0.6, idle=1)
    with served(files["classes"], token=TOKEN, limits=limits, hosts=("model.example.org",)) as service:
        yield service


@pytest.fixture(scope="module")
def row(models, frame):
    return as_json(frame[1:2], models["classes"].encoder.columns)[0]


def head(length, *more, host="localhost", path="/predict", token=TOKEN):
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*lines, f"Authorization: Bearer {token}", *more, "", ""]).encode()


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"Host": "evil.example"}, 421, "this service does not answer to that Host: --allow-host adds a name."),
        ({"Host": "evil.example:8000"}, 421, "this service does not"),
        ({"Host": ""}, 421, "this service does not"),
        ({"Host": "127.0.0.1.evil.example"}, 421, "this service does not"),
        ({"Origin": "https://evil.example"}, 403, "pages of other origins may not use this service."),
        ({"Origin": "null"}, 403, "pages of other origins"),
        ({"Authorization": "Bearer wrong"}, 401, 'this service asks for a token: send "Authorization: Bearer TOKEN".'),
        ({"Authorization": ""}, 401, "this service asks for a token"),
        ({"Content-Type": "text/plain"}, 415, 'send JSON with the header "Content-Type: application/json".'),
        ({"Inference-Header-Content-Length": "9"}, 415, "send JSON alone: only /v2/models/…/infer takes binary data."),
        ({"Content-Encoding": "gzip"}, 415, "send the body as it is, without a Content-Encoding."),
    ],
)
def test_requests_from_elsewhere_are_refused(guarded, row, headers, status, said):
    found = guarded.client.refused("/predict", {"row": row}, {**BEARER, **headers})
    assert found[0] == status
    assert found[1].startswith(said)


def test_names_that_are_allowed_and_pages_of_the_service_are_answered(guarded, row):
    for headers in (
        {"Host": "model.example.org"},
        {"Host": "LOCALHOST:8000", "Origin": "http://localhost:8000"},
        {"Host": "[::1]"},
    ):
        status, got, _ = guarded.client.ask("POST", "/predict", {"row": row}, {**BEARER, **headers})
        assert status == 200
        assert not any(name.lower().startswith("access-control") for name in got)


def test_a_body_need_not_be_declared(guarded, row):
    body = json.dumps({"row": row}).encode()
    sent = head(len(body), "Connection: close").replace(b"Content-Type: application/json\r\n", b"")
    assert status_of(guarded.client.raw(sent, body)) == 200
    assert guarded.client.refused("/predict", body, {**BEARER, "Content-Type": ""})[0] == 415


def test_only_health_and_the_empty_page_are_open_without_a_token(guarded):
    for path in ("/", "/health", "/ping", "/v2/health/live", "/v2/health/ready"):
        assert guarded.client.ask("GET", path)[0] == 200
    for path in ("/model", "/version", "/metrics", "/openapi.json", "/v2", "/v2/models/model", "/nothing"):
        assert guarded.client.ask("GET", path)[0] == 401
    _, headers, _ = guarded.client.ask("GET", "/model")
    assert headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/predict", 405), ("OPTIONS", "/predict", 405), ("GET", "/predict/", 404), ("DELETE", "/", 405)],
)
def test_other_methods_and_paths_meet_one_sentence(guarded, method, path, status):
    found, _, said = guarded.client.ask(method, path, headers=BEARER)
    assert (found, set(said)) == (status, {"error"})


def test_what_is_too_large_is_refused_before_it_is_read(guarded, row):
    """A body of 10 MB, and one whose length is not told; the client is heard out, so that it reads the answer."""
    large = json.dumps({"row": {**row, "town": "x" * 10_000_000}}).encode()
    status, said = guarded.client.refused("/predict", large, BEARER)
    assert (status, said.endswith("expected 100,000 at most: send fewer rows.")) == (413, True)
    chunks = b"%x\r\n%s\r\n" % (60_000, b" " * 60_000)
    chunked = head(0, "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    assert status_of(guarded.client.raw(chunked, chunks, chunks, b"0\r\n\r\n", seconds=3)) == 413
    assert status_of(guarded.client.raw(head(10**30), seconds=3)) in (400, 413)  # as the parser of HTTP has it
    assert guarded.client.refused("/predict", {"rows": [row] * 51}, BEARER) == (
        413, "there are 51 rows, expected 50 at most: send several requests.",
    )  # fmt: skip
    assert guarded.client.refused("/predict", {"rows": [[]] * 200}, BEARER)[0] == 413


def test_what_takes_long_to_look_at_is_not_looked_at(files, models, frame):
    """Names that are compared with each other, and numbers of a million digits."""
    (row,) = as_json(frame[1:2], models["classes"].encoder.columns)
    with served(files["classes"]) as service:
        many = {f"agee {k}": 1 for k in range(80_000)}
        assert service.client.refused("/predict", {"row": many})[1].startswith("row 1 lacks columns")
        twice = json.dumps({"row": many})[:-2] + ', "agee 79999": 2}}'
        said = service.client.refused("/predict", twice.encode())[1]
        assert said == "the body is not JSON: the field 'agee 79999' occurs twice."
        said = service.client.post("/predict", {"row": {**row, "age": "1" * 1_000_000}})["warnings"]
        assert len(said) == 1 and said[0].startswith("age: '1111") and said[0].endswith("is read as missing")


def test_slow_clients_are_left(guarded, row):
    body = json.dumps({"row": row}).encode()
    began = time.monotonic()
    assert status_of(guarded.client.raw(b"POST /predict HT", seconds=5)) == 408
    assert status_of(guarded.client.raw(head(len(body)), body[:5], seconds=5)) == 408
    assert guarded.client.raw(b"", seconds=5) != b""  # said nothing at all
    whole = head(len(body)) + body
    two = guarded.client.raw(whole + head(len(body)) + body[:5], seconds=5)  # a second request, in part
    assert two.startswith(b"HTTP/1.1 ") and two.endswith(b'did not come within 0.6 seconds."}')
    until(lambda: guarded.service.metrics.inside == 0)
    with socket.create_connection(("127.0.0.1", guarded.client.port), timeout=5) as one:
        one.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status_of(one.recv(10_000)) == 200
        for part in (b"GET /", b"he", b"al"):  # a second request, a few bytes at a time
            one.sendall(part)
            time.sleep(0.25)
        assert status_of(one.recv(10_000)) == 408
    assert time.monotonic() - began < 12


def test_a_client_that_has_said_all_is_answered(guarded, row):
    body = json.dumps({"row": row}).encode()
    assert status_of(guarded.client.raw(head(len(body)), body, end=True)) == 200
    assert guarded.client.raw(head(len(body)), body[:-3], end=True).endswith(
        b'{"error":"the connection was closed before the whole request had come."}'
    )
    assert status_of(guarded.client.raw(head(len(body))[:-9], end=True)) == 400
    assert guarded.client.raw(end=True) == b""
    assert guarded.client.ask("GET", "/health")[0] == 200


def test_what_is_not_http_meets_one_sentence(guarded):
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00", b"HELLO\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"):
        answer = guarded.client.raw(sent, seconds=3)
        assert status_of(answer) in (400, 421)
        assert set(json.loads(answer.partition(b"\r\n\r\n")[2])) == {"error"}
    long = b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n"
    assert status_of(guarded.client.raw(long, seconds=3)) in (400, 431, None)
    assert guarded.client.ask("GET", "/health")[0] == 200


def test_a_full_queue_answers_503_and_health_still_answers(guarded, row):
    body = json.dumps({"row": row}).encode()
    waiting = [socket.create_connection(("127.0.0.1", guarded.client.port)) for _ in range(4)]
    for one in waiting:
        one.sendall(head(len(body)) + body[:-1])
    time.sleep(0.15)
    status, headers, said = guarded.client.ask("POST", "/predict", body, BEARER)
    assert (status, headers["retry-after"]) == (503, "1")
    assert said == {"error": "too many requests at the same time: try again in a second."}
    assert guarded.client.ask("GET", "/health")[0] == 200
    waiting[0].sendall(body[-1:])
    assert waiting[0].recv(100).startswith(b"HTTP/1.1 200")
    assert guarded.client.ask("POST", "/predict", body, BEARER)[0] == 200
    for one in waiting:
        one.close()


def test_too_many_connections_are_told_so(guarded):
    waiting = [socket.create_connection(("127.0.0.1", guarded.client.port)) for _ in range(40)]
    time.sleep(0.1)
    assert status_of(guarded.client.raw(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", seconds=3)) == 503
    for one in waiting:
        one.close()
    time.sleep(0.1)
    assert guarded.client.ask("GET", "/health")[0] == 200


def test_answers_that_nobody_takes_are_dropped(files, models, frame):
    """A client that asks for large answers and reads none of them is left after a while."""
    rows = as_json(frame[:200], models["classes"].encoder.columns) * 20
    body = json.dumps({"rows": rows}).encode()
    with served(files["classes"], limits=Limits(seconds=0.5, idle=1)) as service:
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", service.client.port))
            for _ in range(3):
                one.sendall(head(len(body)) + body)
            end = time.monotonic() + 60
            while service.server.server_state.connections and time.monotonic() < end:
                time.sleep(0.05)
            assert not service.server.server_state.connections
        assert service.client.ask("GET", "/health")[0] == 200


def test_a_fault_of_the_service_is_told_without_what_a_client_sent(files, models, frame, capfd, monkeypatch):
    row = as_json(frame[1:2], models["classes"].encoder.columns)[0]
    with served(files["classes"]) as service:

        def fail(*_):
            raise KeyError("secret of a client")

        monkeypatch.setattr(service.service.served.predictions, "predict", fail)
        assert service.client.refused("/predict", {"row": row}) == (
            500,
            "the service made a mistake; its log says where.",
        )
        assert service.client.ask("GET", "/health")[0] == 200
    said = capfd.readouterr().err
    assert "a request failed with KeyError in " in said
    assert "secret" not in said


def test_what_the_service_lacks_is_no_mistake_of_the_client(guarded, row, monkeypatch):
    """Predictions need no library of data frames, explanations do."""

    def missing(*_):
        raise MissingExtra("explaining rows of a table needs polars: pip install …")

    monkeypatch.setattr(explain, "require", missing)
    assert guarded.client.refused("/explain", {"row": row}, BEARER)[0] == 501
    assert guarded.client.ask("POST", "/predict", {"row": row}, BEARER)[0] == 200


def hostile_requests(row, count):
    """Requests as an attacker or a broken client writes them, from a seed."""
    rng = random.Random(0)
    bodies = [
        ("/predict", {"rows": [row, row], "coverage": 0.9}),
        ("/predict", {"row": list(row.values())}),
        ("/invocations", {"dataframe_split": {"columns": list(row), "data": [list(row.values())]}}),
        ("/invocations", {"inputs": {name: [value] for name, value in row.items()}}),
        (
            "/v2/models/model/infer",
            {"inputs": [{"name": n, "shape": [1], "datatype": "BYTES", "data": [v]} for n, v in row.items()]},
        ),
        ("/explain", {"row": row}),
    ]
    for _ in range(count):
        path, body = rng.choice(bodies)
        text = as_text(changed(body, rng), rng).encode()
        if rng.random() < 0.2:
            text = text[: rng.randrange(len(text) + 1)]
        if rng.random() < 0.1:
            place = rng.randrange(len(text) + 1)
            text = text[:place] + bytes(rng.choices(range(256), k=3)) + text[place:]
        lengths = (len(text), len(text) // 2, 0, -1, 10**30)
        yield path, text, {JSON_PART: str(rng.choice(lengths))} if rng.random() < 0.1 else {}


@pytest.mark.parametrize("n", [300, pytest.param(1000, marks=pytest.mark.long)])
def test_hostile_requests_meet_answers_of_the_service(n, files, row, capfd):
    """Those that are wrong meet 4xx with one sentence; what happens to be right is answered; nothing else happens."""
    with served(files["classes"]) as service:
        client = service.client
        found: dict[int, int] = {}
        before = client.post("/predict", {"row": row})
        for path, body, headers in hostile_requests(row, n):
            status, _, said = client.ask("POST", path, body, headers)
            found[status] = found.get(status, 0) + 1
            assert status == 200 or (400 <= status < 500 and set(said) == {"error"}), (path, body[:200], status, said)
            assert status == 200 or (0 < len(said["error"]) <= 500 and "\n" not in said["error"])
        assert client.post("/predict", {"row": row}) == before
    assert found[400] > n / 2
    assert capfd.readouterr().err == ""


def test_many_clients_at_a_time_have_the_answers_of_their_own_rows(files, models, frame):
    model, names = models["classes"], models["classes"].encoder.columns
    rows, expected = as_json(frame[:60], names), model.predict(frame[:60]).tolist()
    with served(files["classes"]) as service:
        found = [None] * 60

        def ask(start):
            client = Client(service.client.port)
            for k in range(start, 60, 6):
                many = 1 if k % 3 else 60  # large ones are computed in a thread
                answer = client.post("/predict", {"rows": [rows[k]] * many})["predictions"]
                found[k] = answer[-1]["prediction"]

        threads = [threading.Thread(target=ask, args=(start,)) for start in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == expected
