"""Running a playground: its port, its address with the token, the browser, and the end."""

import secrets
import socket
import webbrowser
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from glassnet.errors import InvalidInput
from glassnet.playing.answers.choices import UPLOAD
from glassnet.playing.session import Session
from glassnet.playing.web.application import application
from glassnet.playing.worker import Worker
from glassnet.serving.web_server import quiet_config

HOST = "127.0.0.1"
TRIED = 20  # ports after one that is in use
TOKEN_BYTES = 32


def listening(port: int) -> tuple[socket.socket, int]:
    """A socket on a port, or on the next free one; (socket, port)."""
    for each in [0] if port == 0 else range(port, min(port + TRIED, 65536)):
        try:
            place = socket.create_server((HOST, each))
        except (OSError, OverflowError):
            continue
        return place, place.getsockname()[1]
    raise InvalidInput(f"cannot listen on port {port} of {HOST}, nor on the next {TRIED - 1}: --port 0 takes any.")


def play(session: Session, port: int, open_browser: bool, tell: Callable[[str], None]) -> None:
    """Serve a session until Ctrl-C."""
    place, found = listening(port)
    with place:
        token, once = (secrets.token_urlsafe(TOKEN_BYTES) for _ in range(2))
        address, opens_once = (f"http://{HOST}:{found}/?token={each}" for each in (token, once))
        if port not in (0, found):
            tell(f"port {port} is in use; taking {found}")
        tell(f"the playground is at {address}")
        if open_browser and not opened(opens_once):
            tell("no browser was found: open the address in one on this machine")
        worker = Worker(session).start()
        try:
            server_of(worker, token, found, once).run(sockets=[place])
        finally:
            worker.close()


def server_of(worker: Worker, token: str, port: int, once: str | None = None) -> uvicorn.Server:
    """The server of a session."""
    config = quiet_config(
        application(worker, token, port, once),
        ws="websockets-sansio",
        ws_max_size=UPLOAD + 1_000_000,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def opened(address: str) -> bool:
    """Whether a browser could be opened."""
    with suppress(webbrowser.Error, OSError):
        return webbrowser.open(address)
    return False
