"""What stands before the routes: who may ask, how much at a time, and how long it may take."""

import asyncio
import hmac
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from time import perf_counter
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glassnet.errors import GlassnetError, MissingExtra, OutOfMemory
from glassnet.serving.messages import JSON, Received, Refused, refusal
from glassnet.serving.metrics import Metrics
from glassnet.serving.settings import Settings

BODY = "glassnet.body"  # where a request's scope holds its body
OPEN = frozenset(
    ("/", "/health", "/ping", "/v2/health/live", "/v2/health/ready")
)  # without a token or a place in the queue
DISCARDED = 64_000_000  # bytes of a refused body that are read and dropped, so that the client sees the answer
DISCARD_SECONDS = 5.0
CLOSE = (b"connection", b"close")
DECLARED = JSON.encode()
JSON_PART, OCTETS = b"inference-header-content-length", b"application/octet-stream"  # where bytes follow the JSON
OURS = {OutOfMemory: 503, MissingExtra: 501}  # where the request is right
FAULT = Refused(500, "the service made a mistake; its log says where.")


class Gone(Exception):
    """The client has left before its request was complete."""


class Guards:
    """An ASGI application around another: it checks a request, reads its body, and answers what it refuses itself.

    The Host must be a known name, against DNS rebinding; a page of another origin is refused, and no header lets one
    read answers; a token is compared in constant time. What is too large, too many or too slow is refused before it is
    parsed. Neither bodies nor headers are logged.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        metrics: Metrics,
        paths: frozenset[str],
        answers: Mapping[str, Callable[[Received], Awaitable[Response]]],
    ):
        self.app, self.metrics, self.limits, self.paths = app, metrics, settings.limits, paths
        self.answers = answers  # to a body that is sent to a path: the application need not look for its route
        self.hosts = settings.known_hosts
        self.token = None if settings.token is None else f"Bearer {settings.token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began, reading = perf_counter(), Reading(receive)
        sending = Sending(send)
        self.metrics.inside += 1
        try:
            await self._answer(scope, reading, sending)
        except Gone:
            sending.status = 499
        finally:
            self.metrics.inside -= 1
            path = scope["path"] if scope["path"] in self.paths else "other"
            self.metrics.answered(path, sending.status, perf_counter() - began)

    async def _answer(self, scope: Scope, reading: "Reading", sending: "Sending") -> None:
        try:
            headers = self._checked(scope)
            received = parts_of(headers, await reading.body(length_of(headers, self.limits.body), self.limits.body))
            answer = self.answers.get(scope["path"]) if scope["method"] == "POST" else None
            if answer is not None:
                await sending.whole(await answer(received))
            else:
                await self.app({**scope, BODY: received}, reading.rest, sending)
        except (Refused, GlassnetError) as error:
            await sending.refuse(refused_for(error), scope, reading)
        except Gone:
            raise
        except Exception as error:
            tell_fault(error)
            if not sending.started:
                await sending.refuse(FAULT, scope, reading)

    def _checked(self, scope: Scope) -> dict[bytes, bytes]:
        """The headers of a request that may be answered; Refused for another."""
        headers = dict(scope["headers"])
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or host_in(hosts[0]) not in self.hosts:
            raise Refused(421, "this service does not answer to that Host: --allow-host adds a name.")
        if (origin := headers.get(b"origin")) is not None and host_in(origin.partition(b"://")[2]) not in self.hosts:
            raise Refused(403, "pages of other origins may not use this service.")
        open_to_all = scope["path"] in OPEN
        shown = headers.get(b"authorization", b"")
        if self.token is not None and not open_to_all and not hmac.compare_digest(shown, self.token):
            how = {"WWW-Authenticate": "Bearer"}
            raise Refused(401, 'this service asks for a token: send "Authorization: Bearer TOKEN".', how)
        if scope["method"] == "POST":
            kind = headers.get(b"content-type", DECLARED)  # the clients of Triton declare nothing
            known = (DECLARED, OCTETS) if JSON_PART in headers else (DECLARED,)
            if kind != DECLARED and kind.partition(b";")[0].strip().lower() not in known:
                raise Refused(415, f'send JSON with the header "Content-Type: {JSON}".')
            if JSON_PART in headers and not scope["path"].endswith("/infer"):
                raise Refused(415, "send JSON alone: only /v2/models/…/infer takes binary data.")
            if headers.get(b"content-encoding", b"identity").lower() != b"identity":
                raise Refused(415, "send the body as it is, without a Content-Encoding.")
        if self.metrics.inside > self.limits.requests and not open_to_all:
            raise Refused(503, "too many requests at the same time: try again in a second.", {"Retry-After": "1"})
        return headers


class Reading:
    """The body of a request, as it comes."""

    def __init__(self, receive: Receive):
        self.receive, self.complete = receive, False

    async def body(self, length: int | None, most: int) -> bytes:
        """The whole body; Refused where it is too long, Gone where the client left, or was left for being slow."""
        if length == 0:
            self.complete = True
            return b""
        if length is not None and length > most:
            raise too_long(length, most)
        parts, size = [], 0
        while not self.complete:
            parts.append(await self.part())
            size += len(parts[-1])
            if size > most:
                raise too_long(size, most)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def part(self) -> bytes:
        """The next part of the body."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise Gone
        self.complete = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        return part

    async def rest(self) -> Message:
        """What an application is told that asks for the body: it is in the scope."""
        return {"type": "http.request", "body": b"", "more_body": False}

    async def discard(self) -> None:
        """Drop what is left of a body, within limits."""
        size = 0
        try:
            async with asyncio.timeout(DISCARD_SECONDS):
                while not self.complete and size < DISCARDED:
                    size += len(await self.part())
        except (TimeoutError, Gone):
            return


class Sending:
    """The answer as it is sent: its status is remembered."""

    def __init__(self, send: Send):
        self.send, self.status, self.started = send, 500, False

    async def __call__(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self.status, self.started = message["status"], True
        await self.send(message)

    async def whole(self, response: Response) -> None:
        """Send a response that is complete."""
        self.status, self.started = response.status_code, True
        await self.send({"type": "http.response.start", "status": self.status, "headers": response.raw_headers})
        await self.send({"type": "http.response.body", "body": response.body, "more_body": False})

    async def refuse(self, refused: Refused, scope: Scope, reading: Reading) -> None:
        """Send one sentence; a client that is still sending is listened to, so that it reads the answer."""
        response, unread = refusal(refused), not reading.complete and has_body(scope)
        more = [] if reading.complete else [CLOSE]
        await self(
            {"type": "http.response.start", "status": response.status_code, "headers": [*response.raw_headers, *more]}
        )
        await self({"type": "http.response.body", "body": response.body, "more_body": unread})
        if unread:
            await reading.discard()
            await self({"type": "http.response.body", "body": b"", "more_body": False})


@lru_cache(256)
def host_in(given: bytes) -> str:
    """The name in a Host header, in small letters, without a port.

    >>> host_in(b"Model.example.org:8000"), host_in(b"[::1]:80"), host_in(b"::1")
    ('model.example.org', '::1', '::1')
    """
    text = given.decode("latin-1").strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text if text.count(":") > 1 else text.partition(":")[0]


def length_of(headers: dict[bytes, bytes], most: int) -> int | None:
    """The length that a request says its body has; None where the body says itself where it ends."""
    if b"transfer-encoding" in headers:
        return None
    given = headers.get(b"content-length", b"0")
    if not given.isdigit():
        raise Refused(400, "Content-Length must be a number of bytes.")
    return int(given) if len(given) < 20 else most + 1


def parts_of(headers: dict[bytes, bytes], body: bytes) -> Received:
    """A body as its JSON part and the bytes behind it."""
    given = headers.get(JSON_PART)
    if given is None:
        return Received(body)
    if not given.isdigit() or len(given) > 12 or int(given) > len(body):
        raise Refused(400, f"Inference-Header-Content-Length must be a number of bytes, {len(body):,} at most.")
    return Received(body[: int(given)], body[int(given) :])


def has_body(scope: Scope) -> bool:
    """Whether a body follows the headers of a request."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


def too_long(length: int, most: int) -> Refused:
    """The refusal of a body."""
    return Refused(413, f"the body has {length:,} bytes or more, expected {most:,} at most: send fewer rows.")


def refused_for(error: Refused | GlassnetError) -> Refused:
    """What is answered where a request cannot be: the sentence of an error."""
    if isinstance(error, Refused):
        return error
    status = next((status for kind, status in OURS.items() if isinstance(error, kind)), 400)
    return Refused(status, str(error))


def tell_fault(error: Exception) -> None:
    """Write to the log what went wrong and where, without the message, which may hold what a client sent."""
    trace: Any = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" in {trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}" if trace is not None else ""
    print(f"glassnet: a request failed with {type(error).__name__}{where}", file=sys.stderr, flush=True)
