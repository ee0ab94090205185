"""A playground that runs on a port of its own, and a page without a browser."""

import json
import threading
import time
from http.client import HTTPConnection

import numpy as np

from glassnet.playing.web.framing import unpacked

TOKEN = "a-token-that-is-long-enough-for-a-test"
ONCE = "another-that-works-a-single-time-only"
PATIENCE = 20  # seconds


class Playground:
    """A session behind a server of its own, on any free port unless one is given."""

    def __init__(self, session, port=0):
        from glassnet.playing.web.running import listening, server_of
        from glassnet.playing.worker import Worker

        self.session, self.worker = session, Worker(session)
        self.place, self.port = listening(port)
        self.server = server_of(self.worker, TOKEN, self.port, ONCE)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.place]}, daemon=True)
        self.worker.start()
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def close(self):
        self.server.should_exit = True
        self.thread.join(timeout=10)
        self.worker.close()
        self.place.close()

    def get(self, path="/", method="GET", **headers):
        """(status, headers, body) of a request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        given = {"Host": f"127.0.0.1:{self.port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.putrequest(method, path, skip_host=True)
        for name, value in given.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        connection.close()
        return found

    @property
    def cookie(self):
        return f"glassnet_{self.port}={TOKEN}"

    def connect(self, origin="same", cookie="same", host=None):
        from websockets.sync.client import connect
        from websockets.typing import Origin

        headers = {} if cookie is None else {"Cookie": self.cookie if cookie == "same" else cookie}
        if host is not None:
            headers["Host"] = host
        given = None if origin is None else (f"http://127.0.0.1:{self.port}" if origin == "same" else origin)
        manager = connect(
            f"ws://127.0.0.1:{self.port}/socket",
            additional_headers=headers,
            origin=None if given is None else Origin(given),
            max_size=None,
            compression=None,
        )
        return manager.__enter__()  # from version 17 on, connect is a context manager only

    def client(self):
        return Client(self.connect())


class Client:
    """A page without a browser: it sends commands, and paints nothing."""

    def __init__(self, socket):
        self.socket, self.number, self.events = socket, 0, []

    def ask(self, name, **given):
        """The answer to a command, with its buffers under "parts"; what comes in between is kept."""
        self.number += 1
        self.socket.send(json.dumps({"do": name, "id": self.number, **given}))
        while True:
            message = self.receive()
            if message.get("re") == self.number:
                return message

    def receive(self):
        message, parts = unpacked(self.socket.recv(timeout=PATIENCE))
        message["parts_"] = parts
        if "event" in message:
            self.events.append(message)
        return message

    def wait(self, event, when=lambda message: True):
        """The next event of a kind, also one that has come; frames are painted at once."""
        while True:
            for k, message in enumerate(self.events):
                if message["event"] == "frame" and not message.get("painted"):
                    message["painted"] = True
                    self.socket.send(json.dumps({"do": "ack", "frame": message["number"]}))
                if message["event"] == event and when(message):
                    del self.events[: k + 1]
                    return message
            self.receive()

    def frame(self, step=None, **wanted):
        return self.wait(
            "frame",
            lambda m: (step is None or m["step"] == step) and all(m[name] == value for name, value in wanted.items()),
        )

    def begin(self, scene=None):
        given = {} if scene is None else {"scene": scene}
        answer = self.ask("hello", protocol=1, **given)
        assert "error" not in answer, answer
        return answer


def array(message, name):
    """An array of a frame."""
    for part, content in zip(message["parts"], message["parts_"], strict=True):
        if part["name"] == name:
            return np.frombuffer(content, part["dtype"]).reshape(part["shape"])
    raise KeyError(name)
