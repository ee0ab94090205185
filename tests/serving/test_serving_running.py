"""`glassnet serve` as a process: it says where it listens, ends in order, and replaces its model."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import glassnet as gn
from glassnet.errors import InvalidInput, ModelFileError
from glassnet.serving.running import listening, serve
from glassnet.serving.settings import Limits, Settings
from tests.serving.client import Client, served, until

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of POSIX")


@contextmanager
def process(*arguments, **environment):
    """`glassnet serve` on a free port: (process, client, lines of stderr)."""
    command = [sys.executable, "-m", "glassnet", "serve", *map(str, arguments), "--port", "0"]
    known = os.environ | {"GLASSNET_ENGINE": "numpy"} | environment
    one: Any = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=known)
    said: list[str] = []
    reading = threading.Thread(target=lambda: said.extend(one.stderr), daemon=True)
    try:
        line = one.stderr.readline()
        found = re.search(r"on http://127\.0\.0\.1:(\d+)", line)
        assert found, line + one.stderr.read()
        said.append(line)
        reading.start()
        yield one, Client(int(found[1])), said
    finally:
        if one.poll() is None:
            one.kill()
        one.wait(10)
        reading.join(5)
        one.stderr.close()


def saved(path, seed):
    return gn.Network([gn.Dense(2, "softmax")]).build(3, seed=seed).save(path)


def ends_in_order(one, client):
    """SIGTERM ends the service, once a request that has begun to come is answered."""
    body = json.dumps({"row": [1, 2, 3]}).encode()
    head = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as slow:
        slow.sendall(head.encode() + body[:4])
        time.sleep(0.2)
        one.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert one.poll() is None
        slow.sendall(body[4:])
        assert slow.recv(10_000).startswith(b"HTTP/1.1 200")
    assert one.wait(10) == 0


def test_sighup_replaces_the_model_between_two_requests_and_sigterm_ends_once_what_has_come_is_answered(tmp_path):
    model = saved(tmp_path / "net.safetensors", 0)
    other = saved(tmp_path / "other.safetensors", 1)
    with process(model) as (one, client, said):
        assert re.search(r"^glassnet: serving net \(weights [0-9a-f]{12}\) on http://", said[0])
        ask = lambda: client.post("/predict", {"row": [1, 2, 3]})  # noqa: E731
        first, found = ask(), []
        stop = threading.Event()

        def keep_asking():
            while not stop.is_set():
                found.append(ask())

        asking = threading.Thread(target=keep_asking)
        asking.start()
        shutil.copy(other, tmp_path / "new")
        os.replace(tmp_path / "new", model)
        one.send_signal(signal.SIGHUP)
        until(lambda: client.get("/version")["weights"][:12] != first["model"])
        stop.set()
        asking.join()
        second = ask()
        expected = gn.load(other).predict([[1, 2, 3]])[0].tolist()
        assert second["prediction"] == pytest.approx(expected, rel=1e-6)
        assert all(each in (first, second) for each in found)  # each from one model, none from both
        model.write_bytes(b"no model")
        one.send_signal(signal.SIGHUP)
        until(lambda: any("the model is not replaced: " in line for line in said))
        assert ask() == second
        ends_in_order(one, client)
    assert any("the model is replaced (weights " in line for line in said)


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
def test_two_workers_answer_and_one_that_dies_is_started_again(tmp_path):
    model = saved(tmp_path / "net.safetensors", 0)
    with process(model, "--workers", "2") as (one, client, said):
        assert "by 2 processes" in said[0]

        def worker():
            return re.findall(r'glassnet_rows_total\{worker="(\d)"\}', client.get("/metrics"))[0]

        answers = {json.dumps(client.post("/predict", {"row": [1, 2, 3]})) for _ in range(10)}
        assert len(answers) == 1
        until(lambda: {worker() for _ in range(10)} == {"0", "1"})
        pids = workers_of(one.pid)
        assert len(pids) == 2
        os.kill(pids[0], signal.SIGKILL)
        until(lambda: any("is started again" in line for line in said))
        assert client.post("/predict", {"row": [1, 2, 3]})["prediction"]
        saved(model, 1)
        one.send_signal(signal.SIGHUP)
        until(lambda: sum("the model is replaced" in line for line in said) >= 1)
        one.send_signal(signal.SIGTERM)
        assert one.wait(15) == 0
    until(lambda: not alive(pids[1]))


def workers_of(pid):
    """The processes that a service has started, without Python's own."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in below if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_service_that_cannot_work_says_so_before_it_listens(tmp_path):
    model = saved(tmp_path / "net.safetensors", 0)
    with listening(Settings(model, port=0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInput) as error:
            serve(Settings(model, port=port))
    assert str(error.value) == (
        f"cannot listen on port {port} of 127.0.0.1: Address already in use. --port takes another, or 0 for any."
    )
    with pytest.raises(ModelFileError, match=r"gone\.safetensors is not there: expected a glassnet model file\."):
        serve(Settings(tmp_path / "gone.safetensors"))
    with pytest.raises(InvalidInput, match="cannot listen on port 8000 of no such host: "):
        serve(Settings(model, host="no such host", token="t" * 16))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "0.0.0.0"}, "--host 0.0.0.0 lets other machines in, so clients must show a token: put one of 16"),
        ({"host": "example.org"}, "--host example.org lets other machines in"),
        ({"host": "0.0.0.0", "token": "t" * 16}, "--host 0.0.0.0 stands for all addresses: say by which name"),
        ({"token": "short"}, "a token needs 16 characters or more, got 5."),
        ({"token": "with spaces in it, many"}, "a token may hold letters, digits and signs of ASCII, without spaces."),
        ({"port": 70_000}, "--port takes a number from 0 (any free port) to 65535, got 70000."),
        ({"workers": 0}, "--workers takes a number of processes, at least 1, got 0."),
        ({"name": "a/b"}, "--name takes the name of the model in URLs, without a /, got 'a/b'."),
    ],
)
def test_settings_that_would_be_open_or_cannot_work_meet_one_sentence(tmp_path, settings, said):
    with pytest.raises(InvalidInput) as error:
        Settings(tmp_path / "m", **settings)
    assert str(error.value).startswith(said)
    assert settings.get("token", "none of it") not in str(error.value)


@pytest.mark.parametrize("limits", [{"body": 0}, {"rows": -1}, {"requests": 0}, {"seconds": float("nan")}])
def test_limits_are_above_zero(limits):
    with pytest.raises(InvalidInput, match="a service needs a limit of "):
        Limits(**limits)


def test_a_token_is_not_shown():
    assert "secret" not in repr(Settings(Path("m"), token="secret-of-many-signs"))


def test_the_token_comes_from_a_file_or_the_environment(tmp_path):
    from glassnet.cli.options.serving import ServiceOptions

    (tmp_path / "token").write_text("a-token-of-many-signs\n")
    assert ServiceOptions(token_file=tmp_path / "token").token() == "a-token-of-many-signs"
    with pytest.raises(InvalidInput, match=r"--token-file .* cannot be read: No such file or directory\."):
        ServiceOptions(token_file=tmp_path / "gone").token()


@pytest.mark.long
def test_memory_stays_where_it_is(files):
    """Nothing is kept of requests that were answered."""
    import gc
    import tracemalloc

    with served(files["network"]) as service:
        for _ in range(50):
            service.client.post("/predict", {"row": [1, 2, 3, 4]})
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(300):
            service.client.post("/predict", {"row": [1, 2, 3, 4]})
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
    assert grown < 300 * 2_000  # one request alone is more
