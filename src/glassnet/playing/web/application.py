"""The playground as a web application: the built page, and a WebSocket to the session."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from glassnet.errors import InvalidInput
from glassnet.playing.connection import Page
from glassnet.playing.web.framing import packed, unpacked
from glassnet.playing.web.guards import Guards
from glassnet.playing.worker import Worker

FILES = files("glassnet.playing") / "page"
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
MOST_PAGES = 16
MOST_WAITING = 200  # messages to a page that does not read them


def application(worker: Worker, token: str, port: int, once: str | None = None) -> ASGIApp:
    """The application with its guards."""

    open_sockets: set[WebSocket] = set()

    async def socket(websocket: WebSocket) -> None:
        if len(open_sockets) >= MOST_PAGES:
            await websocket.close(1013)
            return
        open_sockets.add(websocket)
        try:
            await converse(websocket, worker)
        finally:
            open_sockets.discard(websocket)

    return Guards(
        Starlette(routes=[Route("/{name:path}", page_file), WebSocketRoute("/socket", socket)]), token, port, once
    )


async def page_file(request: Request) -> Response:
    """One of the built files."""
    name = request.path_params["name"] or "index.html"
    known = {file.name: file for file in FILES.iterdir()}
    if name not in known:
        return PlainTextResponse("There is no such file.\n", 404)
    return Response(known[name].read_bytes(), media_type=TYPES.get(known[name].name[known[name].name.rfind(".") :]))


async def converse(websocket: WebSocket, worker: Worker) -> None:
    """Take commands from a page, and send it what the session has to say."""
    await websocket.accept()
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue[str | bytes | None]()

    def send(message: Mapping[str, Any], parts: Sequence[Any]) -> None:
        """From the session's thread."""
        slow = waiting.qsize() > MOST_WAITING  # it will connect again, and be told all there is
        try:
            loop.call_soon_threadsafe(waiting.put_nowait, None if slow else packed(dict(message), parts))
        except RuntimeError:  # the server has ended
            return

    page = Page(send)
    writer = asyncio.create_task(write(websocket, waiting))
    try:
        await read(websocket, worker, page)
    finally:
        page.gone = True
        waiting.put_nowait(None)
        await writer


async def read(websocket: WebSocket, worker: Worker, page: Page) -> None:
    """Hand each message to the session, until the page is gone."""
    while True:
        try:
            got = await websocket.receive()
        except (WebSocketDisconnect, RuntimeError):
            return
        if got["type"] != "websocket.receive":
            return
        try:
            worker.handle(page, *unpacked(got.get("text") or got.get("bytes") or ""))
        except InvalidInput as error:
            page.send({"event": "message", "text": str(error), "kind": "error"}, ())


async def write(websocket: WebSocket, waiting: "asyncio.Queue[str | bytes | None]") -> None:
    """Send what waits; a page that is to be told no more is closed."""
    with suppress(WebSocketDisconnect, RuntimeError, OSError):
        while (frame := await waiting.get()) is not None:
            if websocket.client_state is not WebSocketState.CONNECTED:
                return
            await (websocket.send_text(frame) if isinstance(frame, str) else websocket.send_bytes(frame))
        await websocket.close(1013)
