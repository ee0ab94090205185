"""Who may use a playground: a browser on this machine that was given the address with its token."""

import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = (
    (b"content-security-policy", b"default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
LONGEST = 4096  # bytes of an address
NO_COOKIE = "Open the address that glassnet printed in the terminal: it has a token that this request lacks.\n"


class Guards:
    """An ASGI application around another, for HTTP and WebSocket alike.

    The Host must be this machine's, against DNS rebinding. A token in the address becomes a cookie that no script can
    read and no other site can send; a WebSocket, and whatever is more than reading, also needs the exact Origin.
    """

    def __init__(self, app: ASGIApp, token: str, port: int, once: str | None = None):
        self.app, self.token, self.port = app, token, port
        self.once = once  # a token that works a single time, for the browser's command line, which others can read
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        self.cookie = f"glassnet_{port}"  # cookies do not know ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            return
        refused = self.refusal(scope)
        if refused is None:
            await self.app(scope, receive, sending(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: status 403
        else:
            await refused(scope, receive, sending(send))

    def refusal(self, scope: Scope) -> Response | None:
        """What is answered in place of the application; None where it may answer."""
        host, origin = header(scope, b"host"), header(scope, b"origin")
        if host is None or host.lower() not in self.hosts:
            return refuse("This playground does not answer to that Host.\n")
        query = scope.get("query_string", b"")
        if len(scope["path"]) + len(query) > LONGEST:
            return PlainTextResponse("The address is too long.\n", 414)
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if origin not in ((None, f"http://{host}") if reads else (f"http://{host}",)):
            return refuse("Pages of another origin may not use this playground.\n")
        if reads and scope["path"] == "/" and self.opens(first(query)):
            return self.entrance()
        return None if self.is_token(cookie_in(scope, self.cookie)) else refuse(NO_COOKIE)

    def opens(self, given: str | None) -> bool:
        """Whether a token in the address lets a browser in."""
        if given is not None and self.once is not None and hmac.compare_digest(given.encode(), self.once.encode()):
            self.once = None
            return True
        return self.is_token(given)

    def is_token(self, given: str | None) -> bool:
        """Compare in constant time."""
        return given is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def entrance(self) -> Response:
        """The token becomes a cookie, and leaves the address."""
        response = RedirectResponse("/", 303)
        response.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return response


def sending(send: Send) -> Send:
    """Add the headers that protect the page."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
        await send(message)

    return with_headers


def refuse(sentence: str) -> Response:
    """Status 403 with a sentence."""
    return PlainTextResponse(sentence, 403)


def header(scope: Scope, name: bytes) -> str | None:
    """The only value of a header; None where there is none, or several."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if len(found) == 1 else (None if not found else "")


def first(query: bytes) -> str | None:
    """The token in an address."""
    found = parse_qs(query.decode("latin-1")).get("token", [])
    return found[0] if len(found) == 1 else None


def cookie_in(scope: Scope, name: str) -> str | None:
    """The value of a cookie."""
    try:
        found = SimpleCookie(header(scope, b"cookie") or "").get(name)
    except CookieError:
        return None
    return None if found is None else found.value
