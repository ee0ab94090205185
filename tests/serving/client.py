"""A service in a thread, and a client that speaks to it through a socket."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassnet.serving.application import Service
from glassnet.serving.running import Server, listening, server_of
from glassnet.serving.served import load_served
from glassnet.serving.settings import Settings

JSON = {"Content-Type": "application/json"}


class Client:
    """Asks a service on a port of this machine."""

    def __init__(self, port: int):
        self.port = port

    def ask(self, method: str, path: str, body: Any = None, headers: Any = None) -> tuple[int, Any, Any]:
        """(status, headers, JSON or text) of an answer; a body that is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, content, {**(JSON if content is not None else {}), **(headers or {})})
            answer = connection.getresponse()
            text = answer.read().decode()
            is_json = answer.headers.get("content-type", "").startswith("application/json")
            return answer.status, answer.headers, json.loads(text) if is_json else text
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Any:
        """What a path says."""
        status, _, said = self.ask("GET", path, headers=headers)
        assert status == 200, said
        return said

    def post(self, path: str, body: Any) -> Any:
        """What is answered to a body."""
        status, _, said = self.ask("POST", path, body)
        assert status == 200, said
        return said

    def refused(self, path: str, body: Any, headers: Any = None) -> tuple[int, str]:
        """(status, sentence) of a refusal."""
        status, _, said = self.ask("POST", path, body, headers)
        assert isinstance(said, dict) and set(said) == {"error"}, (status, said)
        return status, said["error"]

    def raw(self, *parts: bytes, seconds: float = 10.0, end: bool = False) -> bytes:
        """All that comes back for bytes; with `end`, the client's side is closed after them."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as one:
            for part in parts:
                one.sendall(part)
            if end:
                one.shutdown(socket.SHUT_WR)
            found = b""
            try:
                while got := one.recv(65536):
                    found += got
            except (TimeoutError, ConnectionResetError):
                pass
            return found


@dataclass
class Running:
    """A running service, and a client of it."""

    client: Client
    server: Server
    service: Service


@contextmanager
def served(path: Path, **settings: Any):
    """A running service of a model file, with a client; it ends in order."""
    told = Settings(path, port=0, **settings)
    place = listening(told)
    service, ready = Service(load_served(path, told.name), told), threading.Event()
    server = server_of(service, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
    thread.start()
    try:
        assert ready.wait(20)
        yield Running(Client(place.getsockname()[1]), server, service)
    finally:
        server.should_exit = True
        thread.join(20)
        service.thread.shutdown()
        assert not thread.is_alive()


def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something holds; fail where it does not."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
